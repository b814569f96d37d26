#include "nets/conv_layer.h"

#include <cmath>

#include "nets/init.h"

namespace bfr::nets {

Conv2d::Conv2d(int64_t in, int64_t out, int64_t kernel, const Conv2dOptions& given) : options(given) {
    const double bound = 1 / std::sqrt(static_cast<double>(in * kernel * kernel));
    weight = register_parameter("weight", initial_uniform({out, in, kernel, kernel}, bound));
    if (options.bias) bias = register_parameter("bias", initial_uniform({out}, bound));
}

at::Tensor Conv2d::forward(const at::Tensor& x) const {
    return conv2d(x, weight,
                  {.stride = {options.stride, options.stride}, .padding = {options.padding, options.padding}}, bias);
}

}  // namespace bfr::nets
