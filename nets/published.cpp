#include "nets/published.h"

#include <torch/torch.h>

#include <optional>

#include "base/error.h"
#include "nets/keep_points.h"
#include "nets/prepare.h"
#include "weights/formats/known_systems.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::nets {

namespace {

// Its longest key hardly ends another network's.
std::string telling_key(const torch::nn::Module& net) {
    std::string longest;
    for (const auto& item : net.named_parameters()) {
        if (item.key().size() > longest.size()) longest = item.key();
    }
    return longest;
}

// The shortest path below which the file has that key.
std::optional<std::string> path_above(const Checkpoint& checkpoint, const std::string& key) {
    std::optional<std::string> found;
    for (const auto& tensor : checkpoint.tensors()) {
        if (!tensor.path.ends_with(key)) continue;
        const std::string before = tensor.path.substr(0, tensor.path.size() - key.size());
        if (!before.empty() && before.back() != '.') continue;
        const std::string path = before.substr(0, before.empty() ? 0 : before.size() - 1);
        if (!found || path.size() < found->size()) found = path;
    }
    return found;
}

[[noreturn]] void refuse(const Checkpoint& checkpoint, const std::string& network) {
    std::string looks;
    for (const auto& likeness : looks_like(checkpoint.tensors()))
        looks += fmt::format("{}{}", looks.empty() ? "; it looks like " : ", ", likeness.network);
    throw Error(fmt::format("{}: doesn't hold {}{}; bfr weights inspect shows what it holds", checkpoint.name(),
                            network, looks));
}

}  // namespace

void fill_published(torch::nn::Module& net, const std::filesystem::path& file, const std::string& network) {
    const at::NoGradGuard no_grad;
    const Checkpoint checkpoint = open_checkpoint(file);
    const auto path = path_above(checkpoint, telling_key(net));
    if (!path) refuse(checkpoint, network);
    load_strictly(net, tensors_below(checkpoint, *path), checkpoint.name(), Loading::kShare);
    net.eval();
    for (auto& parameter : net.parameters()) parameter.set_requires_grad(false);
    prepare_for_inference(net, [&] { checkpoint.drop_pages(); });
    keep_points(net);
}

}  // namespace bfr::nets
