// The pictures that lie in the page of a run: of chosen samples degraded | each row's | reference.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace bfr {

struct GalleryOptions {
    size_t samples = 24;      // chosen evenly in the order of ids
    size_t failed = 12;       // and so many of those where a method failed
    size_t apart = 8;         // and so many of those where the methods differ most in the first metric
    size_t beside = 32;       // pictures beside the restored ones (Extra), of a sample
    int side = 512;           // the longest side of a picture in the page, pixels
    size_t most_large = 160;  // pictures of that size; where there are more, all are half as wide and high
    int quality = 85;         // of their JPEG
    bool beside_page = false;  // all other samples' pictures too, half as wide and high, as files of RUN/thumbnails
};

// Whether a file of RUN/thumbnails is one of ours: "000012-3.jpg".
bool is_thumbnail_name(std::string_view name);

// Indices of the samples that are shown, ascending.
std::vector<size_t> gallery_samples(const Json& report, const GalleryOptions& options);

// {about, shown: [{sample, degraded, restored, reference, beside, faces}]}, read by web/src/report/pictures.ts.
// Restored pictures come from `run_folder`, the others from where the report's configuration says. Instead of a picture
// that isn't there, or can't be read, stands {absent: why}; null where the data has none, or another column shows the
// same. With beside_page the thumbnails in RUN/thumbnails are made anew; their names are places, never those of samples.
// Throws Error where one can't be written, or an old one not be removed.
Json gallery_data(const Json& report, const std::filesystem::path& run_folder, const GalleryOptions& options = {});

}  // namespace bfr
