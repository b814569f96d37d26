// bfr run --from: the run of a report again.
#include "base/files.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Repeat : public ::testing::Test {
  protected:
    void SetUp() override {
        const Pairs pairs(scratch_.path(), numbered_names(3));
        const Ran ran = bfr({"run", "--degraded", scratch_ / "degraded", "--reference", scratch_ / "reference",
                             "--method", "degraded", "--method", "opencv-bilateral:d=5", "--metric", "psnr", "--task",
                             "size", "--seed", "7", "--out", scratch_ / "first"});
        ASSERT_EQ(ran.code, 0) << ran.err;
        report_ = report_of(scratch_ / "first");
    }

    fs::path edited(const Json& report) {
        fs::create_directories(scratch_ / "edited");
        write_text(scratch_ / "edited" / "report.json", report.dump());
        return scratch_ / "edited" / "report.json";
    }

    Ran again(const fs::path& report) { return bfr({"run", "--from", report, "--out", scratch_ / "again"}); }

    Scratch scratch_;
    Json report_;
};

TEST_F(Repeat, GivesTheSameNumbersAndSaysSo) {
    for (const char* from : {"first/report.json", "first"}) {
        fs::remove_all(scratch_ / "again");
        const Ran ran = again(scratch_ / from);
        EXPECT_EQ(ran.code, 0) << ran.err;
        EXPECT_THAT(ran.err, AllOf(HasSubstr("nothing that"), HasSubstr("is different today"),
                                   HasSubstr("came out the same in every bit"),
                                   HasSubstr("6 of 6 restored pictures are the same in every pixel")));
        Json now = report_of(scratch_ / "again");
        EXPECT_EQ(now["seed"], 7);
        EXPECT_EQ(without_context(now).dump(), without_context(report_).dump());
    }
}

TEST_F(Repeat, SaysWhatIsDifferentTodayBeforeItBegins) {
    Json report = report_;
    report["context"]["libraries"]["libtorch"] = "0.4.1";
    report["methods"][1]["version"] = "0";
    report["units"][0]["weights"] = {
        {{"file", "net.pth"}, {"sha256", std::string(64, 'a')}, {"bytes", 1}, {"pinned", false}}};
    report["samples"][0]["degraded_sha256"] = std::string(64, 'b');
    report["samples"][1]["id"] = "another";
    const Ran ran = again(edited(report));
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.err, AllOf(HasSubstr("6 things of"), HasSubstr("libtorch: 0.4.1 there, "),
                               HasSubstr("opencv-bilateral:d=5, version: 0 there, "),
                               HasSubstr("psnr: used net.pth, and doesn't now"),
                               HasSubstr("another picture than there: 1 sample, "),
                               HasSubstr("not there today: 1 sample, another first")));
}

TEST_F(Repeat, SaysWhichNumbersCameOutOtherwise) {
    Json report = report_;
    report["rows"][1]["values"]["psnr"]["mean"] = 1.0;
    report["rows"][0]["values"]["gone"] = {{"mean", 3.0}};
    const Ran ran = again(edited(report));
    EXPECT_THAT(ran.err, AllOf(HasSubstr("psnr of opencv-bilateral:d=5: 1 there, "), HasSubstr("degraded gone first"),
                               Not(HasSubstr("psnr of degraded"))));
}

TEST_F(Repeat, RunsNoProgramOfAReportUnlessTold) {
    Json report = report_;
    report["context"]["config"]["methods"].push_back("command:run='touch " + (scratch_ / "ran").string() + "'");
    report["context"]["config"]["allow_commands"] = true;
    const Ran ran = again(edited(report));
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("--allow-commands"));
    EXPECT_FALSE(fs::exists(scratch_ / "ran"));
}

TEST_F(Repeat, RefusesWhatMakesNoRun) {
    const auto refused = [&](const std::vector<std::string>& words, const std::string& why) {
        const Ran ran = bfr(words);
        EXPECT_EQ(ran.code, 2) << ran.err;
        EXPECT_THAT(ran.err, HasSubstr(why));
    };
    const std::string first = (scratch_ / "first" / "report.json").string();
    refused({"run", "--from", first}, "--out");
    refused({"run", "--from", first, "--out", scratch_ / "first"}, "lies there");
    refused({"run", first, "--from", first, "--out", scratch_ / "again"}, "not both");
    Json report = report_;
    report["context"]["config"] = {{"methods", 3}};
    refused({"run", "--from", edited(report), "--out", scratch_ / "again"}, "/methods must be a list");
    report["context"] = 1;
    refused({"run", "--from", edited(report), "--out", scratch_ / "again"}, "says nothing of the configuration");
}

}  // namespace
}  // namespace bfr::testing
