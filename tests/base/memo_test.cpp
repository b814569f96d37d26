#include "base/memo.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "base/pool.h"

namespace bfr {
namespace {

TEST(Memo, ComputesOnceForManyThreads) {
    Memo memo;
    std::atomic<int> made = 0;
    std::vector<std::jthread> threads;
    for (int k = 0; k < 8; k++) {
        threads.emplace_back([&] {
            const int& value = memo.get<int>("answer", [&] {
                made++;
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
                return 42;
            });
            EXPECT_EQ(value, 42);
        });
    }
    threads.clear();
    EXPECT_EQ(made, 1);
}

TEST(Memo, KeepsNothingOfAComputationThatThrew) {
    Memo memo;
    EXPECT_THROW(memo.get<int>("x", []() -> int { throw std::runtime_error("no"); }), std::runtime_error);
    EXPECT_EQ(memo.get<int>("x", [] { return 1; }), 1);
}

TEST(Memo, AValueMayBeMadeFromAnother) {
    Memo memo;
    EXPECT_EQ(memo.get<int>("twice", [&] { return 2 * memo.get<int>("once", [] { return 3; }); }), 6);
}

TEST(Pool, ReusesWhatIsIdleAndNeverShares) {
    std::atomic<int> made = 0;
    Pool<std::atomic<int>> pool([&] {
        made++;
        return std::make_unique<std::atomic<int>>(0);
    });
    for (int k = 0; k < 5; k++) pool.with([](auto&) {});
    EXPECT_EQ(made, 1);
    std::vector<std::jthread> threads;
    for (int k = 0; k < 4; k++) {
        threads.emplace_back([&] {
            for (int i = 0; i < 200; i++) {
                pool.with([](std::atomic<int>& users) {
                    EXPECT_EQ(++users, 1);
                    std::this_thread::yield();
                    users--;
                });
            }
        });
    }
    threads.clear();
    EXPECT_LE(made, 4);
    EXPECT_THROW(pool.with([](auto&) { throw std::runtime_error("no"); }), std::runtime_error);
    EXPECT_LE(made, 4);
}

}  // namespace
}  // namespace bfr
