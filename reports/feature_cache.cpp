#include "reports/feature_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "reports/run_folder.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds kLookAgain{100};

// Held as long as it lives; the system frees it when a process dies.
class Turn {
  public:
    Turn(const fs::path& file, Progress& progress, const std::atomic<bool>& stop)
        : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
        if (fd_ < 0) fail(file);
        bool told = false;
        while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
            if (errno == EINTR) continue;
            if (errno != EWOULDBLOCK) fail(file);
            if (stop) {
                ::close(fd_);
                throw Stopped();
            }
            if (!told) progress.note(fmt::format("another run writes to {}; waiting for it", printable(file)));
            told = true;
            std::this_thread::sleep_for(kLookAgain);
        }
    }
    ~Turn() { ::close(fd_); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    [[noreturn]] void fail(const fs::path& file) const {
        const std::string why = std::generic_category().message(errno);
        if (fd_ >= 0) ::close(fd_);
        throw Error(fmt::format("{}: can't be written: {}", printable(file), why));
    }

    int fd_;
};

}  // namespace

std::shared_ptr<const FeatureStore> FeatureCache::fill(const FeatureExtractor& extractor,
                                                       const std::function<void(FeatureStore&)>& fill,
                                                       Progress& progress, const std::atomic<bool>& stop) const {
    const fs::path file = folder_ / features_file_name(extractor.key());
    std::error_code code;
    fs::create_directories(folder_, code);
    if (code) throw Error(fmt::format("{}: can't be made: {}", printable(folder_), code.message()));
    {
        const Turn turn(fs::path(file) += ".lock", progress, stop);
        FeatureStore store(file, extractor.key(), extractor.size());  // opened now: with what others wrote meanwhile
        fill(store);
    }
    return std::make_shared<FeatureStore>(file, extractor.key(), extractor.size());
}

fs::path user_feature_cache() {
    const fs::path weights = user_weights_folder();
    return weights.empty() ? weights : weights.parent_path() / "features";
}

}  // namespace bfr
