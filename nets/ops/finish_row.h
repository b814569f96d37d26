// Finish on plain memory, row by row: shared by the kernels that end with it.
#pragma once

#include <vector>

#include "base/target_clones.h"
#include "nets/ops/finish.h"

namespace bfr::nets {

// The parts of a Finish, ready for one picture of a batch. Channels-last: the channels of a pixel lie side by side.
class FinishRow {
  public:
    FinishRow(const Finish& with, int64_t batch_item, int64_t channels, int64_t height, int64_t width);

    // `row`: `width` pixels of `channels` floats, in place. `y`: which row of the picture.
    void operator()(float* row, int64_t y) const;

  private:
    int64_t channels_, width_;
    Tensor keep_noise_;
    std::vector<Tensor> keep_;
    const float* noise_ = nullptr;
    float noise_weight_ = 0;
    bool activate_;
    std::vector<float> scale_, first_bias_, bias_;  // of `channels_`; the second empty where there is none
    std::vector<const float*> add_;
};

}  // namespace bfr::nets
