#include "reports/training/words.h"

#include <fmt/format.h>

namespace bfr {

std::string grouped(int64_t number) {
    std::string text;
    for (const std::string digits = std::to_string(number); const char& digit : digits) {
        text += digit;
        const size_t left = digits.size() - static_cast<size_t>(&digit - digits.data()) - 1;
        if (left > 0 && left % 3 == 0) text += ',';
    }
    return text;
}

std::string duration(double seconds) {
    if (seconds < 90) return fmt::format("{:.0f} s", seconds);
    if (seconds < 90 * 60) return fmt::format("{:.0f} min", seconds / 60);
    return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace bfr
