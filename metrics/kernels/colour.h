// From 8-bit pictures to the channels that each tool compares. Every plane is in 0..255 but where said.
#pragma once

#include <vector>

#include "metrics/kernels/plane.h"

namespace bfr {

// Red, green, blue as they are.
std::vector<Plane> rgb_planes(const Bgr8View& picture);

// BT.601's Y in 16..235, not rounded, in single precision by the steps of BasicSR's to_y_channel
// (basicsr/utils/color_util.py): the picture divided by 255, the weighted sum in double, divided by 255, rounded to
// single, times 255.
Plane bt601_y(const Bgr8View& picture);

// pyiqa's Y: 0.299 R + 0.587 G + 0.114 B in single precision on [0, 1] (pyiqa/utils/color_util.py, rgb2yiq), times 255.
Plane yiq_y(const Bgr8View& picture);
// The same rounded to whole levels, half to even. About one sum in a thousand lies on a half, so the order of the
// single-precision steps counts: products and sums in the order R, G, B, none fused, gives what pyiqa 0.1.14 gave on
// x86-64.
Plane yiq_y_rounded(const Bgr8View& picture);

// Red, green, blue divided by 255 in single precision.
std::vector<Plane> unit_rgb_planes(const Bgr8View& picture);

// VQFR's metric_paper/calculate_psnr_ssim.py (github.com/TencentARC/VQFR, 239c77a): `restored` moved to the mean and
// then scaled to the standard deviation of `reference`, twice over, each step in single precision. Both in [0, 1]; the
// result may leave it. False, and `restored` is unchanged, where either has no contrast: its deviation is 0 and the
// script divides by it.
bool match_mean_and_deviation(Plane& restored, const Plane& reference);

// From [0, 1] planes to what that script compares: times 255; or BT.601's Y of them, times 255.
void scale_to_255(std::vector<Plane>& rgb);
Plane bt601_y_of_unit_rgb(const std::vector<Plane>& rgb);

}  // namespace bfr
