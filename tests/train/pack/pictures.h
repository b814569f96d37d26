// Pictures for the packs' tests.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "tests/support/support.h"

namespace bfr::testing {

// Waves with noise on them, another picture for each `name`: side x side x 3 bytes.
inline std::vector<unsigned char> rgb_picture(const std::string& name, int side) {
    const auto n = static_cast<size_t>(side);
    const auto noise = hash_fill(name, n * n * 3, -12, 12), wave = hash_fill(name + "/wave", 3, 0.05f, 0.25f);
    std::vector<unsigned char> rgb;
    for (size_t i = 0; i < noise.size(); i++) {
        const auto x = static_cast<float>(i / 3 % n), y = static_cast<float>(i / 3 / n);
        rgb.push_back(static_cast<unsigned char>(128 + 80 * std::sin(wave[i % 3] * x + 0.1f * y) + noise[i]));
    }
    return rgb;
}

}  // namespace bfr::testing
