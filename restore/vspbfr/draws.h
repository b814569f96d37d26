// VSPBFR's random numbers. The authors draw them unseeded; here each is a function of the run's seed, the sample and
// its own name, so that arms of an ablation start alike.
#pragma once

#include <cstdint>
#include <string>

#include "nets/noise.h"

namespace bfr::vspbfr {

struct DrawId {
    uint64_t run_seed = 0;
    std::string sample_id;
    uint32_t repeat = 0;  // of several restorations of one sample
};

at::Tensor draw_normal(const DrawId& id, const std::string& name, at::IntArrayRef shape, uint32_t layer = 0);

// The authors mix two random codes in half of all cases (restoration_test.py, mixing_noise): layers from `from` on take
// the second one's. `codes`: how many layers there are; `from` is `codes` where there is one code alone.
struct Mixing {
    at::Tensor first, second;  // (1, width) N(0, 1); the second undefined where there is none
    int64_t from = 0;
};
Mixing draw_mixing(const DrawId& id, int64_t width, int64_t codes, double probability);

// Noise maps of one network: `network` keeps those of two networks apart.
class DrawnNoise final : public nets::NoiseSource {
  public:
    // `wanted`: device and kind of number of the maps, which are drawn as float32 on the CPU whatever it says.
    DrawnNoise(DrawId id, std::string network, at::TensorOptions wanted = {})
        : id_(std::move(id)), network_(std::move(network)), wanted_(wanted) {}
    at::Tensor noise(const std::string& layer, int64_t batch, int64_t height, int64_t width) const override;

  private:
    DrawId id_;
    std::string network_;
    at::TensorOptions wanted_;
};

}  // namespace bfr::vspbfr
