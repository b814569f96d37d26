// VSPBFR's networks with their files: which file holds which, under which keys. The published system and the compact
// ones that `bfr train vspbfr` makes, told by their tensors, are one code.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "nets/compact_style_encoder.h"
#include "nets/style_encoder.h"
#include "nets/stylegan2_generator.h"
#include "nets/vspbfr_code_diffuser.h"
#include "nets/vspbfr_restoration.h"

namespace bfr::vspbfr {

struct Files {
    // Each .pt as published, or .safetensors with the same keys.
    std::filesystem::path style;        // style_encoder_decoder.pt: state_dict.encoder, state_dict.decoder, latent_avg
    std::filesystem::path diffuser;     // code_diffuser.pt: att_mapper
    std::filesystem::path restoration;  // restoration_net.pt: g_ema
};

struct NetworkSizes {
    std::variant<nets::StyleEncoderOptions, nets::CompactStyleEncoderOptions> encoder;
    nets::CodeDiffuserOptions diffuser;
    nets::StyleGan2Options bank;
    nets::RestorationOptions restoration;
};

// What guides a restoration, and guided the restoration net's training; as enum class Prompt has them.
inline const std::vector<std::string> kPrompts = {"diffused", "degraded", "none"};

// Where and in what numbers they are computed.
struct Placement {
    at::Device device = at::kCPU;
    // Of the feature bank and the restoration net, kFloat or kBFloat16; all else is float32.
    at::ScalarType type = at::kFloat;
};

// Ready for inference; used by several threads at once.
struct Networks {
    std::unique_ptr<nets::CodeEncoder> encoder;
    std::unique_ptr<nets::CodeDiffuser> diffuser;
    std::unique_ptr<nets::StyleGan2> bank;
    std::unique_ptr<nets::RestorationNet> restoration;
    // (1, codes or 1, width) on the CPU, added to the encoder's codes; zeros where the file says so.
    at::Tensor latent_avg;
    int64_t encoder_size = 0, size = 0, codes = 0, width = 0;  // pixels, pixels, codes of the encoder, numbers in one
    NetworkSizes sizes;
    double parameters = 0;  // of all
    double encoder_parameters = 0, diffuser_parameters = 0;
    // What the files say of their training; the published ones' where they say nothing.
    int trained_steps = 4;                    // of the diffusion, by the diffuser's file
    int prompt_steps = 4;                     // of the diffused prompts that guided the restoration net
    std::string trained_prompt = "diffused";  // that guided the restoration net: one of kPrompts
    Placement placement;
    Files files;  // for messages
};

// Throws Error naming the file: unreadable, another network's (and which it looks like), a size that doesn't fit, a
// weight that is no finite number (and the tensor's name).
std::unique_ptr<const Networks> load_networks(const Files& files, const Placement& placement = {});

}  // namespace bfr::vspbfr
