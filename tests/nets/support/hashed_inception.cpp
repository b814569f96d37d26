#include "tests/nets/support/hashed_inception.h"

#include <cmath>

#include "nets/inception_fid.h"
#include "tests/nets/support/golden_net.h"
#include "weights/formats/safetensors_writer.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::testing {

void write_hashed_inception(const std::filesystem::path& file) {
    const nets::InceptionFid net;
    std::vector<CheckpointTensor> tensors;
    const auto add = [&](const std::string& key, const at::Tensor& like) {
        const auto shape = like.sizes().vec();
        double lo = -0.1, hi = 0.1;
        if (key.ends_with("num_batches_tracked")) return;
        if (shape.size() > 1) {
            hi = std::sqrt(6.0 / static_cast<double>(like.numel() / shape[0]));
            lo = -hi;
        } else if (key.ends_with("bn.weight") || key.ends_with("running_var")) {
            lo = 0.8, hi = 1.2;
        }
        tensors.push_back(to_checkpoint(key, hashed("inception/" + key, shape, lo, hi)));
    };
    for (const auto& parameter : net.named_parameters()) add(parameter.key(), parameter.value());
    for (const auto& buffer : net.named_buffers()) add(buffer.key(), buffer.value());
    write_safetensors(file, tensors, std::nullopt);
}

}  // namespace bfr::testing
