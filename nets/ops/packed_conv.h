// A convolution whose weights lie in the order in which the CPU kernels read them (nets/kernels).
#pragma once

#include <optional>

#include "nets/ops/finish.h"

namespace bfr::nets {

// What a convolution's input is multiplied by, channel by channel, and what is added then; the border stays zero.
// (B, in) or (1, in), or undefined. `relu`: what is then below zero becomes zero.
struct InputScale {
    Tensor scale = {}, shift = {};
    bool relu = false;
};

struct PackedShape {
    int64_t stride = 1, padding = 0, dilation = 1;
    std::optional<int64_t> padding_x = {};  // at the left and the right, where it's another than above and below
};

// float32 on the CPU, without gradients. A result doesn't depend on the other pictures of a batch, nor on the number of
// threads, by a single bit. Those of stride 1 and 3x3, 5x5, 1x3, 3x1, 1x7 or 7x1 are done by Winograd's filtering where
// that is faster: their results differ from a sum of products by about 3e-6 of the largest one, those with seven
// taps by twice that.
class PackedConv {
  public:
    PackedConv() = default;
    // weight: (out, in, height, width), multiplied by `scale`; not kept.
    explicit PackedConv(const Tensor& weight, double scale = 1);

    // Keeps the weights of such a kernel in Winograd's form too, which is up to four times their memory and saves its
    // making at each call: for a network that serves many pictures. It may let more of the calls be done that way.
    void keep_points();

    bool defined() const { return panels_.defined(); }
    int64_t out() const { return out_; }
    int64_t kernel() const { return kernel_height_; }  // of a square one

    // x: (B, in, H, W) -> (B, out, H', W'), channels-last.
    Tensor operator()(const Tensor& x, const PackedShape& shape, const InputScale& from, const Finish& with) const;
    // Into channels from `first` on of `to`, (B, more channels, H', W') and channels-last. `with` has nothing to add.
    void into(Tensor& to, int64_t first, const Tensor& x, const PackedShape& shape, const InputScale& from,
              const Finish& with) const;
    // One of the four pictures of which a transposed 3x3 convolution of stride 2 is made: what falls on the output's
    // pixels (2i + a, 2j + b). (B, in, H, W) -> (B, out, H + (a == 0), W + (b == 0)).
    Tensor transposed_phase(const Tensor& x, int a, int b, const InputScale& from) const;

  private:
    struct Pass;
    void check(const Tensor& x) const;
    int64_t taps() const { return kernel_height_ * kernel_width_; }
    void direct(const Pass& pass) const;
    Tensor points() const;
    bool winograd(const Pass& pass) const;  // false: the other way is faster

    int64_t in_ = 0, out_ = 0, kernel_height_ = 0, kernel_width_ = 0;
    Tensor panels_;  // of 32 output channels, the last one of 16 or 32; a panel is (taps, in, channels)
    Tensor points_;  // the same with (points, in, channels), where kept
};

}  // namespace bfr::nets
