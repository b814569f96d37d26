// zip archives (PKWARE APPNOTE 6.3): the container of torch since 1.6 and of numpy's .npz.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weights/formats/file_bytes.h"

namespace bfr {

struct ZipEntry {
    std::string name;  // relative, no "..", no back slash
    bool deflated = false;
    uint32_t crc32 = 0;
    uint64_t size = 0;                  // once inflated
    std::span<const std::byte> stored;  // its bytes in the file, inflated or not
};

// Entries that are stored or deflated, sizes of 32 and 64 bits, with data descriptors or without. The central directory
// is the truth; what a local header says otherwise is an Error, as are entries that overlap, names that are there twice
// or would leave a folder, encryption, several disks, and compressed entries that together grow beyond 256 MiB and 100
// times the file. Copying shares the bytes.
class ZipArchive {
  public:
    static ZipArchive parse(FileBytes file);

    const std::vector<ZipEntry>& entries() const { return entries_; }  // files only, as the directory lists them
    const FileBytes& file() const { return file_; }
    const ZipEntry* find(std::string_view name) const;  // null where there is none

    // The entry's content: the archive's own memory where it is stored, else inflated. `check_crc`: reads every byte of
    // a stored one (an inflated one is always checked). Throws Error naming the file and the entry.
    FileBytes read(const ZipEntry& entry, bool check_crc) const;

  private:
    FileBytes file_;
    std::vector<ZipEntry> entries_;
};

}  // namespace bfr
