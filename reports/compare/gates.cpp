#include "reports/compare/gates.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/names.h"

namespace bfr {
namespace {

constexpr std::array<std::string_view, 4> kRelations = {"<=", ">=", "<", ">"};  // the longer ones first
constexpr std::string_view kBaseline = "baseline";
constexpr int kDeepest = 50;  // parentheses and signs in one another: each is a call

bool is_blank(char c) { return c == ' ' || c == '\t'; }

[[noreturn]] void refuse(const std::string& text, size_t at, const std::string& what) {
    throw UsageError(
        fmt::format("--fail-if: {} at character {}:\n  {}\n  {}^", what, at + 1, text, std::string(at, ' ')));
}

// Reads an expression and computes it on the way.
class Reader {
  public:
    Reader(const std::string& text, size_t at, double baseline) : text_(text), at_(at), baseline_(baseline) {}

    double whole() {
        const double number = sum();
        if (at_ < text_.size()) refuse(text_, at_, "'+', '-', '*', '/' or the end is expected");
        return number;
    }
    bool met_baseline() const { return met_baseline_; }

  private:
    double sum() {
        double number = product();
        while (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) {
            const bool minus = text_[at_++] == '-';
            const double next = product();
            number += minus ? -next : next;
        }
        return number;
    }

    double product() {
        double number = factor();
        while (at_ < text_.size() && (text_[at_] == '*' || text_[at_] == '/')) {
            const bool divide = text_[at_++] == '/';
            const double next = factor();
            number = divide ? number / next : number * next;
        }
        return number;
    }

    double factor() {
        skip_blanks();
        if (at_ == text_.size()) refuse(text_, at_, "a number or 'baseline' is expected");
        if (++depth_ > kDeepest) refuse(text_, at_, "simpler, please: too many parentheses and signs");
        double number = 0;
        if (text_[at_] == '-') {
            at_++;
            number = -factor();
        } else if (text_[at_] == '(') {
            at_++;
            number = sum();
            if (at_ == text_.size() || text_[at_] != ')') refuse(text_, at_, "')' is expected");
            at_++;
        } else {
            number = word();
        }
        depth_--;
        skip_blanks();
        return number;
    }

    double word() {
        if (std::string_view(text_).substr(at_).starts_with(kBaseline)) {
            at_ += kBaseline.size();
            met_baseline_ = true;
            return baseline_;
        }
        double number = 0;
        const char* const begin = text_.data() + at_;
        const auto [end, code] = std::from_chars(begin, text_.data() + text_.size(), number);
        if (code != std::errc() || !std::isfinite(number)) refuse(text_, at_, "a number or 'baseline' is expected");
        at_ += static_cast<size_t>(end - begin);
        return number;
    }

    void skip_blanks() {
        while (at_ < text_.size() && is_blank(text_[at_])) at_++;
    }

    const std::string& text_;
    size_t at_;
    double baseline_;
    int depth_ = 0;
    bool met_baseline_ = false;
};

std::string_view relation_at(std::string_view text, size_t at) {
    for (const std::string_view relation : kRelations)
        if (text.substr(at).starts_with(relation)) return relation;
    return {};
}

size_t after_blanks(std::string_view text, size_t at) {
    while (at < text.size() && is_blank(text[at])) at++;
    return at;
}

}  // namespace

Gate::Gate(std::string text, const std::vector<std::string>& values) : text_(std::move(text)) {
    const size_t begin = after_blanks(text_, 0);
    size_t at = begin;
    // A name may hold any character: one that is known is met whole.
    for (const std::string& value : values) {
        if (value.size() < value_.size() || !std::string_view(text_).substr(begin).starts_with(value)) continue;
        const size_t behind = after_blanks(text_, begin + value.size());
        if (relation_at(text_, behind).empty()) continue;
        value_ = value;
        at = behind;
    }
    if (value_.empty()) {
        const size_t relation = text_.find_first_of("<>");
        if (relation == std::string::npos)
            refuse(text_, text_.size(), "a condition is VALUE < LIMIT or VALUE > LIMIT: '<' or '>' is expected");
        size_t end = relation;
        while (end > begin && is_blank(text_[end - 1])) end--;
        if (end <= begin) refuse(text_, begin, "a value's name is expected");
        throw UsageError("--fail-if: " + unknown_name("value", text_.substr(begin, end - begin), values));
    }
    relation_ = relation_at(text_, at);
    limit_at_ = at + relation_.size();
    Reader reader(text_, limit_at_, 1);
    reader.whole();
    uses_baseline_ = reader.met_baseline();
}

std::optional<double> Gate::limit(double baseline) const {
    const double limit = Reader(text_, limit_at_, baseline).whole();
    return std::isfinite(limit) ? std::optional(limit) : std::nullopt;
}

bool Gate::holds(double number, double limit) const {
    if (relation_ == "<") return number < limit;
    if (relation_ == "<=") return number <= limit;
    if (relation_ == ">") return number > limit;
    return number >= limit;
}

}  // namespace bfr
