// bfr ablate: the program, with a classical method and with a compact VSPBFR of drawn weights.
#include <set>

#include "base/files.h"
#include "tests/cli/support.h"
#include "tests/restore/compact_vspbfr.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// A configuration of synthetic pairs in `folder`.
std::filesystem::path write_config(const std::filesystem::path& folder, const std::vector<std::string>& methods) {
    const Pairs pairs(folder, numbered_names(3));
    const Json config = {{"data", {{"degraded", "degraded"}, {"reference", "reference"}}},
                         {"methods", methods},
                         {"metrics", {"psnr", "ssim"}},
                         {"tasks", {"size"}},
                         {"out", "out"}};
    write_text(folder / "config.json", config.dump());
    return folder / "config.json";
}

std::vector<std::string> row_methods(const Json& report) {
    std::vector<std::string> methods;
    for (const auto& row : report["rows"]) methods.push_back(row["method"]);
    return methods;
}

TEST(Ablate, ReplacesTheMethodByItsArms) {
    const Scratch scratch;
    const auto config = write_config(scratch.path(), {"degraded", "opencv-bilateral"});
    const Ran ran = bfr({"ablate", config, "--vary", "d=5,9,13"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out, AllOf(HasSubstr("### Ablation of opencv-bilateral over d. Metrics"), HasSubstr("Δ psnr"),
                               HasSubstr("baseline |")));
    EXPECT_THAT(read_text(scratch / "out" / "report.html"), HasSubstr("Δ psnr"));
    const Json report = report_of(scratch / "out");
    EXPECT_THAT(row_methods(report), ::testing::ElementsAre("degraded", "opencv-bilateral:d=5", "opencv-bilateral:d=9",
                                                            "opencv-bilateral:d=13"));
    const Json& ablation = report["ablation"][0];
    EXPECT_EQ(ablation["baseline"], "opencv-bilateral:d=9");  // the default
    EXPECT_EQ(ablation["arms"][0]["values"]["psnr"]["difference"]["n"], 3);
    // From the records alone it is the same; so is the same command again.
    EXPECT_THAT(bfr({"report", scratch / "out"}).out, HasSubstr("### Ablation of opencv-bilateral over d. Metrics"));
    EXPECT_EQ(bfr({"ablate", config, "--vary", "d=5,9,13"}).code, 0);
    EXPECT_EQ(report_of(scratch / "out")["context"]["resumed"], 12);
    EXPECT_EQ(without_context(report_of(scratch / "out")).dump(), without_context(report).dump());
}

TEST(Ablate, IsTheRunOfTheSameArmsAndOfAConfigurationThatSaysSo) {
    const Scratch scratch;
    const auto file = write_config(scratch.path(), {"degraded", "opencv-bilateral:sigma_color=30"});
    ASSERT_EQ(bfr({"ablate", file, "--vary", "d=5,7", "--vary", "sigma_space=20,75", "--out", scratch / "grid"}).code,
              0);
    const Json grid = report_of(scratch / "grid");
    EXPECT_THAT(grid["rows"], SizeIs(5));
    Json config = grid["context"]["config"];
    config.erase("out");
    write_text(scratch / "again.json", config.dump());
    ASSERT_EQ(bfr({"run", scratch / "again.json", "--out", scratch / "again"}).code, 0);
    EXPECT_EQ(without_context(report_of(scratch / "again")).dump(), without_context(grid).dump());
    const auto arms = row_methods(grid);
    std::vector<std::string> words = {"run", file, "--out", scratch / "plain"};
    for (const auto& arm : arms) words = words + std::vector<std::string>{"--method", arm};
    ASSERT_EQ(bfr(words).code, 0);
    const Json plain = report_of(scratch / "plain");
    EXPECT_EQ(plain["rows"].dump(), grid["rows"].dump());
    EXPECT_FALSE(plain.contains("ablation"));
}

struct Mistaken {
    std::vector<std::string> words;
    std::string answer;
};
class MistakenAblations : public ::testing::TestWithParam<Mistaken> {};

TEST_P(MistakenAblations, AreRefusedBeforeAnyWork) {
    const Scratch scratch;
    const auto config =
        write_config(scratch.path(), {"degraded", "opencv-bilateral", "opencv-denoise:h=5", "opencv-denoise:h=7"});
    const Ran ran = bfr(std::vector<std::string>{"ablate", config} + GetParam().words);
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_THAT(ran.err, AllOf(HasSubstr("bfr: error: "), HasSubstr(GetParam().answer)));
    EXPECT_FALSE(std::filesystem::exists(scratch / "out"));
}

INSTANTIATE_TEST_SUITE_P(
    Ablate, MistakenAblations,
    ::testing::Values(Mistaken{{}, "nothing is varied"}, Mistaken{{"--method", "degraded"}, "nothing is varied"},
                      Mistaken{{"--vary", "d"}, "--vary 'd': '=' is expected"},
                      Mistaken{{"--vary", "d=5,x"}, "d=x must be a whole number"},
                      Mistaken{{"--vary", "d=5,6"}, "d=6 must be odd"}, Mistaken{{"--vary", "d=5,5"}, "the same arm"},
                      Mistaken{{"--vary", "d=5", "--vary", "d=7"}, "d is varied twice"},
                      Mistaken{{"--vary", "steps=1,2"}, "none of the configuration's methods has"},
                      Mistaken{{"--vary", "search=7,9"}, "name one with --method"},
                      Mistaken{{"--vary", "search=7", "--method", "opencv-denoise"}, "name one by its spec"},
                      Mistaken{{"--vary", "d=5", "--method", "degraded"}, "doesn't have the option"},
                      Mistaken{{"--vary", "d=5", "--method", "opencv-bilatral"}, "did you mean opencv-bilateral"},
                      Mistaken{{"--vary", "h=6,7", "--method", "opencv-denoise:h=5"},
                               "method opencv-denoise:h=7 is given twice"}));

TEST(Ablate, WithoutAConfigurationIsAUsageError) {
    const Ran ran = bfr({"ablate", "--vary", "d=5"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("bfr ablate CONFIG.json"));
}

TEST(Ablate, AConfigurationsArmsRunProgramsOnlyWherePermitted) {
    const Scratch scratch;
    const auto config = write_config(scratch.path(), {"command:argv=\"cp -r {in} {out}\",name=copy"});
    const std::vector<std::string> words = {"ablate", config, "--vary", "batch=1,2"};
    const Ran refused = bfr(words);
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, HasSubstr("--allow-commands"));
    EXPECT_FALSE(std::filesystem::exists(scratch / "out"));
}

// VSPBFR's arms.
class AblateVspbfr : public ::testing::Test {
  protected:
    AblateVspbfr() : pairs_(scratch_.path(), numbered_names(2)) {
        method_ = "vspbfr:files=" + files_.folder.path().string();
        const Json config = {{"data", {{"degraded", "degraded"}, {"reference", "reference"}}},
                             {"methods", {method_}},
                             {"metrics", {"psnr"}}};
        write_text(scratch_ / "config.json", config.dump());
    }
    Json run(const std::vector<std::string>& words, const std::string& out) {
        const Ran ran = bfr(words + std::vector<std::string>{"--out", scratch_ / out});
        EXPECT_EQ(ran.code, 0) << ran.err;
        return report_of(scratch_ / out);
    }

    Scratch scratch_;
    CompactVspbfr files_;
    Pairs pairs_;
    std::string method_;
};

TEST_F(AblateVspbfr, ArmsStartAlikeAndEqualWhatEachGivesAlone) {
    const Json report = run({"ablate", scratch_ / "config.json", "--vary", "steps=1,2,4,8"}, "arms");
    const Json& ablation = report["ablation"][0];
    EXPECT_EQ(ablation["baseline"], method_ + ",steps=4");
    std::set<std::string> pictures;
    for (const char* steps : {"1", "2", "4", "8"}) {
        const bool trained = std::string(steps) == "4";
        const std::string spec = method_ + ",steps=" + steps, label = spec + (trained ? "" : "[off-distribution]");
        const Json alone = run({"run", scratch_ / "config.json", "--method", spec}, std::string("alone ") + steps);
        for (size_t i = 0; i < 2; i++) {
            const Json& arm = report["samples"][i]["results"][label];
            ASSERT_EQ(arm["status"], "ok") << label << arm;
            EXPECT_EQ(arm.dump(), alone["samples"][i]["results"][label].dump()) << label;
            EXPECT_EQ(arm["details"]["method"]["x_T_sha256"],
                      report["samples"][i]["results"][method_ + ",steps=4"]["details"]["method"]["x_T_sha256"]);
            pictures.insert(arm["output_sha256"]);
        }
        EXPECT_TRUE(report["timing"]["methods"][label]["seconds_median"].is_number());
    }
    EXPECT_EQ(pictures.size(), 8U);
}

TEST_F(AblateVspbfr, ResultsDontDependOnJobsOrOnWhatIsDoneTogether) {
    const std::vector<std::string> words = {"ablate", scratch_ / "config.json", "--vary", "mixing=0,1",
                                            "--vary", "noise=seeded,zero"};
    const Json one = run(words + std::vector<std::string>{"--jobs", "1"}, "one");
    EXPECT_EQ(without_context(run(words + std::vector<std::string>{"--jobs", "2"}, "two")).dump(),
              without_context(one).dump());
    // A start that was killed after some of the arms.
    const auto records = json_lines(scratch_ / "one" / "records.jsonl");
    ASSERT_THAT(records, SizeIs(8));
    write_text(scratch_ / "one" / "records.jsonl", records[1].dump() + "\n" + records[6].dump() + "\n");
    const Json resumed = run(words, "one");
    EXPECT_EQ(resumed["context"]["resumed"], 2);
    EXPECT_EQ(without_context(resumed).dump(), without_context(one).dump());
}

}  // namespace
}  // namespace bfr::testing
