#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "nets/noise.h"

namespace bfr::train {

// N(0, 1), float32 on the CPU: a function of (seed, name, iteration).
at::Tensor normal_numbers(uint64_t seed, const std::string& name, int64_t iteration, at::IntArrayRef shape);

// A network's noise maps in one iteration, another for each picture of the batch.
class IterationNoise final : public nets::NoiseSource {
  public:
    // `whose`: the network's, where several draw in an iteration.
    IterationNoise(uint64_t seed, int64_t iteration, at::TensorOptions wanted = {}, std::string whose = "noise")
        : seed_(seed), iteration_(iteration), wanted_(wanted), whose_(std::move(whose)) {}
    at::Tensor noise(const std::string& layer, int64_t batch, int64_t height, int64_t width) const override;

  private:
    uint64_t seed_;
    int64_t iteration_;
    at::TensorOptions wanted_;
    std::string whose_;
};

}  // namespace bfr::train
