#pragma once

#include "metrics/kernels/plane.h"

namespace bfr {

// Mean squared difference over all pixels and channels; the sum is exact. Both of one size.
double mean_squared_error(const Bgr8View& a, const Bgr8View& b);

// The same for planes, summed in double in a fixed order.
double mean_squared_error(const Plane& a, const Plane& b);

}  // namespace bfr
