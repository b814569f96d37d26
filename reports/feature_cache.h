// Features of folders that many runs compare with, kept in the person's cache beside what each run keeps of its own.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "metrics/set_metric.h"
#include "reports/feature_store.h"
#include "reports/progress.h"

namespace bfr {

class FeatureCache {
  public:
    // One file a key in `folder`, which is made when it is needed.
    explicit FeatureCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

    // As it is now, to read from: waits for nobody; others may add to it. Throws Error where it can't be read.
    std::shared_ptr<const FeatureStore> open(const FeatureExtractor& extractor) const;
    // Calls fill() with the store of these features while no other process writes to it: one that does is waited for,
    // and `progress` told so, until `stop` is set (throws Stopped). Gives the store as it is then, as open() does.
    // Throws CacheClosed where it can't be opened for writing, and what fill() throws.
    std::shared_ptr<const FeatureStore> fill(const FeatureExtractor& extractor,
                                             const std::function<void(FeatureStore&)>& fill, Progress& progress,
                                             const std::atomic<bool>& stop) const;

  private:
    std::filesystem::path file_of(const FeatureExtractor& extractor) const;

    std::filesystem::path folder_;
};

// Before anything was written.
class CacheClosed : public Error {
  public:
    using Error::Error;
};

// Features of one key in a run's own store and in a cache. New ones go into the cache, by kAtOnce pictures, so that no
// run waits for more than the writing of those; where it is closed, `progress` is told, and they go into the run's.
class SharedFeatures : public FeatureKeeper {
  public:
    static constexpr size_t kAtOnce = 256;

    // `cache` empty: there is none. Nothing is written, nor is anybody waited for, before the first append().
    SharedFeatures(FeatureStore& own, const std::filesystem::path& cache, const FeatureExtractor& extractor,
                   Progress& progress, const std::atomic<bool>& stop);

    bool contains(const std::string& picture) const override;
    // Throws Error where they can't be written, Stopped where another process writes and `stop` is set.
    void append(std::span<const FeatureRow> rows) override;
    // What append() still holds.
    void flush();
    // What the run's own may lack; null: nothing.
    std::shared_ptr<const FeatureStore> cached() const;

  private:
    void close(const Error& why);

    FeatureStore& own_;
    const FeatureExtractor& extractor_;
    Progress& progress_;
    const std::atomic<bool>& stop_;
    std::optional<FeatureCache> cache_;
    mutable std::mutex mutex_;  // of cached_
    std::shared_ptr<const FeatureStore> cached_;
    std::vector<FeatureRow> held_;
};

// $XDG_CACHE_HOME or ~/.cache, then bfr/features. Empty where neither variable is set.
std::filesystem::path user_feature_cache();

}  // namespace bfr
