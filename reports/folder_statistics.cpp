#include "reports/folder_statistics.h"

#include <limits>

#include "reports/folder_features.h"

namespace bfr {

FolderStatistics folder_statistics(const std::map<std::string, std::filesystem::path>& files,
                                   const InceptionConvention& convention, const InceptionFeatures& features,
                                   const std::filesystem::path& store_file, int jobs, Progress& progress,
                                   const std::atomic<bool>& stop) {
    FeatureStore store(store_file, features.key(), features.size());
    FolderFeatures found = folder_features(files, features, store, jobs, progress, stop);
    const auto rows = store.rows(found.pictures);
    const auto all = rows_of(*rows, std::numeric_limits<int64_t>::max(), &stop);
    return {{gaussian_of(all, convention.mean), features.key(), convention.name, std::move(found.list_sha256)},
            std::move(found.failed)};
}

}  // namespace bfr
