// A pack: a data set's clean faces as shards that can be read without OpenCV and without the photographs that they came
// from. docs/training.md has the format.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/json_fwd.h"

namespace bfr::train {

// Opened, a pack is checked but for its pictures' bytes: each of those has a checksum, looked at when it is read. The
// shards are mapped. Every method may be called from several threads at once.
class PackReader {
  public:
    // Throws Error naming the file and what is wrong with it.
    explicit PackReader(const std::filesystem::path& folder);
    ~PackReader();
    PackReader(const PackReader&) = delete;
    PackReader& operator=(const PackReader&) = delete;

    int64_t size() const;  // pictures, at least one
    int side() const;      // of each, pixels
    // Of picture i, 0 .. size() - 1, in the order of the ids.
    const std::string& id(int64_t i) const;
    const std::string& group(int64_t i) const;  // the person; empty where unknown
    // uint8 (3, side, side), RGB, memory of its own. Throws Error naming shard and picture where its bytes are damaged.
    at::Tensor picture(int64_t i) const;
    std::span<const unsigned char> jpeg(int64_t i) const;  // its file, checked as picture() does; lives as long as this

    const Json& description() const;    // pack.json
    const std::string& sha256() const;  // of pack.json, which holds each shard's: names the whole content
    // Reads every shard and throws Error naming the first whose hash is another than pack.json says.
    void verify() const;

  private:
    struct Parts;
    std::unique_ptr<const Parts> parts_;
};

}  // namespace bfr::train
