// Values computed once for what they belong to: a picture's views, the points found on it, a reference's statistics.
#pragma once

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace bfr {

// Thread-safe: one thread computes a value, others that ask for the same key wait for it. A computation that throws is
// not kept. `make` may ask the same memo for other keys, but not for its own.
class Memo {
  public:
    // `key` names the value and everything it depends on; the same key always means the same type.
    template <class T>
    const T& get(std::string_view key, const std::function<T()>& make) {
        std::shared_ptr<Slot> slot;
        {
            const std::lock_guard lock(mutex_);
            auto& found = slots_[std::string(key)];
            if (!found) found = std::make_shared<Slot>();
            slot = found;
        }
        const std::lock_guard lock(slot->mutex);
        if (!slot->value.has_value())
            slot->value = std::make_any<std::shared_ptr<const T>>(std::make_shared<const T>(make()));
        return *std::any_cast<const std::shared_ptr<const T>&>(slot->value);
    }

  private:
    struct Slot {
        std::mutex mutex;
        std::any value;
    };
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Slot>> slots_;
};

}  // namespace bfr
