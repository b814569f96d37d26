// Similarity of gradients: Xue, Zhang, Mou and Bovik, "Gradient magnitude similarity deviation", IEEE TIP 23 (2014).
#pragma once

#include "metrics/kernels/plane.h"

namespace bfr {

// Magnitudes of Prewitt gradients (divided by 3) of the plane's 2x2 means, zeros beyond the border.
Plane prewitt_magnitudes(const Plane& luma);

// Standard deviation (n - 1) of (2 a b + c) / (a^2 + b^2 + c), c = 170. At least two places.
double similarity_deviation(const Plane& a, const Plane& b);

}  // namespace bfr
