#include "datasets/degradations/degrade.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/random.h"
#include "datasets/degradations/jitter.h"
#include "datasets/degradations/kernel.h"

namespace bfr {
namespace {

// k / 255 in float32: a division, as numpy has it; a product with 1 / 255 differs in the last bit.
cv::Mat from_8bit(const cv::Mat& picture) {
    static const cv::Mat1f quotients = [] {
        cv::Mat1f table(1, 256);
        for (int k = 0; k < 256; k++) table(k) = static_cast<float>(k) / 255.0f;
        return table;
    }();
    cv::Mat result;
    cv::LUT(picture, quotients, result);
    return result;
}

cv::Mat to_8bit(const cv::Mat& picture) {
    cv::Mat result;
    picture.convertTo(result, CV_8U, 255.0);  // half to even, clipped
    return result;
}

std::span<float> values(cv::Mat& picture) { return {picture.ptr<float>(), picture.total() * 3}; }

float clip(float x) { return std::min(std::max(x, 0.0f), 1.0f); }

cv::Mat gray_of(const cv::Mat& picture) {
    cv::Mat one, three;
    cv::cvtColor(picture, one, cv::COLOR_BGR2GRAY);
    cv::cvtColor(one, three, cv::COLOR_GRAY2BGR);
    return three;
}

cv::Mat translated(const cv::Mat& picture, const Translate& by) {
    std::vector<int> from_x(static_cast<size_t>(picture.cols));
    for (int x = 0; x < picture.cols; x++) {
        from_x[static_cast<size_t>(x)] = cv::borderInterpolate(x - by.right, picture.cols, cv::BORDER_REFLECT);
    }
    cv::Mat result(picture.size(), picture.type());
    for (int y = 0; y < picture.rows; y++) {
        const auto* from = picture.ptr<cv::Vec3f>(cv::borderInterpolate(y - by.down, picture.rows, cv::BORDER_REFLECT));
        auto* to = result.ptr<cv::Vec3f>(y);
        for (const int x : from_x) *to++ = from[x];
    }
    return result;
}

int opencv_interpolation(Interpolation interpolation) {
    switch (interpolation) {
        case Interpolation::kArea:
            return cv::INTER_AREA;
        case Interpolation::kBicubic:
            return cv::INTER_CUBIC;
        case Interpolation::kNearest:
            return cv::INTER_NEAREST;
        case Interpolation::kBilinear:
            break;
    }
    return cv::INTER_LINEAR;
}

class StepApplier {
  public:
    StepApplier(Degrading& state, const NoiseSource& noise, const StepObserver& observer)
        : state_(state), picture_(state.picture), noise_(noise), observer_(observer) {}

    void operator()(const Blur& blur) {
        cv::Mat blurred;
        std::vector<double> kernel = gaussian_kernel(blur);
        cv::filter2D(picture_, blurred, -1, cv::Mat(blur.size, blur.size, CV_64F, kernel.data()));
        picture_ = blurred;
        seen("blurred", picture_);
    }
    void operator()(const Haze& haze) {
        const auto alpha = static_cast<float>(haze.alpha), white = static_cast<float>(1 - haze.alpha);
        for (float& x : values(picture_)) x = x * alpha + white;
        seen("hazed", picture_);
    }
    void operator()(const Downsample& down) {
        resize({down.width, down.height}, down.interpolation);
        seen("resized", picture_);
    }
    void operator()(const Noise& noise) {
        const auto pixels = values(picture_);
        std::vector<float> z = normal_numbers(noise, pixels.size());
        if (noise.rule == NoiseRule::kTimesQuotient) {
            const auto factor = static_cast<float>(noise.sigma / 255);
            for (size_t i = 0; i < z.size(); i++) pixels[i] = clip(pixels[i] + z[i] * factor);
        } else {
            const auto sigma = static_cast<float>(noise.sigma);
            for (size_t i = 0; i < z.size(); i++) pixels[i] = clip(pixels[i] + z[i] * sigma / 255.0f);
        }
        seen("noisy", picture_);
    }
    void operator()(const Jpeg& jpeg) {
        const cv::Mat before = to_8bit(picture_);
        seen("noisy8", before);
        std::vector<unsigned char> file;
        const bool encoded = cv::imencode(".jpg", before, file, {cv::IMWRITE_JPEG_QUALITY, jpeg.quality});
        BFR_CHECK(encoded, "no JPEG of {}x{} at quality {}", before.cols, before.rows, jpeg.quality);
        seen("jpeg_file", cv::Mat(1, static_cast<int>(file.size()), CV_8U, file.data()));
        const cv::Mat after = cv::imdecode(file, cv::IMREAD_COLOR);
        BFR_CHECK(after.size() == before.size(), "a JPEG that was just written can't be read");
        seen("jpeg", after);
        picture_ = from_8bit(after);
    }
    void operator()(const Enlarge& enlarge) {
        if (enlarge.levels) {
            // Whole levels, as floats: bilinear weights hit halves that x / 255 would miss by a last bit.
            to_8bit(picture_).convertTo(picture_, CV_32F);
            resize(state_.clean8.size(), enlarge.interpolation);
            cv::Mat levels;
            picture_.convertTo(levels, CV_8U);
            picture_ = from_8bit(levels);
        } else {
            resize(state_.clean8.size(), enlarge.interpolation);
        }
        seen("enlarged", picture_);
    }
    void operator()(const Shift& shift) {
        float by[3];
        std::copy(shift.by.begin(), shift.by.end(), by);
        const auto pixels = values(picture_);
        for (size_t i = 0; i < pixels.size(); i += 3) {
            for (size_t c = 0; c < 3; c++) pixels[i + c] = clip(pixels[i + c] + by[c]);
        }
        seen("shifted", picture_);
    }
    void operator()(const Round&) {
        picture_ = from_8bit(to_8bit(picture_));
        seen("rounded", picture_);
    }
    void operator()(const Gray& gray) {
        picture_ = gray_of(picture_);
        seen("gray", picture_);
        if (!gray.reference) return;
        state_.reference = gray_of(clean());
        seen("gray_reference", state_.reference);
    }
    void operator()(const Jitter& jitter) {
        apply_jitter(picture_, jitter, state_.channels);
        seen("jittered", picture_);
    }
    void operator()(const Translate& translate) {
        state_.reference = translated(clean(), translate);
        picture_ = translated(picture_, translate);
        seen("translated", picture_);
    }
    void operator()(const Aside&) {
        state_.kept = picture_;
        picture_ = clean().clone();
    }
    void operator()(const Uneven& uneven) {
        const cv::Rect square(uneven.left, uneven.top, uneven.side, uneven.side);
        state_.kept(square).copyTo(picture_(square));
        state_.kept.release();
        seen("uneven", picture_);
    }

  private:
    // What the reference is by now.
    cv::Mat clean() const { return state_.reference.empty() ? from_8bit(state_.clean8) : state_.reference; }
    std::vector<float> normal_numbers(const Noise& noise, size_t values) const {
        std::vector<float> z(noise.gray ? values / 3 : values);
        noise_(noise, z);
        if (!noise.gray) return z;
        std::vector<float> three(values);
        for (size_t i = 0; i < values; i++) three[i] = z[i / 3];
        return three;
    }
    void resize(cv::Size size, Interpolation interpolation) {
        cv::Mat resized;
        cv::resize(picture_, resized, size, 0, 0, opencv_interpolation(interpolation));
        picture_ = resized;
    }
    void seen(std::string_view name, const cv::Mat& picture) const {
        if (observer_) observer_(name, picture);
    }

    Degrading& state_;
    cv::Mat& picture_;
    const NoiseSource& noise_;
    const StepObserver& observer_;
};

cv::Mat swapped_if_rgb(const cv::Mat& picture, ChannelOrder channels) {
    if (channels == ChannelOrder::kBgr) return picture;
    cv::Mat swapped;
    cv::cvtColor(picture, swapped, cv::COLOR_BGR2RGB);
    return swapped;
}

}  // namespace

Degrading begin_degrading(const cv::Mat& bgr8, ChannelOrder channels) {
    BFR_CHECK(bgr8.type() == CV_8UC3 && !bgr8.empty(), "a picture of type {}", bgr8.type());
    Degrading state{channels, swapped_if_rgb(bgr8, channels), {}, {}, {}};
    state.picture = from_8bit(state.clean8);
    return state;
}

void apply_step(const Step& step, Degrading& state, const NoiseSource& noise, const StepObserver& observer) {
    std::visit(StepApplier(state, noise, observer), step);
}

DegradedPicture finish_degrading(const Degrading& state) {
    DegradedPicture result;
    result.bgr8 = swapped_if_rgb(to_8bit(state.picture), state.channels);
    if (!state.reference.empty()) result.reference_bgr8 = swapped_if_rgb(to_8bit(state.reference), state.channels);
    return result;
}

DegradedPicture degrade(const cv::Mat& bgr8, const DegradationParameters& parameters, const NoiseSource& noise,
                        const StepObserver& observer) {
    check_parameters(parameters, parameters.id);
    if (bgr8.cols != parameters.width || bgr8.rows != parameters.height) {
        throw Error(fmt::format("{}: the picture has {}x{} pixels, but its degradation was drawn for {}x{}",
                                parameters.id, bgr8.cols, bgr8.rows, parameters.width, parameters.height));
    }
    const NoiseSource own = [&](const Noise& step, std::span<float> numbers) {
        Draw(parameters.seed, parameters.id, step.draw, step.layer).fill_normal(numbers);
    };
    Degrading state = begin_degrading(bgr8, parameters.channels);
    for (const Step& step : parameters.steps) apply_step(step, state, noise ? noise : own, observer);
    return finish_degrading(state);
}

}  // namespace bfr
