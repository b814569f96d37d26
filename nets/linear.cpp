#include "nets/linear.h"

#include <ATen/ATen.h>

#include <cmath>

#include "nets/init.h"

namespace bfr::nets {

Linear::Linear(int64_t in, int64_t out, bool with_bias) {
    const double bound = 1 / std::sqrt(static_cast<double>(in));
    weight = register_parameter("weight", initial_uniform({out, in}, bound));
    if (with_bias) bias = register_parameter("bias", initial_uniform({out}, bound));
}

Tensor Linear::forward(const Tensor& x) const {
    if (!packed_.defined()) return at::linear(x.to(weight.scalar_type()), weight, bias);
    // the rows are the pixels of a picture of one line
    const int64_t in = x.size(-1), rows = x.numel() / in;
    const Tensor line = x.contiguous().view({1, 1, rows, in}).permute({0, 3, 1, 2});
    std::vector<int64_t> shape = x.sizes().vec();
    shape.back() = packed_.out();
    return packed_(line, {}, {}, {.bias = bias, .activate = false}).permute({0, 2, 3, 1}).reshape(shape);
}

void Linear::prepare() {
    packed_ = PackedConv(weight.view({weight.size(0), weight.size(1), 1, 1}));
    release(weight);
}

}  // namespace bfr::nets
