#include "reports/stored_sets.h"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "datasets/sample.h"
#include "reports/feature_cache.h"
#include "reports/folder_features.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

// "p01, p02 and 7 more"
std::string some_of(const std::vector<std::string>& names) {
    constexpr size_t kMost = 5;
    const size_t shown = names.size() <= kMost + 1 ? names.size() : kMost;
    std::string text;
    for (size_t i = 0; i < shown; i++) text += (i == 0 ? "" : ", ") + names[i];
    return shown == names.size() ? text : fmt::format("{} and {} more", text, names.size() - shown);
}

// Lets a folder be read whose features are all kept, and ends the reading at the first picture without.
class KeptAlone : public FeatureExtractor {
  public:
    explicit KeptAlone(const FeatureExtractor& extractor) : extractor_(extractor) {}
    const std::string& key() const override { return extractor_.key(); }
    int64_t size() const override { return extractor_.size(); }
    std::vector<float> of(const Image& image) const override {
        lacks_ = true;
        throw Error(fmt::format("{}: its features are not kept", image.name()));
    }
    const std::atomic<bool>& lacks() const { return lacks_; }

  private:
    const FeatureExtractor& extractor_;
    mutable std::atomic<bool> lacks_{false};
};

// The features of a listed folder; `beside` gets what holds those that the run's own store lacks.
using Read = std::function<FolderFeatures(const FolderListing& folder, const FeatureExtractor& extractor,
                                          std::shared_ptr<const FeatureStore>& beside)>;

class ReferenceFolders {
  public:
    ReferenceFolders(Read read, Progress& progress) : read_(std::move(read)), progress_(progress) {}

    const ReferenceFolder& of(const fs::path& folder, const FeatureExtractor& extractor) {
        const auto [known, fresh] = folders_.try_emplace({folder, extractor.key()});
        if (fresh) read(folder, extractor, known->second);
        return known->second;
    }

  private:
    void read(const fs::path& folder, const FeatureExtractor& extractor, ReferenceFolder& to) {
        try {
            const FolderListing listing = list_folder(folder, "{id}", true);
            const FolderFeatures found = read_(listing, extractor, to.store);
            to.pictures = found.pictures;
            to.about = {{"folder", printable(folder)},
                        {"n", found.pictures.size()},
                        {"failed", found.failed.size()},
                        {"list_sha256", found.list_sha256}};
            for (const auto& [id, reason] : found.failed) {
                progress_.note(fmt::format("{} of {} is not compared with: {}", id, printable(folder), reason));
                to.unreadable.push_back(id);
            }
            if (!to.unreadable.empty()) {
                to.note =
                    fmt::format("{} of its {} pictures can't be read and {} left out: {}", to.unreadable.size(),
                                listing.files.size(), to.unreadable.size() == 1 ? "is" : "are", some_of(to.unreadable));
            }
        } catch (const Error& error) {
            to.none = error.what();
        }
    }

    Read read_;
    Progress& progress_;
    std::map<std::pair<fs::path, std::string>, ReferenceFolder> folders_;
};

std::vector<StoredSet> sets_of(const std::vector<const SetMetric*>& metrics, FeatureStores& stores, Read read,
                               Progress& progress) {
    ReferenceFolders folders(std::move(read), progress);
    std::vector<StoredSet> all;
    for (const SetMetric* metric : metrics) {
        all.push_back({metric, &stores.of(metric->features())});
        if (const auto against = metric->against()) all.back().against = folders.of(*against, metric->features());
    }
    return all;
}

// Two runs that read one folder at the same time begin at different pictures, and each leaves out what the other has
// written by then: together they compute each picture about once.
uint64_t begin_at(const FolderListing& folder) {
    return Draw(static_cast<uint64_t>(::getpid()), "", "first").integer(0, std::max<uint64_t>(folder.files.size(), 1));
}

}  // namespace

std::vector<StoredSet> stored_sets(const std::vector<const SetMetric*>& metrics, FeatureStores& stores,
                                   const fs::path& cache, int jobs, Progress& progress, const std::atomic<bool>& stop) {
    const Read read = [&](const FolderListing& folder, const FeatureExtractor& extractor,
                          std::shared_ptr<const FeatureStore>& beside) {
        SharedFeatures features(stores.of(extractor), cache, extractor, progress, stop);
        FolderFeatures found;
        try {
            found = folder_features(folder.files, extractor, features, jobs, progress, stop, begin_at(folder));
        } catch (const Stopped&) {
            features.flush();
            throw;
        }
        features.flush();
        beside = features.cached();
        return found;
    };
    return sets_of(metrics, stores, read, progress);
}

std::vector<StoredSet> kept_sets(const std::vector<const SetMetric*>& metrics, FeatureStores& stores,
                                 const fs::path& cache, int jobs) {
    const auto silent = silent_progress();
    const std::atomic<bool> never{false};
    const Read read = [&](const FolderListing& folder, const FeatureExtractor& extractor,
                          std::shared_ptr<const FeatureStore>& beside) {
        SharedFeatures features(stores.of(extractor), cache, extractor, *silent, never);
        const KeptAlone kept(extractor);
        try {
            FolderFeatures found = folder_features(folder.files, kept, features, jobs, *silent, kept.lacks());
            if (!kept.lacks()) {
                beside = features.cached();
                return found;
            }
        } catch (const Stopped&) {
        }
        throw NotAvailable(
            "features of pictures of the folder are neither kept in the run's folder nor in the cache, "
            "and a report computes none",
            "give the run's command again");
    };
    return sets_of(metrics, stores, read, *silent);
}

}  // namespace bfr
