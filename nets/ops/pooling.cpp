#include "nets/ops/pooling.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <array>
#include <functional>

#include "base/error.h"
#include "nets/kernels/pooling.h"
#include "nets/ops/empty_picture.h"
#include "nets/ops/picture_finish.h"

namespace bfr::nets {

namespace {

// rows: (picture, item of the batch, first row, last row) of the result.
template <class Rows>
void by_rows(const PoolShape& shape, const at::Tensor& given, const Rows& rows) {
    const at::Tensor x = given.contiguous(at::MemoryFormat::ChannelsLast);
    for (int64_t item = 0; item < x.size(0); item++) {
        const float* const picture = x.data_ptr<float>() + item * shape.height * shape.width * shape.channels;
        at::parallel_for(0, shape.out_height, 4, [&](int64_t begin, int64_t end) { rows(picture, item, begin, end); });
    }
}

// pool: one of the kernels.
template <class Pool>
void pool_into(at::Tensor& to, int64_t first, const at::Tensor& x, const PoolShape& shape, const Finish& with,
               const Pool& pool) {
    BFR_CHECK(runs_kernels(x) && to.is_contiguous(at::MemoryFormat::ChannelsLast) && to.scalar_type() == at::kFloat &&
                  to.size(0) == x.size(0) && to.size(2) == shape.out_height && to.size(3) == shape.out_width &&
                  first >= 0 && first + shape.channels <= to.size(1),
              "the result must be float32, channels-last, {}x{} pixels, and hold {} channels", shape.out_width,
              shape.out_height, shape.channels);
    by_rows(shape, x, [&](const float* picture, int64_t item, int64_t begin, int64_t end) {
        const PictureFinish finish(with, item, shape.channels, shape.out_height, shape.out_width);
        float* const result = to.data_ptr<float>() + item * to.size(1) * to.size(2) * to.size(3);
        pool(shape, picture, begin, end, {result, to.size(1), first, finish.epilogue()});
    });
}

PoolShape shape_of(const at::Tensor& x, int64_t height, int64_t width, int64_t kernel, int64_t stride, int64_t border) {
    return {x.size(2), x.size(3), x.size(1), height, width, kernel, stride, border};
}

const Finish kNothing{.activate = false};

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
    at::Tensor to = empty_picture(x.size(0), x.size(1), height, width);
    pool_into(to, 0, x, shape_of(x, height, width, kernel, 2, 0), kNothing, max_pool_rows);
    return to;
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
    const PoolShape shape = shape_of(x, l2_pool_side(x.size(2)), l2_pool_side(x.size(3)), 3, 2, 1);
    at::Tensor to = empty_picture(x.size(0), x.size(1), shape.out_height, shape.out_width);
    by_rows(shape, x, [&](const float* picture, int64_t item, int64_t begin, int64_t end) {
        l2_pool_rows(shape, picture, begin, end,
                     to.data_ptr<float>() + item * shape.out_height * shape.out_width * shape.channels);
    });
    return to;
}

void max_pool_into(at::Tensor& to, int64_t first, const at::Tensor& x, int64_t stride) {
    const int64_t border = stride == 1 ? 1 : 0;
    const auto side = [&](int64_t n) { return stride == 1 ? n : max_pool_side(n, 3, false); };
    pool_into(to, first, x, shape_of(x, side(x.size(2)), side(x.size(3)), 3, stride, border), kNothing, max_pool_rows);
}

void mean_pool_into(at::Tensor& to, int64_t first, const at::Tensor& x, const Finish& with) {
    pool_into(to, first, x, shape_of(x, x.size(2), x.size(3), 3, 1, 1), with, mean_pool_rows);
}

}  // namespace bfr::nets
