#include "reports/pipeline.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/error.h"
#include "reports/threads.h"

namespace bfr {
namespace {

using namespace std::chrono_literals;

// Counts what goes on at once.
struct Watch {
    std::atomic<int> alive{0}, most_alive{0}, reading{0}, working{0}, writing{0}, committing{0};
    std::atomic<bool> read_beside_work{false}, write_beside_work{false}, commits_met{false};
    std::atomic<int> throw_in_read{-1}, throw_in_work{-1}, throw_in_write{-1}, throw_in_commit{-1};
    std::mutex mutex;
    std::vector<int> committed;
    std::function<void(int)> on_work;
};

class Item : public PipelineItem {
  public:
    Item(Watch& watch, int i) : watch_(watch), i_(i) {
        const int alive = ++watch_.alive;
        for (int most = watch_.most_alive; alive > most && !watch_.most_alive.compare_exchange_weak(most, alive);) {
        }
        ++watch_.reading;
        if (watch_.working > 0) watch_.read_beside_work = true;
        std::this_thread::sleep_for(1ms);
        --watch_.reading;
        if (watch_.throw_in_read == i_) {
            --watch_.alive;
            throw Error("read");
        }
    }
    ~Item() override { --watch_.alive; }
    void work() override {
        ++watch_.working;
        if (watch_.on_work) watch_.on_work(i_);
        std::this_thread::sleep_for(2ms);
        --watch_.working;
        if (watch_.throw_in_work == i_) throw Error("work");
    }
    void write() override {
        if (watch_.working > 0) watch_.write_beside_work = true;
        std::this_thread::sleep_for(1ms);
        if (watch_.throw_in_write == i_) throw Error("write");
    }
    void commit() override {
        if (++watch_.committing > 1) watch_.commits_met = true;
        watch_.committed.push_back(i_);
        --watch_.committing;
        if (watch_.throw_in_commit == i_) throw Error("commit");
    }

  private:
    Watch& watch_;
    int i_;
};

void run_items(Watch& watch, int n, int jobs, const std::atomic<bool>& stop) {
    run_pipeline(
        static_cast<uint64_t>(n), jobs,
        [&](uint64_t i) -> std::unique_ptr<PipelineItem> { return std::make_unique<Item>(watch, static_cast<int>(i)); },
        stop);
}

TEST(Pipeline, EveryItemOnceAndFewInHand) {
    for (const int jobs : {1, 3, 8}) {
        Watch watch;
        const std::atomic<bool> stop{false};
        run_items(watch, 100, jobs, stop);
        std::sort(watch.committed.begin(), watch.committed.end());
        ASSERT_EQ(watch.committed.size(), 100u);
        for (int i = 0; i < 100; i++) EXPECT_EQ(watch.committed[static_cast<size_t>(i)], i);
        EXPECT_LE(watch.most_alive, 2 * jobs + 2);
        EXPECT_EQ(watch.alive, 0);
        EXPECT_FALSE(watch.commits_met);
    }
}

TEST(Pipeline, OneJobStillReadsAheadAndWritesBehind) {
    Watch watch;
    const std::atomic<bool> stop{false};
    run_items(watch, 30, 1, stop);
    EXPECT_TRUE(watch.read_beside_work);
    EXPECT_TRUE(watch.write_beside_work);
}

TEST(Pipeline, OneJobWorksOnOneItemAtATime) {
    Watch watch;
    std::atomic<bool> met{false};
    watch.on_work = [&](int) {
        if (watch.working > 1) met = true;
    };
    const std::atomic<bool> stop{false};
    run_items(watch, 30, 1, stop);
    EXPECT_FALSE(met);
}

TEST(Pipeline, NothingToDo) {
    Watch watch;
    const std::atomic<bool> stop{false};
    run_items(watch, 0, 2, stop);
    EXPECT_TRUE(watch.committed.empty());
    run_pipeline(
        5, 2, [](uint64_t) { return std::unique_ptr<PipelineItem>(); }, stop);
}

TEST(Pipeline, AnExceptionOfAnyStageComesOut) {
    for (const int stage : {0, 1, 2, 3}) {
        Watch watch;
        (stage == 0   ? watch.throw_in_read
         : stage == 1 ? watch.throw_in_work
         : stage == 2 ? watch.throw_in_write
                      : watch.throw_in_commit) = 10;
        const std::atomic<bool> stop{false};
        try {
            run_items(watch, 200, 2, stop);
            FAIL() << stage;
        } catch (const Error& error) {
            EXPECT_STREQ(error.what(), (std::vector{"read", "work", "write", "commit"}[static_cast<size_t>(stage)]));
        }
        EXPECT_LT(watch.committed.size(), 40u);
        EXPECT_EQ(watch.alive, 0);
    }
}

TEST(Pipeline, StopFinishesWhatIsAtWork) {
    Watch watch;
    std::atomic<bool> stop{false};
    std::atomic<int> begun{0};
    watch.on_work = [&](int i) {
        ++begun;
        if (i == 20) stop = true;
    };
    run_items(watch, 200, 2, stop);
    EXPECT_EQ(static_cast<int>(watch.committed.size()), begun);
    EXPECT_LT(begun, 40);
    EXPECT_EQ(watch.alive, 0);
}

TEST(Pipeline, TheSimpleFormCommitsOneAtATime) {
    std::atomic<bool> stop{false};
    uint64_t sum = 0;  // unguarded on purpose: the results run one at a time
    run_pipeline(
        1000, 4, [&](uint64_t i) -> std::function<void()> { return [&sum, i] { sum += i; }; }, stop);
    EXPECT_EQ(sum, 999u * 1000 / 2);
}

TEST(Pipeline, WorkersHaveTheThreadsOfAJob) {
    const std::atomic<bool> stop{false};
    for (const int threads : {1, 2}) {
        set_up_process_threads(2, threads);
        std::atomic<int> wrong{0};
        run_pipeline(
            8, 2,
            [&](uint64_t) {
                if (at::get_num_threads() != threads) ++wrong;
                return std::function<void()>();
            },
            stop);
        EXPECT_EQ(wrong, 0) << threads;
    }
    set_up_process_threads(1, 1);
}

// A thread that is about to wait may be the one that finds the last items given up: nobody else would wake it.
TEST(Pipeline, AStopAtAnyMomentEndsIt) {
    for (int round = 0; round < 4000; round++) {
        std::atomic<bool> stop{false};
        std::thread stopper([&] {
            const auto moment = std::chrono::steady_clock::now() + round % 400 * 250ns;
            while (std::chrono::steady_clock::now() < moment) {
            }
            stop = true;
        });
        std::atomic<int> begun{0}, ended{0};
        run_pipeline(
            100, 1 + round % 2,
            [&](uint64_t) -> std::function<void()> {
                begun++;
                return [&] { ended++; };
            },
            stop);
        stopper.join();
        EXPECT_EQ(begun, ended);
    }
}

}  // namespace
}  // namespace bfr
