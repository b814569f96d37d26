#include "nets/ops/packed_conv.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "base/error.h"
#include "nets/kernels/direct.h"
#include "nets/kernels/gemm.h"
#include "nets/kernels/winograd.h"
#include "nets/ops/empty_picture.h"
#include "nets/ops/picture_finish.h"

namespace bfr::nets {

namespace {

Tensor channels_last(const Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

int64_t parts(int64_t n, int64_t at_once) { return (n + at_once - 1) / at_once; }

// A row for each picture, or one for all.
const float* row_of(const Tensor& values, int64_t item) {
    return values.defined() ? values.data_ptr<float>() + (values.size(0) == 1 ? 0 : item * values.size(1)) : nullptr;
}

int64_t padding_x(const PackedShape& shape) { return shape.padding_x.value_or(shape.padding); }

int64_t result_side(int64_t side, int64_t kernel, int64_t padding, const PackedShape& shape) {
    return (side + 2 * padding - (kernel - 1) * shape.dilation - 1) / shape.stride + 1;
}

Tensor checked_rows(const Tensor& values, const Tensor& x) {
    if (!values.defined()) return values;
    BFR_CHECK(values.dim() == 2 && values.size(1) == x.size(1) && (values.size(0) == 1 || values.size(0) == x.size(0)),
              "the input's scale must have {} channels, for one or {} pictures", x.size(1), x.size(0));
    return values.contiguous();
}

}  // namespace

// One call: a batch of pictures by some of the taps.
struct PackedConv::Pass {
    Tensor x, scale, shift;
    bool relu;
    std::vector<Tap> taps;
    int64_t stride, dilation, above, before;
    const Finish& with;
    Tensor& to;
    int64_t first;

    ConvInput input(int64_t item) const {
        return {x.data_ptr<float>() + item * x.size(1) * x.size(2) * x.size(3), row_of(scale, item),
                row_of(shift, item), relu};
    }
    float* output(int64_t item) const { return to.data_ptr<float>() + item * to.size(1) * to.size(2) * to.size(3); }
};

PackedConv::PackedConv(const Tensor& weight, double scale)
    : in_(weight.size(1)), out_(weight.size(0)), kernel_height_(weight.size(2)), kernel_width_(weight.size(3)) {
    const at::NoGradGuard no_grad;
    const Tensor plain = weight.to(at::kFloat).contiguous();
    const int64_t taps = this->taps(), columns = whole_lanes(out_);
    panels_ = out_ % kLanes == 0 ? at::empty({columns * taps * in_}) : at::zeros({columns * taps * in_});
    const float* const from = plain.data_ptr<float>();
    const auto factor = static_cast<float>(scale);
    float* const to = panels_.data_ptr<float>();
    at::parallel_for(0, parts(columns, kPanel), 1, [&](int64_t begin, int64_t end) {
        constexpr int64_t kAtOnce = 8;  // inputs: what is written of a panel meanwhile stays in the cache
        for (int64_t first = begin * kPanel; first < std::min(columns, end * kPanel); first += kPanel) {
            const int64_t width = std::min(kPanel, columns - first), filled = std::min(width, out_ - first);
            float* const panel = to + first * taps * in_;
            for (int64_t some = 0; some < in_; some += kAtOnce) {
                for (int64_t column = 0; column < filled; column++) {
                    for (int64_t k = some; k < std::min(in_, some + kAtOnce); k++) {
                        const float* const filter = from + ((first + column) * in_ + k) * taps;
                        for (int64_t t = 0; t < taps; t++) panel[(t * in_ + k) * width + column] = factor * filter[t];
                    }
                }
            }
        }
    });
}

void PackedConv::check(const Tensor& x) const {
    BFR_CHECK(runs_kernels(x), "packed weights serve float32 on the CPU, without gradients");
    BFR_CHECK(x.dim() == 4 && x.size(1) == in_, "a picture of {} channels is needed", in_);
}

void PackedConv::direct(const Pass& pass) const {
    const Tensor &x = pass.x, &to = pass.to;
    const DirectShape shape{x.size(2), x.size(3), in_, to.size(2), to.size(3), out_, pass.stride, taps()};
    const int64_t pixels = shape.out_height * shape.out_width, columns = whole_lanes(out_);
    // Either some of the pixels and all of the channels, or, where there are few pixels, the other way round: then each
    // thread reads its own part of the weights. Where a cut lies changes nothing in the sums.
    constexpr int64_t kPixels = 128;
    const bool few = pixels <= 2 * kPixels && columns > kPanel;
    const int64_t pixels_at_once = few ? pixels : kPixels, columns_at_once = few ? kPanel : columns;
    const int64_t jobs = few ? parts(columns, kPanel) : parts(pixels, kPixels);
    for (int64_t item = 0; item < x.size(0); item++) {
        const PictureFinish finish(pass.with, item, out_, to.size(2), to.size(3));
        const ConvInput from = pass.input(item);
        const ConvOutput result{pass.output(item), to.size(1), pass.first, finish.epilogue()};
        const int64_t grain = few ? parts(jobs, at::get_num_threads()) : 1;
        at::parallel_for(0, jobs, grain, [&](int64_t begin, int64_t end) {
            const int64_t wide = few ? std::min(columns, (end - begin) * kPanel) : columns_at_once;
            const Tensor scratch = at::empty({direct_scratch(shape, pixels_at_once, wide)});
            if (few) {
                direct_pixels(shape, pass.taps, from, panels_.data_ptr<float>(), 0, pixels, begin * kPanel,
                              std::min(columns, end * kPanel), result, scratch.data_ptr<float>());
                return;
            }
            for (int64_t job = begin; job < end; job++) {
                direct_pixels(shape, pass.taps, from, panels_.data_ptr<float>(), job * kPixels,
                              std::min(pixels, (job + 1) * kPixels), 0, columns, result, scratch.data_ptr<float>());
            }
        });
    }
}

Tensor PackedConv::points() const {
    if (points_.defined()) return points_;
    const int64_t columns = whole_lanes(out_), per_tile = winograd_points(kernel_height_, kernel_width_);
    const Tensor points = at::empty({per_tile * columns * in_});
    const float* const panels = panels_.data_ptr<float>();
    float* const weights = points.data_ptr<float>();
    at::parallel_for(0, parts(columns, kPanel), 1, [&](int64_t begin, int64_t end) {
        for (int64_t first = begin * kPanel; first < std::min(columns, end * kPanel); first += kPanel) {
            winograd_weights(panels + taps() * first * in_, in_, std::min(kPanel, columns - first),
                             weights + per_tile * first * in_, kernel_height_, kernel_width_);
        }
    });
    return points;
}

void PackedConv::keep_points() {
    BFR_CHECK(winograd_points(kernel_height_, kernel_width_) > 0, "a kernel of {}x{} has no form of Winograd's",
              kernel_height_, kernel_width_);
    const at::NoGradGuard no_grad;
    points_ = points();
}

bool PackedConv::winograd(const Pass& pass) const {
    const int64_t per_tile = winograd_points(kernel_height_, kernel_width_);
    if (per_tile == 0 || pass.stride != 1) return false;
    const Tensor &x = pass.x, &to = pass.to;
    const WinogradShape shape{x.size(2),      x.size(3),     in_,           to.size(2), to.size(3), out_,
                              kernel_height_, kernel_width_, pass.dilation, pass.above, pass.before};
    // in units of a multiply-add, as measured on an AVX-512 machine
    const auto tiles = static_cast<double>(shape.tiles()), k = static_cast<double>(in_),
               n = static_cast<double>(whole_lanes(out_)), share = static_cast<double>(per_tile) / 36;
    const double cost = share * (tiles * (40 * k * n + 1200 * k + 800 * n) + (points_.defined() ? 0 : 2600 * k * n));
    if (cost > 10.0 / 9 * static_cast<double>(taps() * shape.out_height * shape.out_width) * k * n) return false;

    const Tensor points = this->points();
    const float* const weights = points.data_ptr<float>();
    // as few parts as there are threads for a small picture: each part reads all of the weights
    const int64_t threads = at::in_parallel_region() ? 1 : at::get_num_threads();
    const int64_t at_once = std::min((in_ <= 256 ? 16 : 64) * 36 / per_tile / 8 * 8, parts(shape.tiles(), threads));
    for (int64_t item = 0; item < x.size(0); item++) {
        const PictureFinish finish(pass.with, item, out_, shape.out_height, shape.out_width);
        const ConvInput from = pass.input(item);
        const ConvOutput result{pass.output(item), to.size(1), pass.first, finish.epilogue()};
        at::parallel_for(0, parts(shape.tiles(), at_once), 1, [&](int64_t begin, int64_t end) {
            const Tensor scratch = at::empty({winograd_scratch(shape, at_once)});
            for (int64_t job = begin; job < end; job++) {
                winograd_tiles(shape, from, weights, job * at_once, std::min(shape.tiles(), (job + 1) * at_once),
                               result, scratch.data_ptr<float>());
            }
        });
    }
    return true;
}

void PackedConv::into(Tensor& to, int64_t first, const Tensor& x, const PackedShape& shape, const InputScale& from,
                      const Finish& with) const {
    check(x);
    BFR_CHECK(to.is_contiguous(at::MemoryFormat::ChannelsLast) && to.scalar_type() == at::kFloat &&
                  to.size(0) == x.size(0) &&
                  to.size(2) == result_side(x.size(2), kernel_height_, shape.padding, shape) &&
                  to.size(3) == result_side(x.size(3), kernel_width_, padding_x(shape), shape) && first >= 0 &&
                  first + out_ <= to.size(1),
              "the result must be float32, channels-last, and hold {} channels of this convolution's size", out_);
    std::vector<Tap> taps;
    for (int64_t i = 0; i < this->taps(); i++) {
        taps.push_back({i, i / kernel_width_ * shape.dilation - shape.padding,
                        i % kernel_width_ * shape.dilation - padding_x(shape)});
    }
    const Pass pass{channels_last(x),
                    checked_rows(from.scale, x),
                    checked_rows(from.shift, x),
                    from.relu,
                    std::move(taps),
                    shape.stride,
                    shape.dilation,
                    shape.padding,
                    padding_x(shape),
                    with,
                    to,
                    first};
    if (!winograd(pass)) direct(pass);
}

Tensor PackedConv::operator()(const Tensor& x, const PackedShape& shape, const InputScale& from,
                              const Finish& with) const {
    Tensor to = empty_picture(x.size(0), out_, result_side(x.size(2), kernel_height_, shape.padding, shape),
                              result_side(x.size(3), kernel_width_, padding_x(shape), shape));
    into(to, 0, x, shape, from, with);
    return to;
}

Tensor PackedConv::transposed_phase(const Tensor& x, int a, int b, const InputScale& from) const {
    check(x);
    BFR_CHECK(kernel_height_ == 3 && kernel_width_ == 3, "a transposed convolution has a 3x3 kernel");
    // out[2i + a] = sum over taps k with 2i + a - k even of x[(2i + a - k) / 2] w[k]: a = 0 takes w[2] x[i - 1] +
    // w[0] x[i], a = 1 takes w[1] x[i].
    const auto line = [](int phase) {
        return phase == 1 ? std::vector<Tap>{{1, 0, 0}} : std::vector<Tap>{{2, -1, 0}, {0, 0, 0}};
    };
    std::vector<Tap> taps;
    for (const auto& row : line(a)) {
        for (const auto& column : line(b)) taps.push_back({3 * row.index + column.index, row.dy, column.dy});
    }
    Tensor to = at::empty({x.size(0), out_, x.size(2) + (a == 0), x.size(3) + (b == 0)},
                          x.options().memory_format(at::MemoryFormat::ChannelsLast));
    direct({channels_last(x),
            checked_rows(from.scale, x),
            checked_rows(from.shift, x),
            from.relu,
            std::move(taps),
            1,
            1,
            0,
            0,
            {.activate = false},
            to,
            0});
    return to;
}

}  // namespace bfr::nets
