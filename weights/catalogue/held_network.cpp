#include "weights/catalogue/held_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/error.h"
#include "weights/formats/known_systems.h"

namespace bfr {

std::string other_network(const std::string& name, const std::filesystem::path& file) {
    // names of weights/formats/known_systems.h, whose signatures are names that loading such a file requires
    static const std::map<std::string, std::string_view> held = {
        {"style_encoder_decoder.pt", "e4e's style encoder"},
        {"code_diffuser.pt", "VSPBFR's code diffuser"},
        {"restoration_net.pt", "VSPBFR's restoration net"},
        {"codeformer.pth", "CodeFormer"},
        {"psfrgan_epoch15_net_G.pth", "PSFRGAN"},
        {"parse_multi_iter_90000.pth", "ParseNet"},
        {"GFPGANv1.pth", "GFPGAN (original)"},
        {"GFPGANCleanv1-NoCE-C2.pth", "GFPGAN (clean)"},
        {"GFPGANv1.3.pth", "GFPGAN (clean)"},
        {"GFPGANv1.4.pth", "GFPGAN (clean)"},
        {"GPEN-BFR-256.pth", "GPEN"},
        {"GPEN-BFR-512.pth", "GPEN"},
        {"RestoreFormer.ckpt", "RestoreFormer"},
        {"RestoreFormer.pth", "RestoreFormer"},
        {"RestoreFormer++.ckpt", "RestoreFormer++"},
        {"swinir_restoration512_L1.pth", "DifFace's SwinIR"},
        {"iddpm_ffhq512_ema500000.pth", "DifFace's diffusion U-Net"},
        {"resnet18_110.pth", "ArcFace ResNet-18"},
        {"arcface_resnet18.pth", "ArcFace ResNet-18"},
        {"model_ir_se50.pth", "ArcFace IR-SE50"},
        {"alignment_WFLW_4HG.pth", "Adaptive Wing FAN"},
        {"enet_b0_8_best_vgaf.pt", "EfficientNet of timm (HSEmotion)"},
        {"enet_b0_8_best_afew.pt", "EfficientNet of timm (HSEmotion)"},
        {"enet_b0_7.pt", "EfficientNet of timm (HSEmotion)"}};
    const auto expected = held.find(name);
    if (expected == held.end()) return "";
    const std::string_view network = expected->second;
    try {
        const auto found = looks_like(open_checkpoint(file).tensors());
        if (std::ranges::find(found, network, &Likeness::network) != found.end()) return "";
        std::string looks;
        for (const auto& one : found)
            looks += fmt::format("{}{}", looks.empty() ? "; it looks like " : ", ", one.network);
        return fmt::format("isn't {}{}", network, looks);
    } catch (const Error& error) {
        return fmt::format("can't be read as {}: {}", network, error.what());
    }
}

}  // namespace bfr
