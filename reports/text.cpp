#include "reports/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ranges>

namespace bfr {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct CodePoint {
    uint32_t value;
    size_t bytes;
    bool valid;
};

// Well-formed sequences only (The Unicode Standard, table 3-7): no overlong ones, surrogates, or values past U+10FFFF.
CodePoint decode(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};
    const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {0, 1, false};
    uint32_t value = lead & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((byte(i) & 0xC0) != 0x80) return {0, 1, false};
        value = value << 6 | (byte(i) & 0x3F);
    }
    constexpr std::array<uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < kLeast[length] || value > 0x10FFFF || surrogate) return {0, 1, false};
    return {value, length, true};
}

bool acts_on_its_surroundings(uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || (c >= 0x200E && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

}  // namespace

std::string visible(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const CodePoint c = decode(text);
        if (c.valid && (c.value == '\n' || c.value == '\r' || c.value == '\t')) {
            out += ' ';
        } else if (!c.valid || acts_on_its_surroundings(c.value)) {
            out += kReplacement;
        } else {
            out += text.substr(0, c.bytes);
        }
        text.remove_prefix(c.bytes);
    }
    return out;
}

std::string on_one_line(std::string_view text) {
    std::string out;
    for (const auto part : std::views::split(text, '\n')) {
        std::string_view line(part.begin(), part.end());
        const auto first = line.find_first_not_of(" \t\r");
        if (first == std::string_view::npos) continue;
        line = line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
        if (!out.empty()) out += out.ends_with(':') || out.ends_with(';') || out.ends_with(',') ? " " : "; ";
        out += line;
    }
    return out;
}

std::string rounded(double number, int decimals) {
    if (std::abs(number) >= 1e9) return fmt::format("{:.3e}", number);
    std::string text = fmt::format("{:.{}f}", number, std::clamp(decimals, 0, 12));
    if (text.front() == '-' && text.find_first_of("123456789") == std::string::npos) text.erase(0, 1);
    return text;
}

double six_digits(double number) {
    const std::string text = fmt::format("{:.6g}", number);
    double result = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
    return error == std::errc() ? result : number;
}

std::string with_prefix(double number) {
    constexpr std::array<std::string_view, 4> kPrefixes = {"", " k", " M", " G"};
    size_t power = 0;
    while (std::abs(number) >= 1000 && power + 1 < kPrefixes.size()) {
        number /= 1000;
        power++;
    }
    return fmt::format("{:.3g}{}", number, kPrefixes[power]);
}

std::string bytes_text(uint64_t bytes) { return with_prefix(static_cast<double>(bytes)) + (bytes < 1000 ? " B" : "B"); }

std::string count_text(uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string shell_word(const std::string& word) {
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
    std::string out = "'";
    for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

std::string short_hash(std::string_view sha256) { return std::string(sha256.substr(0, 12)); }

}  // namespace bfr
