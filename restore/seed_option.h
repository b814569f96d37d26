// The option `seed` of the methods that draw.
#pragma once

#include <limits>
#include <optional>

#include "base/spec.h"

namespace bfr {

// What the method's random numbers are drawn from instead of the run's seed.
inline std::optional<uint64_t> read_seed(SpecReader& reader) {
    if (reader.has("seed"))
        return static_cast<uint64_t>(reader.integer("seed", 1, 0, std::numeric_limits<int64_t>::max()));
    reader.text("seed", "");  // read in any case: an ablation knows options by it
    return std::nullopt;
}

}  // namespace bfr
