// bfr report --watch, and --decimals.
#include <fmt/format.h>

#include "base/files.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Watch : public ::testing::Test {
  protected:
    // As after `kill -9`: one record is lacking, and there is no report.
    void kill_run() {
        const std::string records = read_text(out_ / "records.jsonl");
        write_text(out_ / "records.jsonl", records.substr(0, records.rfind('\n', records.size() - 2) + 1));
        for (const char* name : {"report.json", "report.md", "report.html"}) std::filesystem::remove(out_ / name);
    }

    Scratch scratch_;
    std::filesystem::path out_ = scratch_ / "out";
};

TEST_F(Watch, ThumbnailsLieBesideThePage) {
    const Pairs pairs(scratch_.path(), numbered_names(40));
    ASSERT_EQ(bfr(pairs.run(out_, kUnits)).code, 0);
    const Ran made = bfr({"report", out_, "--thumbnails"});
    EXPECT_EQ(made.code, 0) << made.err;
    EXPECT_THAT(made.err, AllOf(HasSubstr("report.html: "), HasSubstr("thumbnails: ")));
    EXPECT_THAT(read_text(out_ / "report.html"), HasSubstr("\"thumbnails/0000"));
    EXPECT_EQ(bfr({"report", out_, "--thumbnails", "--format", "html"}).code, 2);
    EXPECT_EQ(bfr({"report", out_ / "report.json", "--thumbnails"}).code, 2);
}

TEST_F(Watch, EndsAtOnceWhereTheRunIsComplete) {
    const Pairs pairs(scratch_.path(), numbered_names(3));
    ASSERT_EQ(bfr(pairs.run(out_, kUnits)).code, 0);
    const std::string page = read_text(out_ / "report.html");
    const Ran text = bfr({"report", out_, "--watch"});
    EXPECT_EQ(text.code, 0) << text.err;
    EXPECT_THAT(text.out, AllOf(HasSubstr("| degraded"), Not(HasSubstr("Not complete")), Not(HasSubstr("\x1b"))));
    EXPECT_THAT(text.err, HasSubstr("6 of 6 pictures: complete"));
    const Ran html = bfr({"report", out_, "--watch", "--format", "html"});
    EXPECT_EQ(html.code, 0) << html.err;
    EXPECT_THAT(read_text(out_ / "watch.html"), HasSubstr("<html"));
    EXPECT_EQ(read_text(out_ / "report.html"), page);
}

TEST_F(Watch, SaysThatNobodyIsAtWork) {
    const Pairs pairs(scratch_.path(), numbered_names(3));
    ASSERT_EQ(bfr(pairs.run(out_, kUnits)).code, 0);
    kill_run();
    const Ran ran = bfr({"report", out_, "--watch"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.out, HasSubstr("Not complete"));
    EXPECT_THAT(ran.err, HasSubstr("5 of 6 pictures: no process is at work here"));
}

TEST_F(Watch, FollowsARunToItsEnd) {
    const Pairs pairs(scratch_.path(), numbered_names(16), 192);
    Started run(pairs.run(out_, {"--method", "opencv-denoise", "--metric", "ssim", "--jobs", "1"}));
    ASSERT_TRUE(run.wait_until([&] { return line_count(out_ / "records.jsonl") > 0; }));
    const Ran ran = bfr({"report", out_, "--watch"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.err, AllOf(HasSubstr("is at work"), HasSubstr("16 of 16 pictures: complete")));
    EXPECT_THAT(ran.out, AllOf(HasSubstr("Not complete"), HasSubstr("| opencv-denoise")));
    EXPECT_EQ(run.wait(), 0);
}

TEST_F(Watch, NeedsTheFolderOfARun) {
    const Pairs pairs(scratch_.path(), numbered_names(2));
    ASSERT_EQ(bfr(pairs.run(out_, kUnits)).code, 0);
    EXPECT_EQ(bfr({"report", out_ / "report.json", "--watch"}).code, 2);
    EXPECT_EQ(bfr({"report", scratch_.path(), "--watch"}).code, 2);
    EXPECT_EQ(bfr({"report", out_, "--watch", "--format", "csv"}).code, 2);
}

TEST_F(Watch, DecimalsAreThoseThatWereAskedFor) {
    const Pairs pairs(scratch_.path(), numbered_names(2));
    ASSERT_EQ(bfr(pairs.run(out_, kUnits)).code, 0);
    const double psnr = report_of(out_)["rows"][0]["values"]["psnr"]["mean"];
    const Ran ran = bfr({"report", out_, "--decimals", "psnr=7"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr(fmt::format("{:.7f}", psnr)));
    EXPECT_EQ(bfr({"report", out_, "--decimals", "psnr=7", "--format", "csv"}).code, 2);
    for (const char* wrong : {"psnr", "psnr=", "psnr=13", "psnr=-1", "psnx=2", "=2"})
        EXPECT_EQ(bfr({"report", out_, "--decimals", wrong}).code, 2) << wrong;
}

}  // namespace
}  // namespace bfr::testing
