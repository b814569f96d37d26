#include "nets/torchscript_pictures.h"

#include <torch/nn/functional/upsampling.h>

#include <charconv>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace bfr {
namespace {

// "-1..1"
std::pair<double, double> read_range(const std::string& key, const std::string& text) {
    const auto number = [](std::string_view part, double& value) {
        const auto [end, code] = std::from_chars(part.data(), part.data() + part.size(), value);
        return code == std::errc{} && end == part.data() + part.size() && std::isfinite(value);
    };
    const size_t dots = text.find("..");
    double low = 0, high = 0;
    if (dots == std::string::npos || !number(std::string_view(text).substr(0, dots), low) ||
        !number(std::string_view(text).substr(dots + 2), high) || !(low < high)) {
        throw UsageError(fmt::format("torchscript: {}={} must be LOW..HIGH, such as 0..1, -1..1 or 0..255", key, text));
    }
    return {low, high};
}

std::string shape_of(const at::Tensor& tensor) {
    if (tensor.dim() == 0) return "one number";
    std::string text;
    for (const int64_t side : tensor.sizes()) text += (text.empty() ? "" : "x") + std::to_string(side);
    return text;
}

}  // namespace

std::vector<OptionInfo> picture_module_options(bool gives_picture) {
    std::vector<OptionInfo> options = {
        {"file", "required", "the module, as torch.jit.save writes it", true},
        {"range", "0..1", "what black and full light are in its input: 0..1, -1..1, 0..255"},
        {"channels", "rgb", gives_picture ? "rgb or bgr, of input and output" : "rgb or bgr"},
        {"size", "any", "pixels a side of the pictures that it takes"},
        {"resize", "none", "what makes a picture of another size that size: none (it fails), bilinear, bicubic"},
        {"output", "the tensor", "which part of a tuple or list (an index from 0) or of a dictionary (a key)"}};
    if (gives_picture)
        options.insert(options.begin() + 2, {"output_range", "as range", "the same of the picture that it gives"});
    return options;
}

PictureModule read_picture_module(SpecReader& reader, const std::string& device, bool gives_picture) {
    PictureModule result;
    const std::string file = reader.text("file", ""), range = reader.text("range", "0..1");
    const std::string out_range = gives_picture ? reader.text("output_range", range) : range;
    const std::string orders[] = {"rgb", "bgr"}, kinds[] = {"none", "bilinear", "bicubic"};
    result.form.bgr = reader.choice("channels", "rgb", orders) == "bgr";
    if (reader.text("size", "any") != "any") result.form.size = reader.integer("size", 0, 1, 65535);
    result.form.resize = reader.choice("resize", "none", kinds);
    result.module.output = reader.text("output", "");
    result.module.device = device;
    result.module.file = file;
    if (file.empty()) throw UsageError("torchscript: file= is missing; an example is torchscript:file=model.pt");
    std::tie(result.form.low, result.form.high) = read_range("range", range);
    std::tie(result.form.out_low, result.form.out_high) = read_range("output_range", out_range);
    if (result.form.resize != "none" && result.form.size == 0)
        throw UsageError(fmt::format("torchscript: resize={} needs size=", result.form.resize));
    return result;
}

at::Tensor picture_for_module(const at::Tensor& rgb01, const PictureForm& form) {
    namespace F = torch::nn::functional;
    BFR_CHECK(rgb01.dim() == 4 && rgb01.size(1) == 3, "a picture of {}", shape_of(rgb01));
    const bool other_size = form.size != 0 && (rgb01.size(2) != form.size || rgb01.size(3) != form.size);
    if (other_size && form.resize == "none") {
        throw Error(fmt::format("the picture is {}x{}, the module takes {}x{} (resize=bilinear makes it that)",
                                rgb01.size(3), rgb01.size(2), form.size, form.size));
    }
    at::Tensor picture = form.bgr ? rgb01.flip(1) : rgb01;
    if (other_size) {
        auto options =
            F::InterpolateFuncOptions().size(std::vector<int64_t>{form.size, form.size}).align_corners(false);
        if (form.resize == "bilinear") options.mode(torch::kBilinear);
        if (form.resize == "bicubic") options.mode(torch::kBicubic);
        picture = F::interpolate(picture, options);
    }
    if (form.low == 0 && form.high == 1) return picture.contiguous();
    if (form.low == 0 && form.high == 255 && !other_size) return (picture * 255).round().contiguous();  // whole levels
    return (picture * (form.high - form.low) + form.low).contiguous();
}

at::Tensor picture_from_module(const at::Tensor& given, const PictureForm& form) {
    const bool batch = given.dim() == 4 && given.size(0) == 1;
    if ((!batch && given.dim() != 3) || given.size(-3) != 3 || given.numel() == 0)
        throw Error(fmt::format("the module gives {}, not a picture of 1x3xHxW", shape_of(given)));
    const at::Tensor picture = given.reshape({1, 3, given.size(-2), given.size(-1)});
    const at::Tensor scaled =
        form.out_low == 0 && form.out_high == 1 ? picture : (picture - form.out_low) / (form.out_high - form.out_low);
    return (form.bgr ? scaled.flip(1) : scaled).contiguous();
}

std::string describe(const PictureForm& form) {
    std::string text = fmt::format("float32 {}, 1x3xHxW, black {:g} and full light {:g}", form.bgr ? "BGR" : "RGB",
                                   form.low, form.high);
    if (form.size == 0) return text + ", in the picture's own size";
    text += fmt::format(", {0}x{0}", form.size);
    if (form.resize == "none") return text + " (another size is an error)";
    return text + fmt::format(" (another size is made that by {} interpolation, corners not aligned)", form.resize);
}

}  // namespace bfr
