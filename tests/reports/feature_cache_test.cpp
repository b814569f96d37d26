// Features that runs share: the cache, who waits for whom, and what a report reads of it.
#include "reports/feature_cache.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "reports/engine.h"
#include "reports/stored_sets.h"
#include "tests/reports/fakes.h"
#include "tests/reports/stored_rows.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(SetMetrics, AFoldersFeaturesServeOtherRuns) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 5);
    std::atomic<int> extractions{0};
    const auto run_in = [&](const std::string& name, const fs::path& cache, Progress& progress,
                            const std::string& key = "means") {
        RunConfig config = config_for(scratch / name);
        config.feature_cache = cache;
        extractions = 0;
        const std::atomic<bool> never{false};
        const auto units = set_units(
            {.key = key, .needs_reference = false, .extractions = &extractions, .against = scratch / "reference"});
        return run(config, units, samples, {}, progress, never).report;
    };
    NoteKeeper notes;
    const int restored = 5 * 2, references = 5;
    const Json alone = run_in("alone", "", notes);
    const Json first = run_in("first", scratch / "cache", notes);
    EXPECT_EQ(extractions, restored + references);
    const Json second = run_in("second", scratch / "cache", notes);
    EXPECT_EQ(extractions, restored);
    for (const Json* report : {&first, &second}) EXPECT_EQ((*report)["rows"].dump(), alone["rows"].dump());
    run_in("other_features", scratch / "cache", notes, "others");
    EXPECT_EQ(extractions, restored + references);
    EXPECT_THAT(notes.notes_, ::testing::IsEmpty());

    // where it can't be written, the run's own folder serves
    write_text(scratch / "file", "no folder");
    const Json without = run_in("without", scratch / "file", notes);
    EXPECT_EQ(extractions, restored + references);
    EXPECT_EQ(without["rows"].dump(), alone["rows"].dump());
    EXPECT_THAT(notes.notes_, ::testing::ElementsAre(HasSubstr("in this run's folder alone")));
}

class NeverMade : public FeatureExtractor {
  public:
    const std::string& key() const override { return key_; }
    int64_t size() const override { return 3; }
    std::vector<float> of(const Image&) const override { throw Error("of no picture"); }

  private:
    std::string key_ = "means";
};

TEST(FeatureCache, WaitsForWhoeverWrites) {
    const Scratch scratch;
    const FeatureCache cache(scratch.path());
    const NeverMade extractor;
    const std::atomic<bool> never{false};
    std::atomic<bool> begun{false}, told{false};
    std::thread other([&] {
        cache.fill(
            extractor,
            [&](FeatureStore& store) {
                begun = true;
                while (!told) std::this_thread::yield();
                store.append(std::vector<FeatureRow>{row(1)});
            },
            *silent_progress(), never);
    });
    while (!begun) std::this_thread::yield();
    std::atomic<bool> stop{true};
    NoteKeeper notes;
    EXPECT_THROW(cache.fill(
                     extractor, [](FeatureStore&) {}, notes, stop),
                 Stopped);
    told = true;
    const auto store = cache.fill(
        extractor,
        [&](FeatureStore& mine) {
            EXPECT_TRUE(mine.contains(picture(1))) << "what the other one wrote";
            mine.append(std::vector<FeatureRow>{row(2)});
        },
        notes, never);
    other.join();
    EXPECT_EQ(read(*store, {picture(2), picture(1)}), (std::vector<float>{2, 0.5, -1, 1, 0.5, -1}));
}

// What another process that writes to the store in `folder` holds.
class HeldLock {
  public:
    explicit HeldLock(const fs::path& folder) {
        for (const auto& entry : fs::directory_iterator(folder)) {
            if (entry.path().extension() == ".lock") fd_ = ::open(entry.path().c_str(), O_RDWR | O_CLOEXEC);
        }
        held_ = fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
    }
    ~HeldLock() { ::close(fd_); }
    HeldLock(const HeldLock&) = delete;
    HeldLock& operator=(const HeldLock&) = delete;
    bool held() const { return held_; }

  private:
    int fd_ = -1;
    bool held_ = false;
};

// Whoever has to wait says so, and shall not wait for ever.
class StopsAtANote : public NoteKeeper {
  public:
    explicit StopsAtANote(std::atomic<bool>& stop) : stop_(stop) {}
    void note(std::string line) override {
        NoteKeeper::note(std::move(line));
        stop_ = true;
    }

  private:
    std::atomic<bool>& stop_;
};

class WithACache : public ::testing::Test {
  protected:
    Json run_in(const std::string& name, Progress& progress, const std::atomic<bool>& stop) {
        RunConfig config = config_for(scratch_ / name);
        config.feature_cache = cache_;
        extractions_ = 0;
        return run(config, units_, samples_, {}, progress, stop).report;
    }
    Json run_in(const std::string& name) { return run_in(name, *silent_progress(), never_); }
    ReferenceFolder kept(const std::string& name) {
        FeatureStores stores(RunFolder{scratch_ / name});
        extractions_ = 0;
        return kept_sets({units_.metrics.back().unit->of_set()}, stores, cache_, 2).at(0).against;
    }

    const Scratch scratch_;
    const fs::path cache_ = scratch_ / "cache";
    const SampleList samples_ = write_samples(scratch_.path(), 5);
    std::atomic<int> extractions_{0};
    const std::atomic<bool> never_{false};
    const RunUnits units_ =
        set_units({.needs_reference = false, .extractions = &extractions_, .against = scratch_ / "reference"});
};

TEST_F(WithACache, NobodyWaitsForWhatIsThere) {
    const Json first = run_in("first");
    const HeldLock other(cache_);
    ASSERT_TRUE(other.held());
    std::atomic<bool> stop{false};
    StopsAtANote notes(stop);
    const Json second = run_in("second", notes, stop);
    EXPECT_THAT(notes.notes_, ::testing::IsEmpty());
    EXPECT_EQ(second["rows"].dump(), first["rows"].dump());
}

TEST_F(WithACache, AReportReadsAndComputesNothing) {
    write_text(scratch_ / "reference/broken.png", "no picture");
    const Json report = run_in("out");
    {
        const HeldLock other(cache_);
        ASSERT_TRUE(other.held());
        const ReferenceFolder folder = kept("out");
        EXPECT_EQ(folder.none, "");
        EXPECT_EQ(folder.about, report["rows"][0]["details"]["drift"]["against"]);
        EXPECT_EQ(folder.about["failed"], 1);
        ASSERT_TRUE(folder.store);
        EXPECT_EQ(folder.store->rows(folder.pictures)->count(), 5);
    }
    fs::remove_all(cache_);
    EXPECT_THAT(kept("out").none, HasSubstr("give the run's command again"));
    EXPECT_EQ(extractions_, 0);
    EXPECT_FALSE(fs::exists(cache_));
}

TEST_F(WithACache, WhatARunsFolderHasIsNotComputedAgain) {
    write_text(cache_, "no folder");
    run_in("out");
    const ReferenceFolder folder = kept("out");
    EXPECT_EQ(folder.none, "");
    EXPECT_EQ(folder.pictures.size(), 5U);
    fs::remove(cache_);
    run_in("out");
    EXPECT_EQ(extractions_, 0);
}

TEST_F(WithACache, AFullDiskIsNoReasonToComputeAgain) {
    run_in("first");
    for (const auto& entry : fs::directory_iterator(cache_)) {
        if (entry.path().extension() != ".bin") continue;
        fs::remove(entry.path());
        fs::create_symlink("/dev/full", entry.path());
    }
    const Json full = run_in("second");
    EXPECT_EQ(extractions_, 5 * 2 + 5);
    EXPECT_THAT(drift_of(full, 0).at("reason").get<std::string>(), HasSubstr("No space left"));
}

TEST(SharedFeatures, LetOthersWriteInBetween) {
    const Scratch scratch;
    const NeverMade extractor;
    const std::atomic<bool> never{false};
    NoteKeeper notes;
    FeatureStore own(scratch / "own.bin", "means", 3);
    SharedFeatures features(own, scratch / "cache", extractor, notes, never);
    const int many = static_cast<int>(SharedFeatures::kAtOnce);
    for (int i = 0; i < many + 1; i++) {
        EXPECT_EQ(fs::exists(scratch / "cache"), i >= many) << i;
        features.append(std::vector<FeatureRow>{row(i)});
    }
    EXPECT_TRUE(features.contains(picture(0)));
    EXPECT_FALSE(features.contains(picture(many)));
    EXPECT_TRUE(HeldLock(scratch / "cache").held());
    FeatureCache(scratch / "cache")
        .fill(
            extractor, [&](FeatureStore& store) { store.append(std::vector<FeatureRow>{row(-1)}); }, notes, never);
    features.flush();
    for (const int i : {-1, 0, many}) EXPECT_TRUE(features.contains(picture(i))) << i;
    EXPECT_FALSE(own.contains(picture(0)));
    EXPECT_THAT(notes.notes_, ::testing::IsEmpty());
}

}  // namespace
}  // namespace bfr::testing
