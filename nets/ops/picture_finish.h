// Finish on plain memory, as the kernels take it.
#pragma once

#include <ATen/Parallel.h>

#include <vector>

#include "nets/kernels/epilogue.h"
#include "nets/ops/finish.h"

namespace bfr::nets {

// Floats, and zeros up to a whole number of Lanes.
std::vector<float> lane_values(const Tensor& values);

// A Finish for one picture of a batch. T: float, or BFloat16Bits, which pictures of bfloat16 are seen as.
template <class T = float>
class PictureFinish {
  public:
    PictureFinish(const Finish& with, int64_t batch_item, int64_t channels, int64_t height, int64_t width);
    PictureFinish(PictureFinish&&) = default;

    const Epilogue<T>& epilogue() const { return epilogue_; }

  private:
    std::vector<float> scale_, first_bias_, bias_, slope_;
    Tensor noise_;
    std::vector<Tensor> add_;
    Epilogue<T> epilogue_;
};

// x: (B, C, H, W), float32 or bfloat16. Calls `work` with the epilogue of each row's picture, the row, and how many
// numbers lie before it in a channels-last tensor of x's size.
template <class Work>
void for_each_row(const Tensor& x, const Finish& with, const Work& work) {
    const int64_t batch = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
    const auto of_type = [&]<class T>(T*) {
        std::vector<PictureFinish<T>> finishes;
        for (int64_t item = 0; item < batch; item++) finishes.emplace_back(with, item, channels, height, width);
        at::parallel_for(0, batch * height, 8, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; i++) {
                work(finishes[static_cast<size_t>(i / height)].epilogue(),
                     PictureRow{i % height * width, width, channels}, i * width * channels);
            }
        });
    };
    if (x.scalar_type() == at::kFloat) {
        of_type(static_cast<float*>(nullptr));
    } else {
        of_type(static_cast<BFloat16Bits*>(nullptr));
    }
}

// The tensor's memory from `offset` numbers on.
template <class T>
T* memory(const Tensor& tensor, int64_t offset) {
    return static_cast<T*>(tensor.data_ptr()) + offset;
}

// finish() from one channels-last tensor to another, or the same one.
void finish_into(const Tensor& to, const Tensor& from, const Finish& with);

}  // namespace bfr::nets
