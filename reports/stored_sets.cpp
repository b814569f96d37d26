#include "reports/stored_sets.h"

#include <functional>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "datasets/sample.h"
#include "reports/feature_cache.h"
#include "reports/folder_features.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

class ReferenceFolders {
  public:
    ReferenceFolders(FeatureStores& stores, const fs::path& cache, int jobs, Progress& progress,
                     const std::atomic<bool>& stop)
        : stores_(stores), cache_(cache), jobs_(jobs), progress_(progress), stop_(stop) {}

    const ReferenceFolder& of(const fs::path& folder, const FeatureExtractor& extractor) {
        const auto [known, fresh] = folders_.try_emplace({folder, extractor.key()});
        if (fresh) read(folder, extractor, known->second);
        return known->second;
    }

  private:
    void read(const fs::path& folder, const FeatureExtractor& extractor, ReferenceFolder& to) {
        try {
            const FolderListing listing = list_folder(folder, "{id}", true);
            FolderFeatures found;
            const auto fill = [&](FeatureStore& store) {
                found = folder_features(listing.files, extractor, store, jobs_, progress_, stop_);
            };
            to.store = fill_cache(extractor, fill);
            if (!to.store) fill(stores_.of(extractor));
            to.pictures = found.pictures;
            to.about = {{"folder", printable(folder)},
                        {"n", found.pictures.size()},
                        {"failed", found.failed.size()},
                        {"list_sha256", found.list_sha256}};
            for (const auto& [id, reason] : found.failed)
                progress_.note(fmt::format("{} of {} is not compared with: {}", id, printable(folder), reason));
        } catch (const Error& error) {
            to.none = error.what();
        }
    }

    std::shared_ptr<const FeatureStore> fill_cache(const FeatureExtractor& extractor,
                                                   const std::function<void(FeatureStore&)>& fill) {
        if (cache_.empty()) return nullptr;
        try {
            return FeatureCache(cache_).fill(extractor, fill, progress_, stop_);
        } catch (const Stopped&) {
            throw;
        } catch (const Error& error) {
            progress_.note(fmt::format("features that other runs could share are kept in this run's folder alone: {}",
                                       error.what()));
            return nullptr;
        }
    }

    FeatureStores& stores_;
    const fs::path& cache_;
    const int jobs_;
    Progress& progress_;
    const std::atomic<bool>& stop_;
    std::map<std::pair<fs::path, std::string>, ReferenceFolder> folders_;
};

}  // namespace

std::vector<StoredSet> stored_sets(const std::vector<const SetMetric*>& metrics, FeatureStores& stores,
                                   const fs::path& cache, int jobs, Progress& progress, const std::atomic<bool>& stop) {
    ReferenceFolders folders(stores, cache, jobs, progress, stop);
    std::vector<StoredSet> all;
    for (const SetMetric* metric : metrics) {
        all.push_back({metric, &stores.of(metric->features())});
        if (const auto against = metric->against()) all.back().against = folders.of(*against, metric->features());
    }
    return all;
}

}  // namespace bfr
