// Batches of faces, clean and degraded: each a function of (seed, iteration) alone, whoever makes it and when.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "datasets/degradations/presets.h"
#include "train/pack/pack_reader.h"
#include "train/stage.h"

namespace bfr::train {

// Pictures of a pack that serve one purpose.
struct Subset {
    std::vector<int64_t> indices;
};

// Splits a pack by its groups (pictures without one are groups of their own): `held_out` groups, drawn by the seed,
// give one picture each, the first; all pictures of the others are to be trained on.
struct Split {
    Subset training, validation;
};
Split split_by_group(const PackReader& pack, int64_t held_out, uint64_t seed);

class BatchSource {
  public:
    // Throws UsageError where `subset` has fewer pictures than a batch.
    BatchSource(std::shared_ptr<const PackReader> pack, Subset subset, DegradationPreset degradation, int64_t batch,
                uint64_t seed, at::Device device = at::kCPU);

    // Training: every epoch goes through all pictures once, in an order of its own, half of them mirrored, each with a
    // degradation of its own.
    Batch training(int64_t iteration) const;
    // Pictures [first, first + count) of the subset in their order, as they are, each with the degradation of its id.
    Batch fixed(int64_t first, int64_t count) const;
    // Pictures alone, (count, 3, S, S) in [-1, 1], of the same places.
    at::Tensor clean(int64_t first, int64_t count) const;
    int64_t size() const { return static_cast<int64_t>(subset_.indices.size()); }
    int64_t batch() const { return batch_; }
    int64_t side() const { return pack_->side(); }  // pixels

  private:
    struct Item {
        int64_t index;
        bool mirrored;
        std::string draw;  // what its degradation is drawn by
    };
    Batch make(const std::vector<Item>& items) const;
    std::shared_ptr<const std::vector<int64_t>> order_of(int64_t epoch) const;

    std::shared_ptr<const PackReader> pack_;
    Subset subset_;
    DegradationPreset degradation_;
    int64_t batch_;
    uint64_t seed_;
    at::Device device_;  // where pictures are degraded, and are then
    mutable std::mutex mutex_;
    mutable std::map<int64_t, std::shared_ptr<const std::vector<int64_t>>> orders_;  // of the last two epochs
};

// Throws UsageError where a stage of `size` pixels is to learn from a pack of other pictures.
void check_pack(int64_t size, const BatchSource& training);

// Makes the batches of following iterations ahead, in threads of its own.
class Prefetcher {
  public:
    Prefetcher(std::function<Batch(int64_t)> make, int64_t first, int workers);
    ~Prefetcher();
    Prefetcher(const Prefetcher&) = delete;
    Prefetcher& operator=(const Prefetcher&) = delete;

    Batch next();                              // of `first`, first + 1 ...; throws what making it threw
    double waited() const { return waited_; }  // seconds in next()

  private:
    void work();

    std::function<Batch(int64_t)> make_;
    size_t ahead_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::pair<int64_t, std::promise<Batch>>> wanted_;
    std::deque<std::future<Batch>> coming_;
    int64_t last_;
    bool stopping_ = false;
    double waited_ = 0;
    std::vector<std::thread> threads_;
};

}  // namespace bfr::train
