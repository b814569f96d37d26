// Other people's programs, networks and numbers, through the program itself.
#include <signal.h>
#include <sys/stat.h>

#include <thread>

#include "base/files.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string module(const std::string& name) { return (data_dir() / "torchscript" / (name + ".pt")).string(); }

// What a report says of its one row, without what the row is called.
std::string row_of(const fs::path& out) {
    Json report = report_of(out);
    const std::string label = report["methods"][0]["label"];
    Json result = report["rows"][0];
    result.erase("method");
    for (const auto& sample : report["samples"]) result["samples"].push_back(sample["results"][label]);
    return result.dump(1);
}

// The process whose number stands in this file.
bool ends_soon(const fs::path& file) {
    std::string number = read_text(file);
    number.erase(number.find_last_not_of('\n') + 1);
    const auto runs = [&] {
        std::error_code code;
        return fs::exists("/proc/" + number + "/exe", code);
    };
    for (int i = 0; i < 300 && runs(); i++) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return !runs();
}

class Adapters : public ::testing::Test {
  protected:
    // A "restoration" that needs nothing but a shell: each picture is its neighbour, so that it isn't the input.
    std::string program(const std::string& script) {
        const fs::path file = scratch_ / "restore.sh";
        write_text(file, "#!/bin/sh\n" + script + "\n");
        ::chmod(file.c_str(), 0755);
        return file;
    }
    std::string rotating() {
        return program(R"(first=""; last=""
for f in "$1"/*.png; do
    if [ -n "$last" ]; then cp "$f" "$2/$last"; else first="$f"; fi
    last=$(basename "$f")
done
cp "$first" "$2/$last")");
    }
    std::string command(const std::string& words, const std::string& more = "") {
        return "command:argv=\"" + words + "\"" + more;
    }
    std::vector<std::string> run(const std::string& out, const std::vector<std::string>& more) {
        return pairs_.run(scratch_ / out, more);
    }

    const Scratch scratch_;
    const Pairs pairs_{scratch_.path(), numbered_names(5)};
};

const std::vector<std::string> kMetrics = {"--metric", "psnr", "--metric", "ssim", "--task", "size"};

TEST_F(Adapters, ACommandAndItsOutputsHaveTheSameReport) {
    const std::string spec = command(rotating() + " {in} {out}", ",batch=0,name=theirs");
    const Ran through_run = bfr(run("direct", std::vector<std::string>{"--method", spec} + kMetrics));
    ASSERT_EQ(through_run.code, 0) << through_run.err;
    EXPECT_THAT(through_run.err, HasSubstr("bfr: runs a program or loads code: command:argv="));
    const Ran restored = bfr({"restore", "--in", pairs_.degraded, "--method", spec, "--out", scratch_ / "restored"});
    ASSERT_EQ(restored.code, 0) << restored.err;
    const Ran through_outputs = bfr(run(
        "outputs", std::vector<std::string>{"--method", "outputs:dir=" + (scratch_ / "restored").string()} + kMetrics));
    ASSERT_EQ(through_outputs.code, 0) << through_outputs.err;
    EXPECT_EQ(row_of(scratch_ / "direct"), row_of(scratch_ / "outputs"));
    const Ran parallel = bfr(run("parallel", std::vector<std::string>{"--method", spec, "--jobs", "4"} + kMetrics));
    EXPECT_EQ(row_of(scratch_ / "parallel"), row_of(scratch_ / "direct"));
    const Json report = report_of(scratch_ / "direct");
    EXPECT_EQ(report["methods"][0]["label"], "command:name=theirs");
    EXPECT_EQ(report["methods"][0]["device"], "the program's");
    EXPECT_TRUE(report["methods"][0]["draws"].is_null());
    const Json read = report_of(scratch_ / "outputs")["methods"][0];
    EXPECT_TRUE(read["device"].is_null());
    EXPECT_TRUE(read["draws"].is_null());
    EXPECT_THAT(through_outputs.out, ::testing::ContainsRegex("outputs:dir=[^|]* \\|[^|]*\\| unknown +\\| unknown"));
    EXPECT_TRUE(report["timing"]["methods"]["command:name=theirs"]["seconds_median"].is_number());
    EXPECT_FALSE(fs::exists(scratch_ / "direct" / ".batch"));
    EXPECT_FALSE(fs::exists(scratch_ / "restored" / ".batch"));
}

TEST_F(Adapters, ACommandsFailuresAreCountedWithTheirReasons) {
    const std::string script =
        program(R"(cp "$1"/* "$2"; rm "$2/p01.png"; echo text > "$2/p02.png"; echo "no face in p01" >&2)");
    const Ran ran =
        bfr(run("out", std::vector<std::string>{"--method", command(script + " {in} {out}"), "--method", "degraded"} +
                           kMetrics));
    EXPECT_EQ(ran.code, 1);
    const Json row = report_of(scratch_ / "out")["rows"][0];
    EXPECT_EQ(row["n"], 3);
    ASSERT_EQ(row["failures"].size(), 2);
    EXPECT_EQ(row["failures"][0]["stage"], "restore");
    EXPECT_THAT(row["failures"][0]["reason"].get<std::string>(),
                AllOf(HasSubstr("left this picture out"), HasSubstr("no face in p01"), HasSubstr("logs/")));
    EXPECT_THAT(row["failures"][1]["reason"].get<std::string>(), HasSubstr("{out}/p02.png"));
    EXPECT_EQ(report_of(scratch_ / "out")["rows"][1]["failed"], 0);
    size_t logs = 0;
    for (const auto& entry : fs::recursive_directory_iterator(scratch_ / "out" / "logs"))
        logs += entry.is_regular_file();
    EXPECT_EQ(logs, 1u);
}

TEST_F(Adapters, ACommandThatFailsOrHangsFailsItsBatchAlone) {
    const std::string script = program(R"(if [ -e "$1/p02.png" ]; then echo "out of memory" >&2; exit 7; fi
if [ -e "$1/p04.png" ]; then sleep 100 & wait; fi
cp "$1"/* "$2")");
    const Ran ran = bfr(run(
        "out", std::vector<std::string>{"--method", command(script + " {in} {out}", ",batch=2,timeout=2")} + kMetrics));
    EXPECT_EQ(ran.code, 1);
    const Json row = report_of(scratch_ / "out")["rows"][0];
    EXPECT_EQ(row["n"], 2);
    ASSERT_EQ(row["failures"].size(), 3);
    EXPECT_THAT(row["failures"][0]["reason"].get<std::string>(),
                AllOf(HasSubstr("exit status 7"), HasSubstr("out of memory")));
    EXPECT_THAT(row["failures"][2]["reason"].get<std::string>(), HasSubstr("no end after 2 s"));
    EXPECT_THAT(ran.err, HasSubstr("exit status 7"));
}

TEST_F(Adapters, ACommandIsEndedByCtrlCAndItsBatchDoneAgain) {
    const std::string child = scratch_ / "child";
    const std::string script = program("if [ -e \"$1/p02.png\" ] && [ ! -e '" + child +
                                       "' ]; then sleep 100 & echo $! > '" + child + "'; wait; fi\ncp \"$1\"/* \"$2\"");
    const auto words =
        run("out", std::vector<std::string>{"--method", command(script + " {in} {out}", ",batch=2")} + kMetrics);
    Started started(words);
    ASSERT_TRUE(started.wait_until([&] { return fs::exists(child) && fs::file_size(child) > 0; }));
    started.signal(SIGINT);
    EXPECT_EQ(started.wait(), 1);
    EXPECT_TRUE(ends_soon(child));
    EXPECT_EQ(line_count(scratch_ / "out" / "records.jsonl"), 2u);
    const Ran again = bfr(words);
    EXPECT_EQ(again.code, 0) << again.err;
    const Json report = report_of(scratch_ / "out");
    EXPECT_EQ(report["context"]["resumed"], 2);
    EXPECT_EQ(report["rows"][0]["n"], 5);
}

TEST_F(Adapters, NoCommandOutlivesTheProgram) {
    const std::string child = scratch_ / "child";
    const auto words_for = [&](const std::string& what) {
        const std::string script = program(what + "\nsleep 100 & echo $! > '" + child + "'; wait; wait");
        return run("out", std::vector<std::string>{"--method", command(script + " {in} {out}")} + kMetrics);
    };
    const auto has_begun = [&] { return fs::exists(child) && fs::file_size(child) > 0; };
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {  // twice, before the grace of SIGTERM is over
        Started started(words_for("trap '' TERM INT HUP"));
        ASSERT_TRUE(started.wait_until(has_begun));
        started.signal(number);
        std::this_thread::sleep_for(std::chrono::milliseconds(500));  // two at once would count as one
        started.signal(number);
        EXPECT_EQ(started.wait(), 128 + number);
        EXPECT_TRUE(ends_soon(child)) << number;
        fs::remove(child);
        fs::remove_all(scratch_ / "out");
    }
    Started started(words_for(""));
    ASSERT_TRUE(started.wait_until(has_begun));
    started.signal(SIGHUP);  // a terminal that is closed
    EXPECT_EQ(started.wait(), 1);
    EXPECT_TRUE(ends_soon(child));
    EXPECT_FALSE(report_of(scratch_ / "out")["complete"]);
}

TEST_F(Adapters, AnotherProgramUnderTheSameNameIsAnotherRun) {
    const std::vector<std::string> words = {"--method", command(rotating() + " {in} {out}", ",name=x"), "--metric",
                                            "psnr"};
    ASSERT_EQ(bfr(run("out", words)).code, 0);
    program("cp \"$1\"/* \"$2\"");
    const Ran other = bfr(run("out", words));
    EXPECT_EQ(other.code, 2);
    EXPECT_THAT(other.err, AllOf(HasSubstr("holds another run:\n  "), HasSubstr("command:name=x")));
}

TEST_F(Adapters, AMissingProgramIsNotAvailable) {
    const Ran alone = bfr(run("out", {"--method", command("no-such-program {in} {out}"), "--metric", "psnr"}));
    EXPECT_EQ(alone.code, 2);
    EXPECT_THAT(alone.err, HasSubstr("no-such-program"));
    const Ran beside = bfr(
        run("beside", {"--method", "degraded", "--method", command("no-such-program {in} {out}"), "--metric", "psnr"}));
    EXPECT_EQ(beside.code, 1);
    EXPECT_THAT(beside.err, HasSubstr("is not available"));
}

TEST_F(Adapters, ImportedValuesOfAMethodThatIsNotAvailableStopNothing) {
    write_text(scratch_ / "v.csv", "id,v\np00,0.5\n");
    const std::string file = "file=\"" + (scratch_ / "v.csv").string() + "\"";
    const std::vector<std::string> methods = {
        "--method", "degraded", "--method",
        "torchscript:name=mine,file=\"" + (scratch_ / "missing.pt").string() + "\""};
    const Ran ran = bfr(
        run("out", methods + std::vector<std::string>{"--metric", "psnr", "--metric", "values:method=mine," + file}));
    EXPECT_EQ(ran.code, 1) << ran.err;
    const Json report = report_of(scratch_ / "out");
    EXPECT_EQ(report["rows"][0]["n"], 5);
    EXPECT_THAT(report["data"]["left_out"].dump(), HasSubstr("the method 'mine' is not available"));
    EXPECT_THAT(report["samples"][0]["results"]["degraded"]["values"].dump(), ::testing::Not(HasSubstr("0.5")));
    // Whose they are isn't said: not the other method's because theirs is missing.
    EXPECT_EQ(bfr(run("unsaid", methods + std::vector<std::string>{"--metric", "values:" + file})).code, 2);
}

TEST_F(Adapters, AConfigurationRunsNothingWithoutTheOption) {
    const fs::path mark = scratch_ / "it ran", config = scratch_ / "conf" / "config.json";
    const std::string script = program("touch '" + mark.string() + "'; cp \"$1\"/* \"$2\"");
    const Json method = {{"name", "command"}, {"argv", {script, "{in}", "{out}"}}};
    const std::vector<std::string> words = {"run",         config,           "--degraded", pairs_.degraded,
                                            "--reference", pairs_.reference, "--out",      scratch_ / "out"};
    for (const bool claims : {false, true}) {
        write_text(config, Json{{"methods", {method}}, {"metrics", {"psnr"}}, {"allow_commands", claims}}.dump());
        const Ran ran = bfr(words);
        EXPECT_EQ(ran.code, 2);
        EXPECT_THAT(ran.err, AllOf(HasSubstr("--allow-commands"), HasSubstr(script)));
        EXPECT_THAT(ran.err, ::testing::StartsWith("bfr: runs a program or loads code: command:argv="));
        EXPECT_THAT(ran.err, HasSubstr("\nbfr: error: the configuration names units"));
        EXPECT_FALSE(fs::exists(mark));
        EXPECT_FALSE(fs::exists(scratch_ / "out"));
    }
    // Typed methods replace the file's.
    EXPECT_EQ(bfr(std::vector<std::string>{"run", config, "--degraded", pairs_.degraded, "--reference",
                                           pairs_.reference, "--out", scratch_ / "typed", "--method", "degraded"})
                  .code,
              0);
    EXPECT_FALSE(fs::exists(mark));
    const Ran allowed = bfr(words + std::vector<std::string>{"--allow-commands"});
    EXPECT_EQ(allowed.code, 0) << allowed.err;
    EXPECT_THAT(allowed.err, HasSubstr("bfr: runs a program or loads code: command:argv="));
    EXPECT_TRUE(fs::exists(mark));
    // A report is read, never run.
    fs::remove(mark);
    EXPECT_EQ(bfr({"report", scratch_ / "out"}).code, 0);
    EXPECT_FALSE(fs::exists(mark));
}

TEST_F(Adapters, PathsOfUnitsInAConfigurationAreRelativeToIt) {
    const fs::path folder = scratch_ / "conf";
    fs::create_directories(folder);
    fs::copy(pairs_.degraded, folder / "theirs");
    fs::copy_file(module("metric-2.13"), folder / "metric.pt");
    std::string table = "id,v\n";
    for (const auto& name : numbered_names(5)) table += name + ",1\n";
    write_text(folder / "values.csv", table);
    write_text(folder / "config.json", Json{{"data", {{"degraded", "../degraded"}, {"reference", "../reference"}}},
                                            {"methods", {{{"name", "outputs"}, {"dir", "theirs"}}}},
                                            {"metrics", {"torchscript:file=metric.pt", "values:file=values.csv"}},
                                            {"out", "../out"}}
                                           .dump());
    const Ran ran = bfr({"run", folder / "config.json", "--allow-commands"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(report_of(scratch_ / "out")["rows"][0]["n"], 5);

    // The pairs are read before the task's model files are looked for, which may not be here.
    const auto names = numbered_names(5);
    write_text(folder / "pairs.csv", "fold,first,second,same\n0," + names[0] + "," + names[1] + ",0\n");
    write_text(folder / "pairs.json", Json{{"data", {{"degraded", "../degraded"}, {"reference", "../reference"}}},
                                           {"methods", {"degraded"}},
                                           {"tasks", {"verification:people=pairs,pairs=pairs.csv"}},
                                           {"out", "../out-pairs"}}
                                          .dump());
    const Ran pairs = bfr({"run", folder / "pairs.json"});
    EXPECT_NE(pairs.code, 2) << pairs.err;
    EXPECT_TRUE(fs::exists(scratch_ / "out-pairs" / "report.json"));
}

TEST_F(Adapters, ATorchscriptModuleRestoresAndMeasures) {
    for (const char* version : {"1.13", "2.13"}) {
        const std::string restorer =
            "torchscript:range=-1..1,name=net,file=\"" + module(std::string("restorer-") + version) + "\"";
        const std::string metric =
            "torchscript:direction=lower,name=distance,file=\"" + module(std::string("metric-") + version) + "\"";
        const Ran ran = bfr(run(std::string("out") + version, {"--method", restorer, "--method", "degraded", "--metric",
                                                               "psnr", "--metric", metric}));
        ASSERT_EQ(ran.code, 0) << ran.err;
        const Json report = report_of(scratch_ / (std::string("out") + version));
        EXPECT_EQ(report["rows"][0]["values"]["torchscript:name=distance"]["n"], 5);
        EXPECT_NE(report["rows"][0]["values"]["psnr"]["mean"], report["rows"][1]["values"]["psnr"]["mean"]);
        EXPECT_EQ(report["methods"][0]["device"], "cpu");
        EXPECT_EQ(report["methods"][0]["weights"][0]["file"], std::string("restorer-") + version + ".pt");
    }
}

TEST_F(Adapters, WrongModulesAreRefusedWithWhatTheyAre) {
    const Ran checkpoint =
        bfr(run("out", {"--method", "torchscript:file=\"" + module("state-dict") + "\"", "--metric", "psnr"}));
    EXPECT_EQ(checkpoint.code, 2);
    EXPECT_THAT(checkpoint.err,
                AllOf(HasSubstr("state-dict.pt"), HasSubstr("is a checkpoint"), HasSubstr("torch.jit.")));
    const Ran throws =
        bfr(run("out", {"--method", "torchscript:range=0..255,file=\"" + module("throws") + "\"", "--metric", "psnr"}));
    EXPECT_EQ(throws.code, 1);
    EXPECT_THAT(report_of(scratch_ / "out")["rows"][0]["failures"][0]["reason"].get<std::string>(),
                HasSubstr("no luck with bright pictures"));
    const Ran device = bfr(run("device", {"--method", "degraded", "--metric", "psnr", "--device", "gpu"}));
    EXPECT_EQ(device.code, 2);
    EXPECT_THAT(device.err, HasSubstr("'gpu' is not supported"));
}

TEST_F(Adapters, ImportedValuesAreMarkedEverywhere) {
    write_text(scratch_ / "lpips.csv", "file,lpips\np00.png,0.5\np01.png,0.25\np03.png,0.75\nq.png,1\n");
    const std::string spec = "values:direction=lower,name=LPIPS,file=\"" + (scratch_ / "lpips.csv").string() + "\"";
    const Ran ran = bfr(run("out", {"--method", "degraded", "--metric", "psnr", "--metric", spec}));
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("values:name=LPIPS (imported)"));
    const Json report = report_of(scratch_ / "out");
    const Json& value = report["rows"][0]["values"]["values:name=LPIPS"];
    EXPECT_EQ(value["n"], 3);
    EXPECT_EQ(value["missing"], 2);
    EXPECT_DOUBLE_EQ(value["mean"].get<double>(), 0.5);
    EXPECT_TRUE(report["units"][1]["imported"]);
    EXPECT_FALSE(report["units"][0]["imported"]);
    EXPECT_THAT(report["data"]["left_out"].dump(), HasSubstr("'q' is no sample of this run"));
    EXPECT_THAT(read_text(scratch_ / "out" / "report.html"), HasSubstr("(imported)"));
    const Ran two = bfr(run("two", {"--method", "degraded", "--method", "opencv-bilateral:d=5", "--metric", spec}));
    EXPECT_EQ(two.code, 2);
    EXPECT_THAT(two.err, HasSubstr("method="));
    write_text(scratch_ / "lpips.csv", "file,lpips\np00.png,x\n");
    const Ran bad = bfr(run("bad", {"--method", "degraded", "--metric", spec}));
    EXPECT_EQ(bad.code, 2);
    EXPECT_THAT(bad.err, HasSubstr("lpips.csv:2: 'x' is no finite number"));
}

TEST_F(Adapters, ARunWithNothingToMeasureIsRefused) {
    const Ran ran = bfr(run("out", {"--method", "degraded"}));
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("neither a metric nor a task"), HasSubstr("bfr restore")));
}

TEST_F(Adapters, AreListed) {
    const Ran methods = bfr({"list", "methods"}), metrics = bfr({"list", "metrics"});
    for (const char* name : {"command", "torchscript", "outputs"}) EXPECT_THAT(methods.out, HasSubstr(name));
    for (const char* name : {"torchscript", "values"}) EXPECT_THAT(metrics.out, HasSubstr(name));
    const Ran command_page = bfr({"list", "methods", "command"});
    EXPECT_EQ(command_page.code, 0);
    for (const char* option : {"argv", "batch", "timeout", "pattern"}) EXPECT_THAT(command_page.out, HasSubstr(option));
    const Ran loaded = bfr({"list", "methods", "torchscript:file=\"" + module("restorer-2.13") + "\""});
    EXPECT_EQ(loaded.code, 0);
    EXPECT_THAT(loaded.out, AllOf(HasSubstr("forward(Tensor x) -> Tensor"), HasSubstr("sha256")));
}

}  // namespace
}  // namespace bfr::testing
