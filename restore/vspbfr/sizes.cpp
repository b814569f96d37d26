#include "restore/vspbfr/sizes.h"

#include <algorithm>

#include "base/error.h"

namespace bfr::vspbfr {

namespace {

class Shapes {
  public:
    Shapes(const StateDict& tensors, const std::string& source) : tensors_(tensors), source_(source) {}

    bool has(const std::string& name) const { return tensors_.contains(name); }

    int64_t size(const std::string& name, int64_t dim, int64_t dims) const {
        const auto found = tensors_.find(name);
        if (found == tensors_.end()) throw Error(fmt::format("{}: has no tensor {}", source_, name));
        if (found->second.dim() != dims || found->second.size(dim) < 1) {
            throw Error(fmt::format("{}: tensor {} has {} dimensions where {} are expected", source_, name,
                                    found->second.dim(), dims));
        }
        return found->second.size(dim);
    }

    // How many of "BEFORE0AFTER", "BEFORE1AFTER" ... there are, counted in steps of `step` from `first`.
    int count(const std::string& before, const std::string& after, int first = 0, int step = 1) const {
        constexpr int kMost = 200;  // of anything here; a hostile file can't make it large
        int n = 0;
        while (n < kMost && has(before + std::to_string(first + n * step) + after)) n++;
        if (n == 0) throw Error(fmt::format("{}: has no tensor {}{}{}", source_, before, first, after));
        return n;
    }

    int64_t side(int doublings, int64_t from) const {
        if (doublings > 9)
            throw Error(fmt::format("{}: {} resolutions are more than 2048 pixels need", source_, doublings));
        return from << doublings;
    }

    // `channels` is that of `resolution`, whose table begins with `base`.
    nets::ChannelTable channels(int64_t base, int64_t channels, int64_t resolution) const {
        if (resolution <= 32) return {.base = base};
        if (channels * resolution % (32 * base) != 0) {
            throw Error(
                fmt::format("{}: {} channels at {} pixels don't fit {} at 4", source_, channels, resolution, base));
        }
        return {.base = base, .multiplier = channels * resolution / (32 * base)};
    }

  private:
    const StateDict& tensors_;
    const std::string& source_;
};

}  // namespace

nets::StyleEncoderOptions style_encoder_sizes(const StateDict& tensors, const std::string& source) {
    const Shapes shapes(tensors, source);
    nets::StyleEncoderOptions options;
    options.trunk.widths.clear();
    options.trunk.units.clear();
    const int units = shapes.count("body.", ".res_layer.1.weight");
    for (int unit = 0; unit < units; unit++) {
        const int64_t width = shapes.size("body." + std::to_string(unit) + ".res_layer.1.weight", 0, 4);
        if (options.trunk.widths.empty() || options.trunk.widths.back() != width) {
            options.trunk.widths.push_back(width);
            options.trunk.units.push_back(0);
        }
        options.trunk.units.back()++;
    }
    options.trunk.reduction = options.trunk.widths[0] / shapes.size("body.0.res_layer.5.fc1.weight", 0, 4);
    options.style_width = shapes.size("styles.0.linear.weight", 0, 2);
    options.codes = shapes.count("styles.", ".linear.weight");
    std::vector<int> halvings;
    for (int64_t code = 0; code < options.codes; code++) {
        halvings.push_back(shapes.count("styles." + std::to_string(code) + ".convs.", ".weight", 0, 2));
    }
    options.input = 16 * shapes.side(halvings[0], 1);
    options.coarse = std::count(halvings.begin(), halvings.end(), halvings[0]);
    options.middle = options.coarse + std::count(halvings.begin(), halvings.end(), halvings[0] + 1);
    if (options.trunk.widths.size() != 4) {
        throw Error(fmt::format("{}: a trunk of {} widths where 4 are expected", source, options.trunk.widths.size()));
    }
    return options;
}

nets::CodeDiffuserOptions code_diffuser_sizes(const StateDict& tensors, const std::string& source) {
    const Shapes shapes(tensors, source);
    return {.width = shapes.size("att_mapper.0.k_matrix.weight", 0, 2),
            .blocks = shapes.count("att_mapper.", ".k_matrix.weight")};
}

nets::StyleGan2Options stylegan2_sizes(const StateDict& tensors, const std::string& source) {
    const Shapes shapes(tensors, source);
    const int levels = shapes.count("to_rgbs.", ".conv.weight");
    nets::StyleGan2Options options;
    options.size = shapes.side(levels, 4);
    options.style_width = shapes.size("style.1.weight", 0, 2);
    options.mapping_layers = shapes.count("style.", ".weight", 1);
    options.channels =
        shapes.channels(shapes.size("input.input", 1, 4),
                        shapes.size("to_rgbs." + std::to_string(levels - 1) + ".conv.weight", 2, 5), options.size);
    return options;
}

nets::RestorationOptions restoration_sizes(const StateDict& tensors, const std::string& source) {
    const Shapes shapes(tensors, source);
    nets::RestorationOptions options;
    options.size = shapes.side(shapes.count("to_rgbs.", ".conv.weight"), 4);
    options.style_width = shapes.size("style.1.weight", 0, 2);
    options.mapping_layers = shapes.count("style.", ".weight", 1);
    options.channels = shapes.channels(shapes.size("conv1.fusion.0.weight", 0, 4),
                                       shapes.size("down_from_big.fusion.0.weight", 0, 4), options.size);
    const int branches = shapes.count("conv1.ModulatedConv2ds.", ".weight");
    options.rates.clear();
    for (int branch = 0; branch < branches; branch++) options.rates.push_back(int64_t{1} << branch);
    return options;
}

}  // namespace bfr::vspbfr
