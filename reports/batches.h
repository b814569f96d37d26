// Methods that restore many samples at once: what they have ready for each sample of the chunk in hand.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "reports/run_folder.h"
#include "restore/restorer.h"

namespace bfr {

class Batches {
  public:
    // What is to be restored of one sample: by which methods (indices).
    struct Wanted {
        std::string id;
        std::optional<std::filesystem::path> degraded;
        std::vector<size_t> methods;
    };

    // The methods and `stop` must outlive it. `folder` takes what a batch needs (removed with it, and before the next)
    // and the logs of failures; whoever calls prepare() holds its lock.
    Batches(std::vector<const Restorer*> methods, RunFolder folder, uint64_t seed, int jobs,
            const std::atomic<bool>& stop);
    ~Batches();
    Batches(const Batches&) = delete;
    Batches& operator=(const Batches&) = delete;

    // How many of `left` samples to prepare together: as many as the largest batch has; all where no method has any.
    size_t chunk(size_t left) const;

    // Lets the methods that work in batches restore these samples (sorted by id); what was prepared before is gone. A
    // sample without a picture that can be read is left to whoever reads it next. False where `stop` ended it.
    bool prepare(std::span<const Wanted> chunk);

    // What restores this sample of the chunk: the method itself, or what it prepared. Where a batch failed as a whole
    // that throws the batch's Error.
    const Restorer& method(size_t index, const std::string& id) const;

  private:
    bool prepare(size_t method, const std::vector<RestoreBatch::Item>& items);
    void clear();

    std::vector<const Restorer*> methods_;
    RunFolder folder_;
    uint64_t seed_;
    int jobs_;
    const std::atomic<bool>& stop_;
    std::vector<std::unique_ptr<const Restorer>> prepared_;
    std::map<std::pair<size_t, std::string>, const Restorer*> ready_;  // by method and sample
};

}  // namespace bfr
