#include "nets/vspbfr_sizes.h"

#include <algorithm>

#include "base/error.h"

namespace bfr::nets {

namespace {

constexpr int64_t kLargest = 4096;  // channels, numbers in a code: eight times what was published
constexpr int64_t kMostRates = 8;

class Shapes {
  public:
    Shapes(const StateDict& tensors, const std::string& source) : tensors_(tensors), source_(source) {}

    [[noreturn]] void refuse(const std::string& what) const { throw Error(fmt::format("{}: {}", source_, what)); }

    bool has(const std::string& name) const { return tensors_.contains(name); }

    std::vector<int64_t> shape(const std::string& name, size_t dims) const {
        const auto found = tensors_.find(name);
        if (found == tensors_.end()) refuse(fmt::format("has no tensor {}", name));
        const std::vector<int64_t> shape = found->second.sizes().vec();
        const bool usual = std::ranges::all_of(shape, [](int64_t n) { return n > 0 && n <= kLargest; });
        if (shape.size() != dims || !usual) {
            refuse(fmt::format("tensor {} is {} where {} dimensions of 1 to {} are expected", name, shape_text(shape),
                               dims, kLargest));
        }
        return shape;
    }
    int64_t size(const std::string& name, size_t dim, size_t dims) const { return shape(name, dims)[dim]; }

    void expect(const std::string& name, const std::vector<int64_t>& wanted) const {
        if (const auto found = shape(name, wanted.size()); found != wanted)
            refuse(fmt::format("tensor {} is {} where {} is expected", name, shape_text(found), shape_text(wanted)));
    }

    // How many of "BEFORE0AFTER", "BEFORE1AFTER" ... there are, counted in steps of `step` from `first`.
    int count(const std::string& before, const std::string& after, int first = 0, int step = 1) const {
        constexpr int kMost = 200;  // of anything here; a hostile file can't make it large
        int n = 0;
        while (n < kMost && has(before + std::to_string(first + n * step) + after)) n++;
        if (n == 0) refuse(fmt::format("has no tensor {}{}{}", before, first, after));
        return n;
    }

    int64_t side(int doublings, int64_t from) const {
        if (doublings > 9) refuse(fmt::format("{} resolutions are more than 2048 pixels need", doublings));
        return from << doublings;
    }

    // `channels` is that of `resolution`, whose table begins with `base`.
    ChannelTable channels(int64_t base, int64_t channels, int64_t resolution) const {
        if (resolution <= 32) return {.base = base};
        if (channels * resolution % (32 * base) != 0)
            refuse(fmt::format("{} channels at {} pixels don't fit {} at 4", channels, resolution, base));
        return {.base = base, .multiplier = channels * resolution / (32 * base)};
    }

  private:
    const StateDict& tensors_;
    const std::string& source_;
};

IrSeOptions trunk_sizes(const Shapes& shapes) {
    IrSeOptions trunk;
    trunk.widths.clear();
    trunk.units.clear();
    const int units = shapes.count("body.", ".res_layer.1.weight");
    for (int unit = 0; unit < units; unit++) {
        const int64_t width = shapes.size("body." + std::to_string(unit) + ".res_layer.1.weight", 0, 4);
        if (trunk.widths.empty() || trunk.widths.back() != width) {
            trunk.widths.push_back(width);
            trunk.units.push_back(0);
        }
        trunk.units.back()++;
    }
    if (trunk.widths.size() != 4)
        shapes.refuse(fmt::format("a trunk of {} widths where 4 are expected", trunk.widths.size()));
    const int64_t squeezed = shapes.size("body.0.res_layer.5.fc1.weight", 0, 4);
    trunk.reduction = trunk.widths[0] / squeezed;
    for (const int64_t width : trunk.widths) {
        if (trunk.reduction < 1 || width < trunk.reduction)
            shapes.refuse(fmt::format("{} channels can't be squeezed to {}", width, squeezed));
    }
    return trunk;
}

}  // namespace

StyleEncoderOptions style_encoder_sizes(const StateDict& tensors, const std::string& source) {
    const Shapes shapes(tensors, source);
    StyleEncoderOptions options;
    options.trunk = trunk_sizes(shapes);
    options.style_width = shapes.size("styles.0.linear.weight", 0, 2);
    options.codes = shapes.count("styles.", ".linear.weight");
    std::vector<int> halvings;
    for (int64_t code = 0; code < options.codes; code++) {
        halvings.push_back(shapes.count("styles." + std::to_string(code) + ".convs.", ".weight", 0, 2));
    }
    options.input = 16 * shapes.side(halvings[0], 1);
    options.coarse = std::count(halvings.begin(), halvings.end(), halvings[0]);
    options.middle = options.coarse + std::count(halvings.begin(), halvings.end(), halvings[0] + 1);
    return options;
}

CompactStyleEncoderOptions compact_style_encoder_sizes(const StateDict& tensors, int64_t style_width,
                                                       const std::string& source) {
    constexpr int kScales = 3;
    constexpr int64_t kLargestInput = 1024;
    const Shapes shapes(tensors, source);
    CompactStyleEncoderOptions options;
    options.style_width = style_width;
    options.widths = {shapes.size("first.0.weight", 0, 4)};
    const int blocks = shapes.count("blocks.", ".conv2.1.weight");
    if (blocks < kScales) shapes.refuse(fmt::format("{} halvings where {} are expected", blocks, kScales));
    for (int block = 0; block < blocks; block++) {
        const std::string path = fmt::format("blocks.{}.", block);
        const int64_t in = options.widths.back(), out = shapes.size(path + "conv2.1.weight", 0, 4);
        shapes.expect(path + "conv1.0.weight", {in, in, 3, 3});
        shapes.expect(path + "conv2.1.weight", {out, in, 3, 3});
        options.widths.push_back(out);
    }
    options.rank = shapes.size("heads.0.shared.weight", 0, 2);
    options.features = shapes.size("heads.0.shared.weight", 1, 2);
    const int64_t coarsest = shapes.size("heads.0.reduce.0.weight", 0, 4);
    int64_t side = 1;
    while (side * side * coarsest < options.features) side *= 2;
    // three scales of as many numbers, each of twice the side
    const int64_t finest = side << (kScales - 1);
    if (side * side * coarsest != options.features || options.features % (finest * finest) != 0)
        shapes.refuse(fmt::format("{} features can't be made of {} channels", options.features, coarsest));
    options.input = shapes.side(blocks, side);
    if (options.input > kLargestInput)
        shapes.refuse(fmt::format("a picture of {} pixels is larger than {}", options.input, kLargestInput));
    int64_t numbers = 0;
    for (int head = 0; head < kScales; head++) numbers += shapes.size(fmt::format("heads.{}.codes.weight", head), 0, 2);
    if (numbers % style_width != 0 || numbers / style_width < kScales)
        shapes.refuse(fmt::format("{} numbers are no codes of {}", numbers, style_width));
    options.codes = numbers / style_width;
    return options;
}

CodeDiffuserOptions code_diffuser_sizes(const StateDict& tensors, const std::string& source) {
    const Shapes shapes(tensors, source);
    const int blocks = shapes.count("att_mapper.", ".k_matrix.weight");
    const int64_t width = shapes.size("att_mapper.0.k_matrix.weight", 0, 2);
    for (int block = 0; block < blocks; block++)
        shapes.expect(fmt::format("att_mapper.{}.k_matrix.weight", block), {width, width});
    return {.width = width, .blocks = blocks, .residual = shapes.has("residual")};
}

StyleGan2Options stylegan2_sizes(const StateDict& tensors, const std::string& source) {
    const Shapes shapes(tensors, source);
    const int levels = shapes.count("to_rgbs.", ".conv.weight");
    StyleGan2Options options;
    options.size = shapes.side(levels, 4);
    options.style_width = shapes.size("style.1.weight", 0, 2);
    options.mapping_layers = shapes.count("style.", ".weight", 1);
    options.channels =
        shapes.channels(shapes.size("input.input", 1, 4),
                        shapes.size("to_rgbs." + std::to_string(levels - 1) + ".conv.weight", 2, 5), options.size);
    if (!shapes.has("linear.basis")) return options;
    options.linear = shapes.size("linear.basis", 0, 2);
    const int64_t codes = 2 * levels + 2;
    if (options.linear > codes * options.style_width || options.size < LinearPath::kSide) {
        shapes.refuse(fmt::format("a straight path of {} numbers doesn't fit {} codes of {}, {} pixels", options.linear,
                                  codes, options.style_width, options.size));
    }
    return options;
}

RestorationOptions restoration_sizes(const StateDict& tensors, const std::string& source) {
    const Shapes shapes(tensors, source);
    RestorationOptions options;
    options.size = shapes.side(shapes.count("to_rgbs.", ".conv.weight"), 4);
    options.style_width = shapes.size("style.1.weight", 0, 2);
    options.mapping_layers = shapes.count("style.", ".weight", 1);
    options.channels = shapes.channels(shapes.size("conv1.fusion.0.weight", 0, 4),
                                       shapes.size("down_from_big.fusion.0.weight", 0, 4), options.size);
    const int64_t rates = shapes.count("conv1.ModulatedConv2ds.", ".weight");
    if (rates > kMostRates) shapes.refuse(fmt::format("{} dilation rates are more than {}", rates, kMostRates));
    for (int64_t side = 4; side <= options.size; side *= 2) {
        if (const int64_t channels = options.channels.at(side); channels == 0 || channels % rates != 0)
            shapes.refuse(
                fmt::format("{} channels at {} pixels can't be split over {} dilation rates", channels, side, rates));
    }
    options.rates.clear();
    for (int64_t rate = 0; rate < rates; rate++) options.rates.push_back(int64_t{1} << rate);
    return options;
}

DiscriminatorOptions discriminator_sizes(const StateDict& tensors, const std::string& source) {
    const Shapes shapes(tensors, source);
    DiscriminatorOptions options;
    options.size = shapes.side(shapes.count("encoder_convs.", ".conv1.0.weight"), 4);
    options.channels = shapes.channels(shapes.size("final_linear.1.weight", 1, 2),
                                       shapes.size("encoder_input_convs.0.weight", 0, 4), options.size);
    return options;
}

UNetOptions unet_sizes(const StateDict& tensors, const std::string& source) {
    constexpr int kMostHalvings = 9;
    const Shapes shapes(tensors, source);
    UNetOptions options;
    options.widths = {shapes.size("top.0.0.weight", 0, 4)};
    const int halvings = shapes.count("down", ".0.1.weight", 1);
    if (halvings > kMostHalvings) shapes.refuse(fmt::format("{} halvings are more than {}", halvings, kMostHalvings));
    for (int level = 1; level <= halvings; level++) {
        const std::string name = fmt::format("down{}.0.1.weight", level);
        const int64_t out = shapes.size(name, 0, 4);
        shapes.expect(name, {out, options.widths.back(), 3, 3});
        options.widths.push_back(out);
    }
    return options;
}

}  // namespace bfr::nets
