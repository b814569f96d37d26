#include "train/draws.h"

#include <ATen/ATen.h>

#include "base/random.h"

namespace bfr::train {

at::Tensor normal_numbers(uint64_t seed, const std::string& name, int64_t iteration, at::IntArrayRef shape) {
    at::Tensor values = at::empty(shape, at::TensorOptions());
    Draw(seed, std::to_string(iteration), "train/" + name)
        .fill_normal({values.data_ptr<float>(), static_cast<size_t>(values.numel())});
    return values;
}

at::Tensor IterationNoise::noise(const std::string& layer, int64_t batch, int64_t height, int64_t width) const {
    return normal_numbers(seed_, whose_ + "/" + layer, iteration_, {batch, 1, height, width}).to(wanted_);
}

}  // namespace bfr::train
