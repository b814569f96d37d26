#include "reports/folder_features.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "datasets/known_sets.h"
#include "reports/pipeline.h"
#include "reports/sample_run.h"

namespace bfr {
namespace {

struct Item {
    std::string id;
    std::filesystem::path file;
    std::string sha256, error;
};

FeatureRow row_of(const Image& image, const FeatureExtractor& extractor) {
    FeatureRow row{image.sha256(), extractor.of(image)};
    if (!std::ranges::all_of(row.values, [](float value) { return std::isfinite(value); }))
        throw Error(fmt::format("{}: a feature is not a finite number", image.name()));
    return row;
}

}  // namespace

FolderFeatures folder_features(const std::map<std::string, std::filesystem::path>& files,
                               const FeatureExtractor& extractor, FeatureKeeper& store, int jobs, Progress& progress,
                               const std::atomic<bool>& stop, uint64_t first) {
    std::vector<Item> items;
    for (const auto& [id, file] : files) items.push_back({id, file, "", ""});
    progress.begin("read", items.size(), 0);
    run_pipeline(
        items.size(), jobs,
        [&](uint64_t i) -> std::function<void()> {
            Item& item = items[(first + i) % items.size()];
            std::vector<FeatureRow> rows;
            try {
                item.sha256 = file_sha256(item.file);
                if (item.sha256.empty() || !store.contains(item.sha256)) {
                    const ImagePtr image = Image::load(item.file);
                    rows.push_back(row_of(*image, extractor));
                    item.sha256 = rows[0].picture;
                }
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

    FolderFeatures result;
    std::vector<ListedFile> listed;
    for (const auto& item : items) {
        if (item.sha256.empty() && item.error.empty())
            throw Stopped("stopped before every picture was read; the same command goes on from there");
        if (!item.error.empty()) {
            result.failed.emplace_back(item.id, item.error);
            continue;
        }
        result.pictures.push_back(item.sha256);
        listed.push_back({item.id, item.sha256});
    }
    result.list_sha256 = list_sha256(std::move(listed));
    return result;
}

}  // namespace bfr
