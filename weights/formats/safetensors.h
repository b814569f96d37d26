// safetensors (huggingface/safetensors, format of version 0.4 and later): 8 bytes of header length, a JSON header, the
// tensors' bytes.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "weights/formats/file_bytes.h"
#include "weights/formats/tensor_entry.h"

namespace bfr {

// Strict as the format's own reader is: the tensors fill the data without a gap or an overlap, and each is as long as
// its dtype and shape say. Anything else is an Error that names the file and the tensor. Copying shares the bytes;
// views live as long as a copy.
class SafetensorsFile {
  public:
    static SafetensorsFile open(const std::filesystem::path& path);
    static SafetensorsFile parse(FileBytes file);

    const std::vector<TensorView>& tensors() const { return tensors_; }  // in the order of their bytes, then by name
    const std::map<std::string, std::string>& metadata() const { return metadata_; }
    const std::string& name() const { return file_.name(); }

    bool has(std::string_view tensor) const { return find_tensor(tensors_, tensor) != nullptr; }
    // Throws Error where the file has no such tensor.
    const TensorView& at(std::string_view tensor) const;

  private:
    FileBytes file_;
    std::vector<TensorView> tensors_;
    std::map<std::string, std::string> metadata_;
};

}  // namespace bfr
