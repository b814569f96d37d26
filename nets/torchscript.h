// A network that comes as a TorchScript module (torch.jit.trace or torch.jit.script, saved by torch.jit.save): what it
// takes and gives is said by whoever uses it. Loading one runs its code, though no Python.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bfr {

struct TorchScriptOptions {
    std::filesystem::path file;
    std::string device = "cpu";  // cpu, cuda, cuda:N
    int inputs = 1;              // tensors that forward() is called with
    // Which of the things that forward() gives: "" where it is a tensor, an index into a tuple or list, or a key of a
    // dictionary.
    std::string output = {};
};

// Results depend on the inputs alone: the interpreter's optimiser, which measures first runs and then changes the
// graph, is off. A module that draws random numbers is seeded at each call.
class TorchScript {
  public:
    // Throws NotAvailable where the file isn't there or this LibTorch lacks the device, UsageError where the file is no
    // TorchScript module (saying what it is), its forward() can't be called with that many tensors, or it keeps
    // something from call to call.
    explicit TorchScript(TorchScriptOptions options);
    ~TorchScript();
    TorchScript(TorchScript&&) noexcept;
    TorchScript& operator=(TorchScript&&) noexcept;

    // float32 tensors on the CPU in, the chosen output as float32 on the CPU out, contiguous. May run in several
    // threads at once; calls of a module that draws wait for each other. Throws Error where forward() throws, gives
    // something else than was chosen, a number that isn't finite, or writes into the module's tensors (the next
    // picture's result would then depend on this one's).
    at::Tensor forward(std::span<const at::Tensor> inputs, uint64_t seed = 0) const;

    bool draws() const;             // random numbers, of LibTorch's own generator
    double parameters() const;      // how many numbers its parameters hold
    std::string signature() const;  // "forward(Tensor x) -> Tensor", for messages

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bfr
