#include "weights/state_dict/state_dict.h"

#include <fmt/ranges.h>
#include <torch/torch.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "base/error.h"

namespace bfr {

namespace {

constexpr size_t kShown = 10;
constexpr uint64_t kMaxRepeated = uint64_t{64} << 20;

at::ScalarType scalar_type(const TensorView& view) {
    switch (view.dtype) {
        case DType::kBool:
            return at::kBool;
        case DType::kU8:
            return at::kByte;
        case DType::kI8:
            return at::kChar;
        case DType::kI16:
            return at::kShort;
        case DType::kI32:
            return at::kInt;
        case DType::kI64:
            return at::kLong;
        case DType::kF16:
            return at::kHalf;
        case DType::kBF16:
            return at::kBFloat16;
        case DType::kF32:
            return at::kFloat;
        case DType::kF64:
            return at::kDouble;
        default:
            throw Error(
                fmt::format("tensor {} is of kind {}, which LibTorch doesn't have", view.name, to_string(view.dtype)));
    }
}

std::string shape_of(const at::Tensor& tensor) { return fmt::format("[{}]", fmt::join(tensor.sizes().vec(), ", ")); }

// How many bytes of a file the tensors' storages are; what several share counts once.
uint64_t stored_bytes(const std::vector<CheckpointTensor>& tensors) {
    std::map<uintptr_t, uintptr_t> ends;  // of what begins there
    for (const auto& tensor : tensors) {
        const auto bytes = tensor.stored.storage->content.bytes();
        const auto begin = reinterpret_cast<uintptr_t>(bytes.data());
        ends[begin] = std::max(ends[begin], begin + bytes.size());
    }
    uint64_t sum = 0;
    uintptr_t done = 0;
    for (const auto& [begin, end] : ends) {
        if (end > done) sum += end - std::max(begin, done);
        done = std::max(done, end);
    }
    return sum;
}

// A small file may name large tensors, by strides of 0 or by one storage for many of them, and a network that is filled
// from them would have their size: no published file has that but for a shared matrix or two.
void check_repeats(const std::vector<CheckpointTensor>& tensors, const std::string& name, const std::string& prefix) {
    uint64_t named = 0;
    for (const auto& tensor : tensors) {
        const uint64_t bytes = static_cast<uint64_t>(tensor.stored.count()) * element_bytes(tensor.stored.dtype);
        if (__builtin_add_overflow(named, bytes, &named)) named = UINT64_MAX;
    }
    const uint64_t stored = stored_bytes(tensors);
    if (named > 2 * stored && named - 2 * stored > kMaxRepeated) {
        throw Error(fmt::format("{}: the tensors{} would take {} bytes, made of {} by repetition: refused", name,
                                prefix.empty() ? "" : " below '" + prefix + "'", named, stored));
    }
}

bool may_be_absent(const std::string& key) {
    return key == "num_batches_tracked" || key.ends_with(".num_batches_tracked") || key.starts_with("noises.noise_");
}

}  // namespace

at::Tensor to_tensor(const TensorView& view, std::shared_ptr<const void> owner) {
    const auto type = scalar_type(view);
    const auto* data = view.bytes.data();
    const bool aligned = reinterpret_cast<uintptr_t>(data) % c10::elementSize(type) == 0;
    if (!aligned || view.bytes.empty()) {
        at::Tensor copy = at::empty(view.shape, at::TensorOptions(type));
        if (!view.bytes.empty()) std::memcpy(copy.data_ptr(), data, view.bytes.size());
        return copy;
    }
    return at::from_blob(
        const_cast<std::byte*>(data), view.shape, [owner](void*) {}, at::TensorOptions(type));
}

CheckpointTensor to_checkpoint(std::string path, const at::Tensor& tensor) {
    const auto owner = std::make_shared<const at::Tensor>(tensor.detach().to(at::kCPU, at::kFloat).contiguous());
    const std::span bytes(static_cast<const std::byte*>(owner->data_ptr()), owner->nbytes());
    const auto shape = owner->sizes().vec();
    auto storage = std::make_shared<const TensorStorage>(TensorStorage{FileBytes::share(bytes, owner, path)});
    return {std::move(path), {DType::kF32, shape, dense_strides(shape), 0, std::move(storage)}};
}

StateDict tensors_below(const Checkpoint& checkpoint, const std::string& prefix) {
    StateDict tensors;
    const auto found = checkpoint.below(prefix);
    check_repeats(found, checkpoint.name(), prefix);
    for (const auto& tensor : found) {
        const TensorBytes bytes = checkpoint.read(tensor);
        tensors[tensor.path] = to_tensor(bytes.view, bytes.owner);
    }
    return tensors;
}

void load_strictly(torch::nn::Module& module, const StateDict& tensors, const std::string& source, Loading loading) {
    const at::NoGradGuard no_grad;
    std::map<std::string, at::Tensor> targets;
    for (const auto& item : module.named_parameters()) targets[item.key()] = item.value();
    for (const auto& item : module.named_buffers()) targets[item.key()] = item.value();

    std::vector<std::string> differences;
    for (const auto& [key, target] : targets) {
        const auto found = tensors.find(key);
        if (found == tensors.end()) {
            if (!may_be_absent(key)) differences.push_back(fmt::format("{} {} is missing", key, shape_of(target)));
        } else if (found->second.sizes() != target.sizes()) {
            differences.push_back(
                fmt::format("{} is {} where {} is expected", key, shape_of(found->second), shape_of(target)));
        } else if (found->second.is_floating_point() != target.is_floating_point()) {
            differences.push_back(fmt::format("{} holds another kind of number", key));
        }
    }
    for (const auto& [key, tensor] : tensors) {
        if (!targets.contains(key)) differences.push_back(fmt::format("{} {} is unexpected", key, shape_of(tensor)));
    }
    if (!differences.empty()) {
        const size_t shown = std::min(differences.size(), kShown);
        throw Error(
            fmt::format("{}: doesn't fit this network, {} differences{}:\n  {}", source, differences.size(),
                        shown < differences.size() ? ", the first ten" : "",
                        fmt::join(differences.begin(), differences.begin() + static_cast<long>(shown), "\n  ")));
    }
    for (auto& [key, target] : targets) {
        const auto found = tensors.find(key);
        if (found == tensors.end()) continue;
        if (loading == Loading::kShare && found->second.scalar_type() == target.scalar_type()) {
            target.set_data(found->second);
        } else {
            target.copy_(found->second);
        }
        // one sum finds a NaN or an infinity anywhere
        if (target.is_floating_point() && !std::isfinite(target.sum(at::kDouble).item<double>())) {
            throw Error(fmt::format("{}: tensor {} holds a value that is not a finite number", source, key));
        }
    }
}

}  // namespace bfr
