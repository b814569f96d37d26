// A compact VSPBFR of drawn weights, in the published files' layout: for tests of the pipeline around the networks.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "nets/style_encoder.h"
#include "nets/stylegan2_generator.h"
#include "nets/vspbfr_code_diffuser.h"
#include "nets/vspbfr_restoration.h"
#include "tests/support/support.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr::testing {

// The tensors of `net` below `prefix`, as a file's.
inline void add_tensors(const torch::nn::Module& net, const std::string& prefix,
                        std::vector<CheckpointTensor>& tensors) {
    const auto one = [&](const std::string& name, const at::Tensor& tensor) {
        if (!tensor.is_floating_point()) return;  // counters may be absent
        const at::Tensor plain = tensor.detach().contiguous();
        const auto* begin = reinterpret_cast<const std::byte*>(plain.data_ptr<float>());
        auto storage =
            std::make_shared<TensorStorage>(TensorStorage{FileBytes::own({begin, begin + plain.nbytes()}, name)});
        StoredTensor stored{DType::kF32, plain.sizes().vec(), dense_strides(plain.sizes().vec()), 0, storage};
        tensors.push_back({prefix + "." + name, stored});
    };
    for (const auto& item : net.named_parameters()) one(item.key(), item.value());
    for (const auto& item : net.named_buffers()) one(item.key(), item.value());
}

struct CompactVspbfr {
    static constexpr int kSize = 32;
    static constexpr int64_t kWidth = 16;

    CompactVspbfr() {
        at::manual_seed(1);
        const at::NoGradGuard no_grad;
        const nets::StyleEncoder encoder({.trunk = {.widths = {4, 8, 12, 16}, .units = {1, 1, 2, 1}, .reduction = 2},
                                          .style_width = kWidth,
                                          .codes = 10,
                                          .input = 64});
        const nets::StyleGan2 bank({.size = 64, .style_width = kWidth, .mapping_layers = 2, .channels = {.base = 16}});
        const nets::CodeDiffuser diffuser({.width = kWidth, .blocks = 2});
        nets::RestorationNet net({.size = kSize, .style_width = kWidth, .mapping_layers = 2, .channels = {.base = 16}});
        for (const auto& item : net.named_parameters()) {
            if (item.key().ends_with("noise.weight")) item.value().fill_(0.3);
        }
        std::vector<CheckpointTensor> style, codes, restoration;
        add_tensors(encoder, "state_dict.encoder", style);
        add_tensors(bank, "state_dict.decoder", style);
        struct Average : torch::nn::Module {
            Average() { register_buffer("latent_avg", at::randn({10, kWidth})); }
        };
        add_tensors(Average(), "x", style);
        style.back().path = "latent_avg";
        add_tensors(diffuser, "att_mapper", codes);
        add_tensors(net, "g_ema", restoration);
        write_safetensors(folder / "style_encoder_decoder.pt", style, std::nullopt);
        write_safetensors(folder / "code_diffuser.pt", codes, std::nullopt);
        write_safetensors(folder / "restoration_net.pt", restoration, std::nullopt);
    }
    Scratch folder;
};

}  // namespace bfr::testing
