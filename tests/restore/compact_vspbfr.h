// A compact VSPBFR of drawn weights, in the published files' names, container and layout: for tests of what lies around
// the networks.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "restore/vspbfr/networks.h"
#include "tests/support/support.h"
#include "weights/formats/checkpoint.h"

namespace bfr::testing {

inline constexpr const char* kStyleFile = "style_encoder_decoder.pt";
inline constexpr const char* kDiffuserFile = "code_diffuser.pt";
inline constexpr const char* kRestorationFile = "restoration_net.pt";

// A float32 tensor as a file's.
CheckpointTensor stored(const std::string& path, const at::Tensor& tensor);

// The tensors of `net` below `path`, but for the counters, which may be absent.
void add_tensors(const torch::nn::Module& net, const std::string& path, std::vector<CheckpointTensor>& tensors);

vspbfr::NetworkSizes compact_sizes();

// What each file holds: to be changed by a test before it is written.
struct VspbfrTensors {
    std::vector<CheckpointTensor> style, diffuser, restoration;
};
VspbfrTensors compact_vspbfr_tensors();
void write_vspbfr(const std::filesystem::path& folder, const VspbfrTensors& files);

// A system as bfr train makes it, of drawn weights: the small encoder, a straight path, a residual diffuser.
// `branches`: of a SMART layer.
vspbfr::NetworkSizes trained_sizes(int64_t branches = 4);
VspbfrTensors trained_vspbfr_tensors(int64_t branches = 4);
// As bfr train vspbfr export writes it, but in float32. `metadata`: of each of the three.
using FileMetadata = std::map<std::string, std::string>;
void write_trained_vspbfr(const std::filesystem::path& folder, const VspbfrTensors& files,
                          const FileMetadata& metadata = {});
vspbfr::Files trained_vspbfr_files(const std::filesystem::path& folder);

vspbfr::Files vspbfr_files(const std::filesystem::path& folder);

// A folder with its three files.
struct CompactVspbfr {
    static constexpr int kSize = 32;
    static constexpr int64_t kWidth = 16, kCodes = 10;
    CompactVspbfr() { write_vspbfr(folder.path(), compact_vspbfr_tensors()); }
    Scratch folder;
};

}  // namespace bfr::testing
