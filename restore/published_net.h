// A restorer's network with the file that its authors publish, or another one of the same names.
#pragma once

#include <torch/nn/module.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/shared_model.h"
#include "nets/init.h"
#include "weights/state_dict/state_dict.h"

namespace bfr {

struct PublishedForm {
    std::string network;  // as weights/formats/known_systems.h has it
    // Where its tensors lie, the most wanted first; a file that has them elsewhere, in one place, is taken too.
    std::vector<std::string> paths;
    // Whether tensors beside the network's are left alone, which are refused else.
    bool others = false;
};

struct PublishedTensors {
    StateDict tensors;
    std::string reduced;  // "F16" or "BF16" where any of them is stored so, which is less than the network computes in
    bool others;          // PublishedForm
};

// Throws Error where the file holds another network, naming it, and the method that takes it, and where it holds this
// one in several places of which none is wanted.
PublishedTensors published_tensors(const Checkpoint& file, const PublishedForm& form);

template <class Net>
struct PublishedNet {
    std::shared_ptr<Net> net;  // ready for inference; used by several threads at once
    double parameters = 0;
    size_t unused = 0;    // tensors that the network doesn't have
    std::string reduced;  // PublishedTensors
    std::string file;     // printable, for messages
};

// For a method's convention: "; its file holds F16 numbers, ...", `whose`: "its file"; "" where nothing is reduced.
std::string reduced_note(const std::string& whose, const std::string& reduced);

// Throws Error that names `file` where any of what its network gave is infinite or no number.
void require_finite(const at::Tensor& given, const std::string& file);

struct Filled {
    double parameters;
    size_t unused;
};
// Loads the tensors strictly and calls `prepare` (of a network on the CPU) with what gives back the file's pages.
Filled fill_and_place(torch::nn::Module& net, PublishedTensors& tensors, const Checkpoint& file, at::Device device,
                      const std::function<void(const std::function<void()>&)>& prepare);

// The process's one instance of that network from that file on that device; `prepare(net, after_each)` as
// nets::prepare_for_inference, `options` are the network's constructor's.
template <class Net, class Prepare, class... Options>
std::shared_ptr<const PublishedNet<Net>> load_published(const std::filesystem::path& path, const PublishedForm& form,
                                                        at::Device device, const Prepare& prepare,
                                                        const Options&... options) {
    const std::string key = form.network + " " + device.str() + " " + path.string();
    return shared_model<const PublishedNet<Net>>(key, [&] {
        const Checkpoint file = open_checkpoint(path);
        PublishedTensors tensors = published_tensors(file, form);
        auto loaded = std::make_shared<PublishedNet<Net>>();
        {
            const nets::WithoutInit without_init;
            loaded->net = std::make_shared<Net>(options...);
        }
        const Filled filled =
            fill_and_place(*loaded->net, tensors, file, device,
                           [&](const std::function<void()>& after_each) { prepare(*loaded->net, after_each); });
        loaded->parameters = filled.parameters;
        loaded->unused = filled.unused;
        loaded->reduced = tensors.reduced;
        loaded->file = file.name();
        return loaded;
    });
}

}  // namespace bfr
