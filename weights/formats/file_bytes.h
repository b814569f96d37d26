#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace bfr {

// A file's bytes, for as long as a copy of this object lives. A file is mapped, not read, so that a checkpoint of
// gigabytes costs only what is looked at; whoever shortens it meanwhile ends the program (weights are replaced by
// renaming, never in place).
class FileBytes {
  public:
    // Throws Error naming the file: missing, not a regular file, unreadable.
    static FileBytes map(const std::filesystem::path& path);
    // Bytes at hand; `name` stands for the file in messages.
    static FileBytes own(std::vector<std::byte> bytes, std::string name);
    // Bytes that live as long as `owner` does.
    static FileBytes share(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, std::string name);

    // A part of these bytes, under the same name; it keeps them all alive.
    FileBytes part(std::span<const std::byte> bytes) const;

    std::span<const std::byte> bytes() const { return bytes_; }
    // Gives the memory of a mapped file's pages back to the system, all of them, whichever part this is: they are read
    // again when they are next looked at. Nothing for bytes at hand.
    void drop_pages() const;
    const std::string& name() const { return name_; }  // printable

  private:
    std::shared_ptr<const void> owner_;
    std::span<const std::byte> bytes_;
    std::span<const std::byte> mapping_;  // empty for bytes at hand
    std::string name_;
};

}  // namespace bfr
