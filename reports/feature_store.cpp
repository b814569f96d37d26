#include "reports/feature_store.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

static_assert(std::endian::native == std::endian::little, "rows are stored as this machine has them");

constexpr std::string_view kMagic = "BFRFEAT1";
constexpr size_t kDigest = 32, kCheckSum = 8;

std::string reason() { return std::generic_category().message(errno); }

bool read_all(int fd, void* to, size_t count, uint64_t offset) {
    size_t done = 0;
    while (done < count) {
        const ssize_t n = ::pread(fd, static_cast<char*>(to) + done, count - done, static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        done += static_cast<size_t>(n);
    }
    return true;
}

bool write_all(int fd, std::string_view text, uint64_t offset) {
    size_t done = 0;
    while (done < text.size()) {
        const ssize_t n = ::pwrite(fd, text.data() + done, text.size() - done, static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        done += static_cast<size_t>(n);
    }
    return true;
}

// Of a row without its check sum.
std::array<unsigned char, SHA256_DIGEST_LENGTH> digest_of_bytes(const void* bytes, size_t count) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(static_cast<const unsigned char*>(bytes), count, digest.data());
    return digest;
}

template <class Number>
void add_number(std::string& to, Number number) {
    to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace

size_t FeatureStore::FirstBytes::operator()(const Digest& digest) const {
    size_t first = 0;
    std::memcpy(&first, digest.bytes.data(), sizeof first);
    return first;
}

FeatureStore::Digest FeatureStore::digest_of(const std::string& picture) {
    BFR_CHECK(picture.size() == 2 * kDigest, "'{}' is no SHA-256", picture);
    Digest digest;
    for (size_t i = 0; i < kDigest; i++) {
        const char* const at = picture.data() + 2 * i;
        const auto [end, code] = std::from_chars(at, at + 2, digest.bytes[i], 16);
        BFR_CHECK(end == at + 2 && code == std::errc(), "'{}' is no SHA-256", picture);
    }
    return digest;
}

uint64_t FeatureStore::row_bytes() const { return kDigest + static_cast<uint64_t>(size_) * sizeof(float) + kCheckSum; }

uint64_t FeatureStore::offset_of(uint64_t row) const {
    return kMagic.size() + 2 * sizeof(uint32_t) + key_.size() + row * row_bytes();
}

std::string FeatureStore::header() const {
    std::string text(kMagic);
    add_number(text, static_cast<uint32_t>(size_));
    add_number(text, static_cast<uint32_t>(key_.size()));
    return text + key_;
}

FeatureStore::FeatureStore(fs::path file, std::string key, int64_t size)
    : file_(std::move(file)), key_(std::move(key)), size_(size) {
    std::error_code code;
    const bool exists = fs::exists(file_, code);
    if (code) throw Error(fmt::format("{}: can't be opened: {}", printable(file_), code.message()));
    if (exists) open_existing();
}

FeatureStore::~FeatureStore() {
    if (fd_ >= 0) ::close(fd_);
}

void FeatureStore::open_existing() {
    const std::string wanted = header();
    fd_ = ::open(file_.c_str(), O_RDWR | O_CLOEXEC);
    if (fd_ < 0)
        fd_ = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC);  // a report is made again of what may not be written
    struct stat status {};
    if (fd_ < 0 || ::fstat(fd_, &status) != 0)
        throw Error(fmt::format("{}: can't be opened: {}", printable(file_), reason()));
    const auto bytes = static_cast<uint64_t>(status.st_size);
    std::string found(std::min<uint64_t>(bytes, wanted.size()), '\0');
    if (!read_all(fd_, found.data(), found.size(), 0))
        throw Error(fmt::format("{}: can't be read: {}", printable(file_), reason()));
    if (found.size() < wanted.size() && wanted.starts_with(found)) return;  // torn before its first row
    if (found != wanted) {
        throw Error(fmt::format(
            "{}: is not the store of {}; delete it, and its samples are done again, or choose another output folder",
            printable(file_), key_));
    }
    uint64_t whole = (bytes - wanted.size()) / row_bytes();
    std::vector<unsigned char> row;
    while (whole > 0 && !read_row(whole - 1, row)) whole--;
    for (; count_ < whole; count_++) {
        Digest digest;
        if (!read_all(fd_, digest.bytes.data(), kDigest, offset_of(count_)))
            throw Error(fmt::format("{}: can't be read: {}", printable(file_), reason()));
        rows_.emplace(digest, count_);
    }
}

bool FeatureStore::read_row(uint64_t row, std::vector<unsigned char>& bytes) const {
    bytes.resize(row_bytes());
    if (!read_all(fd_, bytes.data(), bytes.size(), offset_of(row))) return false;
    {
        const std::lock_guard lock(mutex_);
        if (row < verified_.size() && verified_[row]) return true;
    }
    const auto digest = digest_of_bytes(bytes.data(), bytes.size() - kCheckSum);
    if (std::memcmp(digest.data(), bytes.data() + bytes.size() - kCheckSum, kCheckSum) != 0) return false;
    const std::lock_guard lock(mutex_);
    if (row >= verified_.size()) verified_.resize(std::max(row + 1, count_));
    verified_[row] = true;
    return true;
}

bool FeatureStore::contains(const std::string& picture) const {
    const std::lock_guard lock(mutex_);
    return rows_.contains(digest_of(picture));
}

void FeatureStore::append(std::span<const FeatureRow> rows) {
    const std::lock_guard lock(mutex_);
    std::string text;
    std::vector<Digest> added;
    for (const auto& row : rows) {
        BFR_CHECK(static_cast<int64_t>(row.values.size()) == size_, "{} numbers, not {}", row.values.size(), size_);
        const Digest digest = digest_of(row.picture);
        if (!rows_.emplace(digest, count_ + added.size()).second) continue;
        added.push_back(digest);
        const size_t start = text.size();
        text.append(reinterpret_cast<const char*>(digest.bytes.data()), kDigest);
        text.append(reinterpret_cast<const char*>(row.values.data()), row.values.size() * sizeof(float));
        const auto check = digest_of_bytes(text.data() + start, text.size() - start);
        text.append(reinterpret_cast<const char*>(check.data()), kCheckSum);
    }
    if (added.empty()) return;
    std::error_code code;
    fs::create_directories(file_.parent_path(), code);
    if (fd_ < 0) fd_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd_ >= 0 && !locked_) {
        if (::flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            for (const auto& digest : added) rows_.erase(digest);
            throw Error(fmt::format("{}: another process writes to it; wait for it", printable(file_)));
        }
        locked_ = true;
    }
    bool good = fd_ >= 0 && (count_ > 0 || write_all(fd_, header(), 0));
    const uint64_t at = offset_of(count_);
    good = good && write_all(fd_, text, at) && ::ftruncate(fd_, static_cast<off_t>(at + text.size())) == 0 &&
           ::fsync(fd_) == 0;
    if (!good) {
        const std::string why = reason();
        for (const auto& digest : added) rows_.erase(digest);
        throw Error(fmt::format(
            "{}: can't be written: {}; what was recorded before is kept, and the same command goes on from there",
            printable(file_), why));
    }
    count_ += added.size();
}

class FeatureStore::Selection : public FeatureRows {
  public:
    Selection(const FeatureStore& store, std::vector<uint64_t> rows, std::string identity)
        : store_(store), rows_(std::move(rows)), identity_(std::move(identity)) {}

    int64_t count() const override { return static_cast<int64_t>(rows_.size()); }
    int64_t size() const override { return store_.size_; }
    std::string identity() const override { return identity_; }
    void read(int64_t first, int64_t count, float* to) const override {
        std::vector<unsigned char> row;
        for (int64_t i = first; i < first + count; i++) {
            if (!store_.read_row(rows_.at(static_cast<size_t>(i)), row)) {
                throw Error(fmt::format("{}: row {} is damaged; delete the file, and its samples are done again",
                                        printable(store_.file_), rows_[static_cast<size_t>(i)] + 1));
            }
            std::memcpy(to, row.data() + kDigest, static_cast<size_t>(store_.size_) * sizeof(float));
            to += store_.size_;
        }
    }

  private:
    const FeatureStore& store_;
    std::vector<uint64_t> rows_;
    std::string identity_;  // hash of the pictures' hashes in their order
};

std::unique_ptr<FeatureRows> FeatureStore::rows(std::span<const std::string> pictures) const {
    const std::lock_guard lock(mutex_);
    std::vector<uint64_t> rows;
    std::string hashes;
    for (const auto& picture : pictures) {
        hashes += picture;
        const auto found = rows_.find(digest_of(picture));
        if (found == rows_.end()) {
            throw Error(fmt::format(
                "{}: lacks features of a picture; give the run's command again, and its sample is done again",
                printable(file_)));
        }
        rows.push_back(found->second);
    }
    return std::make_unique<Selection>(*this, std::move(rows), sha256(hashes));
}

namespace {

class RowsOfEither : public FeatureRows {
  public:
    RowsOfEither(const FeatureStore& first, const FeatureStore& second, std::span<const std::string> pictures) {
        std::vector<std::string> in_first, in_second;
        std::string hashes;
        for (const auto& picture : pictures) {
            const bool found = first.contains(picture);
            auto& in = found ? in_first : in_second;
            places_.push_back({found, static_cast<int64_t>(in.size())});
            in.push_back(picture);
            hashes += picture;
        }
        first_ = first.rows(in_first);
        second_ = second.rows(in_second);
        identity_ = sha256(hashes);
    }

    int64_t count() const override { return static_cast<int64_t>(places_.size()); }
    int64_t size() const override { return first_->size(); }
    std::string identity() const override { return identity_; }
    void read(int64_t first, int64_t count, float* to) const override {
        for (int64_t i = first; i < first + count; i++) {
            const Place place = places_.at(static_cast<size_t>(i));
            (place.in_first ? *first_ : *second_).read(place.row, 1, to);
            to += size();
        }
    }

  private:
    struct Place {
        bool in_first;
        int64_t row;
    };
    std::vector<Place> places_;
    std::unique_ptr<FeatureRows> first_, second_;
    std::string identity_;
};

}  // namespace

std::unique_ptr<FeatureRows> rows_of_either(const FeatureStore& first, const FeatureStore* second,
                                            std::span<const std::string> pictures) {
    if (!second) return first.rows(pictures);
    return std::make_unique<RowsOfEither>(first, *second, pictures);
}

FeatureStore& FeatureStores::of(const FeatureExtractor& extractor) {
    const std::lock_guard lock(mutex_);
    auto& store = stores_[extractor.key()];
    if (!store)
        store = std::make_unique<FeatureStore>(folder_.features(extractor.key()), extractor.key(), extractor.size());
    return *store;
}

}  // namespace bfr
