#include "restore/published_net.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "weights/formats/known_systems.h"

namespace bfr {

namespace {

// Which method takes a network's file; "" for networks that are none's.
std::string method_of(std::string_view network) {
    static const std::map<std::string_view, std::string> methods = {{"RestoreFormer", "restoreformer"},
                                                                    {"RestoreFormer++", "restoreformer_pp"},
                                                                    {"CodeFormer", "codeformer"},
                                                                    {"DifFace's SwinIR", "difface"},
                                                                    {"DifFace's diffusion U-Net", "difface"},
                                                                    {"GPEN", "gpen"},
                                                                    {"GFPGAN (clean)", "gfpgan"},
                                                                    {"GFPGAN (original)", "gfpgan:version=1"},
                                                                    {"PSFRGAN", "psfrgan"},
                                                                    {"ParseNet", "psfrgan"}};
    const auto found = methods.find(network);
    return found == methods.end() ? "" : found->second;
}

[[noreturn]] void refuse(const Checkpoint& file, const PublishedForm& form, const std::vector<Likeness>& likes) {
    std::string looks, method;
    for (const auto& one : likes) {
        const bool is_part = std::ranges::any_of(likes, [&](const Likeness& whole) {  // as the generator in a GPEN
            return whole.below.size() < one.below.size() &&
                   (whole.below.empty() || one.below.starts_with(whole.below + "."));
        });
        if (is_part) continue;
        looks += fmt::format("{}{}", looks.empty() ? "; it looks like " : ", ", one.network);
        if (method.empty()) method = method_of(one.network);
    }
    if (!method.empty()) looks += fmt::format(", which is method {}'s", method);
    throw Error(fmt::format("{}: doesn't hold {}{}; bfr weights inspect shows what it holds", file.name(), form.network,
                            looks));
}

std::string path_of(const Checkpoint& file, const PublishedForm& form) {
    const auto likes = looks_like(file.tensors());
    std::vector<std::string> found;
    for (const auto& one : likes) {
        if (one.network == form.network) found.push_back(one.below);
    }
    for (const auto& wanted : form.paths) {
        if (std::ranges::find(found, wanted) != found.end()) return wanted;
    }
    if (found.empty()) refuse(file, form, likes);
    if (found.size() > 1) {
        for (auto& path : found) path = path.empty() ? "the top" : path;
        throw Error(fmt::format(
            "{}: holds {} more than once, below {}: take out the one that is meant, by bfr weights convert --subtree",
            file.name(), form.network, fmt::join(found, ", ")));
    }
    return found.front();
}

}  // namespace

PublishedTensors published_tensors(const Checkpoint& file, const PublishedForm& form) {
    const std::string path = path_of(file, form);
    PublishedTensors result{tensors_below(file, path), "", form.others};
    for (const auto& [key, tensor] : result.tensors) {
        if (tensor.scalar_type() == at::kHalf) result.reduced = "F16";
        if (tensor.scalar_type() == at::kBFloat16) result.reduced = "BF16";
    }
    return result;
}

std::string reduced_note(const std::string& whose, const std::string& reduced) {
    if (reduced.empty()) return "";
    return fmt::format("; {} holds {} numbers, less exact than the published ones, computed in F32", whose, reduced);
}

void require_finite(const at::Tensor& given, const std::string& file) {
    if (std::isfinite(given.sum(at::kDouble).item<double>())) return;
    throw Error(fmt::format(
        "the network gave numbers that are not finite: the weights of {} are none that it can work with", file));
}

Filled fill_and_place(torch::nn::Module& net, PublishedTensors& tensors, const Checkpoint& file, at::Device device,
                      const std::function<void(const std::function<void()>&)>& prepare) {
    const at::NoGradGuard no_grad;
    Filled filled{0, 0};
    if (tensors.others) {
        const auto parameters = net.named_parameters(), buffers = net.named_buffers();
        filled.unused = std::erase_if(tensors.tensors, [&](const auto& tensor) {
            return !parameters.contains(tensor.first) && !buffers.contains(tensor.first);
        });
    }
    load_strictly(net, tensors.tensors, file.name(), Loading::kShare);
    net.eval();
    for (auto& parameter : net.parameters()) {
        parameter.set_requires_grad(false);
        filled.parameters += static_cast<double>(parameter.numel());
    }
    if (device.is_cpu()) {
        prepare([&] { file.drop_pages(); });
    } else {
        net.to(device);
    }
    return filled;
}

}  // namespace bfr
