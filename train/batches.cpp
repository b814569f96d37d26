#include "train/batches.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "train/degrade/degrade.h"

namespace bfr::train {

namespace {

// The first `count` of a shuffled 0 .. n - 1.
std::vector<int64_t> shuffled(int64_t n, int64_t count, const Draw& draw) {
    std::vector<int64_t> order(static_cast<size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    for (int64_t i = 0; i < count; i++) {
        const auto other =
            i + static_cast<int64_t>(draw.integer(static_cast<uint64_t>(i), static_cast<uint64_t>(n - i)));
        std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(other)]);
    }
    order.resize(static_cast<size_t>(count));
    return order;
}

}  // namespace

Split split_by_group(const PackReader& pack, int64_t held_out, uint64_t seed) {
    std::map<std::string, std::vector<int64_t>> groups;
    for (int64_t i = 0; i < pack.size(); i++) {
        const std::string& group = pack.group(i);
        groups[group.empty() ? "\x1f" + pack.id(i) : group].push_back(i);
    }
    const auto count = static_cast<int64_t>(groups.size());
    if (held_out < 1 || held_out >= count)
        throw UsageError(fmt::format("{} of {} people can't be held out for validation", held_out, count));
    std::vector<bool> held(static_cast<size_t>(count));
    for (const int64_t i : shuffled(count, held_out, Draw(seed, "", "train/held_out")))
        held[static_cast<size_t>(i)] = true;
    Split split;
    size_t at = 0;
    for (const auto& [name, indices] : groups) {
        if (held[at++]) {
            split.validation.indices.push_back(indices.front());
        } else {
            split.training.indices.insert(split.training.indices.end(), indices.begin(), indices.end());
        }
    }
    return split;
}

BatchSource::BatchSource(std::shared_ptr<const PackReader> pack, Subset subset, DegradationPreset degradation,
                         int64_t batch, uint64_t seed, at::Device device)
    : pack_(std::move(pack)),
      subset_(std::move(subset)),
      degradation_(std::move(degradation)),
      batch_(batch),
      seed_(seed),
      device_(device) {
    if (size() < batch) throw UsageError(fmt::format("{} pictures are fewer than a batch of {}", size(), batch));
}

std::shared_ptr<const std::vector<int64_t>> BatchSource::order_of(int64_t epoch) const {
    const std::lock_guard lock(mutex_);
    auto& order = orders_[epoch];
    if (!order) {
        order = std::make_shared<const std::vector<int64_t>>(
            shuffled(size(), size(), Draw(seed_, std::to_string(epoch), "train/order")));
        while (orders_.size() > 2) orders_.erase(orders_.begin());
    }
    return orders_.at(epoch);
}

Batch BatchSource::training(int64_t iteration) const {
    std::vector<Item> items;
    for (int64_t slot = 0; slot < batch_; slot++) {
        const int64_t n = iteration * batch_ + slot;
        const std::string draw = "train/" + std::to_string(n);
        const int64_t place = (*order_of(n / size()))[static_cast<size_t>(n % size())];
        const bool mirrored = Draw(seed_, draw, "train/mirror").uniform(0) < 0.5;
        items.push_back({subset_.indices[static_cast<size_t>(place)], mirrored, draw});
    }
    return make(items);
}

Batch BatchSource::fixed(int64_t first, int64_t count) const {
    std::vector<Item> items;
    for (int64_t i = first; i < std::min(first + count, size()); i++) {
        const int64_t index = subset_.indices[static_cast<size_t>(i)];
        items.push_back({index, false, pack_->id(index)});
    }
    return make(items);
}

at::Tensor BatchSource::clean(int64_t first, int64_t count) const {
    std::vector<at::Tensor> pictures;
    for (int64_t i = first; i < std::min(first + count, size()); i++)
        pictures.push_back(pack_->picture(subset_.indices[static_cast<size_t>(i)]));
    return at::stack(pictures).to(device_, at::kFloat) / 127.5 - 1;
}

Batch BatchSource::make(const std::vector<Item>& items) const {
    const at::NoGradGuard no_grad;
    Batch batch;
    std::vector<at::Tensor> clean, degraded;
    for (const auto& item : items) {
        at::Tensor picture = pack_->picture(item.index);
        if (item.mirrored) picture = picture.flip(2);
        picture = picture.to(device_, at::kFloat) / 255;
        const int side = pack_->side();
        const Degraded made = degrade(picture, draw_parameters(degradation_, seed_, item.draw, side, side));
        clean.push_back(made.reference);
        degraded.push_back(made.picture);
        batch.ids.push_back(pack_->id(item.index));
    }
    batch.clean = at::stack(clean) * 2 - 1;
    batch.degraded = at::stack(degraded) * 2 - 1;
    return batch;
}

void check_pack(int64_t size, const BatchSource& training) {
    if (training.side() == size) return;
    throw UsageError(
        fmt::format("the pack's faces have {0} pixels, where size={1} is to be learnt: make a pack by "
                    "bfr pack --size {1}, or give size={0}",
                    training.side(), size));
}

Prefetcher::Prefetcher(std::function<Batch(int64_t)> make, int64_t first, int workers)
    : make_(std::move(make)), ahead_(2 * static_cast<size_t>(workers)), last_(first) {
    for (int i = 0; i < workers; i++) threads_.emplace_back([this] { work(); });
}

Prefetcher::~Prefetcher() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void Prefetcher::work() {
    for (;;) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopping_ || !wanted_.empty(); });
        if (stopping_) return;
        auto [iteration, promise] = std::move(wanted_.front());
        wanted_.pop_front();
        lock.unlock();
        try {
            promise.set_value(make_(iteration));
        } catch (...) {
            promise.set_exception(std::current_exception());
        }
    }
}

Batch Prefetcher::next() {
    {
        const std::lock_guard lock(mutex_);
        while (coming_.size() <= ahead_) {
            std::promise<Batch> promise;
            coming_.push_back(promise.get_future());
            wanted_.emplace_back(last_++, std::move(promise));
        }
    }
    changed_.notify_all();
    std::future<Batch> batch = std::move(coming_.front());
    coming_.pop_front();
    const auto start = std::chrono::steady_clock::now();
    batch.wait();
    waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return batch.get();
}

}  // namespace bfr::train
