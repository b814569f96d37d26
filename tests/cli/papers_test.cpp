// Published tables through the program: listed, beside a run, and measured again on stand-ins.
#include <cmath>
#include <filesystem>

#include "base/files.h"
#include "reports/papers/paper.h"
#include "tests/cli/support.h"
#include "tests/nets/support/hashed_inception.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kOurs = R"(table,ours-2026
title,"Ours (2026), Table 1"
source,here
method,Input,degraded
metric,PSNR,higher,same,psnr,,,"basicsr, RGB, crop 0",ground truth,
metric,FID,lower,same,fid,,,pytorch-fid,ground truth,
metric,MUSIQ,higher,none,,,,pyiqa,,bfr has no MUSIQ
data,Ours-Test,,made by write_picture,3
values,PSNR,FID,MUSIQ
row,Input,26.31,100.5,
row,Ours,28.50,50.25,75.1
row,Gone,27.00,,
)";

const Json& measured(const Json& section, const std::string& row, const std::string& metric) {
    static const Json kNull;
    for (const Json& one : section["measured"]) {
        if (one["row"] != row) continue;
        for (const Json& value : one["values"])
            if (value["metric"] == metric) return value;
    }
    return kNull;
}

std::string schema_errors(const fs::path& report) {
    const Ran ran = run({"python3", "-c",
                         "import json, sys, jsonschema\n"
                         "schema, report = (json.load(open(name, encoding='utf-8')) for name in sys.argv[1:])\n"
                         "for error in list(jsonschema.Draft7Validator(schema).iter_errors(report))[:5]:\n"
                         "    print('/'.join(map(str, error.absolute_path)), error.message[:200])\n",
                         (source_dir() / "reports/schema/report.schema.json").native(), report.native()});
    return ran.code == 0 ? ran.out : ran.err;
}

// Three pairs, one method's pictures, a table of its own, and an Inception of hashed weights.
class PapersOfTheProgram : public ::testing::Test {
  protected:
    PapersOfTheProgram() : pairs_(scratch_.path(), numbered_names(3), 64) {
        for (const auto& name : numbered_names(3))
            write_picture(scratch_ / "results" / "Ours" / (name + ".png"), name, 64, 10);
        write_text(scratch_ / "ours.csv", kOurs);
    }

    std::vector<std::string> data() const {
        return {"--degraded", pairs_.degraded, "--reference", pairs_.reference, "--results", scratch_ / "results"};
    }

    Scratch scratch_;
    Pairs pairs_;
};

TEST_F(PapersOfTheProgram, AreListedAndEachHasAConfiguration) {
    const Papers papers;
    const Ran list = bfr({"list", "papers"});
    EXPECT_EQ(list.code, 0);
    EXPECT_EQ(bfr({"reproduce"}).out, list.out);
    for (const auto& table : papers.tables()) EXPECT_THAT(list.out, HasSubstr("\n" + table.id)) << table.id;
    const Ran one = bfr({"list", "papers", "pmrf-celeba"});
    EXPECT_THAT(one.out, AllOf(HasSubstr("psnr:convention=basicsr-pt"), HasSubstr("0.0290"), HasSubstr("none: ")));
    const Ran own = bfr({"list", "papers", "--papers", scratch_ / "ours.csv"});
    EXPECT_THAT(own.out, HasSubstr("ours-2026"));
    for (const auto& table : papers.tables()) {
        for (const auto& data : table.data) {
            const std::string name = table.id + "/" + data.name;
            const Ran ran = bfr({"reproduce", name, "--json"});
            EXPECT_EQ(ran.code, 1) << name << ": nothing of it is here";
            const Json config = Json::parse(ran.out);
            EXPECT_EQ(config["methods"].size(), data.rows.size()) << name;
            EXPECT_EQ(config["data"].contains("reference"), data.set.starts_with("CelebA-Test")) << name;
            EXPECT_FALSE(config.contains("allow_commands"));
            EXPECT_GE(config.value("metrics", Json::array()).size() + config.value("tasks", Json::array()).size(), 2U)
                << name;
            write_text(scratch_ / "config.json", ran.out);
            const Ran started = bfr({"run", scratch_ / "config.json", "--degraded", scratch_ / "nowhere"});
            EXPECT_THAT(started.err, HasSubstr("nowhere")) << name << ": the configuration was read";
        }
    }
}

TEST_F(PapersOfTheProgram, ReproduceSaysWhatIsMissing) {
    const Ran ran = bfr(std::vector<std::string>{"reproduce", "bfrffusion-celeba"} + data());
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.out, AllOf(HasSubstr("3 pictures, 3000 expected"), HasSubstr("bfr weights fetch resnet18_110.pth"),
                               HasSubstr("inception_FFHQ_512-f7b384ab.pth: missing"), HasSubstr("degraded: here"),
                               HasSubstr("GFPGAN: missing: there is no such folder"), HasSubstr("psnr: here")));
    EXPECT_THAT(bfr({"reproduce", "vspbfr-table5"}).out, AllOf(HasSubstr("a guess: the normaliser is not known"),
                                                               HasSubstr("vspbfr:weights=official: missing")));
    // finished pictures that somebody gives stand before a method of the program
    const std::string folder = scratch_ / "results" / "VSPBFR";
    std::filesystem::create_directories(folder);
    EXPECT_THAT(bfr(std::vector<std::string>{"reproduce", "vspbfr-table5"} + data()).out,
                HasSubstr(folder + ": here"));
    EXPECT_THAT(bfr({"reproduce", "pmrf-celeba"}).out, HasSubstr("Can't be measured again\n  kid"));
}

TEST_F(PapersOfTheProgram, MistakesAreTold) {
    const auto err = [&](const std::vector<std::string>& words) {
        const Ran ran = bfr(words);
        EXPECT_EQ(ran.code, 2) << words.back();
        return ran.err;
    };
    EXPECT_THAT(err({"reproduce", "pmrf-celebb"}), HasSubstr("did you mean pmrf-celeba"));
    EXPECT_THAT(err({"reproduce", "survey-table7"}), HasSubstr("survey-table7/LFW-Test"));
    EXPECT_THAT(err({"reproduce", "--run"}), HasSubstr("name the table"));
    EXPECT_THAT(err({"reproduce", "pmrf-celeba", "--run"}), HasSubstr("--out"));
    EXPECT_THAT(err({"reproduce", "pmrf-celeba", "--run", "--out", scratch_ / "o", "--degraded", pairs_.degraded}),
                HasSubstr("--reference"));
    EXPECT_THAT(err({"reproduce", "pmrf-celeba", "--metric", "gmsd"}), HasSubstr("none of the table's units"));
    EXPECT_THAT(err({"reproduce", "pmrf-celeba", "--stats", scratch_ / "no.stats"}), HasSubstr("no such file"));
    write_text(scratch_ / "bad.csv", "table,bad\ntitle,t\nrow,x,1\n");
    EXPECT_THAT(err({"list", "papers", "--papers", scratch_ / "bad.csv"}), HasSubstr("bad.csv:3: "));
    EXPECT_THAT(err({"report", "x.json", "--as", "a=b"}), HasSubstr("--against TABLE"));
    EXPECT_THAT(err({"report", "x.json", "--against", "pmrf-celebb"}), HasSubstr("the published table pmrf-celeba?"));
    ASSERT_EQ(bfr(pairs_.run(scratch_ / "out", {"--method", "degraded", "--metric", "zero"})).code, 0);
    EXPECT_THAT(err({"report", scratch_ / "out", "--against", "pmrf-celebb"}),
                AllOf(HasSubstr("unknown row to compare with 'pmrf-celebb'"), HasSubstr("degraded"),
                      HasSubstr("or did you mean the published table pmrf-celeba?")));
    EXPECT_THAT(err({"report", scratch_ / "out", "--papers", scratch_ / "ours.csv", "--against", "ours-2062",
                     "--against", "pmrf-celeba"}),
                HasSubstr("the published table ours-2026?"));
    EXPECT_THAT(err({"report", scratch_ / "out", "--against", "degradet"}),
                AllOf(HasSubstr("did you mean degraded?"), HasSubstr("bfr list papers")));
}

TEST_F(PapersOfTheProgram, RunsOnStandInsAndSetsThemApart) {
    const std::string inception = (scratch_ / "inception.safetensors").string(), stats = scratch_ / "mine.pth";
    write_hashed_inception(inception);
    ASSERT_EQ(
        bfr({"stats", pairs_.reference, "--convention", "basicsr", "--inception", inception, "--out", stats}).code, 0);
    const Ran ran =
        bfr(std::vector<std::string>{"reproduce", "bfrffusion-celeba", "--run", "--out", scratch_ / "out", "--metric",
                                     "fid:convention=basicsr,stats=any,weights=\"" + inception + "\"", "--stats", stats,
                                     "--method", "opencv-bilateral:d=5"} +
            data());
    EXPECT_EQ(ran.code, 1) << "LPIPS, Deg and LMD have no weights here: " << ran.err;
    EXPECT_THAT(ran.err,
                AllOf(HasSubstr("GFPGAN is not measured: there is no folder"), HasSubstr("lmd is not available")));
    EXPECT_THAT(ran.out, AllOf(HasSubstr("### Beside bfrffusion-celeba (CelebA-Test)"),
                               HasSubstr("GFPGAN [as published: bfrffusion-celeba]"),
                               HasSubstr("### Set apart from bfrffusion-celeba"), HasSubstr("can't be compared")));
    const Json report = report_of(scratch_ / "out");
    const Json& section = report["published"][0];
    EXPECT_EQ(section["data"]["status"], "differs");
    EXPECT_EQ(section["rows"].size(), 12U);
    ASSERT_EQ(section["measured"].size(), 2U);
    for (const Json& row : section["measured"]) {
        EXPECT_TRUE(row["set_apart"].is_string());
        for (const Json& value : row["values"]) EXPECT_TRUE(value["deviation"].is_null());
    }
    EXPECT_EQ(section["measured"][0]["method"], "Input");
    EXPECT_EQ(measured(section, "degraded", "psnr")["measured"], report["rows"][0]["values"]["psnr"]["mean"]);
    EXPECT_EQ(measured(section, "degraded", "psnr")["published"], 25.35);
    for (const Json& metric : section["metrics"]) {
        if (metric["name"] != "fid") continue;
        EXPECT_TRUE(metric["value"].is_null()) << "other statistics are another quantity";
        EXPECT_THAT(metric["reason"].get<std::string>(), HasSubstr("is another convention"));
    }
    size_t fids = 0;
    for (const auto& [name, value] : report["rows"][0]["set_values"].items()) {
        fids += name.starts_with("fid:") ? 1 : 0;
        EXPECT_TRUE(value["value"].is_number()) << name << ": the stand-in's number is in the run's own table";
    }
    EXPECT_EQ(fids, 1U);
    for (const char* page : {"report.md", "report.html"})
        EXPECT_THAT(read_text(scratch_ / "out" / page), HasSubstr("Set apart from bfrffusion-celeba")) << page;
    if (run({"python3", "-c", "import jsonschema"}).code == 0) {
        EXPECT_EQ(schema_errors(scratch_ / "out" / "report.json"), "");
    }
}

TEST_F(PapersOfTheProgram, ComparesWhatSomebodyVouchesForButNotStandInWeights) {
    const std::string inception = (scratch_ / "inception.safetensors").string();
    write_hashed_inception(inception);
    const std::vector<std::string> words =
        std::vector<std::string>{"reproduce",           "ours-2026", "--papers",
                                 scratch_ / "ours.csv", "--metric",  "fid:weights=\"" + inception + "\""} +
        data();
    const Ran ran = bfr(words + std::vector<std::string>{"--run", "--same-data", "--out", scratch_ / "out"});
    EXPECT_EQ(ran.code, 1) << "no pictures of Gone";
    EXPECT_THAT(ran.err, HasSubstr("Gone is not measured"));
    const Json report = report_of(scratch_ / "out");
    const Json& section = report["published"][0];
    EXPECT_EQ(section["data"]["status"], "said");
    const double psnr = report["rows"][1]["values"]["psnr"]["mean"].get<double>();
    const std::string ours = report["rows"][1]["method"];
    EXPECT_EQ(ours, "outputs:name=Ours");
    EXPECT_NEAR(measured(section, ours, "PSNR")["deviation"].get<double>(), psnr - 28.5, 1e-9);
    const Json& fid = measured(section, ours, "FID");
    EXPECT_TRUE(fid["measured"].is_number() && fid["deviation"].is_null());
    EXPECT_THAT(fid["reason"].get<std::string>(), HasSubstr("inception.safetensors"));
    EXPECT_THAT(ran.out, AllOf(HasSubstr("50.25†"), HasSubstr("Δ PSNR"), HasSubstr("is the word of whoever")));

    // the same from the report, in every format; and the folder's report is without it
    const std::vector<std::string> beside = {"--against", "ours-2026", "--papers", scratch_ / "ours.csv",
                                             "--same-data"};
    const auto shown = [&](const fs::path& of, const std::string& format) {
        return bfr(std::vector<std::string>{"report", of, "--format", format} + beside);
    };
    EXPECT_EQ(Json::parse(shown(scratch_ / "out", "json").out)["published"], report["published"]);
    EXPECT_THAT(shown(scratch_ / "out", "text").out, HasSubstr("50.25†"));
    EXPECT_THAT(shown(scratch_ / "out" / "report.json", "markdown").out,
                HasSubstr("Ours \\[as published: ours-2026\\]"));
    EXPECT_THAT(shown(scratch_ / "out", "latex").out, HasSubstr("50.25$\\dagger$"));
    EXPECT_THAT(shown(scratch_ / "out", "html").out, HasSubstr("50.25†"));
    EXPECT_THAT(bfr({"report", scratch_ / "out"}).out, Not(HasSubstr("as published")));
}

TEST_F(PapersOfTheProgram, ANameThatIsATablesAndARowsIsAskedBack) {
    const std::string named = "outputs:dir=\"" + pairs_.reference.string() + "\",name=ours-2026";
    ASSERT_EQ(bfr(pairs_.run(scratch_ / "out", {"--method", "degraded", "--method", named, "--metric", "zero"})).code,
              0);
    const auto against = [&](const std::string& name) {
        return bfr({"report", scratch_ / "out", "--papers", scratch_ / "ours.csv", "--against", "paper:ours-2026",
                    "--against", name});
    };
    const Ran both = against("ours-2026");
    EXPECT_EQ(both.code, 2);
    EXPECT_THAT(both.err, AllOf(HasSubstr("paper:ours-2026"), HasSubstr("row:ours-2026")));
    const Ran row = against("row:ours-2026");
    EXPECT_EQ(row.code, 0) << row.err;
    EXPECT_THAT(row.out, AllOf(HasSubstr("Difference from outputs:name=ours-2026"),
                               HasSubstr("nothing of it was measured in this run")));
    EXPECT_EQ(bfr({"report", scratch_ / "out" / "report.json", "--against", "degraded"}).code, 2);
}

}  // namespace
}  // namespace bfr::testing
