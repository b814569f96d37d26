// Finish on plain memory, as the kernels take it.
#pragma once

#include <vector>

#include "nets/kernels/conv_io.h"
#include "nets/ops/finish.h"

namespace bfr::nets {

// `count` values and zeros up to a whole number of Lanes.
std::vector<float> lane_values(const Tensor& values);

// A Finish for one picture of a batch.
class PictureFinish {
  public:
    PictureFinish(const Finish& with, int64_t batch_item, int64_t channels, int64_t height, int64_t width);
    PictureFinish(const PictureFinish&) = delete;
    PictureFinish& operator=(const PictureFinish&) = delete;

    const Epilogue& epilogue() const { return epilogue_; }
    // `row`: `width` pixels of `channels` floats, in place. `y`: which row of the picture.
    void operator()(float* row, int64_t y) const;

  private:
    int64_t channels_, width_;
    std::vector<float> scale_, first_bias_, bias_, slope_;
    Tensor noise_;
    std::vector<Tensor> add_;
    Epilogue epilogue_;
};

}  // namespace bfr::nets
