#include "datasets/degradations/parameters.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace bfr {
namespace {

constexpr size_t kMaxAdjustments = 16, kMaxNameLength = 64;

class Checker {
  public:
    Checker(const DegradationParameters& parameters, std::string where)
        : parameters_(parameters), where_(std::move(where)) {}

    void number(const char* key, double value, double lo, double hi) const {
        if (!(value >= lo && value <= hi)) fail("{} is {}, which is not within {} to {}", key, value, lo, hi);
    }
    void name(const char* key, const std::string& value) const {
        const auto is_word = [](unsigned char c) {
            return std::isalnum(c) || std::string_view("-_+/").find(static_cast<char>(c)) != std::string_view::npos;
        };
        if (value.empty() || value.size() > kMaxNameLength || !std::all_of(value.begin(), value.end(), is_word)) {
            fail("{} must be a name of 1 to {} letters, digits, '-', '_', '+' or '/'", key, kMaxNameLength);
        }
    }

    void operator()(const Blur& blur) const {
        number("size", blur.size, 1, kMaxKernelSize);
        if (blur.size % 2 == 0) fail("size is {}; a kernel has an odd size", blur.size);
        number("sigma_x", blur.sigma_x, 0.01, 1000);
        number("sigma_y", blur.sigma_y, 0.01, 1000);
        number("rotation", blur.rotation, -std::numbers::pi, std::numbers::pi);
        if (blur.type == KernelType::kIso && (blur.sigma_y != blur.sigma_x || blur.rotation != 0)) {
            fail("an iso kernel has sigma_y equal to sigma_x, and rotation 0");
        }
    }
    void operator()(const Haze& haze) const { number("alpha", haze.alpha, 0, 1); }
    void operator()(const Downsample& down) const {
        number("scale", down.scale, 0.5, 1000);
        const int width = small_side(parameters_.width, down.scale),
                  height = small_side(parameters_.height, down.scale);
        if (down.width != width || down.height != height) {
            fail("{}x{} at scale {} is {}x{}, not {}x{}", parameters_.width, parameters_.height, down.scale, width,
                 height, down.width, down.height);
        }
    }
    void operator()(const Noise& noise) const {
        number("sigma", noise.sigma, 0, 255);
        name("draw", noise.draw);
    }
    void operator()(const Jpeg& jpeg) const {
        number("drawn", jpeg.drawn, 0, 100);
        if (jpeg.quality != static_cast<int>(jpeg.drawn)) {
            fail("quality is {}, but {} truncated is {}", jpeg.quality, jpeg.drawn, static_cast<int>(jpeg.drawn));
        }
    }
    void operator()(const Shift& shift) const {
        for (const double by : shift.by) number("by", by, -1, 1);
    }
    void operator()(const Jitter& jitter) const {
        if (jitter.adjustments.size() > kMaxAdjustments) fail("more than {} adjustments", kMaxAdjustments);
        for (const auto& [kind, factor] : jitter.adjustments) {
            const bool hue = kind == JitterKind::kHue;
            number("a factor", factor, hue ? -0.5 : 0, hue ? 0.5 : 100);
        }
    }
    void operator()(const Translate& translate) const {
        number("right", translate.right, 1 - parameters_.width, parameters_.width - 1);
        number("down", translate.down, 1 - parameters_.height, parameters_.height - 1);
    }
    void operator()(const Uneven& uneven) const {
        number("side", uneven.side, 1, std::min(parameters_.width, parameters_.height));
        number("left", uneven.left, 0, parameters_.width - uneven.side);
        number("top", uneven.top, 0, parameters_.height - uneven.side);
    }
    void operator()(const Aside&) const {}
    void operator()(const Enlarge&) const {}
    void operator()(const Round&) const {}
    void operator()(const Gray&) const {}

    template <class... Values>
    [[noreturn]] void fail(fmt::format_string<Values...> format, Values&&... values) const {
        throw UsageError(where_ + ": " + fmt::format(format, std::forward<Values>(values)...));
    }

  private:
    const DegradationParameters& parameters_;
    std::string where_;
};

}  // namespace

std::string_view step_name(const Step& step) {
    static constexpr std::array<std::string_view, std::variant_size_v<Step>> kNames{
        "blur",  "haze", "downsample", "noise",     "jpeg",  "enlarge", "shift",
        "round", "gray", "jitter",     "translate", "aside", "uneven"};
    return kNames[step.index()];
}

int small_side(int side, double scale) {
    // fmod is exact; side / scale may round up to a whole number.
    const double whole = std::round((side - std::fmod(side, scale)) / scale);
    return std::max(1, static_cast<int>(whole));
}

void check_parameters(const DegradationParameters& parameters, std::string_view where) {
    const Checker whole(parameters, std::string(where));
    whole.name("preset", parameters.preset);
    whole.number("width", parameters.width, 1, kMaxDegradedSide);
    whole.number("height", parameters.height, 1, kMaxDegradedSide);
    if (parameters.steps.size() > kMaxSteps) whole.fail("more than {} steps", kMaxSteps);
    bool full_size = true, kept = false;
    for (size_t i = 0; i < parameters.steps.size(); i++) {
        const Step& step = parameters.steps[i];
        const Checker checker(parameters, fmt::format("{}: steps[{}] ({})", where, i, step_name(step)));
        std::visit(checker, step);
        const bool aside = std::holds_alternative<Aside>(step), uneven = std::holds_alternative<Uneven>(step);
        if (!full_size && (aside || uneven || std::holds_alternative<Translate>(step))) {
            checker.fail("the picture must have its full size here: an \"enlarge\" before it is missing");
        }
        if (aside && kept) checker.fail("a picture is kept already, and no \"uneven\" has used it");
        if (uneven && !kept) checker.fail("no picture is kept for it: an \"aside\" before it is missing");
        if (aside || uneven) kept = aside;
        if (std::holds_alternative<Downsample>(step)) full_size = false;
        if (std::holds_alternative<Enlarge>(step)) full_size = true;
    }
    if (!full_size) whole.fail("after the last \"downsample\" the steps need an \"enlarge\"");
    if (kept) whole.fail("after the last \"aside\" the steps need an \"uneven\"");
}

}  // namespace bfr
