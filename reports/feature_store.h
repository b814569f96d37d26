// What set metrics keep of a run's pictures, on the disk: OUT/features/KEY.bin, one row for each picture under its
// SHA-256. One file serves all methods and their references, and all metrics of one key.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "metrics/set_metric.h"
#include "reports/run_folder.h"

namespace bfr {

struct FeatureRow {
    std::string picture;  // SHA-256, 64 hexadecimal digits
    std::vector<float> values;
};

// Where features are looked for, and put.
class FeatureKeeper {
  public:
    virtual ~FeatureKeeper() = default;
    // Thread-safe; append() may be at work.
    virtual bool contains(const std::string& picture) const = 0;
    virtual void append(std::span<const FeatureRow> rows) = 0;
};

// Rows of one length behind a header with the key; each ends in a check sum. Append-only: rows that a run no longer
// needs stay. Thread-safe.
class FeatureStore : public FeatureKeeper {
  public:
    // Nothing is written before the first append(). What a broken-off append left at the end is dropped. Throws Error
    // naming the file where it is another key's, or no such file at all.
    FeatureStore(std::filesystem::path file, std::string key, int64_t size);
    ~FeatureStore() override;
    FeatureStore(const FeatureStore&) = delete;
    FeatureStore& operator=(const FeatureStore&) = delete;

    bool contains(const std::string& picture) const override;
    // Appended and synced; pictures that are there already are left out. Throws Error where that fails: what was there
    // before stays.
    void append(std::span<const FeatureRow> rows) override;
    // The rows of these pictures in this order, read when they are asked for. Throws Error for a picture that isn't
    // there, and in read() for a row that is damaged (a row is checked when it is first read). The store must outlive
    // them.
    std::unique_ptr<FeatureRows> rows(std::span<const std::string> pictures) const;

  private:
    class Selection;
    struct Digest {
        std::array<unsigned char, 32> bytes{};
        bool operator==(const Digest&) const = default;
    };
    struct FirstBytes {
        size_t operator()(const Digest& digest) const;
    };
    static Digest digest_of(const std::string& picture);
    uint64_t row_bytes() const;
    uint64_t offset_of(uint64_t row) const;
    std::string header() const;
    void open_existing();
    bool read_row(uint64_t row, std::vector<unsigned char>& bytes) const;

    const std::filesystem::path file_;
    const std::string key_;
    const int64_t size_;
    int fd_ = -1;
    bool locked_ = false;  // from the first append() on: one process writes
    mutable std::mutex mutex_;
    uint64_t count_ = 0;                  // rows that are whole
    mutable std::vector<bool> verified_;  // whose check sums were compared: once a process
    std::unordered_map<Digest, uint64_t, FirstBytes> rows_;
};

// As FeatureStore::rows(), each from `first` or, where that lacks it, from `second` (it may be null) of the same key.
std::unique_ptr<FeatureRows> rows_of_either(const FeatureStore& first, const FeatureStore* second,
                                            std::span<const std::string> pictures);

// The stores of a run, by key.
class FeatureStores {
  public:
    explicit FeatureStores(RunFolder folder) : folder_(std::move(folder)) {}
    // Opened when first asked for.
    FeatureStore& of(const FeatureExtractor& extractor);

  private:
    RunFolder folder_;
    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<FeatureStore>> stores_;
};

}  // namespace bfr
