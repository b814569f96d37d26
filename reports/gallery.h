// The part of the page that shows pictures: a row a sample, degraded | each method | reference, with their values.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "base/json_fwd.h"
#include "reports/markup.h"

namespace bfr {

struct GalleryOptions {
    size_t samples = 24;  // chosen evenly in the order of ids
    size_t failed = 12;   // and so many of those where a method failed
    size_t beside = 32;   // pictures beside the restored ones (Extra), of a sample
    int side = 256;       // of the thumbnails, pixels
    int quality = 85;     // of their JPEG
};

// Indices of the samples that are shown, ascending.
std::vector<size_t> gallery_samples(const Json& report, const GalleryOptions& options);

// Restored pictures come from `run_folder`, the others from where the report's configuration says. A picture that isn't
// there, or can't be read, is a text in its place.
Markup gallery(const Json& report, const std::filesystem::path& run_folder, const GalleryOptions& options = {});

}  // namespace bfr
