#include "reports/pipeline.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "reports/threads.h"

namespace bfr {
namespace {

using Read = std::function<std::unique_ptr<PipelineItem>(uint64_t)>;

class Pipeline {
  public:
    Pipeline(uint64_t n, int jobs, const Read& read, const std::atomic<bool>& stop)
        : n_(n), jobs_(static_cast<size_t>(jobs)), window_(2 * jobs_ + 2), read_(read), stop_(stop) {}

    void run() {
        std::vector<std::thread> threads;
        try {
            threads.emplace_back([this] { serve(Prefer::kEnds); });
            for (size_t i = 0; i < jobs_; i++) threads.emplace_back([this] { serve(Prefer::kWork); });
        } catch (...) {
            fail(std::current_exception());
        }
        for (auto& thread : threads) thread.join();
        if (error_) std::rethrow_exception(error_);
    }

  private:
    using ItemPtr = std::unique_ptr<PipelineItem>;
    using Lock = std::unique_lock<std::mutex>;
    enum class Prefer { kWork, kEnds };

    void serve(Prefer prefer) {
        set_up_worker_threads(threads_per_job());
        Lock lock(mutex_);
        // A step may find that all is over: stop_ comes from outside, and nobody else would wake this thread for it.
        while (!finished()) {
            if (!step(prefer, lock) && !finished()) changed_.wait(lock);
        }
        changed_.notify_all();
    }

    // Does one thing, unlocked meanwhile; false where there is nothing to do now.
    bool step(Prefer prefer, Lock& lock) {
        if (stopping()) give_up_unworked();
        // Workers leave the two ends to the other thread, which runs beside them, as long as it keeps up.
        const bool write_first = prefer == Prefer::kEnds || worked_.size() > jobs_;
        if (write_first && !worked_.empty()) return write_one(lock);
        if (prefer == Prefer::kWork && !ready_.empty()) return work_one(lock);
        if (!stopping() && next_ < n_ && in_hand_ < window_) return read_one(lock);
        if (!worked_.empty()) return write_one(lock);
        return false;
    }

    bool read_one(Lock& lock) {
        const uint64_t i = next_++;
        in_hand_++;
        ItemPtr item;
        unlocked(lock, [&] { item = read_(i); });
        if (item) {
            ready_.push_back(std::move(item));
        } else {
            in_hand_--;
        }
        changed_.notify_all();
        return true;
    }

    bool work_one(Lock& lock) {
        ItemPtr item = std::move(ready_.front());
        ready_.pop_front();
        if (unlocked(lock, [&] { item->work(); })) {
            worked_.push_back(std::move(item));
        } else {
            in_hand_--;
        }
        changed_.notify_all();
        return true;
    }

    bool write_one(Lock& lock) {
        ItemPtr item = std::move(worked_.front());
        worked_.pop_front();
        unlocked(lock, [&] {
            item->write();
            {
                const std::lock_guard one_at_a_time(commit_mutex_);
                item->commit();
            }
            item.reset();
        });
        in_hand_--;
        changed_.notify_all();
        return true;
    }

    template <class Do>
    bool unlocked(Lock& lock, const Do& what) {
        lock.unlock();
        std::exception_ptr thrown;
        try {
            what();
        } catch (...) {
            thrown = std::current_exception();
        }
        lock.lock();
        if (thrown && !error_) error_ = thrown;
        return !thrown;
    }

    void fail(std::exception_ptr error) {
        const Lock lock(mutex_);
        if (!error_) error_ = std::move(error);
        changed_.notify_all();
    }

    void give_up_unworked() {
        in_hand_ -= ready_.size();
        ready_.clear();
    }

    bool stopping() const { return error_ || stop_; }
    bool finished() const { return in_hand_ == 0 && (next_ == n_ || stopping()); }

    const uint64_t n_;
    const size_t jobs_, window_;
    const Read& read_;
    const std::atomic<bool>& stop_;

    std::mutex mutex_, commit_mutex_;
    std::condition_variable changed_;
    std::deque<ItemPtr> ready_, worked_;
    uint64_t next_ = 0;
    size_t in_hand_ = 0;  // items being read, ready, at work, worked or being written
    std::exception_ptr error_;
};

class SimpleItem : public PipelineItem {
  public:
    SimpleItem(const std::function<std::function<void()>(uint64_t)>& work, uint64_t i) : work_(work), i_(i) {}
    void work() override { commit_ = work_(i_); }
    void commit() override {
        if (commit_) commit_();
    }

  private:
    const std::function<std::function<void()>(uint64_t)>& work_;
    uint64_t i_;
    std::function<void()> commit_;
};

}  // namespace

void run_pipeline(uint64_t n, int jobs, const Read& read, const std::atomic<bool>& stop) {
    Pipeline(n, resolve_jobs(jobs), read, stop).run();
}

void run_pipeline(uint64_t n, int jobs, const std::function<std::function<void()>(uint64_t)>& work,
                  const std::atomic<bool>& stop) {
    run_pipeline(n, jobs, Read([&work](uint64_t i) { return std::make_unique<SimpleItem>(work, i); }), stop);
}

}  // namespace bfr
