// The set metrics of a run, and where the features of what they compare lie.
#pragma once

#include <atomic>
#include <filesystem>
#include <vector>

#include "metrics/set_metric.h"
#include "reports/feature_store.h"
#include "reports/progress.h"
#include "reports/report.h"

namespace bfr {

// Reads the folders that metrics compare with, each once for all metrics of one key: into `cache` (RunConfig's
// feature_cache), or, where that is empty or can't be opened, into the run's own stores, which `progress` is told.
std::vector<StoredSet> stored_sets(const std::vector<const SetMetric*>& metrics, FeatureStores& stores,
                                   const std::filesystem::path& cache, int jobs, Progress& progress,
                                   const std::atomic<bool>& stop);

// The same of features that are kept: none is computed or written, and nobody is waited for. A metric whose folder has
// a picture without has no value, with that reason.
std::vector<StoredSet> kept_sets(const std::vector<const SetMetric*>& metrics, FeatureStores& stores,
                                 const std::filesystem::path& cache, int jobs);

}  // namespace bfr
