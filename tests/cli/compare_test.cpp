// bfr compare: the program, on real small runs.
#include <algorithm>

#include "base/files.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class Compare : public ::testing::Test {
  protected:
    // Twelve pairs, so that a verdict may be shown.
    std::string run(const std::string& out, const std::vector<std::string>& units, const std::string& pairs = "data") {
        std::filesystem::create_directories(scratch_ / pairs);
        const Pairs made(scratch_ / pairs, numbered_names(12));
        const Ran ran = bfr(made.run(scratch_ / out, units));
        EXPECT_EQ(ran.code, 0) << ran.err;
        return (scratch_ / out).string();
    }

    const std::vector<std::string> two_ = {"--method", "degraded", "--method", "opencv-denoise",
                                           "--metric", "psnr",     "--metric", "ssim"};
    Scratch scratch_;
};

TEST_F(Compare, HasTheNumbersOfReportAgainst) {
    const std::string folder = run("out", two_);
    const Ran ran = bfr({"compare", folder, "--baseline", "degraded", "--format", "json"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.err, IsEmpty());
    const Json comparison = Json::parse(ran.out);
    const Json against = Json::parse(bfr({"report", folder, "--against", "degraded", "--format", "json"}).out);
    for (const char* name : {"psnr", "ssim"}) {
        const Json &one = comparison["comparisons"][0]["values"][name],
                   &other = against["comparison"][0]["rows"][1]["values"][name]["difference"];
        EXPECT_EQ(one["n"], 12);
        for (const char* key : {"mean", "std", "median", "interval", "samples_sha256"})
            EXPECT_EQ(one[key], other[key]) << name << key;
    }
    // Of the report.json it is the same as of the folder, and each time.
    const Ran file = bfr({"compare", folder + "/report.json", "--baseline", "degraded", "--format", "json"});
    EXPECT_EQ(Json::parse(file.out)["comparisons"].dump(), comparison["comparisons"].dump());
    EXPECT_EQ(bfr({"compare", folder + "/", "--baseline", "degraded", "--format", "json"}).out, ran.out);
}

TEST_F(Compare, PrintsEachFormat) {
    const std::string folder = run("out", two_);
    EXPECT_THAT(bfr({"compare", folder}).out,
                AllOf(HasSubstr("### opencv-denoise against degraded"), HasSubstr("p (Holm)"),
                      HasSubstr("### Ranks over 2 values"), HasSubstr("corrected over the 2 tests")));
    EXPECT_THAT(
        bfr({"compare", folder, "--row", "degraded", "--row", "opencv-denoise as Ours", "--format", "latex"}).out,
        AllOf(StartsWith("% \\usepackage{booktabs}"), HasSubstr("\\caption{Ours against degraded}")));
    EXPECT_THAT(bfr({"compare", folder, "--value", "ssim", "--format", "csv"}).out,
                AllOf(HasSubstr("\nopencv-denoise,degraded,ssim,"), Not(HasSubstr(",psnr,"))));
    EXPECT_THAT(bfr({"compare", folder, "--format", "markdown", "--pictures", "1"}).out,
                AllOf(HasSubstr("largest gain"), Not(HasSubstr("), p"))));
}

TEST_F(Compare, TwoRunsOfOneMethodArePairedById) {
    const std::string a = run("a", two_),
                      b = run("b", {"--method", "opencv-denoise:h=20", "--metric", "psnr"});
    const Ran ran = bfr({"compare", a, b, "--row", "opencv-denoise", "--row", "opencv-denoise:h=20", "--format", "json"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    const Json comparison = Json::parse(ran.out);
    EXPECT_EQ(comparison["baseline"], "opencv-denoise");
    EXPECT_EQ(comparison["comparisons"][0]["values"]["psnr"]["n"], 12);
    EXPECT_EQ(comparison["comparisons"][0]["values"]["ssim"]["n"], 0);
    EXPECT_EQ(comparison["ranks"]["left_out"], Json({"ssim"}));
    // The same names with other pictures.
    const Ran forced = bfr({"compare", a, b, "--force"});
    EXPECT_EQ(forced.code, 0);
    Json other = report_of(b);
    for (Json& sample : other["samples"]) sample["reference_sha256"] = std::string(64, '0');
    write_text(scratch_ / "other.json", other.dump());
    const Ran refused = bfr({"compare", a, scratch_ / "other.json"});
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.out, IsEmpty());
    EXPECT_THAT(refused.err, AllOf(HasSubstr("--force"), HasSubstr("the reference picture of 12 samples")));
    EXPECT_THAT(bfr({"compare", a, scratch_ / "other.json", "--force"}).out, HasSubstr("compared by force"));
}

TEST_F(Compare, ConditionsDecideTheExitCode) {
    const std::string folder = run("out", two_);
    const auto gated = [&](const std::vector<std::string>& conditions) {
        std::vector<std::string> words = {"compare", folder};
        for (const auto& one : conditions) words = words + std::vector<std::string>{"--fail-if", one};
        return bfr(words);
    };
    const Ran passed = gated({"psnr < 1", "failed > baseline"});
    EXPECT_EQ(passed.code, 0);
    EXPECT_THAT(passed.err, AllOf(HasSubstr("passes: opencv-denoise: psnr < 1"), Not(HasSubstr("fails:"))));
    const Ran failed = gated({"psnr < 1", "psnr < baseline + 1000", "n >= 12"});
    EXPECT_EQ(failed.code, 1);
    EXPECT_EQ(std::ranges::count(failed.err, '\n'), 3);
    EXPECT_THAT(failed.err, AllOf(HasSubstr("fails: opencv-denoise: psnr < baseline + 1000: psnr is "),
                                  HasSubstr("over 12 samples"), HasSubstr("fails: opencv-denoise: n >= 12")));
    EXPECT_THAT(failed.out, HasSubstr("### opencv-denoise against degraded"));
    const Ran divided = gated({"psnr < 1000", "psnr < 1 / (baseline - baseline)"});
    EXPECT_EQ(divided.code, 2);
    EXPECT_THAT(divided.err, HasSubstr("can't be evaluated: its right side is no finite number"));
    for (const auto& [condition, answer] : std::vector<std::pair<std::string, std::string>>{
             {"psnr < bsaeline", "character 8:\n  psnr < bsaeline\n         ^"},
             {"pnsr < 1", "did you mean psnr"},
             {"psnr", "'<' or '>' is expected"}}) {
        const Ran refused = gated({condition});
        EXPECT_EQ(refused.code, 2) << condition;
        EXPECT_THAT(refused.out, IsEmpty());
        EXPECT_THAT(refused.err, HasSubstr(answer));
    }
}

TEST_F(Compare, WhatIsNoReportIsSaid) {
    write_text(scratch_ / "text.json", "no JSON");
    write_text(scratch_ / "other.json", "{\"schema\": \"other\"}");
    write_text(scratch_ / "wrong.json", "{\"schema\": \"bfr-report/1\", \"rows\": {\"a\": [1]}, \"samples\": 3}");
    const auto refused = [&](const std::vector<std::string>& words, const std::string& answer) {
        const Ran ran = bfr(std::vector<std::string>{"compare"} + words);
        EXPECT_EQ(ran.code, 2) << answer;
        EXPECT_THAT(ran.out, IsEmpty());
        EXPECT_THAT(ran.err, AllOf(StartsWith("bfr: error: "), HasSubstr(answer)));
    };
    refused({}, "name a report.json or a run's folder");
    refused({scratch_ / "nowhere.json"}, "nowhere.json");
    refused({scratch_ / "text.json"}, "text.json");
    refused({scratch_ / "other.json"}, "schema");
    refused({scratch_ / "wrong.json"}, "wrong.json: the report has no rows");
    refused({scratch_.path()}, "is not the folder of a run");
    refused({scratch_ / "wrong.json", scratch_ / "wrong.json"}, "is given twice");
    refused({scratch_ / "wrong.json", "--format", "html"}, "unknown format 'html'");
    refused({scratch_ / "wrong.json", "--pictures", "many"}, "--pictures must be a whole number");
}

}  // namespace
}  // namespace bfr::testing
