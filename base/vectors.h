#pragma once

#include <span>

namespace bfr {

// Of two vectors of one length, in double. The cosine with a vector of length 0 is 0.
double cosine(std::span<const float> a, std::span<const float> b);
double euclidean_distance(std::span<const float> a, std::span<const float> b);

}  // namespace bfr
