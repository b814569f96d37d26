#include "base/spec.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "base/json.h"
#include "base/names.h"

namespace bfr {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; }

class Parser {
  public:
    // `form`: what the text should look like.
    Parser(std::string_view text, std::string_view form) : text_(text), form_(form) {}

    Spec spec() {
        Spec result(word("the name of a unit"));
        if (at_end()) return result;
        expect(':');
        do {
            const std::string key = word("an option's name");
            expect('=');
            if (result.options().contains(key)) fail(fmt::format("option '{}' is given twice", key));
            result.set(key, value());
        } while (!at_end() && (expect(','), true));
        return result;
    }

    OptionValues option_values() {
        OptionValues result{word("an option's name"), {}};
        expect('=');
        do {
            result.values.push_back(value());
        } while (!at_end() && (expect(','), true));
        return result;
    }

  private:
    bool at_end() const { return at_ == text_.size(); }

    [[noreturn]] void fail(const std::string& what) const {
        throw UsageError(fmt::format("'{}': {} at character {}; {}, and a value with , = : or \" is quoted", text_,
                                     what, at_ + 1, form_));
    }
    void expect(char c) {
        if (at_end() || text_[at_] != c) fail(fmt::format("'{}' is expected", c));
        at_++;
    }
    std::string word(const char* what) {
        const size_t start = at_;
        while (!at_end() && is_word(text_[at_])) at_++;
        if (at_ == start) fail(fmt::format("{} is expected", what));
        return std::string(text_.substr(start, at_ - start));
    }
    std::string value() {
        std::string result;
        if (at_end() || text_[at_] != '"') {
            while (!at_end() && text_[at_] != ',') {
                if (std::string_view("=:\"").find(text_[at_]) != std::string_view::npos)
                    fail("this value must be quoted,");
                result += text_[at_++];
            }
            if (result.empty()) fail("a value is expected");
            return result;
        }
        at_++;
        while (!at_end() && text_[at_] != '"') {
            if (text_[at_] == '\\') at_++;
            if (at_end()) break;
            result += text_[at_++];
        }
        expect('"');
        return result;
    }

    std::string_view text_, form_;
    size_t at_ = 0;
};

std::string quoted_if_needed(const std::string& value) {
    if (!value.empty() && value.find_first_of(",=:\"\\") == std::string::npos) return value;
    std::string result = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

bool is_list_of_texts(const Json& json) {
    return json.is_array() && std::all_of(json.begin(), json.end(), [](const Json& item) { return item.is_string(); });
}

template <class Number>
std::optional<Number> parse_number(const std::string& text) {
    Number number{};
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

Spec Spec::parse(std::string_view text) { return Parser(text, "a spec is name:key=value,key=value").spec(); }

OptionValues OptionValues::parse(std::string_view text) {
    return Parser(text, "an option's values are option=value,value").option_values();
}

Spec Spec::from_json(const Json& json) {
    if (json.is_string()) return parse(json.get<std::string>());
    if (!json.is_object() || !json.contains("name") || !json["name"].is_string()) {
        throw UsageError(
            fmt::format("a unit is a text such as \"psnr:space=y\" or an object with a \"name\", not {}", json.dump()));
    }
    Spec spec = parse(json["name"].get<std::string>());
    for (const auto& [key, value] : json.items()) {
        if (key == "name") continue;
        if (value.is_string()) {
            spec.set(key, value.get<std::string>());
        } else if (value.is_number() || value.is_boolean() || is_list_of_texts(value)) {
            spec.set(key, value.dump());
        } else {
            throw UsageError(
                fmt::format("{}: option '{}' must be a text, a number, a boolean or a list of texts, not {}",
                            spec.name(), key, value.dump()));
        }
    }
    return spec;
}

std::string Spec::canonical() const {
    std::string text = name_;
    char separator = ':';
    for (const auto& [key, value] : options_) {
        text += fmt::format("{}{}={}", separator, key, quoted_if_needed(value));
        separator = ',';
    }
    return text;
}

const std::string* SpecReader::find(const std::string& key) {
    known_.insert(key);
    const auto found = spec_.options().find(key);
    return found == spec_.options().end() ? nullptr : &found->second;
}

void SpecReader::wrong(const std::string& key, const std::string& value, const std::string& wanted) const {
    throw UsageError(fmt::format("{} {}: {}={} must be {}", kind_, spec_.name(), key, value, wanted));
}

bool SpecReader::has(const std::string& key) { return find(key) != nullptr; }

std::string SpecReader::text(const std::string& key, const std::string& fallback) {
    const auto* value = find(key);
    return values_[key] = value ? *value : fallback;
}

std::string SpecReader::choice(const std::string& key, const std::string& fallback,
                               std::span<const std::string> allowed) {
    const std::string value = text(key, fallback);
    for (const auto& one : allowed) {
        if (value == one) return value;
    }
    wrong(key, value, fmt::format("one of {}", fmt::join(allowed, ", ")));
}

std::vector<std::string> SpecReader::choices(const std::string& key, std::span<const std::string> allowed) {
    const auto* value = find(key);
    values_[key] = "";
    if (!value) return {};
    std::set<std::string> given;
    if (value->starts_with('[')) {
        const Json list = Json::parse(*value, nullptr, false);
        if (is_list_of_texts(list))
            given = list.get<std::set<std::string>>();
        else
            given.insert(*value);
    } else {
        for (size_t begin = 0; begin <= value->size();) {
            const size_t end = std::min(value->find_first_of("+,", begin), value->size());
            given.insert(value->substr(begin, end - begin));
            begin = end + 1;
        }
    }
    std::vector<std::string> chosen;
    for (const auto& one : allowed) {
        if (given.erase(one) > 0) chosen.push_back(one);
    }
    if (!given.empty()) wrong(key, *value, fmt::format("some of {}, joined by +", fmt::join(allowed, ", ")));
    values_[key] = fmt::format("{}", fmt::join(chosen, "+"));
    return chosen;
}

double SpecReader::number(const std::string& key, double fallback, double lo, double hi) {
    const auto* value = find(key);
    const auto parsed = value ? parse_number<double>(*value) : fallback;
    if (value && (!parsed || !(*parsed >= lo && *parsed <= hi)))
        wrong(key, *value, fmt::format("a number from {} to {}", lo, hi));
    values_[key] = fmt::format("{}", *parsed);
    return *parsed;
}

int64_t SpecReader::integer(const std::string& key, int64_t fallback, int64_t lo, int64_t hi) {
    const auto* value = find(key);
    const auto parsed = value ? parse_number<int64_t>(*value) : fallback;
    if (value && (!parsed || *parsed < lo || *parsed > hi))
        wrong(key, *value, fmt::format("a whole number from {} to {}", lo, hi));
    values_[key] = std::to_string(*parsed);
    return *parsed;
}

bool SpecReader::flag(const std::string& key, bool fallback) {
    const auto* value = find(key);
    const bool on = value && (*value == "true" || *value == "1" || *value == "on");
    const bool off = value && (*value == "false" || *value == "0" || *value == "off");
    if (value && !on && !off) wrong(key, *value, "true or false");
    const bool result = value ? on : fallback;
    values_[key] = result ? "true" : "false";
    return result;
}

void SpecReader::finish() const {
    const std::vector<std::string> known(known_.begin(), known_.end());
    for (const auto& [key, value] : spec_.options()) {
        if (known_.contains(key)) continue;
        if (known.empty())
            throw UsageError(fmt::format("{} {} has no options, but {}={} was given", kind_, spec_.name(), key, value));
        throw UsageError(fmt::format("{} {}: {}", kind_, spec_.name(), unknown_name("option", key, known)));
    }
    if (purpose_ == Purpose::kOptions) throw OptionsRead();
}

}  // namespace bfr
