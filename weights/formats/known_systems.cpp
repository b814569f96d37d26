#include "weights/formats/known_systems.h"

#include <array>
#include <unordered_set>

namespace bfr {
namespace {

// Names that all of a network's published files have and no other network here has together. What contains another
// network (GPEN its StyleGAN2) stands before it.
struct Signature {
    std::string_view network;
    std::array<std::string_view, 2> names;
    std::string_view lacks = {};  // what tells a larger network apart that has these names too
};
constexpr Signature kSignatures[] = {
    {"VSPBFR's restoration net", {"conv1.ModulatedConv2ds.0.weight", "final_transfer.weight"}},
    {"VSPBFR's code diffuser", {"att_mapper.0.q_matrix.weight", "att_mapper.3.attention_layer.k_matrix.weight"}},
    {"VSPBFR's discriminator", {"encoder_input_convs.0.weight", "final_linear.1.weight"}},
    {"bfr's baseline U-Net", {"top.0.0.weight", "down1.0.1.weight"}},
    {"a compact style encoder", {"first.0.weight", "heads.0.codes.weight"}},
    {"e4e's style encoder", {"styles.0.convs.0.weight", "latlayer2.weight"}},
    {"GPEN", {"generator.style.1.weight", "ecd4.0.1.weight"}},
    {"StyleGAN2's generator", {"input.input", "conv1.conv.modulation.weight"}},
    {"ArcFace IR-SE50", {"output_layer.3.weight", "output_layer.4.weight"}},
    {"ArcFace ResNet-18", {"prelu.weight", "layer1.0.bn0.weight"}},
    {"MobileFaceNet", {"conv1.1.weight", "features.14.conv.3.weight"}},
    {"CodeFormer", {"position_emb", "fuse_convs_dict.256.shift.2.weight"}},
    {"GFPGAN (clean)", {"conv_body_first.weight", "condition_shift.6.2.weight"}},
    {"GFPGAN (original)", {"conv_body_first.0.weight", "condition_shift.6.2.weight"}},
    {"RestoreFormer++", {"decoder.up.4.attn.0.norm2.weight", "post_quant_conv.weight"}},
    {"RestoreFormer", {"encoder.conv_in.weight", "post_quant_conv.weight"}, "decoder.up.4.attn.0.norm2.weight"},
    {"DifFace's SwinIR", {"conv_first.1.weight", "patch_embed.norm.weight"}},
    {"DifFace's diffusion U-Net", {"time_embed.0.weight", "output_blocks.2.1.qkv.weight"}},
    {"PSFRGAN", {"const_input", "img_out.weight_orig"}},
    {"ParseNet", {"encoder.0.conv2d.weight", "out_mask_conv.conv2d.weight"}},
    {"Adaptive Wing FAN", {"m1.coordconv.conv.weight", "conv1.conv.weight"}},
    {"face_alignment's FAN", {"m1.b3_4.bn3.bias", "conv1.bias"}},
    {"EfficientNet of timm (HSEmotion)", {"conv_stem.weight", "blocks.0.0.conv_dw.weight"}},
    {"FID's Inception v3", {"Conv2d_1a_3x3.conv.weight", "Mixed_6c.branch7x7dbl_4.bn.weight"}},
    {"torchvision's AlexNet", {"features.3.weight", "features.8.weight"}},
    {"torchvision's VGG-16", {"features.24.weight", "features.26.weight"}},
    {"torchvision's SqueezeNet 1.1", {"features.6.squeeze.weight", "features.11.expand3x3.weight"}},
    {"DISTS's weights", {"alpha", "beta"}},
    {"LPIPS's heads", {"lin0.model.1.weight", "lin4.model.1.weight"}}};

}  // namespace

std::vector<Likeness> looks_like(const std::vector<CheckpointTensor>& tensors) {
    std::unordered_set<std::string_view> paths;
    for (const auto& tensor : tensors) paths.insert(tensor.path);
    std::vector<Likeness> found;
    for (const auto& [network, names, lacks] : kSignatures) {
        for (const auto& tensor : tensors) {
            const std::string_view path = tensor.path;
            if (!path.ends_with(names[0])) continue;
            const std::string_view before = path.substr(0, path.size() - names[0].size());
            if (!before.empty() && before.back() != '.') continue;
            const std::string above(before);
            if (!paths.contains(above + std::string(names[1]))) continue;
            if (!lacks.empty() && paths.contains(above + std::string(lacks))) continue;
            found.push_back({network, std::string(before.substr(0, before.empty() ? 0 : before.size() - 1))});
        }
    }
    return found;
}

}  // namespace bfr
