#include "nets/ops/pooling.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <array>
#include <functional>

#include "base/error.h"
#include "nets/kernels/pooling.h"
#include "nets/ops/empty_picture.h"
#include "nets/ops/finish.h"

namespace bfr::nets {

namespace {

// rows: (shape, picture, first row, last row, result) for each picture.
template <class Rows>
at::Tensor by_rows(const at::Tensor& given, int64_t height, int64_t width, const Rows& rows) {
    const at::Tensor x = given.contiguous(at::MemoryFormat::ChannelsLast);
    at::Tensor to = empty_picture(x.size(0), x.size(1), height, width);
    const PoolShape shape{x.size(2), x.size(3), x.size(1), height, width};
    for (int64_t item = 0; item < x.size(0); item++) {
        const float* const picture = x.data_ptr<float>() + item * shape.height * shape.width * shape.channels;
        float* const result = to.data_ptr<float>() + item * height * width * shape.channels;
        at::parallel_for(0, height, 4, [&](int64_t begin, int64_t end) { rows(shape, picture, begin, end, result); });
    }
    return to;
}

}  // namespace

int64_t max_pool_side(int64_t side, int64_t kernel, bool ceil) {
    if (side < kernel && !(ceil && side + 1 >= kernel)) return 0;
    const int64_t result = (side - kernel + (ceil ? 1 : 0)) / 2 + 1;
    return 2 * (result - 1) < side ? result : result - 1;  // a window must begin in the picture
}

at::Tensor max_pool(const at::Tensor& x, int64_t kernel, bool ceil) {
    const int64_t height = max_pool_side(x.size(2), kernel, ceil), width = max_pool_side(x.size(3), kernel, ceil);
    BFR_CHECK(height > 0 && width > 0, "{}x{} pixels are too few to be pooled", x.size(3), x.size(2));
    if (!runs_kernels(x)) {
        const std::array<int64_t, 2> window = {kernel, kernel}, stride = {2, 2}, none = {0, 0}, one = {1, 1};
        return at::max_pool2d(x, at::IntArrayRef(window), at::IntArrayRef(stride), at::IntArrayRef(none),
                              at::IntArrayRef(one), ceil);
    }
    return by_rows(x, height, width,
                   [&](const PoolShape& shape, const float* picture, int64_t begin, int64_t end, float* to) {
                       max_pool_rows(shape, kernel, picture, begin, end, to);
                   });
}

at::Tensor l2_pool(const at::Tensor& x) {
    if (!runs_kernels(x)) {
        const std::array<int64_t, 2> stride = {2, 2}, padding = {1, 1}, one = {1, 1};
        const at::Tensor line = at::tensor({0.25, 0.5, 0.25}, x.options());
        const at::Tensor filter = at::outer(line, line).view({1, 1, 3, 3}).repeat({x.size(1), 1, 1, 1});
        const at::Tensor sums = at::conv2d(x * x, filter, at::Tensor(), at::IntArrayRef(stride),
                                           at::IntArrayRef(padding), at::IntArrayRef(one), x.size(1));
        return (sums + 1e-12).sqrt();
    }
    return by_rows(x, l2_pool_side(x.size(2)), l2_pool_side(x.size(3)), l2_pool_rows);
}

}  // namespace bfr::nets
