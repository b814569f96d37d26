#include "metrics/inception_input.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "nets/inception_fid.h"

namespace bfr {

std::string to_string(const InceptionInput& input) {
    return fmt::format("{} to 299, {}{}", to_string(input.resizer), input.minus_128 ? "(x - 128) / 128" : "2x - 1",
                       input.bgr ? ", channels in the order BGR" : "");
}

at::Tensor inception_input(const Image& image, const InceptionInput& input) {
    constexpr int kSide = nets::InceptionFid::kSide;
    const cv::Mat& shown = input.bgr ? image.bgr8() : image.rgb8();
    BFR_CHECK(shown.isContinuous(), "{}: rows apart", image.name());
    const std::vector<float> pixels(shown.data, shown.data + shown.total() * 3);
    const auto small = resampled(pixels, image.width(), image.height(), 3, kSide, kSide, input.resizer);
    at::Tensor x =
        at::empty({1, 3, kSide, kSide}, at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
    std::ranges::transform(small, x.data_ptr<float>(), [&](float value) {
        value = std::clamp(value, 0.0F, 255.0F);
        return input.minus_128 ? (value - 128) / 128 : 2 * (value / 255) - 1;
    });
    return x;
}

}  // namespace bfr
