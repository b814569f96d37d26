#include "reports/feature_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

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

fs::path FeatureCache::file_of(const FeatureExtractor& extractor) const {
    return folder_ / features_file_name(extractor.key());
}

std::shared_ptr<const FeatureStore> FeatureCache::open(const FeatureExtractor& extractor) const {
    return std::make_shared<FeatureStore>(file_of(extractor), extractor.key(), extractor.size());
}

std::shared_ptr<const FeatureStore> FeatureCache::fill(const FeatureExtractor& extractor,
                                                       const std::function<void(FeatureStore&)>& fill,
                                                       Progress& progress, const std::atomic<bool>& stop) const {
    {
        std::optional<Turn> turn;
        std::optional<FeatureStore> store;
        try {
            std::error_code code;
            fs::create_directories(folder_, code);
            if (code) throw Error(fmt::format("{}: can't be made: {}", printable(folder_), code.message()));
            const fs::path file = file_of(extractor);
            turn.emplace(fs::path(file) += ".lock", progress, stop);
            store.emplace(file, extractor.key(), extractor.size());  // opened now: with what others wrote meanwhile
        } catch (const Stopped&) {
            throw;
        } catch (const Error& error) {
            throw CacheClosed(error.what());
        }
        fill(*store);
    }
    return open(extractor);
}

SharedFeatures::SharedFeatures(FeatureStore& own, const fs::path& cache, const FeatureExtractor& extractor,
                               Progress& progress, const std::atomic<bool>& stop)
    : own_(own), extractor_(extractor), progress_(progress), stop_(stop) {
    if (cache.empty()) return;
    cache_.emplace(cache);
    try {
        cached_ = cache_->open(extractor);
    } catch (const Error& error) {
        close(error);
    }
}

std::shared_ptr<const FeatureStore> SharedFeatures::cached() const {
    const std::lock_guard lock(mutex_);
    return cached_;
}

bool SharedFeatures::contains(const std::string& picture) const {
    if (own_.contains(picture)) return true;
    const auto store = cached();
    return store && store->contains(picture);
}

void SharedFeatures::append(std::span<const FeatureRow> rows) {
    if (!cache_) {
        own_.append(rows);
        return;
    }
    held_.insert(held_.end(), rows.begin(), rows.end());
    if (held_.size() >= kAtOnce) flush();
}

void SharedFeatures::flush() {
    const std::vector<FeatureRow> rows = std::exchange(held_, {});
    if (rows.empty()) return;
    try {
        auto store = cache_->fill(
            extractor_, [&](FeatureStore& to) { to.append(rows); }, progress_, stop_);
        const std::lock_guard lock(mutex_);
        cached_ = std::move(store);
    } catch (const CacheClosed& error) {
        close(error);
        own_.append(rows);
    }
}

void SharedFeatures::close(const Error& why) {
    cache_.reset();
    progress_.note(
        fmt::format("features that other runs could share are kept in this run's folder alone: {}", why.what()));
}

fs::path user_feature_cache() {
    const fs::path weights = user_weights_folder();
    return weights.empty() ? weights : weights.parent_path() / "features";
}

}  // namespace bfr
