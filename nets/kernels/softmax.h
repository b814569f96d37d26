// What attention does with a row of scores.
#pragma once

#include <cstdint>

namespace bfr::nets {

// Scores become exp(scale (score - largest)), in place; returns 1 / their sum, by which they are still to be
// multiplied. The same bits wherever a row stands. `count` numbers, at least one.
float softmax_weights(float* scores, int64_t count, float scale);

}  // namespace bfr::nets
