// Where a network's noise layers get their maps from. The authors draw them unseeded; here a map is a function of its
// layer's name.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace bfr::nets {

// Called by one forward pass at a time; an implementation may be shared by threads where it has no state.
class NoiseSource {
  public:
    virtual ~NoiseSource() = default;
    // `layer`: the noise layer's path in the network, "convs.3.noise". float32 (batch or 1, 1, height, width) with unit
    // variance, or an undefined tensor for no noise at all.
    virtual at::Tensor noise(const std::string& layer, int64_t batch, int64_t height, int64_t width) const = 0;
};

class NoNoise final : public NoiseSource {
  public:
    at::Tensor noise(const std::string&, int64_t, int64_t, int64_t) const override { return {}; }
};

}  // namespace bfr::nets
