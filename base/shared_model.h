// One instance of what is dear to load, however many units use it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace bfr {

// The process's one instance under `key`, made where there is none and freed with its last user: several units that
// read the same model file hold it in memory once. A `make` that throws leaves nothing behind.
template <class T>
std::shared_ptr<T> shared_model(const std::string& key, const std::function<std::shared_ptr<T>()>& make) {
    static std::mutex mutex;
    static std::map<std::string, std::weak_ptr<T>> known;
    const std::lock_guard lock(mutex);
    auto& slot = known[key];
    if (auto alive = slot.lock()) return alive;
    auto made = make();
    slot = made;
    return made;
}

}  // namespace bfr
