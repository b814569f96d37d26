// What a metric computes of its references alone: made once, however many methods are compared with them.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace bfr {

// The value for the rows of one identity (FeatureRows::identity()), the last that was asked for. Thread-safe: whoever
// asks while it is being made waits for it.
template <class Value>
class KeptOfRows {
  public:
    // An empty identity equals none. What `make` throws leaves nothing behind.
    std::shared_ptr<const Value> of(const std::string& identity, const std::function<Value()>& make) const {
        const std::lock_guard lock(mutex_);
        if (!value_ || identity.empty() || identity != identity_) {
            value_.reset();
            value_ = std::make_shared<const Value>(make());
            identity_ = identity;
        }
        return value_;
    }

  private:
    mutable std::mutex mutex_;
    mutable std::string identity_;
    mutable std::shared_ptr<const Value> value_;
};

}  // namespace bfr
