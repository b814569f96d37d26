// Features of folders that many runs compare with, kept in the person's cache beside what each run keeps of its own.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>

#include "metrics/set_metric.h"
#include "reports/feature_store.h"
#include "reports/progress.h"

namespace bfr {

class FeatureCache {
  public:
    // One file a key in `folder`, which is made when it is needed.
    explicit FeatureCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

    // Calls fill() with the store of these features while no other process writes to it: one that does is waited for,
    // and `progress` told so, until `stop` is set (throws Stopped). Gives the store as it is then, to read from; others
    // may add to it. Throws Error where it can't be written, and what fill() throws.
    std::shared_ptr<const FeatureStore> fill(const FeatureExtractor& extractor,
                                             const std::function<void(FeatureStore&)>& fill, Progress& progress,
                                             const std::atomic<bool>& stop) const;

  private:
    std::filesystem::path folder_;
};

// $XDG_CACHE_HOME or ~/.cache, then bfr/features. Empty where neither variable is set.
std::filesystem::path user_feature_cache();

}  // namespace bfr
