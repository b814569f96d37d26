// Conditions on a comparison that a person sets: "lpips > baseline + 0.005".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bfr {

// VALUE, one of < <= > >=, and a sum of products of numbers and the word `baseline`: with + - * / and parentheses.
class Gate {
  public:
    // `values`: what VALUE may be; the longest that fits is taken. UsageError, pointing at the place, where the text is
    // no such condition, and for a value that isn't one of them.
    Gate(std::string text, const std::vector<std::string>& values);

    const std::string& text() const { return text_; }
    const std::string& value() const { return value_; }
    bool uses_baseline() const { return uses_baseline_; }

    // What stands on the right; absent where it is not finite (a division by 0). `baseline` is not read where
    // uses_baseline() is false.
    std::optional<double> limit(double baseline) const;
    bool holds(double number, double limit) const;

  private:
    std::string text_, value_;
    std::string_view relation_;
    size_t limit_at_ = 0;
    bool uses_baseline_ = false;
};

}  // namespace bfr
