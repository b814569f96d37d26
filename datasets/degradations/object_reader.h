// JSON objects read strictly, and the words that stand for values in them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/names.h"
#include "datasets/degradations/parameters.h"

namespace bfr {

template <class Value>
using Names = std::span<const std::pair<std::string_view, Value>>;

inline constexpr std::pair<std::string_view, KernelType> kKernelNames[]{{"iso", KernelType::kIso},
                                                                        {"aniso", KernelType::kAniso}};
inline constexpr std::pair<std::string_view, ChannelOrder> kChannelNames[]{{"bgr", ChannelOrder::kBgr},
                                                                           {"rgb", ChannelOrder::kRgb}};
inline constexpr std::pair<std::string_view, Interpolation> kInterpolationNames[]{
    {"bilinear", Interpolation::kBilinear},
    {"area", Interpolation::kArea},
    {"bicubic", Interpolation::kBicubic},
    {"nearest", Interpolation::kNearest}};

template <class Value>
std::string name_of(Names<Value> names, Value value) {
    for (const auto& [name, known] : names) {
        if (known == value) return std::string(name);
    }
    BFR_CHECK(false, "a value without a name");
}

// UsageError, with near names, where no value is called `given`.
template <class Value>
Value value_of(Names<Value> names, std::string_view what, const std::string& given, const std::string& where) {
    std::vector<std::string> known;
    for (const auto& [name, value] : names) {
        if (name == given) return value;
        known.emplace_back(name);
    }
    throw UsageError(where + ": " + unknown_name(what, given, known));
}

// Each key is asked for, then finish() finds those that nobody asked for. All throw UsageError that begins with
// `where`.
class ObjectReader {
  public:
    ObjectReader(const Json& json, std::string where);

    bool has(const char* key);  // for a key that may be left out
    const Json& member(const char* key);
    double number(const char* key);
    uint64_t natural(const char* key, uint64_t most);
    int integer(const char* key);
    int signed_integer(const char* key);
    bool flag(const char* key);
    std::string text(const char* key);
    const Json& array(const char* key);
    template <class Value, size_t n>
    Value choice(const char* key, const std::pair<std::string_view, Value> (&names)[n]) {
        return value_of<Value>(names, key, text(key), where_);
    }
    void finish() const;
    [[noreturn]] void fail(const std::string& what) const { throw UsageError(where_ + ": " + what); }
    const std::string& where() const { return where_; }

  private:
    void know(const char* key);
    bool is_known(const std::string& key) const;
    // A misspelt key is a missing and an unknown one: the message names the unknown one where it is near the missing.
    void fail_if_misspelt(const char* missing) const;

    const Json& json_;
    std::string where_;
    std::vector<std::string> known_;
};

}  // namespace bfr
