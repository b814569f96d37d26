// Networks of published restorers with hashed numbers, as checkpoints in their published layouts.
#pragma once

#include <torch/nn/module.h>

#include <filesystem>
#include <string>
#include <vector>

#include "weights/formats/checkpoint.h"

namespace bfr::testing {

// Every tensor of `net` below `path`, hashed by its key: of such a size that features keep theirs from layer to layer.
// What its constructor computes (buffers: float32, int64) is as it is.
std::vector<CheckpointTensor> hashed_tensors(const torch::nn::Module& net, const std::string& path);

// Every tensor of `net` below `path`, with the numbers that it has.
std::vector<CheckpointTensor> own_tensors(const torch::nn::Module& net, const std::string& path);

// Without that of the key that ends so.
std::vector<CheckpointTensor> without(std::vector<CheckpointTensor> tensors, const std::string& end);

// As the authors' programs save them: torch's zip container, with what trainers leave beside the network.
void write_checkpoint(const std::filesystem::path& file, const std::vector<CheckpointTensor>& tensors);

// LibTorch's threads while it lives: where other programs run, to wait for two takes longer than one needs.
class OneThread {
  public:
    OneThread();
    ~OneThread();
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;

  private:
    int before_;
};

// Float32 in half precision, under the same names.
std::vector<CheckpointTensor> halved(const std::vector<CheckpointTensor>& tensors);

}  // namespace bfr::testing
