#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace bfr::train {

inline constexpr uint64_t kDefaultShardBytes = uint64_t{256} << 20;

// Writes a pack (pack_reader.h) beside its folder and renames it in finish(): under the final name there is the whole
// pack or nothing. Not finished, it leaves nothing behind.
class PackWriter {
  public:
    // `settings`: what made the pictures, kept in pack.json. Throws UsageError where the folder holds something
    // already.
    PackWriter(std::filesystem::path folder, int side, Json settings, uint64_t shard_bytes = kDefaultShardBytes);
    ~PackWriter();
    PackWriter(const PackWriter&) = delete;
    PackWriter& operator=(const PackWriter&) = delete;

    // In ascending order of the ids. `jpeg`: as encode_jpeg() gives it. Throws Error for an id that is none, and for a
    // JPEG that check_jpeg() refuses.
    void add(std::string_view id, std::string_view group, std::span<const unsigned char> jpeg);
    int64_t size() const { return size_; }

    // `failures`: what is missing, [{"id", "reason"}], kept in pack.json. Throws Error for a pack without a picture.
    void finish(const Json& failures = Json::array());

  private:
    void write_shard();
    void discard();

    std::filesystem::path folder_, partial_;
    int side_;
    Json settings_, shards_ = Json::array();
    uint64_t shard_bytes_;
    int64_t size_ = 0;
    std::string last_id_;
    std::set<std::string, std::less<>> groups_;
    // of the shard in hand
    std::vector<unsigned char> bytes_;
    std::vector<int64_t> offsets_{0}, checksums_;
    Json ids_ = Json::array(), of_group_ = Json::array();
};

}  // namespace bfr::train
