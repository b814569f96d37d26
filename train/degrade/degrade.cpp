#include "train/degrade/degrade.h"

#include <ATen/ATen.h>

#include <span>

#include "base/error.h"
#include "base/random.h"
#include "datasets/degradations/kernel.h"
#include "train/degrade/colour_jitter.h"
#include "train/degrade/jpeg_round_trip.h"
#include "train/degrade/resize.h"

namespace bfr::train {
namespace {

at::Tensor levels(const at::Tensor& picture) { return (picture * 255).round_().clamp_(0, 255); }  // half to even

// OpenCV's BORDER_REFLECT (the edge comes twice) or BORDER_REFLECT_101 (`once`): where pixel `at` of a side lies.
int64_t reflected(int64_t at, int64_t side, bool once) {
    if (side == 1) return 0;
    const int64_t edge = once ? 1 : 0;
    while (at < 0 || at >= side) at = at < 0 ? -at - 1 + edge : 2 * side - at - 1 - edge;
    return at;
}

// Pixels first .. first + count - 1 along a side, those beyond it reflected.
at::Tensor reflect(const at::Tensor& picture, int64_t dim, int64_t first, int64_t count, bool once) {
    std::vector<int64_t> from;
    for (int64_t i = 0; i < count; i++) from.push_back(reflected(first + i, picture.size(dim), once));
    return picture.index_select(dim, at::tensor(from).to(picture.device()));
}

at::Tensor translated(const at::Tensor& picture, const Translate& by) {
    const at::Tensor rows = reflect(picture, 1, -by.down, picture.size(1), false);
    return reflect(rows, 2, -by.right, picture.size(2), false);
}

at::Tensor filtered(const at::Tensor& picture, const at::Tensor& kernel) {
    return at::conv2d(picture, kernel.expand({3, 1, kernel.size(2), kernel.size(3)}), {}, at::IntArrayRef{1},
                      at::IntArrayRef{0}, at::IntArrayRef{1}, 3);
}

at::Tensor blurred(const at::Tensor& picture, const Blur& blur) {
    const int64_t size = blur.size, radius = size / 2;
    // CUDA's convolutions may round float32 to ten bits; doubles they keep.
    const auto kind = picture.is_cuda() ? at::kDouble : at::kFloat;
    const at::Tensor kernel = at::tensor(gaussian_kernel(blur)).view({1, 1, size, size});
    const at::Tensor rows = reflect(picture, 1, -radius, picture.size(1) + 2 * radius, true);
    const at::Tensor wide = reflect(rows, 2, -radius, picture.size(2) + 2 * radius, true).to(kind).unsqueeze(0);
    const auto on_device = [&](const at::Tensor& weights) { return weights.to(picture.device(), kind); };
    if (blur.type == KernelType::kAniso) return filtered(wide, on_device(kernel)).squeeze(0).to(at::kFloat);
    // A round kernel is the product of its column and row sums.
    const at::Tensor down = filtered(wide, on_device(kernel.sum(3, true)));
    return filtered(down, on_device(kernel.sum(2, true))).squeeze(0).to(at::kFloat);
}

// A picture on its way through the steps, its channels in the order of the parameters' array. OpenCV takes that for
// BGR.
class Steps {
  public:
    Steps(const at::Tensor& clean, const DegradationParameters& parameters)
        : parameters_(parameters), picture_(clean), clean_(clean) {}

    void operator()(const Blur& blur) { picture_ = blurred(picture_, blur); }
    void operator()(const Haze& haze) { picture_ = picture_ * haze.alpha + (1 - haze.alpha); }
    void operator()(const Downsample& down) {
        picture_ = resized(picture_, down.height, down.width, down.interpolation);
    }
    void operator()(const Noise& noise) {
        at::Tensor z = normal_numbers(noise);
        if (noise.rule == NoiseRule::kTimesQuotient) {
            z.mul_(noise.sigma / 255);
        } else {
            z.mul_(noise.sigma).div_(255);
        }
        picture_ = z.add_(picture_).clamp_(0, 1);
    }
    void operator()(const Jpeg& jpeg) {
        const at::Tensor rgb = jpeg_round_trip(levels(picture_).flip(0), jpeg.quality);
        picture_ = rgb.flip(0).to(at::kFloat).div_(255);
    }
    void operator()(const Enlarge& enlarge) {
        if (!enlarge.levels) {
            picture_ = resized(picture_, parameters_.height, parameters_.width, enlarge.interpolation);
            return;
        }
        const at::Tensor large =
            resized(levels(picture_), parameters_.height, parameters_.width, enlarge.interpolation);
        picture_ = large.round().clamp_(0, 255).div_(255);
    }
    void operator()(const Shift& shift) {
        const std::vector<float> by(shift.by.begin(), shift.by.end());
        picture_ = (picture_ + at::tensor(by).to(picture_.device()).view({3, 1, 1})).clamp_(0, 1);
    }
    void operator()(const Round&) { picture_ = on_8bit_grid(picture_); }
    void operator()(const Gray& gray) {
        picture_ = gray_of(picture_);
        if (gray.reference) clean_ = gray_of(clean_);
    }
    void operator()(const Jitter& jitter) { picture_ = rgb(jittered(rgb(picture_), jitter)); }
    void operator()(const Translate& translate) {
        clean_ = translated(clean_, translate);
        picture_ = translated(picture_, translate);
    }
    void operator()(const Aside&) {
        kept_ = picture_;
        picture_ = clean_;
    }
    void operator()(const Uneven& uneven) {
        const auto square = [&](const at::Tensor& picture) {
            return picture.narrow(1, uneven.top, uneven.side).narrow(2, uneven.left, uneven.side);
        };
        picture_ = picture_.clone();
        square(picture_).copy_(square(kept_));
        kept_.reset();
    }

    Degraded result() const { return {rgb(picture_), rgb(clean_)}; }

  private:
    // From the array's order to RGB, and back.
    at::Tensor rgb(const at::Tensor& picture) const {
        return parameters_.channels == ChannelOrder::kRgb ? picture : picture.flip(0);
    }
    static at::Tensor gray_of(const at::Tensor& picture) {
        const at::Tensor one = (picture[0] * 0.114).add_(picture[1] * 0.587).add_(picture[2] * 0.299);
        return at::stack({one, one, one});
    }
    at::Tensor normal_numbers(const Noise& noise) const {
        const int64_t h = picture_.size(1), w = picture_.size(2), channels = noise.gray ? 1 : 3;
        at::Tensor z = at::empty({h, w, channels}, at::kFloat);
        Draw(parameters_.seed, parameters_.id, noise.draw, noise.layer)
            .fill_normal({z.data_ptr<float>(), static_cast<size_t>(z.numel())});
        return z.to(picture_.device()).permute({2, 0, 1}).expand({3, h, w}).contiguous();
    }

    const DegradationParameters& parameters_;
    at::Tensor picture_, clean_, kept_;
};

}  // namespace

Degraded degrade(const at::Tensor& clean, const DegradationParameters& parameters) {
    check_parameters(parameters, parameters.id);
    BFR_CHECK(clean.dim() == 3 && clean.size(0) == 3 && clean.scalar_type() == at::kFloat, "a picture of {} dimensions",
              clean.dim());
    if (clean.size(1) != parameters.height || clean.size(2) != parameters.width) {
        throw Error(fmt::format("{}: the picture has {}x{} pixels, but its degradation was drawn for {}x{}",
                                parameters.id, clean.size(2), clean.size(1), parameters.width, parameters.height));
    }
    const at::NoGradGuard no_grad;
    const at::Tensor begin = parameters.channels == ChannelOrder::kRgb ? clean : clean.flip(0);
    Steps steps(begin, parameters);
    for (const Step& step : parameters.steps) std::visit(steps, step);
    return steps.result();
}

at::Tensor on_8bit_grid(const at::Tensor& picture) {
    const at::NoGradGuard no_grad;
    return levels(picture).div_(255);
}

}  // namespace bfr::train
