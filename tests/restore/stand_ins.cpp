#include "tests/restore/stand_ins.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "tests/support/support.h"
#include "tests/weights/torch_zip.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::testing {

namespace {

struct Range {
    double lo, hi;
};

// GPEN and the paper's GFP-GAN scale their weights as they run, those of the mapping network by a hundredth more; of
// the clean GFP-GAN the noise's strength alone has a name that others don't.
bool is_equalised(const std::string& key) {
    if (key.starts_with("generator.blocks.")) return false;  // CodeFormer's
    return key.starts_with("generator.") || key.starts_with("ecd") || key.starts_with("final_linear.0.");
}

Range range_of(const std::string& key, const at::Tensor& like) {
    const double root3 = std::sqrt(3.0);
    if (key.ends_with("noise.weight")) return {0.5, 0.9};
    if (key.starts_with("stylegan_decoder.") && like.numel() == 1) return {0.1, 0.3};
    if (key.ends_with("constant_input.weight")) return {-root3, root3};
    if (key.ends_with("modulation.bias")) return {0.8, 1.2};
    if (key.starts_with("generator.style."))
        return key.ends_with("bias") ? Range{-20, 20} : Range{-100 * root3, 100 * root3};
    if (is_equalised(key) && !key.ends_with("bias")) return {-root3, root3};
    if (key == "quantize.embedding.weight" || key == "position_emb") return {-1, 1};
    if (like.dim() == 1) return key.ends_with("bias") ? Range{-0.1, 0.1} : Range{0.8, 1.2};
    const double bound = std::sqrt(3.0 * static_cast<double>(like.size(0)) / static_cast<double>(like.numel()));
    return {-bound, bound};
}

CheckpointTensor stored_as(std::string path, DType dtype, const at::Tensor& tensor) {
    const at::Tensor plain = tensor.contiguous();
    const auto owner = std::make_shared<const at::Tensor>(plain);
    const std::span bytes(static_cast<const std::byte*>(plain.data_ptr()), plain.nbytes());
    const auto shape = plain.sizes().vec();
    auto storage = std::make_shared<const TensorStorage>(TensorStorage{FileBytes::share(bytes, owner, path)});
    return {std::move(path), {dtype, shape, dense_strides(shape), 0, std::move(storage)}};
}

}  // namespace

std::vector<CheckpointTensor> hashed_tensors(const torch::nn::Module& net, const std::string& path) {
    std::vector<CheckpointTensor> tensors;
    const auto add = [&](const std::string& key, const at::Tensor& like) {
        const Range range = range_of(key, like);
        at::Tensor values = at::empty(like.sizes());
        const auto hashed = hash_fill("stand-in/" + key, static_cast<size_t>(like.numel()),
                                      static_cast<float>(range.lo), static_cast<float>(range.hi));
        std::copy(hashed.begin(), hashed.end(), values.data_ptr<float>());
        tensors.push_back(stored_as(path.empty() ? key : path + "." + key, DType::kF32, values));
    };
    for (const auto& item : net.named_parameters()) add(item.key(), item.value());
    for (const auto& item : net.named_buffers()) {
        const DType dtype = item.value().scalar_type() == at::kLong ? DType::kI64 : DType::kF32;
        tensors.push_back(stored_as(path.empty() ? item.key() : path + "." + item.key(), dtype, item.value().clone()));
    }
    return tensors;
}

std::vector<CheckpointTensor> own_tensors(const torch::nn::Module& net, const std::string& path) {
    std::vector<CheckpointTensor> tensors;
    const auto add = [&](const auto& named) {
        for (const auto& item : named) {
            if (item.value().is_floating_point())
                tensors.push_back(to_checkpoint(path.empty() ? item.key() : path + "." + item.key(), item.value()));
        }
    };
    add(net.named_parameters());
    add(net.named_buffers());
    return tensors;
}

std::vector<CheckpointTensor> without(std::vector<CheckpointTensor> tensors, const std::string& end) {
    std::erase_if(tensors, [&](const CheckpointTensor& tensor) { return tensor.path.ends_with(end); });
    return tensors;
}

void write_checkpoint(const std::filesystem::path& file, const std::vector<CheckpointTensor>& tensors) {
    std::ofstream(file, std::ios::binary) << torch_zip(tensors);
}

OneThread::OneThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
OneThread::~OneThread() { at::set_num_threads(before_); }

std::vector<CheckpointTensor> halved(const std::vector<CheckpointTensor>& tensors) {
    std::vector<CheckpointTensor> result;
    for (const auto& tensor : tensors) {
        if (tensor.stored.dtype != DType::kF32) {
            result.push_back(tensor);
            continue;
        }
        const TensorBytes bytes = materialise(tensor.stored, tensor.path);
        result.push_back(stored_as(tensor.path, DType::kF16, to_tensor(bytes.view, bytes.owner).to(at::kHalf)));
    }
    return result;
}

}  // namespace bfr::testing
