// Methods that restore many samples at once.
#include "reports/batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <opencv2/core.hpp>

#include "base/error.h"
#include "base/files.h"
#include "tests/reports/fakes.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct BatchedOptions {
    std::string label = "batched";
    uint64_t batch = 2;
    std::string fails_with = {};                         // this sample's whole batch fails
    std::set<std::string> leaves_out = {};               // samples
    std::function<void(const RestoreBatch&)> hook = {};  // called with every batch
};

// Adds 10 levels, through files in its scratch folder.
class Batched : public Restorer {
  public:
    explicit Batched(BatchedOptions options) : options_(std::move(options)) {
        info_.label = options_.label;
        info_.version = "1";
        info_.batch = options_.batch;
    }
    const RestorerInfo& info() const override { return info_; }
    Restored restore(const RestoreInput&) const override { throw Error("it was never prepared"); }

    std::unique_ptr<const Restorer> prepare(const RestoreBatch& batch) const override {
        EXPECT_TRUE(fs::is_empty(batch.scratch));
        if (options_.hook) options_.hook(batch);
        if (batch.stop) return nullptr;
        auto ready = std::make_unique<Ready>(*this, batch.scratch);
        for (const auto& item : batch.items) {
            if (item.sample_id == options_.fails_with) throw Error("the batch of " + item.sample_id + " failed");
            if (options_.leaves_out.contains(item.sample_id)) continue;
            cv::Mat brighter;
            cv::add(Image::load(item.degraded)->bgr8(), cv::Scalar::all(10), brighter);
            save_png(*Image::from_bgr8(brighter, item.sample_id), batch.scratch / (item.sample_id + ".png"));
        }
        return ready;
    }

  private:
    struct Ready : Restorer {
        Ready(const Batched& owner, fs::path folder) : owner_(owner), folder_(std::move(folder)) {}
        const RestorerInfo& info() const override { return owner_.info_; }
        Restored restore(const RestoreInput& input) const override {
            return {Image::load(folder_ / (input.sample_id + ".png")), Json::object(), 0.25};
        }
        const Batched& owner_;
        fs::path folder_;
    };
    BatchedOptions options_;
    RestorerInfo info_;
};

RunUnit<Restorer> batched(BatchedOptions options) {
    const std::string label = options.label;
    return {label, std::make_unique<Batched>(std::move(options)), "", ""};
}

RunUnits units_with(BatchedOptions options) {
    RunUnits units = usual_units();
    units.methods.push_back(batched(std::move(options)));
    return units;
}

std::vector<std::string> reasons_of(const Json& report, const std::string& method) {
    std::vector<std::string> reasons;
    for (const auto& row : report.at("rows")) {
        if (row.at("method") != method) continue;
        for (const auto& failure : row.at("failures"))
            reasons.push_back(failure.at("sample").get<std::string>() + ": " + failure.at("reason").get<std::string>());
    }
    return reasons;
}

TEST(Batches, AreOfTheMethodsOwnSizeInTheOrderOfTheIds) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 7);
    std::vector<std::string> two, three;
    const auto keep = [](std::vector<std::string>& seen) {
        return [&seen](const RestoreBatch& batch) {
            std::string ids;
            for (const auto& item : batch.items) ids += item.sample_id.substr(3);
            seen.push_back(ids);
        };
    };
    RunUnits units = units_with({.label = "two", .batch = 2, .hook = keep(two)});
    units.methods.push_back(batched({.label = "three", .batch = 3, .hook = keep(three)}));
    const auto outcome = run_all(config_for(scratch / "out", 3), units, samples);
    EXPECT_EQ(outcome.failed, 0u);
    EXPECT_THAT(two, ElementsAre("01", "2", "34", "5", "6"));
    EXPECT_THAT(three, ElementsAre("012", "345", "6"));
    EXPECT_DOUBLE_EQ(outcome.report["timing"]["methods"]["two"]["seconds_median"].get<double>(), 0.25);
    EXPECT_FALSE(fs::exists(scratch / "out" / ".batch"));
}

TEST(Batches, OfAnySizeAndAnyNumberOfJobsGiveTheSameReport) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 7);
    std::set<std::string> reports;
    for (const uint64_t batch : {uint64_t{0}, uint64_t{1}, uint64_t{3}}) {
        for (const int jobs : {1, 4}) {
            const auto config = config_for(scratch / fmt::format("out-{}-{}", batch, jobs), jobs);
            reports.insert(stable_part(run_all(config, units_with({.batch = batch}), samples).report));
        }
    }
    EXPECT_EQ(reports.size(), 1u);
}

TEST(Batches, ThatFailTakeNeitherTheOthersNorTheOtherMethods) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 6);
    const auto outcome = run_all(config_for(scratch / "out"), units_with({.fails_with = "s003"}), samples);
    EXPECT_TRUE(outcome.complete);
    EXPECT_THAT(reasons_of(outcome.report, "batched"),
                ElementsAre("s002: the batch of s003 failed", "s003: the batch of s003 failed"));
    EXPECT_THAT(reasons_of(outcome.report, "shift"), IsEmpty());
}

TEST(Batches, CountWhatTheyLeaveOut) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 4);
    const auto outcome = run_all(config_for(scratch / "out"), units_with({.leaves_out = {"s002"}}), samples);
    EXPECT_THAT(reasons_of(outcome.report, "batched"), ElementsAre(HasSubstr("s002.png")));
}

TEST(Batches, AreNotGivenAPictureThatNobodyCanRead) {
    const Scratch scratch;
    auto samples = write_samples(scratch.path(), 4);
    write_text(*samples.samples[1].degraded, "no picture");
    samples.samples[2].degraded.reset();
    std::vector<std::string> seen;
    const auto outcome = run_all(config_for(scratch / "out"),
                                 units_with({.batch = 0,
                                             .hook =
                                                 [&](const RestoreBatch& batch) {
                                                     for (const auto& item : batch.items)
                                                         seen.push_back(item.sample_id);
                                                 }}),
                                 samples);
    EXPECT_THAT(seen, ElementsAre("s000", "s003"));
    EXPECT_THAT(reasons_of(outcome.report, "batched"),
                ElementsAre(HasSubstr("s001.png"), HasSubstr("there is no degraded picture")));
}

TEST(Batches, ThatAreStoppedAreDoneAgain) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 6);
    const auto config = config_for(scratch / "out");
    std::atomic<bool> stop{false};
    int batches = 0;
    const auto first = run(config, units_with({.hook = [&](const RestoreBatch&) { stop = ++batches == 2; }}), samples,
                           {"bfr"}, *silent_progress(), stop);
    EXPECT_FALSE(first.complete);
    EXPECT_FALSE(fs::exists(scratch / "out" / ".batch"));
    std::vector<std::string> seen;
    const auto second = run_all(config,
                                units_with({.hook =
                                                [&](const RestoreBatch& batch) {
                                                    for (const auto& item : batch.items) seen.push_back(item.sample_id);
                                                }}),
                                samples);
    EXPECT_TRUE(second.complete);
    EXPECT_THAT(seen, ElementsAre("s002", "s003", "s004", "s005"));
    EXPECT_EQ(stable_part(second.report),
              stable_part(run_all(config_for(scratch / "other"), units_with({}), samples).report));
}

TEST(Batches, FindTheirFolderEmptyAfterAStartThatWasKilled) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 2);
    write_text(scratch / "out" / ".batch" / "0" / "left", "behind");
    EXPECT_EQ(run_all(config_for(scratch / "out"), units_with({}), samples).failed, 0u);
    EXPECT_FALSE(fs::exists(scratch / "out" / ".batch"));
}

class Anchored : public ImageMetric {
  public:
    Anchored() {
        info_.label = info_.version = "anchored";
        info_.needs_reference = false;
        info_.values = {{"anchored", "", Direction::kNone, "of the sample's name and the method's", 0}};
    }
    const ScorerInfo& info() const override { return info_; }
    Scores score(const ScoredPicture& picture) const override {
        return {{picture.method == "shift" ? 100.0 + picture.sample_id.back() - '0' : 1.0}};
    }
    std::vector<LeftOut> left_out(const RunScope& scope) const override {
        EXPECT_THAT(std::vector(scope.methods.begin(), scope.methods.end()), ElementsAre("shift", "shift:by=5"));
        return {{"table.csv", fmt::format("a row more than the {} samples", scope.samples.size())}};
    }

  private:
    ScorerInfo info_;
};

TEST(Metrics, AreToldWhomTheyScoreAndWhatTheRunIsOver) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 3);
    RunUnits units = usual_units();
    units.metrics.push_back({"anchored", std::make_unique<Anchored>(), "", ""});
    const Json report = run_all(config_for(scratch / "out"), units, samples).report;
    EXPECT_EQ(report["samples"][2]["results"]["shift"]["values"]["anchored"], 102);
    EXPECT_EQ(report["samples"][2]["results"]["shift:by=5"]["values"]["anchored"], 1);
    EXPECT_EQ(report["data"]["left_out"][0]["reason"], "a row more than the 3 samples");
}

}  // namespace
}  // namespace bfr::testing
