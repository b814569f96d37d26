// Pictures for the metrics' tests, and metrics by their specs.
#pragma once

#include <string>

#include "metrics/metric.h"

namespace bfr::testing {

// Smooth waves of colour with a little grain, the same for the same name.
ImagePtr picture(const std::string& name, int width, int height);
// `amount` grey levels of hashed noise at most, clipped to 0..255.
ImagePtr noisy(const Image& image, double amount);
ImagePtr constant(int width, int height, int level);
// A copy with nothing in its memo.
ImagePtr fresh(const Image& image);
// Mirrored: code as of cv::flip (0 upside down, 1 left to right).
ImagePtr flipped(const Image& image, int code);
ImagePtr cropped(const Image& image, int border);

std::unique_ptr<ImageMetric> metric(const std::string& spec, const UnitContext& context = UnitContext());
// The metric's only value.
Score score(const std::string& spec, const Image& restored, const Image& reference);
// That value; throws where there is none.
double value(const std::string& spec, const Image& restored, const Image& reference);

}  // namespace bfr::testing
