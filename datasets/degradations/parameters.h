// What fully determines a degraded picture, given the clean one: the steps in their order, each with its drawn values.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json_fwd.h"

namespace bfr {

// The order of the float array that the steps work on. OpenCV takes it for BGR whatever it is: with kRgb red and blue
// swap their roles inside the JPEG and in gray, as in the systems that hand RGB arrays to OpenCV.
enum class ChannelOrder { kBgr, kRgb };

enum class KernelType { kIso, kAniso };

// cv::filter2D with a normalised Gaussian (datasets/degradations/kernel.h), border reflected without its edge.
struct Blur {
    KernelType type = KernelType::kIso;
    int size = 41;                    // odd, 1..kMaxKernelSize pixels
    double sigma_x = 1, sigma_y = 1;  // pixels, 0.01..1000; iso: equal
    double rotation = 0;              // radians, -pi..pi; iso: 0
    bool operator==(const Blur&) const = default;
};

// x alpha + (1 - alpha).
struct Haze {
    double alpha = 1;  // 0..1
    bool operator==(const Haze&) const = default;
};

enum class Interpolation { kBilinear, kArea, kBicubic, kNearest };  // cv::resize's; of these kArea alone antialiases

// To small_side() of each of the clean picture's sides.
struct Downsample {
    double scale = 1;  // clean side / small side, 0.5..1000
    int width = 1, height = 1;
    Interpolation interpolation = Interpolation::kBilinear;
    bool operator==(const Downsample&) const = default;
};

// In float32 the two ways differ in the last bit, which can move a rounded level.
enum class NoiseRule { kTimesSigmaOver255, kTimesQuotient };  // (z sigma) / 255, z (sigma / 255)

// clip(x + noise, 0, 1), one normal number a value (gray: a pixel, the same for its three values): element i of
// Draw(seed, id, draw, layer), i in row-major order.
struct Noise {
    double sigma = 0;  // on the scale 0..255; 0..255
    NoiseRule rule = NoiseRule::kTimesSigmaOver255;
    std::string draw = "degrade/noise";
    uint32_t layer = 0;
    bool gray = false;
    bool operator==(const Noise&) const = default;
};

// 8 bit (half to even), libjpeg as OpenCV sets it (4:2:0), decoded, / 255.
struct Jpeg {
    double drawn = 100;  // 0..100
    int quality = 100;   // what the encoder is told: `drawn`, truncated
    bool operator==(const Jpeg&) const = default;
};

// Back to the clean picture's size.
struct Enlarge {
    Interpolation interpolation = Interpolation::kBilinear;
    bool levels = false;  // rounds to whole levels 0..255, resizes those, rounds again
    bool operator==(const Enlarge&) const = default;
};

// clip(x + by, 0, 1), one constant a channel, in the array's order.
struct Shift {
    std::array<double, 3> by{};  // -1..1
    bool operator==(const Shift&) const = default;
};

// To the 8-bit grid, staying float.
struct Round {
    bool operator==(const Round&) const = default;
};

// cv::COLOR_BGR2GRAY of the array, in all three channels.
struct Gray {
    bool reference = false;  // the clean picture too
    bool operator==(const Gray&) const = default;
};

enum class JitterKind { kBrightness, kContrast, kSaturation, kHue };

// torchvision's adjust_* in this order, on the RGB values.
struct Jitter {
    std::vector<std::pair<JitterKind, double>> adjustments;  // at most 16; hue -0.5..0.5 turns, the others 0..100
    bool operator==(const Jitter&) const = default;
};

// Moves the clean picture (so the reference too) and the picture, which must have its size: pixel (x, y) comes from
// (x - right, y - down), the border reflected with its edge.
struct Translate {
    int right = 0, down = 0;  // pixels, less than the clean picture's sides
    bool operator==(const Translate&) const = default;
};

// Keeps the picture for the next Uneven and begins again with the clean one.
struct Aside {
    bool operator==(const Aside&) const = default;
};

// The kept picture inside a square, the present one outside it.
struct Uneven {
    int left = 0, top = 0, side = 1;  // pixels; the square lies within the picture
    bool operator==(const Uneven&) const = default;
};

using Step =
    std::variant<Blur, Haze, Downsample, Noise, Jpeg, Enlarge, Shift, Round, Gray, Jitter, Translate, Aside, Uneven>;

struct DegradationParameters {
    std::string preset;         // where the values were drawn from: a label, the steps alone decide
    uint64_t seed = 0;          // of the run
    std::string id;             // of the sample; seed and id name the noise
    int width = 0, height = 0;  // of the clean picture, 1..kMaxDegradedSide
    ChannelOrder channels = ChannelOrder::kBgr;
    std::vector<Step> steps;
    bool operator==(const DegradationParameters&) const = default;
};

inline constexpr int kMaxKernelSize = 1023;
inline constexpr int kMaxSteps = 64;
inline constexpr int kMaxDegradedSide =
    32750;  // of the clean picture: twice it (scale 0.5) is the most that a JPEG holds
// Changes whenever the same parameters would give other pixels; a file of another version is refused.
inline constexpr int kDegradationVersion = 1;

std::string_view step_name(const Step& step);  // "blur", "haze" ... as in JSON

// Python's int(side // scale), but at least 1, where the published code would stop with an error.
int small_side(int side, double scale);

// Throws UsageError where a value lies outside the ranges above, a step comes where the picture hasn't the size that it
// needs, or the steps don't end at the clean picture's size.
// What passes can be applied in memory of the order of the picture's own. `where` stands for the parameters in
// messages.
void check_parameters(const DegradationParameters& parameters, std::string_view where);

// {"version", "preset", "seed", "id", "width", "height", "channels", "steps": [{"step": "blur", ...}, ...]}; reading
// gives back what was written, bit for bit. Throws UsageError naming the place: a wrong type, a missing or unknown key
// (with near names), a value that check_parameters refuses.
Json parameters_to_json(const DegradationParameters& parameters);
DegradationParameters parameters_from_json(const Json& json, std::string_view where);

}  // namespace bfr
