#include "base/files.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Run, PrintsTheTableAndWritesTheReports) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(3));
    const Ran ran = bfr(pairs.run(scratch / "out", kUnits));
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out, AllOf(HasSubstr("| degraded"), HasSubstr("| opencv-bilateral:d=5"), HasSubstr("psnr"),
                               HasSubstr("ssim")));
    EXPECT_EQ(ran.out, read_text(scratch / "out" / "report.md"));
    EXPECT_THAT(read_text(scratch / "out" / "report.html"), HasSubstr("<html"));
    const Json report = report_of(scratch / "out");
    EXPECT_EQ(report["schema"], "bfr-report/1");
    EXPECT_TRUE(report["complete"]);
    EXPECT_EQ(report["data"]["n"], 3);
    ASSERT_EQ(report["rows"].size(), 2);
    for (const auto& row : report["rows"]) {
        EXPECT_EQ(row["n"], 3);
        EXPECT_EQ(row["failed"], 0);
        EXPECT_EQ(row["values"]["psnr"]["n"], 3);
    }
    EXPECT_EQ(report["context"]["command"][1], "run");
}

TEST(Run, AConfigurationMeansTheSameAsOptions) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(2));
    const Json config = {{"data", {{"degraded", "degraded"}, {"reference", "reference"}}},
                         {"methods", {"degraded", {{"name", "opencv-bilateral"}, {"d", 5}}}},
                         {"metrics", {"psnr", "ssim"}},
                         {"tasks", {"size"}},
                         {"out", "by config"}};
    write_text(scratch / "config.json", config.dump());
    const Ran by_config = bfr({"run", scratch / "config.json"});
    EXPECT_EQ(by_config.code, 0) << by_config.err;
    bfr(pairs.run(scratch / "by options", kUnits));
    EXPECT_EQ(without_context(report_of(scratch / "by config")).dump(),
              without_context(report_of(scratch / "by options")).dump());
}

TEST(Run, OptionsOverrideTheConfiguration) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(3));
    const Json config = {{"data", {{"degraded", "degraded"}, {"reference", "reference"}, {"limit", 3}}},
                         {"methods", {"degraded", "opencv-denoise"}},
                         {"metrics", {"psnr"}},
                         {"seed", 7},
                         {"out", "elsewhere"}};
    write_text(scratch / "config.json", config.dump());
    const Ran ran = bfr({"run", scratch / "config.json", "--method", "degraded", "--limit", "2", "--out",
                         scratch / "out", "--metric", "ssim"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    const Json report = report_of(scratch / "out");
    EXPECT_EQ(report["data"]["n"], 2);
    EXPECT_EQ(report["rows"].size(), 1);
    EXPECT_EQ(report["units"][0]["label"], "ssim");
    EXPECT_EQ(report["seed"], 7);
    EXPECT_FALSE(std::filesystem::exists(scratch / "elsewhere"));
}

TEST(Run, ResultsDontDependOnTheNumberOfJobs) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(9));
    bfr(pairs.run(scratch / "one", kUnits + std::vector<std::string>{"--jobs", "1"}));
    bfr(pairs.run(scratch / "four", kUnits + std::vector<std::string>{"--jobs", "4"}));
    EXPECT_EQ(without_context(report_of(scratch / "one")).dump(), without_context(report_of(scratch / "four")).dump());
    EXPECT_EQ(read_text(scratch / "one" / "images" / "degraded" / "p03.png"),
              read_text(scratch / "four" / "images" / "degraded" / "p03.png"));
}

TEST(Run, KeepsNoPicturesWhereNoneAreWanted) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(2));
    EXPECT_EQ(bfr(pairs.run(scratch / "out", kUnits + std::vector<std::string>{"--no-images"})).code, 0);
    EXPECT_FALSE(std::filesystem::exists(scratch / "out" / "images"));
}

TEST(Run, AUnitWithoutItsModelFilesIsReportedWithWhatMendsIt) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(2));
    const Ran ran =
        bfr(pairs.run(scratch / "out", {"--method", "degraded", "--metric", "psnr", "--metric", "identity"}));
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("identity"), HasSubstr("to mend it")));
    EXPECT_EQ(report_of(scratch / "out")["rows"][0]["values"]["psnr"]["n"], 2);
}

struct BadConfig {
    std::string text, answer;
};
class BadConfigs : public ::testing::TestWithParam<BadConfig> {};

TEST_P(BadConfigs, AreAnsweredByTheKey) {
    const Scratch scratch;
    write_text(scratch / "config.json", GetParam().text);
    const Ran ran = bfr({"run", scratch / "config.json", "--out", scratch / "out"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_THAT(ran.err, AllOf(HasSubstr("bfr: error: "), HasSubstr(GetParam().answer)));
    EXPECT_FALSE(std::filesystem::exists(scratch / "out"));
}

INSTANTIATE_TEST_SUITE_P(
    Run, BadConfigs,
    ::testing::Values(BadConfig{R"({"seed": "one"})", "/seed"}, BadConfig{R"({"methods": "degraded"})", "/methods"},
                      BadConfig{R"({"methods": [3]})", "/methods/0"}, BadConfig{R"({"metircs": []})", "metrics"},
                      BadConfig{R"({"data": {"degradd": "x"}})", "degraded"}, BadConfig{R"({"jobs": -1})", "/jobs"},
                      BadConfig{R"({"save_images": 1})", "/save_images"}, BadConfig{"{\n\"seed\": 1,\n}", "line 3"},
                      BadConfig{R"({"device": "tpu"})", "'tpu' is not supported"}, BadConfig{"[]", "object"},
                      BadConfig{"", "JSON"}));

TEST(Run, MisspeltUnitsAreAnsweredWithNearNames) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(1));
    for (const auto& [words, answer] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"--method", "opencv-denoize", "--metric", "psnr"}, "opencv-denoise"},
             {{"--method", "degraded", "--metric", "pnsr"}, "did you mean psnr"},
             {{"--method", "degraded", "--metric", "psnr:spcae=y"}, "did you mean space"},
             {{"--method", "degraded", "--task", "landmark"}, "did you mean landmarks"}}) {
        const Ran ran = bfr(pairs.run(scratch / "out", words));
        EXPECT_EQ(ran.code, 2) << answer;
        EXPECT_THAT(ran.err, HasSubstr(answer));
        EXPECT_FALSE(std::filesystem::exists(scratch / "out" / "records.jsonl"));
    }
}

TEST(Report, IsRebuiltFromTheRecords) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(3));
    const Ran ran = bfr(pairs.run(scratch / "out", kUnits));
    const Json report = report_of(scratch / "out");
    EXPECT_EQ(bfr({"report", scratch / "out" / "report.json"}).out, ran.out);
    EXPECT_EQ(bfr({"report", scratch / "out" / "report.json", "--format", "markdown"}).out,
              read_text(scratch / "out" / "report.md"));
    std::filesystem::remove(scratch / "out" / "report.json");
    const Ran rebuilt = bfr({"report", scratch / "out", "--format", "json"});
    EXPECT_EQ(rebuilt.code, 0) << rebuilt.err;
    EXPECT_EQ(without_context(Json::parse(rebuilt.out)).dump(), without_context(report).dump());
    EXPECT_THAT(bfr({"report", scratch / "out", "--format", "html"}).out, HasSubstr("<html"));
    EXPECT_THAT(bfr({"report", scratch / "out", "--format", "htm"}).err, HasSubstr("did you mean html"));
}

TEST(Report, PrintsTablesForPapers) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(3));
    ASSERT_EQ(bfr(pairs.run(scratch / "out", kUnits)).code, 0);
    const auto report = [&](std::vector<std::string> options) {
        options.insert(options.begin(), {"report", (scratch / "out").string()});
        return bfr(options);
    };
    const Ran latex =
        report({"--format", "latex", "--column", "psnr as PSNR", "--column", "n", "--row", "degraded as Input"});
    EXPECT_EQ(latex.code, 0) << latex.err;
    EXPECT_THAT(latex.out, AllOf(HasSubstr("method & PSNR (dB) $\\uparrow$ & n \\\\"), HasSubstr("Input & ")));
    EXPECT_THAT(report({"--format", "latex", "--intervals"}).out, HasSubstr("$\\pm$"));
    const Ran csv = report({"--format", "csv", "--column", "psnr"});
    EXPECT_TRUE(csv.out.starts_with("row,value,measure,better,number,low,high,n,")) << csv.out;
    EXPECT_THAT(csv.out, HasSubstr("\r\ndegraded,psnr,dB,higher,"));
    EXPECT_THAT(report({"--column", "n"}).out, AllOf(HasSubstr("### Results"), Not(HasSubstr("psnr (dB)"))));
    const Ran wrong = report({"--format", "csv", "--column", "psnx"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, HasSubstr("did you mean psnr"));
    const Ran nobody = report({"--row", "nobody"});
    EXPECT_EQ(nobody.code, 2);
    EXPECT_THAT(nobody.err, Not(HasSubstr("compare")));
    for (const std::vector<std::string>& more :
         {std::vector<std::string>{"--row", "degraded"}, {"--column", "psnr"}, {"--format", "csv"}})
        EXPECT_EQ(report(std::vector<std::string>{"--against", "degraded"} + more).code, 2);
    EXPECT_EQ(report({"--format", "html", "--column", "psnr"}).code, 2);
    EXPECT_EQ(report({"--intervals"}).code, 2);
}

TEST(Report, ComparesEveryRowWithAnother) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(3));
    ASSERT_EQ(bfr(pairs.run(scratch / "out", kUnits)).code, 0);
    const Ran asked = bfr({"report", scratch / "out", "--against", "degraded"});
    EXPECT_EQ(asked.code, 0) << asked.err;
    EXPECT_THAT(asked.out, AllOf(HasSubstr("### Difference from degraded. Metrics"), HasSubstr("Δ psnr")));
    EXPECT_THAT(bfr({"report", scratch / "out", "--against", "degraded", "--format", "html"}).out, HasSubstr("Δ psnr"));
    const Ran ran = bfr(pairs.run(scratch / "out", kUnits + std::vector<std::string>{"--against", "degraded"}));
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(report_of(scratch / "out")["comparison"][0]["against"], "degraded");
    EXPECT_THAT(bfr({"report", scratch / "out", "--against", "degradde"}).err, HasSubstr("did you mean degraded"));
    const Ran file = bfr({"report", scratch / "out" / "report.json", "--against", "degraded"});
    EXPECT_EQ(file.code, 2);
    EXPECT_THAT(file.err, HasSubstr("a row needs the records of a run: name its folder instead of "));
    EXPECT_EQ(bfr(pairs.run(scratch / "other", kUnits + std::vector<std::string>{"--against", "best"})).code, 2);
}

TEST(Report, RefusesWhatIsNone) {
    const Scratch scratch;
    write_text(scratch / "list.json", "[1, 2]");
    write_text(scratch / "text.json", "no JSON");
    std::filesystem::create_directories(scratch / "folder");
    for (const char* name : {"list.json", "text.json", "folder"}) {
        const Ran ran = bfr({"report", scratch / name});
        EXPECT_EQ(ran.code, 2) << name;
        EXPECT_THAT(ran.err, HasSubstr(name));
    }
}

TEST(List, ShowsOptionsAndConventions) {
    EXPECT_THAT(bfr({"list", "methods"}).out,
                AllOf(HasSubstr("degraded"), HasSubstr("opencv-denoise"), HasSubstr("outputs")));
    EXPECT_THAT(bfr({"list", "methods", "opencv-denoise"}).out,
                AllOf(HasSubstr("h_color"), HasSubstr("[default: 10]"), HasSubstr("convention")));
    EXPECT_THAT(bfr({"list", "methods", "outputs"}).out, AllOf(HasSubstr("dir"), HasSubstr("note")));
    EXPECT_THAT(bfr({"list", "metrics"}).out, AllOf(HasSubstr("psnr"), HasSubstr("ssim")));
    EXPECT_THAT(bfr({"list", "metrics", "psnr:space=y"}).out,
                AllOf(HasSubstr("psnr:space=y"), HasSubstr("higher is better")));
    EXPECT_THAT(bfr({"list", "metrics", "identity"}).out, AllOf(HasSubstr("not here"), HasSubstr("to mend it")));
    EXPECT_THAT(bfr({"list", "tasks"}).out, AllOf(HasSubstr("landmarks"), HasSubstr("emotion")));
    EXPECT_THAT(bfr({"list", "degradations"}).out, AllOf(HasSubstr("gfpgan"), HasSubstr("vspbfr")));
    EXPECT_THAT(bfr({"list", "degradations", "gfpgan"}).out,
                AllOf(HasSubstr("JPEG: quality 60 to 100"), HasSubstr("source")));
}

}  // namespace
}  // namespace bfr::testing
