// Counts from sizes against counts from the weights that a network really has: each weight is used once for every
// position that its layer is evaluated at.
#include "nets/flop.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <functional>
#include <map>

namespace bfr::nets {
namespace {

// `side_of`: the positions' side by a weight's name; 0 where the layer isn't evaluated.
int64_t counted(const torch::nn::Module& net, const std::function<int64_t(const std::string&)>& side_of) {
    int64_t sum = 0;
    for (const auto& item : net.named_parameters()) {
        if (!item.key().ends_with("weight") || item.value().dim() < 2) continue;  // biases, norms, slopes
        const int64_t side = side_of(item.key());
        sum += 2 * item.value().numel() * side * side;
    }
    return sum;
}

// "convs.3.conv.weight" -> 3
int64_t index_in(const std::string& name, const std::string& list) {
    return std::stoll(name.substr(name.find(list + ".") + list.size() + 1));
}

bool is_linear(const std::string& name) {
    return name.find("modulation.") != std::string::npos || name.find("linear") != std::string::npos ||
           name.starts_with("final_transfer.");
}

TEST(Flop, OfTheStyleEncoder) {
    const StyleEncoderOptions options{.trunk = {.widths = {4, 8, 8, 16}, .units = {1, 2, 2, 1}, .reduction = 2},
                                      .style_width = 12,
                                      .codes = 10,
                                      .input = 64};
    const StyleEncoder net(options);
    // a unit's first convolution is evaluated before it halves the picture
    const std::map<int64_t, std::pair<int64_t, int64_t>> units = {{0, {64, 32}}, {1, {32, 16}}, {2, {16, 16}},
                                                                  {3, {16, 8}},  {4, {8, 8}},   {5, {8, 4}}};
    const auto side_of = [&](const std::string& name) -> int64_t {
        if (name.starts_with("input_layer.")) return 64;
        if (name.starts_with("latlayer1.")) return 8;
        if (name.starts_with("latlayer2.")) return 16;
        if (name.starts_with("styles.")) {
            if (is_linear(name)) return 1;
            const int64_t code = index_in(name, "styles"), from = code < 3 ? 4 : code < 7 ? 8 : 16;
            return from >> (index_in(name, "convs") / 2 + 1);
        }
        if (name.find(".fc") != std::string::npos) return 1;
        const auto& [before, after] = units.at(index_in(name, "body"));
        return name.find("res_layer.1.") != std::string::npos ? before : after;
    };
    EXPECT_EQ(flop_of(options), counted(net, side_of));
}

TEST(Flop, OfTheCompactStyleEncoder) {
    const CompactStyleEncoderOptions options{
        .input = 64, .widths = {4, 6, 8, 12, 10}, .features = 1024, .rank = 7, .style_width = 12, .codes = 10};
    const CompactStyleEncoder net(options);
    const auto side_of = [](const std::string& name) -> int64_t {
        if (name.starts_with("first.")) return 64;
        if (name.starts_with("heads."))
            return name.find("reduce.") == std::string::npos ? 1 : int64_t{4} << index_in(name, "heads");
        const int64_t before = 64 >> index_in(name, "blocks");
        return name.find("conv1.") == std::string::npos ? before / 2 : before;
    };
    EXPECT_EQ(flop_of(options), counted(net, side_of));
}

TEST(Flop, OfTheStraightPath) {
    StyleGan2Options options{.size = 64, .style_width = 12, .mapping_layers = 1, .channels = {.base = 16}};
    const int64_t without = flop_of(options, 5, false), at_8 = flop_of(options, 2, false);
    options.linear = 20;
    const int64_t picture = 2 * 20 * 3 * 32 * 32, to_8 = 2 * 48 * 16 * 8 * 8, to_32 = 2 * 3 * 16 * 32 * 32;
    EXPECT_EQ(flop_of_scores(options), picture);
    EXPECT_EQ(flop_of(options, 5, false), without + picture + to_8 + to_32);
    EXPECT_EQ(flop_of(options, 2, false), at_8 + picture + to_8);
}

TEST(Flop, OfTheFeatureBank) {
    const StyleGan2Options options{.size = 128, .style_width = 12, .mapping_layers = 2, .channels = {.base = 16}};
    const StyleGan2 net(options);
    // `last`: the greatest side whose second convolution is evaluated; the first one is up to `features_to`
    const auto side_of = [](int64_t features_to, int64_t last, bool image) {
        return [=](const std::string& name) -> int64_t {
            if (name.starts_with("style.") || name.starts_with("input.")) return 0;
            int64_t side = 4;
            bool evaluated = true, up = false;
            if (name.starts_with("to_rgb")) {
                evaluated = image;
                if (name.starts_with("to_rgbs.")) side = 8 << index_in(name, "to_rgbs");
            } else if (name.starts_with("convs.")) {
                const int64_t index = index_in(name, "convs");
                side = 8 << (index / 2);
                up = index % 2 == 0;
                evaluated = side <= (up ? features_to : last);
            }
            return !evaluated ? 0 : is_linear(name) ? 1 : up ? side / 2 : side;
        };
    };
    EXPECT_EQ(flop_of(options, 6, true), counted(net, side_of(128, 128, true)));
    EXPECT_EQ(flop_of(options, 0, true), counted(net, side_of(128, 128, true)));
    EXPECT_EQ(flop_of(options, 4, false), counted(net, side_of(32, 16, false)));
    EXPECT_EQ(flop_of(options, 1, false), counted(net, side_of(4, 4, false)));
    EXPECT_EQ(flop_of_mapping(12, 2),
              counted(net, [](const std::string& name) -> int64_t { return name.starts_with("style.") ? 1 : 0; }));
}

TEST(Flop, OfTheCodeDiffuser) {
    const CodeDiffuserOptions options{.width = 12, .blocks = 3};
    const CodeDiffuser net(options);
    constexpr int64_t kCodes = 7;
    int64_t linears = 0;
    for (const auto& item : net.named_parameters()) {
        if (item.value().dim() == 2) linears += 2 * item.value().numel() * kCodes;
    }
    const int64_t products = 2 * (2 * kCodes * kCodes * 12) + 2 * (2 * kCodes * 12 * 12);  // of one block
    EXPECT_EQ(flop_of(options, kCodes), linears + 3 * products);
}

TEST(Flop, OfTheRestorationNet) {
    const RestorationOptions options{
        .size = 128, .style_width = 12, .mapping_layers = 2, .channels = {.base = 16}, .rates = {1, 2, 4, 8}};
    const RestorationNet net(options);
    const auto side_of = [](const std::string& name) -> int64_t {
        if (name.starts_with("style.")) return 0;
        if (is_linear(name)) return 1;
        if (name.starts_with("down_from_big.")) return 128;
        if (name.starts_with("to_rgbs.")) return 8 << index_in(name, "to_rgbs");
        if (name.starts_with("convs.")) {
            const int64_t index = index_in(name, "convs"), side = 8 << (index / 2);
            return index % 2 == 0 ? side / 2 : side;
        }
        if (name.starts_with("encoder_convs.")) {
            const int64_t index = index_in(name, "encoder_convs"), side = 128 >> (index / 2);
            return index % 2 == 0 ? side : side / 2;
        }
        return 4;  // conv1, to_rgb1, final_layer
    };
    EXPECT_EQ(flop_of(options), counted(net, side_of));
}

TEST(Flop, OfTheUNet) {
    const UNetOptions options{.widths = {4, 6, 10, 8}};
    const UNet net(options);
    const auto side_of = [](const std::string& name) -> int64_t {
        if (name.starts_with("down")) return 64 >> std::stoll(name.substr(4));
        if (name.starts_with("up")) return 128 >> std::stoll(name.substr(2));
        return 64;  // top, to_rgb
    };
    EXPECT_EQ(flop_of(options, 64), counted(net, side_of));
}

// What PyTorch 2.13's torch.utils.flop_counter counts of the authors' modules (LonglongaaaGo/VSPBFR at e1f9987) at
// their own sizes, the FIR apart.
TEST(Flop, OfThePublishedSizes) {
    EXPECT_EQ(flop_of(StyleEncoderOptions{}), 144'961'883'136);
    EXPECT_EQ(flop_of(CodeDiffuserOptions{}, 18), 455'933'952);
    EXPECT_EQ(flop_of(StyleGan2Options{}, 9, true), 148'529'594'368);
    EXPECT_EQ(flop_of(RestorationOptions{}) + flop_of_mapping(512, 8), 408'182'046'720);
}

}  // namespace
}  // namespace bfr::nets
