#include "weights/formats/file_bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/files.h"

namespace bfr {

FileBytes FileBytes::map(const std::filesystem::path& path) {
    FileBytes file;
    file.name_ = printable(path);
    const auto fail = [&](const std::string& what) { throw Error(fmt::format("{}: {}", file.name_, what)); };
    // O_NONBLOCK: a named pipe of that name is refused below instead of waited for.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) fail(fmt::format("can't be opened: {}", std::generic_category().message(errno)));
    struct stat status {};
    const bool regular = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    const auto size = static_cast<size_t>(regular ? status.st_size : 0);
    void* memory = size ? ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0) : nullptr;
    const int code = errno;
    ::close(fd);
    if (!regular) fail("is not a regular file");
    if (memory == MAP_FAILED) fail(fmt::format("can't be mapped: {}", std::generic_category().message(code)));
    if (!memory) return file;
    file.owner_ = std::shared_ptr<const void>(memory, [size](const void* p) { ::munmap(const_cast<void*>(p), size); });
    file.bytes_ = {static_cast<const std::byte*>(memory), size};
    file.mapping_ = file.bytes_;
    return file;
}

void FileBytes::drop_pages() const {
    if (!mapping_.empty()) ::madvise(const_cast<std::byte*>(mapping_.data()), mapping_.size(), MADV_DONTNEED);
}

FileBytes FileBytes::own(std::vector<std::byte> bytes, std::string name) {
    const auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    return share(*owner, owner, std::move(name));
}

FileBytes FileBytes::share(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, std::string name) {
    FileBytes file;
    file.name_ = std::move(name);
    file.bytes_ = bytes;
    file.owner_ = std::move(owner);
    return file;
}

FileBytes FileBytes::part(std::span<const std::byte> bytes) const {
    FileBytes file = *this;
    file.bytes_ = bytes;
    return file;
}

}  // namespace bfr
