// Mean and covariance of the features of a folder's pictures, for `bfr stats`.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "metrics/inception_features.h"
#include "metrics/sets/statistics_file.h"
#include "reports/progress.h"

namespace bfr {

struct FolderStatistics {
    SetStatistics statistics;
    std::vector<std::pair<std::string, std::string>> failed;  // ids and why, in the order of the ids
};

// `files` by id. What was computed is kept in `store` (reports/feature_store.h), so that the same call goes on from
// there; whoever has the result may delete it. The same bits in any number of jobs. Throws Error where fewer than two
// pictures could be read, and where `stop` was set before all were.
FolderStatistics folder_statistics(const std::map<std::string, std::filesystem::path>& files,
                                   const InceptionConvention& convention, const InceptionFeatures& features,
                                   const std::filesystem::path& store, int jobs, Progress& progress,
                                   const std::atomic<bool>& stop);

}  // namespace bfr
