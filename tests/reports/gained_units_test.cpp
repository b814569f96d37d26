// A folder whose run gets units that it didn't have: nothing is restored twice, and the report is the one that a single
// run with all of them gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "reports/engine.h"
#include "reports/run_folder.h"
#include "tests/reports/fakes.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class GainedUnits : public ::testing::Test {
  protected:
    // `calls`: of the first method's restore().
    RunUnits few(std::atomic<int>* calls = nullptr) const {
        RunUnits units = usual_units();
        units.methods[0] = fake_restorer({.throws_on = {"s003"}}, calls);
        return units;
    }
    RunUnits more(std::atomic<int>* calls = nullptr) const {
        RunUnits units = few(calls);
        units.metrics.push_back(fake_metric({.label = "second", .none_on = {"s001"}}));
        units.metrics.push_back(fake_metric({.label = "third", .throws_on = {"s002"}}));
        units.metrics.push_back(fake_set_metric());
        return units;
    }
    std::string fresh(const RunUnits& units) const {
        return stable_part(run_all(config_for(scratch_ / "fresh"), units, samples_).report);
    }

    const Scratch scratch_;
    const SampleList samples_ = write_samples(scratch_.path(), 5);
    const RunConfig config_ = config_for(scratch_ / "out");
    const RunFolder folder_{config_.out};
};

TEST_F(GainedUnits, AreScoredOnTheSavedPictures) {
    run_all(config_, few(), samples_);
    std::atomic<int> calls{0};
    NoteKeeper progress;
    const std::atomic<bool> stop{false};
    const auto second = run(config_, more(&calls), samples_, {}, progress, stop);
    EXPECT_EQ(calls, 0);
    ASSERT_FALSE(progress.notes_.empty());
    EXPECT_THAT(progress.notes_[0], HasSubstr("9 records lack values"));
    EXPECT_EQ(second.report["context"]["resumed"], 0) << "the reference of the one that failed is read for the set";
    EXPECT_EQ(stable_part(second.report), fresh(more()));
    run_all(config_, more(&calls), samples_);
    EXPECT_EQ(calls, 0);
}

TEST_F(GainedUnits, ThatWerentAvailableBefore) {
    RunUnits before = few();
    before.metrics.push_back(missing_unit<ImageMetric>("second"));
    before.metrics.push_back(missing_unit<ImageMetric>("third"));
    before.methods.push_back(missing_unit<Restorer>("late"));
    run_all(config_, before, samples_);
    RunUnits after = more();
    after.methods.push_back(fake_restorer({.label = "late"}));
    const auto second = run_all(config_, after, samples_);
    EXPECT_TRUE(second.complete);
    EXPECT_EQ(stable_part(second.report), fresh(after));
    EXPECT_THROW(run_all(config_, before, samples_), UsageError);  // what it has, it doesn't lose
}

TEST_F(GainedUnits, ArePicturesThatAreNotTheRestoredOnesAnyMoreRestoredAgain) {
    run_all(config_, few(), samples_);
    fs::copy_file(*samples_.samples[0].reference, folder_.image("shift", "s000"), fs::copy_options::overwrite_existing);
    fs::resize_file(folder_.image("shift", "s001"), 30);
    std::atomic<int> calls{0};
    EXPECT_EQ(stable_part(run_all(config_, more(&calls), samples_).report), fresh(more()));
    EXPECT_EQ(calls, 2);
}

TEST_F(GainedUnits, WithoutSavedPicturesAllIsRestoredAgain) {
    auto config = config_;
    config.save_images = false;
    run_all(config, few(), samples_);
    std::atomic<int> calls{0};
    EXPECT_EQ(stable_part(run_all(config, more(&calls), samples_).report), fresh(more()));
    EXPECT_EQ(calls, 4);
}

TEST_F(GainedUnits, AFinishedMethodReadsItsPicturesAgain) {
    const auto finished = [&](RunUnits units, std::atomic<int>* calls) {
        units.methods[0] = fake_restorer({.throws_on = {"s003"}, .finished = true}, calls);
        return units;
    };
    run_all(config_, finished(few(), nullptr), samples_);
    std::atomic<int> calls{0};
    EXPECT_EQ(stable_part(run_all(config_, finished(more(), &calls), samples_).report),
              fresh(finished(more(), nullptr)));
    EXPECT_GE(calls, 4);
}

TEST_F(GainedUnits, AStoppedRunReportsWholeRecordsAlone) {
    run_all(config_, few(), samples_);
    std::atomic<bool> stop{false};
    class Stopping : public NoteKeeper {
      public:
        explicit Stopping(std::atomic<bool>& flag) : flag_(flag) {}
        void advance(uint64_t) override { flag_ = true; }

      private:
        std::atomic<bool>& flag_;
    } progress(stop);
    auto config = config_;
    config.jobs = 1;
    const auto stopped = run(config, more(), samples_, {}, progress, stop);
    EXPECT_FALSE(stopped.complete);
    for (const auto& sample : stopped.report["samples"]) {
        for (const auto& [method, result] : sample["results"].items())
            EXPECT_TRUE(result["status"] == "failed" || result["values"].contains("second")) << sample["id"] << method;
    }
    EXPECT_EQ(stable_part(run_all(config_, more(), samples_).report), fresh(more()));
}

}  // namespace
}  // namespace bfr::testing
