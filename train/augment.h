// Adaptive discriminator augmentation (Karras et al., arXiv 2006.06676): all pictures that a discriminator sees are
// moved and coloured at random, the more often the surer it is of the real ones.
//
// The paper's geometric and colour transforms, in its order and from its distributions. Its differences: pictures are
// sampled bilinearly (the paper's code doubles their size and filters them with wavelets first), the mirror image
// outside of a picture repeats the pixels of its border (in NVlabs/stylegan2-ada-pytorch it doesn't), and no picture is
// filtered, covered with noise or cut out, which the paper found of little use.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "train/stage.h"

namespace bfr::train {

struct Augmentation {
    // (B, 2, 3), from a place in the augmented picture to one in the picture; both have [-1, 1] from edge to edge.
    at::Tensor geometry;
    at::Tensor colour;  // (B, 3, 4), to be applied to (r, g, b, 1)
};

// Each transform of each picture happens with `probability`. A function of its arguments alone. float32, on the CPU.
Augmentation draw_augmentation(double probability, int64_t batch, int64_t side, uint64_t seed, const std::string& name,
                               int64_t iteration);

// pictures: (B, 3, S, S). What lies outside of a picture is its mirror image. Gradients of gradients go through.
at::Tensor augmented(const at::Tensor& pictures, const Augmentation& by);

struct AdaptiveOptions {
    double target = 0;        // of the mean sign of what the discriminator says of real pictures; 0: no augmentation
    double length = 500'000;  // real pictures in which the probability goes from 0 to 1
    int64_t every = 4;        // steps of the discriminator to a change
};

// The probability, led by those signs.
class AdaptiveProbability {
  public:
    explicit AdaptiveProbability(const AdaptiveOptions& options) : options_(options) {}

    double now() const { return probability_; }
    // After a discriminator's step on `pictures` real ones; `sign`: their mean.
    void learn(double sign, int64_t pictures);

    void save(const std::string& name, StateDict& to) const;
    void restore(const std::string& name, const StateDict& from, const std::string& source);

  private:
    AdaptiveOptions options_;
    double probability_ = 0, sum_ = 0;
    int64_t steps_ = 0;
};

}  // namespace bfr::train
