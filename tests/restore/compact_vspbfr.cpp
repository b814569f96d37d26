#include "tests/restore/compact_vspbfr.h"

#include <torch/torch.h>

#include "base/files.h"
#include "tests/weights/torch_zip.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr::testing {

CheckpointTensor stored(const std::string& path, const at::Tensor& tensor) {
    const at::Tensor plain = tensor.detach().contiguous();
    const auto* begin = reinterpret_cast<const std::byte*>(plain.data_ptr<float>());
    const TensorStorage storage{FileBytes::own({begin, begin + plain.nbytes()}, path)};
    const auto shape = plain.sizes().vec();
    return {path, {DType::kF32, shape, dense_strides(shape), 0, std::make_shared<const TensorStorage>(storage)}};
}

void add_tensors(const torch::nn::Module& net, const std::string& path, std::vector<CheckpointTensor>& tensors) {
    const auto one = [&](const std::string& name, const at::Tensor& tensor) {
        if (tensor.is_floating_point()) tensors.push_back(stored(path + "." + name, tensor));
    };
    for (const auto& item : net.named_parameters()) one(item.key(), item.value());
    for (const auto& item : net.named_buffers()) one(item.key(), item.value());
}

vspbfr::NetworkSizes compact_sizes() {
    constexpr int64_t kWidth = CompactVspbfr::kWidth;
    vspbfr::NetworkSizes sizes;
    sizes.encoder =
        nets::StyleEncoderOptions{.trunk = {.widths = {4, 8, 12, 16}, .units = {1, 1, 2, 1}, .reduction = 2},
                                  .style_width = kWidth,
                                  .codes = CompactVspbfr::kCodes,
                                  .input = 64};
    sizes.diffuser = {.width = kWidth, .blocks = 2};
    sizes.bank = {.size = 64, .style_width = kWidth, .mapping_layers = 2, .channels = {.base = 16}};
    sizes.restoration = {
        .size = CompactVspbfr::kSize, .style_width = kWidth, .mapping_layers = 2, .channels = {.base = 16}};
    return sizes;
}

VspbfrTensors compact_vspbfr_tensors() {
    at::manual_seed(1);
    const at::NoGradGuard no_grad;
    const auto sizes = compact_sizes();
    const nets::StyleEncoder encoder(std::get<nets::StyleEncoderOptions>(sizes.encoder));
    const nets::StyleGan2 bank(sizes.bank);
    const nets::CodeDiffuser diffuser(sizes.diffuser);
    nets::RestorationNet net(sizes.restoration);
    for (const auto& item : net.named_parameters()) {
        if (item.key().ends_with("noise.weight")) item.value().fill_(0.3);
    }
    VspbfrTensors files;
    add_tensors(encoder, "state_dict.encoder", files.style);
    add_tensors(bank, "state_dict.decoder", files.style);
    files.style.push_back(stored("latent_avg", at::randn({CompactVspbfr::kCodes, CompactVspbfr::kWidth})));
    add_tensors(diffuser, "att_mapper", files.diffuser);
    add_tensors(net, "g_ema", files.restoration);
    return files;
}

vspbfr::NetworkSizes trained_sizes(int64_t branches) {
    constexpr int64_t kWidth = CompactVspbfr::kWidth;
    vspbfr::NetworkSizes sizes;
    sizes.encoder = nets::CompactStyleEncoderOptions{
        .input = 32, .widths = {4, 6, 8, 8}, .features = 256, .rank = 8, .style_width = kWidth, .codes = 8};
    sizes.diffuser = {.width = kWidth, .blocks = 1, .residual = true};
    sizes.bank = {.size = CompactVspbfr::kSize,
                  .style_width = kWidth,
                  .mapping_layers = 1,
                  .channels = {.base = 16},
                  .linear = 12};
    sizes.restoration = {.size = CompactVspbfr::kSize,
                         .style_width = kWidth,
                         .mapping_layers = 2,
                         .channels = {.base = 16},
                         .rates = {1, 2, 4, 8}};
    sizes.restoration.rates.resize(static_cast<size_t>(branches));
    return sizes;
}

VspbfrTensors trained_vspbfr_tensors(int64_t branches) {
    at::manual_seed(2);
    const at::NoGradGuard no_grad;
    const auto sizes = trained_sizes(branches);
    nets::CompactStyleEncoder encoder(std::get<nets::CompactStyleEncoderOptions>(sizes.encoder));
    nets::StyleGan2 bank(sizes.bank);
    nets::CodeDiffuser diffuser(sizes.diffuser);
    nets::RestorationNet net(sizes.restoration);
    const auto draw_zeros = [](torch::nn::Module& module) {  // what training begins with as nothing
        for (auto& parameter : module.parameters()) {
            if (parameter.abs().max().item<float>() == 0) parameter.normal_(0, 0.3);
        }
    };
    for (torch::nn::Module* module : std::initializer_list<torch::nn::Module*>{&encoder, &bank, &diffuser, &net})
        draw_zeros(*module);
    bank.linear()->mean.normal_(0, 0.2);
    bank.linear()->basis.normal_(0, 0.02);
    VspbfrTensors files;
    add_tensors(encoder, "state_dict.encoder", files.style);
    add_tensors(bank, "state_dict.decoder", files.style);
    files.style.push_back(stored("latent_avg", at::zeros({CompactVspbfr::kWidth})));
    add_tensors(diffuser, "att_mapper", files.diffuser);
    add_tensors(net, "g_ema", files.restoration);
    for (auto* tensors : {&files.style, &files.restoration}) {
        std::erase_if(*tensors, [](const auto& one) { return one.path.find(".noises.") != std::string::npos; });
    }
    return files;
}

void write_trained_vspbfr(const std::filesystem::path& folder, const VspbfrTensors& files,
                          const FileMetadata& metadata) {
    const auto to = trained_vspbfr_files(folder);
    std::filesystem::create_directories(folder);
    write_safetensors(to.style, files.style, std::nullopt, metadata);
    write_safetensors(to.diffuser, files.diffuser, std::nullopt, metadata);
    write_safetensors(to.restoration, files.restoration, std::nullopt, metadata);
}

vspbfr::Files trained_vspbfr_files(const std::filesystem::path& folder) {
    return {folder / "style_encoder_decoder.safetensors", folder / "code_diffuser.safetensors",
            folder / "restoration_net.safetensors"};
}

void write_vspbfr(const std::filesystem::path& folder, const VspbfrTensors& files) {
    std::filesystem::create_directories(folder);
    write_text(folder / kStyleFile, torch_zip(files.style));
    write_text(folder / kDiffuserFile, torch_zip(files.diffuser));
    write_text(folder / kRestorationFile, torch_zip(files.restoration));
}

vspbfr::Files vspbfr_files(const std::filesystem::path& folder) {
    return {folder / kStyleFile, folder / kDiffuserFile, folder / kRestorationFile};
}

}  // namespace bfr::testing
