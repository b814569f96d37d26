// Networks from the files that their authors publish.
#pragma once

#include <torch/nn/module.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/shared_model.h"
#include "nets/init.h"

namespace bfr::nets {

// Loads a file's tensors into `net` strictly (weights/state_dict) and prepares it for inference. Its keys may lie below
// any path, as "module" or "state_dict". `network`: its name for messages, as weights/formats/known_systems.h has it.
// Throws Error where the file holds something else, saying what that looks like.
void fill_published(torch::nn::Module& net, const std::filesystem::path& file, const std::string& network);

// The process's one instance of that network from that file; `options` are the network's constructor's.
template <class Net, class... Options>
std::shared_ptr<const Net> published(const std::filesystem::path& file, const std::string& network,
                                     const Options&... options) {
    return shared_model<const Net>(network + " " + file.string(), [&] {
        const WithoutInit without_init;
        const auto net = std::make_shared<Net>(options...);
        fill_published(*net, file, network);
        return net;
    });
}

}  // namespace bfr::nets
