// The features of all pictures of a folder, kept in a store: for `bfr stats`, and for metrics that compare with a
// folder.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "metrics/set_metric.h"
#include "reports/feature_store.h"
#include "reports/progress.h"

namespace bfr {

struct FolderFeatures {
    std::vector<std::string> pictures;  // SHA-256 of the files, in the order of their ids: the store's rows
    std::string list_sha256;            // over a line [id, SHA-256] for each, as `bfr datasets check` prints it
    std::vector<std::pair<std::string, std::string>> failed;  // ids and why, in the order of the ids
};

// `files` by id. A picture whose features the store has is hashed, not decoded, so that a second call, or the same one
// after a stop, goes on. The same rows in any number of jobs, and whichever picture (`first`, of all in the order of
// their ids, then round) is begun with. Throws Stopped where `stop` was set before all were done.
FolderFeatures folder_features(const std::map<std::string, std::filesystem::path>& files,
                               const FeatureExtractor& extractor, FeatureKeeper& store, int jobs, Progress& progress,
                               const std::atomic<bool>& stop, uint64_t first = 0);

}  // namespace bfr
