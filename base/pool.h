// Instances of something that only one thread may use at a time (a dlib network, say), made when first needed.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace bfr {

template <class T>
class Pool {
  public:
    // `make` may be called by several threads at once.
    explicit Pool(std::function<std::unique_ptr<T>()> make) : make_(std::move(make)) {}

    // Runs use(instance) on an instance that no other thread has meanwhile, and returns what it returns.
    template <class Use>
    auto with(Use&& use) {
        const Lease lease(*this);
        return use(*lease.instance);
    }

  private:
    struct Lease {
        explicit Lease(Pool& owner) : pool(owner), instance(owner.take()) {}
        ~Lease() { pool.give(std::move(instance)); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Pool& pool;
        std::unique_ptr<T> instance;
    };
    std::unique_ptr<T> take() {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                auto instance = std::move(idle_.back());
                idle_.pop_back();
                return instance;
            }
        }
        return make_();
    }
    void give(std::unique_ptr<T> instance) {
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(instance));
    }

    std::function<std::unique_ptr<T>()> make_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<T>> idle_;
};

}  // namespace bfr
