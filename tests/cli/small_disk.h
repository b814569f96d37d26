#pragma once

#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

namespace bfr::testing {

// A file system of its own, unmounted in the end.
class SmallDisk {
  public:
    SmallDisk(const std::filesystem::path& path, const char* size) : path_(path) {
        std::filesystem::create_directories(path);
        mounted_ = ::mount("bfr-test", path.c_str(), "tmpfs", 0, size) == 0;
        why_ = std::strerror(errno);
    }
    ~SmallDisk() {
        if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
    }
    bool mounted() const { return mounted_; }
    const std::string& why() const { return why_; }
    bool resize(const char* size) const { return ::mount("bfr-test", path_.c_str(), "tmpfs", MS_REMOUNT, size) == 0; }

  private:
    std::filesystem::path path_;
    bool mounted_;
    std::string why_;
};

}  // namespace bfr::testing
