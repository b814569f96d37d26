// Killed, stopped, started twice: the same report in the end.
#include <signal.h>

#include <chrono>
#include <thread>

#include "base/files.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Slow enough (some 0.1 s a picture) that a signal meets it at work.
const std::vector<std::string> kSlowUnits = {"--method", "degraded", "--method", "opencv-denoise",
                                             "--metric", "psnr",     "--metric", "ssim"};
constexpr int kPictures = 16, kSide = 160;

class Interruption : public ::testing::Test {
  protected:
    std::vector<std::string> words(const fs::path& out) const { return pairs_.run(out, kSlowUnits); }
    std::string undisturbed() const {
        EXPECT_EQ(bfr(words(scratch_ / "undisturbed")).code, 0);
        return without_context(report_of(scratch_ / "undisturbed")).dump();
    }

    const Scratch scratch_;
    const Pairs pairs_{scratch_.path(), numbered_names(kPictures), kSide};
    const fs::path out_ = scratch_ / "out", records_ = out_ / "records.jsonl";
};

TEST_F(Interruption, KilledFiveTimesItEndsWithTheSameReport) {
    int killed = 0;
    for (int i = 0; i < 5; i++) {
        const size_t before = line_count(records_);
        Started started(words(out_));
        if (started.wait_until([&] { return line_count(records_) >= before + 3; })) started.signal(SIGKILL);
        killed += started.wait() == 128 + SIGKILL;
        EXPECT_GE(line_count(records_), before);  // nothing that was recorded is lost
    }
    EXPECT_GE(killed, 3);
    const Ran ran = bfr(words(out_));
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(without_context(report_of(out_)).dump(), undisturbed());
    EXPECT_GT(report_of(out_)["context"]["resumed"].get<uint64_t>(), 0);
}

TEST_F(Interruption, KilledBeforeItsFirstRecordItStillEnds) {
    {
        Started started(words(out_));
        if (started.wait_until([&] { return fs::exists(out_ / ".lock"); })) started.signal(SIGKILL);
        started.wait();
    }
    EXPECT_EQ(bfr(words(out_)).code, 0);
    EXPECT_EQ(without_context(report_of(out_)).dump(), undisturbed());
}

TEST_F(Interruption, ATornLastLineIsDoneAgain) {
    EXPECT_EQ(bfr(words(out_)).code, 0);
    const std::string report = without_context(report_of(out_)).dump();
    fs::resize_file(records_, fs::file_size(records_) - 100);
    fs::remove(out_ / "report.json");
    EXPECT_EQ(bfr(words(out_)).code, 0);
    EXPECT_EQ(without_context(report_of(out_)).dump(), report);
}

TEST_F(Interruption, CtrlCEndsAfterTheSamplesInHand) {
    for (const int number : {SIGINT, SIGTERM}) {
        fs::remove_all(out_);
        Started started(words(out_));
        ASSERT_TRUE(started.wait_until([&] { return line_count(records_) >= 1; }));
        started.signal(number);
        EXPECT_EQ(started.wait(), 1);
        const Json report = report_of(out_);
        EXPECT_FALSE(report["complete"]);
        EXPECT_TRUE(fs::exists(out_ / "report.html"));
        EXPECT_LT(line_count(records_), 2 * kPictures);
    }
    const Ran ran = bfr(words(out_));
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(without_context(report_of(out_)).dump(), undisturbed());
}

TEST_F(Interruption, ASecondCtrlCEndsAtOnce) {
    // Some 20 s a picture.
    const Pairs large(scratch_ / "large", numbered_names(2), 256);
    Started started(large.run(out_, {"--method", "opencv-denoise:search=101,template=31", "--metric", "psnr"}));
    ASSERT_TRUE(started.wait_until([&] { return fs::exists(out_ / "run.json"); }));
    std::this_thread::sleep_for(std::chrono::seconds(2));  // both pictures are at work then
    started.signal(SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));  // two at once would count as one
    started.signal(SIGINT);
    EXPECT_EQ(started.wait(), 128 + SIGINT);
}

TEST_F(Interruption, AFolderCommandEndsAfterThePicturesInHandToo) {
    const std::vector<std::string> restore = {"restore", "--in", pairs_.degraded, "--method", "opencv-denoise",
                                              "--out",   out_};
    Started started(restore);
    ASSERT_TRUE(started.wait_until([&] { return fs::exists(out_ / "p00.png"); }));
    started.signal(SIGSTOP);
    EXPECT_THAT(bfr(restore).err, HasSubstr("another run"));
    started.signal(SIGINT);
    started.signal(SIGCONT);
    EXPECT_EQ(started.wait(), 1);
    size_t pictures = 0;
    for (const auto& entry : fs::directory_iterator(out_)) pictures += entry.path().extension() == ".png";
    EXPECT_EQ(line_count(out_ / "restore.jsonl"), pictures);
    EXPECT_LT(pictures, kPictures);
    EXPECT_EQ(bfr(restore).code, 0);
    EXPECT_EQ(line_count(out_ / "restore.jsonl"), kPictures);
}

TEST_F(Interruption, TwoRunsInOneFolderAreRefused) {
    Started started(words(out_));
    ASSERT_TRUE(started.wait_until([&] { return line_count(records_) >= 1; }));
    started.signal(SIGSTOP);  // however fast it is, it's still there
    const Ran second = bfr(words(out_));
    started.signal(SIGCONT);
    EXPECT_EQ(second.code, 2);
    EXPECT_THAT(second.err, AllOf(HasSubstr("another run"), HasSubstr(out_.string())));
    EXPECT_EQ(started.wait(), 0);
    EXPECT_EQ(without_context(report_of(out_)).dump(), undisturbed());
}

TEST_F(Interruption, AnotherRunInTheSameFolderIsRefused) {
    EXPECT_EQ(bfr(pairs_.run(out_, {"--method", "degraded", "--metric", "psnr"})).code, 0);
    const std::string before = read_text(records_);
    const Ran other = bfr(pairs_.run(out_, {"--method", "degraded", "--metric", "ssim"}));
    EXPECT_EQ(other.code, 2);
    EXPECT_THAT(other.err, HasSubstr(out_.string()));
    EXPECT_EQ(read_text(records_), before);
}

TEST_F(Interruption, AnotherLimitGoesOnFromTheSameRecords) {
    EXPECT_EQ(bfr(words(out_) + std::vector<std::string>{"--limit", "3"}).code, 0);
    EXPECT_EQ(bfr(words(out_)).code, 0);
    EXPECT_EQ(without_context(report_of(out_)).dump(), undisturbed());
}

}  // namespace
}  // namespace bfr::testing
