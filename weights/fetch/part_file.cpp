#include "weights/fetch/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>

#include "base/error.h"
#include "base/files.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

std::string reason() { return std::generic_category().message(errno); }

fs::path with_ending(const fs::path& path, const char* ending) { return path.native() + ending; }

// Whether `path` still names the file that was opened: the process that had the lock may have renamed or removed it.
bool still_named(int fd, const fs::path& path) {
    struct stat opened {
    }, named{};
    return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

void sync_path(const fs::path& path, int flags) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fsync(fd) == 0;
    const std::string why = reason();
    if (fd >= 0) ::close(fd);
    if (!synced) throw Error(fmt::format("{}: can't be written to the disk: {}", printable(path), why));
}

}  // namespace

PartFile::PartFile(const fs::path& target)
    : path_(with_ending(target, ".part")), origin_path_(with_ending(path_, ".from")) {
    do {
        if (fd_ >= 0) ::close(fd_);
        fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
        if (fd_ < 0) fail("can't be written");
        if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
            const bool held = errno == EWOULDBLOCK;
            const std::string why = reason();
            ::close(fd_);
            throw Error(held ? fmt::format("{}: another process is fetching it; wait for that", printable(target))
                             : fmt::format("{}: can't be locked: {}", printable(path_), why));
        }
    } while (!still_named(fd_, path_));
    struct stat info {};
    if (::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) {
        ::close(fd_);
        throw Error(fmt::format("{}: is not a regular file; remove it", printable(path_)));
    }
    size_ = static_cast<uint64_t>(info.st_size);
}

PartFile::~PartFile() {
    if (size_ == 0 && still_named(fd_, path_)) {
        ::unlink(path_.c_str());
        ::unlink(origin_path_.c_str());
    }
    ::close(fd_);
}

void PartFile::fail(const std::string& what) const {
    throw Error(fmt::format("{}: {}: {}", printable(path_), what, reason()));
}

PartFile::Origin PartFile::origin() const {
    std::error_code code;
    if (!fs::is_regular_file(origin_path_, code)) return {};
    const std::string text = read_text(origin_path_, 1 << 16);
    const auto first = text.find('\n'), second = text.find('\n', first + 1);
    if (first == std::string::npos || second == std::string::npos) return {};
    Origin origin{text.substr(0, first), text.substr(first + 1, second - first - 1)};
    uint64_t total = 0;
    const char* end = text.data() + text.size();
    if (std::from_chars(text.data() + second + 1, end, total).ec == std::errc{}) origin.total = total;
    return origin;
}

void PartFile::restart(const Origin& origin) {
    if (::ftruncate(fd_, 0) != 0) fail("can't be emptied");
    size_ = 0;
    const std::string total = origin.total ? std::to_string(*origin.total) + '\n' : "";
    write_text(origin_path_, origin.url + '\n' + origin.validator + '\n' + total);
}

void PartFile::append(std::span<const unsigned char> bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail("can't be written (what has come stays, and the same command goes on from there)");
        size_ += static_cast<uint64_t>(n);
        bytes = bytes.subspan(static_cast<size_t>(n));
    }
}

void PartFile::become(const fs::path& target) {
    rename_durably(path_, target);
    ::unlink(origin_path_.c_str());
}

void PartFile::remove() {
    ::unlink(path_.c_str());
    ::unlink(origin_path_.c_str());
}

void rename_durably(const fs::path& from, const fs::path& to) {
    sync_path(from, O_RDONLY);
    if (::rename(from.c_str(), to.c_str()) != 0)
        throw Error(fmt::format("{}: can't be put in place: {}", printable(to), reason()));
    sync_path(to.parent_path().empty() ? fs::path(".") : to.parent_path(), O_RDONLY | O_DIRECTORY);
}

}  // namespace bfr
