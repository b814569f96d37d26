// Many items through read, work and write at once, with a bounded number in hand.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace bfr {

// One item on its way. Making it is the reading; work() and write() follow, each on any thread, never two at once for
// one item.
class PipelineItem {
  public:
    virtual ~PipelineItem() = default;
    virtual void work() = 0;
    virtual void write() {}
    // One item at a time over the whole pipeline; in whatever order items get done.
    virtual void commit() {}
};

// Takes items 0 .. n - 1 through `jobs` workers and one more thread that reads ahead and writes behind, so that
// reading, work and writing overlap even with one job. At most 2 * jobs + 2 items exist at a time. Once `stop` is set
// nothing new is read; what was read already is given up, and what is at work or after it is finished. The first
// exception ends it the same way and is thrown again from here. Each thread is set up by threads.h.
void run_pipeline(uint64_t n, int jobs, const std::function<std::unique_ptr<PipelineItem>(uint64_t)>& read,
                  const std::atomic<bool>& stop);

// For jobs without stages: work(i) runs on any worker; what it returns (it may be empty) runs one at a time.
void run_pipeline(uint64_t n, int jobs, const std::function<std::function<void()>(uint64_t)>& work,
                  const std::atomic<bool>& stop);

}  // namespace bfr
