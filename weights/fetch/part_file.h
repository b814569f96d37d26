#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace bfr {

// TARGET.part: what has come of a file, kept from call to call; TARGET.part.from says where it came from. Only one
// process has it at a time. Errors of the disk are thrown as Error naming the file; what was written until then stays.
class PartFile {
  public:
    struct Origin {
        std::string url, validator;          // as transfer.h has them; empty: unknown
        std::optional<uint64_t> total = {};  // bytes of the whole file, as the server announced them
    };

    // Throws Error where another process has it, or it can't be made.
    explicit PartFile(const std::filesystem::path& target);
    // An empty one is removed.
    ~PartFile();
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;

    const std::filesystem::path& path() const { return path_; }
    uint64_t size() const { return size_; }
    Origin origin() const;

    // Empties it, for what will come from there.
    void restart(const Origin& origin);
    void append(std::span<const unsigned char> bytes);
    // It becomes `target`, safely on the disk.
    void become(const std::filesystem::path& target);
    void remove();

  private:
    [[noreturn]] void fail(const std::string& what) const;

    std::filesystem::path path_, origin_path_;
    int fd_ = -1;
    uint64_t size_ = 0;
};

// Puts `from` in the place of `to`, both in one folder, so that it survives a power cut; `from`'s bytes first.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace bfr
