// A turned square of a picture sampled at 4096 x 4096 points: Pillow's Image.transform(QUAD, BILINEAR), bit for bit.
#pragma once

#include <array>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "datasets/faces/quad.h"

namespace bfr {

class QuadSampler {
  public:
    static constexpr int kSide = 4096;
    using Planes = std::array<std::vector<short>, 3>;  // one row of samples, its channels apart

    // `bgr8`: CV_8UC3, must outlive this. The corners at pixel centres.
    QuadSampler(const cv::Mat& bgr8, const QuadAlignment::Corners& quad);

    // Samples of row v: truncated to 8 bit, 0 outside the picture. `planes`: kSide values each.
    void row(int v, Planes& planes);

  private:
    const cv::Mat& picture_;
    // x = a + b u + c v + d u v, and y alike; u and v at the samples' centres.
    std::array<std::array<double, 4>, 2> terms_;
    // Of the row in hand: the right lower of the four pixels that a sample lies between (none outside the picture), and
    // how far from the left upper one it lies.
    std::vector<int> column_, line_;
    std::vector<double> right_, down_;
};

}  // namespace bfr
