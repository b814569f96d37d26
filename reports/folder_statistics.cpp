#include "reports/folder_statistics.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "datasets/known_sets.h"
#include "reports/feature_store.h"
#include "reports/pipeline.h"
#include "reports/sample_run.h"

namespace bfr {
namespace {

struct Item {
    std::string id;
    std::filesystem::path file;
    std::string sha256, error;
};

}  // namespace

FolderStatistics folder_statistics(const std::map<std::string, std::filesystem::path>& files,
                                   const InceptionConvention& convention, const InceptionFeatures& features,
                                   const std::filesystem::path& store_file, int jobs, Progress& progress,
                                   const std::atomic<bool>& stop) {
    FeatureStore store(store_file, features.key(), features.size());
    std::vector<Item> items;
    for (const auto& [id, file] : files) items.push_back({id, file, "", ""});
    progress.begin("read", items.size(), 0);
    run_pipeline(
        items.size(), jobs,
        [&](uint64_t i) -> std::function<void()> {
            Item& item = items[i];
            std::vector<FeatureRow> rows;
            try {
                const ImagePtr image = Image::load(item.file);
                if (!store.contains(image->sha256())) {
                    rows.push_back({image->sha256(), features.of(*image)});
                    if (!std::ranges::all_of(rows[0].values, [](float value) { return std::isfinite(value); }))
                        throw Error(fmt::format("{}: a feature is not a finite number", image->name()));
                }
                item.sha256 = image->sha256();
            } catch (...) {
                item.error = current_exception_text();
                rows.clear();
            }
            return [&store, &progress, rows = std::move(rows)] {
                store.append(rows);
                progress.advance(1);
            };
        },
        stop);
    progress.end();

    FolderStatistics result;
    std::vector<std::string> pictures;
    std::vector<ListedFile> listed;
    for (const auto& item : items) {
        if (item.sha256.empty() && item.error.empty())
            throw Error("stopped before every picture was read; the same command goes on from there");
        if (!item.error.empty()) {
            result.failed.emplace_back(item.id, item.error);
            continue;
        }
        pictures.push_back(item.sha256);
        listed.push_back({item.id, item.sha256});
    }
    const auto rows = store.rows(pictures);
    result.statistics = {gaussian_of(rows_of(*rows, std::numeric_limits<int64_t>::max()), convention.mean),
                         features.key(), convention.name, list_sha256(std::move(listed))};
    return result;
}

}  // namespace bfr
