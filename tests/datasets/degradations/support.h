// What the degradations' tests share.
#pragma once

#include <optional>

#include "datasets/degradations/presets.h"

namespace bfr::testing {

// A preset that is a grid needs a place: the i-th of a set as large as the grid.
inline DrawOptions at_place(const DegradationPreset& preset, size_t i, std::optional<int> reference_size = {}) {
    DrawOptions options;
    options.reference_size = reference_size;
    if (const size_t size = grid_size(preset)) options.place = PlaceInSet{i % size, size};
    return options;
}

}  // namespace bfr::testing
