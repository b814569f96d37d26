#include "metrics/pictures.h"

#include <algorithm>

#include "base/error.h"
#include "metrics/kernels/colour.h"

namespace bfr {
namespace {

std::string pixels(int count) { return fmt::format("{} {}", count, count == 1 ? "pixel" : "pixels"); }

}  // namespace

std::string label_of(const std::string& name, const std::vector<ChosenOption>& options) {
    Spec spec(name);
    for (const auto& option : options) {
        if (option.value != option.fallback) spec.set(option.key, option.value);
    }
    return spec.canonical();
}

std::optional<std::filesystem::path> read_file(SpecReader& reader, const std::string& key) {
    const std::string text = reader.text(key, "");
    return text.empty() ? std::nullopt : std::optional<std::filesystem::path>(text);
}

std::string text_of(const std::optional<std::filesystem::path>& file) { return file ? file->string() : ""; }

Direction read_direction(SpecReader& reader) {
    const std::string allowed[] = {"higher", "lower", "none"};
    const std::string chosen = reader.choice("direction", "none", allowed);
    return chosen == "higher"  ? Direction::kHigherIsBetter
           : chosen == "lower" ? Direction::kLowerIsBetter
                               : Direction::kNone;
}

std::string_view to_string(Colour colour) {
    switch (colour) {
        case Colour::kRgb:
            return "rgb";
        case Colour::kBt601Y:
            return "bt601-y";
        case Colour::kYiqY:
            return "yiq-y";
        case Colour::kYiqYRounded:
            return "yiq-y-rounded";
        case Colour::kVqfrRgb:
            return "vqfr-rgb";
        case Colour::kVqfrY:
            return "vqfr-y";
    }
    return "";
}

Bgr8View view_of(const Image& image, int crop) {
    const cv::Mat& bgr = image.bgr8();
    return Bgr8View{bgr.data, bgr.cols, bgr.rows, static_cast<ptrdiff_t>(bgr.step)}.cropped(crop);
}

std::vector<Plane> planes_of(const Image& image, Colour colour, int crop) {
    const Bgr8View view = view_of(image, crop);
    std::vector<Plane> planes;
    switch (colour) {
        case Colour::kRgb:
            return rgb_planes(view);
        case Colour::kBt601Y:
            planes.push_back(bt601_y(view));
            break;
        case Colour::kYiqY:
            planes.push_back(yiq_y(view));
            break;
        case Colour::kYiqYRounded:
            planes.push_back(yiq_y_rounded(view));
            break;
        case Colour::kVqfrRgb:
            planes = unit_rgb_planes(view);
            scale_to_255(planes);
            break;
        case Colour::kVqfrY:
            planes.push_back(bt601_y_of_unit_rgb(unit_rgb_planes(view)));
            break;
    }
    return planes;
}

std::optional<std::vector<Plane>> vqfr_matched_planes(const Image& restored, const Image& reference, bool luma,
                                                      int crop) {
    std::vector<Plane> planes = unit_rgb_planes(view_of(restored));
    const std::vector<Plane> wanted = unit_rgb_planes(view_of(reference));
    for (size_t c = 0; c < planes.size(); c++) {
        if (!match_mean_and_deviation(planes[c], wanted[c])) return std::nullopt;
    }
    if (luma) {
        planes = {bt601_y_of_unit_rgb(planes)};
    } else {
        scale_to_255(planes);
    }
    if (crop > 0) {
        for (auto& plane : planes) plane = cropped(plane, crop);
    }
    return planes;
}

void check_pair(std::string_view metric, const Image& restored, const Image& reference, int crop, int min_side) {
    const int width = restored.width(), height = restored.height();
    if (width != reference.width() || height != reference.height()) {
        throw Error(fmt::format("{}: the restored picture is {}x{}, the reference {}x{}: they must be of one size",
                                metric, width, height, reference.width(), reference.height()));
    }
    const int64_t shorter = std::min(width, height) - int64_t{2} * crop;
    if (shorter < min_side) {
        throw Error(fmt::format(
            "{}: a picture of {}x{}{} is too small: this convention needs at least {} a side", metric, width, height,
            crop > 0 ? fmt::format(" less {} at each border", pixels(crop)) : "", pixels(min_side)));
    }
}

}  // namespace bfr
