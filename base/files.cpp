#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/error.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }
    // Closes now; a delayed write error (a full network disk) shows only here.
    bool close() {
        const int fd = fd_;
        fd_ = -1;
        return ::close(fd) == 0;
    }

  private:
    int fd_;
};

std::string reason() { return std::generic_category().message(errno); }

// Length of the valid UTF-8 sequence at text[i], 0 where there is none (overlong forms and surrogates included).
size_t utf8_length(std::string_view text, size_t i) {
    const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[k]); };
    const unsigned char lead = byte(i);
    if (lead < 0x80) return 1;
    const size_t length = lead >= 0xF0 && lead <= 0xF4  ? 4
                          : lead >= 0xE0 && lead < 0xF0 ? 3
                          : lead >= 0xC2 && lead < 0xE0 ? 2
                                                        : 0;
    if (length == 0 || i + length > text.size()) return 0;
    for (size_t k = 1; k < length; k++) {
        if ((byte(i + k) & 0xC0) != 0x80) return 0;
    }
    const unsigned char second = byte(i + 1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
        (lead == 0xF4 && second > 0x8F)) {
        return 0;
    }
    return length;
}

}  // namespace

std::vector<unsigned char> read_file(const fs::path& path, uint64_t max_bytes) {
    const Descriptor file(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe that nobody writes to must not hang us
    if (file.get() < 0) throw Error(fmt::format("{}: can't be opened: {}", printable(path), reason()));
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) throw Error(fmt::format("{}: {}", printable(path), reason()));
    if (!S_ISREG(info.st_mode)) throw Error(fmt::format("{}: is not a regular file", printable(path)));
    const auto size = static_cast<uint64_t>(info.st_size);
    if (size > max_bytes) {
        throw Error(fmt::format("{}: has {} bytes, more than the limit of {}", printable(path), size, max_bytes));
    }
    std::vector<unsigned char> bytes(size);
    for (size_t done = 0; done < bytes.size();) {
        const ssize_t n = ::read(file.get(), bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw Error(fmt::format("{}: can't be read: {}", printable(path), reason()));
        if (n == 0) throw Error(fmt::format("{}: became shorter while it was read", printable(path)));
        done += static_cast<size_t>(n);
    }
    return bytes;
}

std::string read_text(const fs::path& path, uint64_t max_bytes) {
    const auto bytes = read_file(path, max_bytes);
    return {bytes.begin(), bytes.end()};
}

void write_file(const fs::path& path, std::span<const unsigned char> bytes) {
    static std::atomic<uint64_t> serial{0};
    const auto fail = [&](const fs::path& leftover) {
        const std::string why = reason();
        if (!leftover.empty()) ::unlink(leftover.c_str());
        throw Error(fmt::format("{}: can't be written: {}", printable(path), why));
    };
    std::error_code code;
    if (path.has_parent_path()) fs::create_directories(path.parent_path(), code);
    if (code) throw Error(fmt::format("{}: its folder can't be made: {}", printable(path), code.message()));
    // Short on purpose: a name near the file system's limit must not grow past it.
    const fs::path part = path.parent_path() / fmt::format(".bfr-{}-{}.part", ::getpid(), serial++);
    Descriptor file(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.get() < 0) fail({});
    for (size_t done = 0; done < bytes.size();) {
        const ssize_t n = ::write(file.get(), bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail(part);
        done += static_cast<size_t>(n);
    }
    if (::fsync(file.get()) != 0 || !file.close()) fail(part);
    if (::rename(part.c_str(), path.c_str()) != 0) fail(part);
}

void write_text(const fs::path& path, std::string_view text) {
    write_file(path, {reinterpret_cast<const unsigned char*>(text.data()), text.size()});
}

bool is_utf8(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
        const size_t length = utf8_length(text, i);
        if (length == 0) return false;
        i += length;
    }
    return true;
}

std::string printable(const fs::path& path) {
    const std::string& text = path.native();
    std::string shown;
    for (size_t i = 0; i < text.size();) {
        const size_t length = utf8_length(text, i);
        const auto byte = static_cast<unsigned char>(text[i]);
        if (length == 0 || byte < 0x20 || byte == 0x7F) {
            shown += byte == '\n' ? "\\n" : byte == '\t' ? "\\t" : fmt::format("\\x{:02x}", byte);
            i++;
        } else {
            shown.append(text, i, length);
            i += length;
        }
    }
    return shown;
}

}  // namespace bfr
