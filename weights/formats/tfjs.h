// TensorFlow.js weights: a manifest (a JSON list of groups, each with its shards and tensors; or a model.json that
// holds it as weightsManifest) and shards, which lie one after another as one run of bytes a group. Facts: tfjs-core,
// io/io_utils and io/types.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weights/formats/tensor_entry.h"

namespace bfr {

// Dequantised: a uint8 or uint16 record gives value = float32(number * scale + min), computed in double (int32 tensors:
// rounded, halves up), a float16 record the half's value. Plain tensors: float32, int32, bool. Shapes stay as
// TensorFlow has them (channels last). Views live as long as a copy of this object.
class TfjsWeights {
  public:
    // Shards are looked for below `shard_folder` (where empty: beside the manifest), and nowhere else. Throws Error
    // naming the file: a path that would leave the folder, shards shorter or longer than their tensors, a shape that is
    // none.
    static TfjsWeights open(const std::filesystem::path& manifest, std::filesystem::path shard_folder = {});

    const std::vector<TensorView>& tensors() const { return tensors_; }  // F32, I32 or BOOL, in the manifest's order
    const std::string& name() const { return name_; }                    // the manifest, printable

    // Throws Error where there is no such tensor.
    const TensorView& at(std::string_view tensor) const;

  private:
    std::string name_;
    std::vector<TensorView> tensors_;
    std::vector<std::shared_ptr<const std::vector<std::byte>>> memory_;
};

}  // namespace bfr
