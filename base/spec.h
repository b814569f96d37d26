// A unit and its options as text, `name:key=value,key=value`, or as JSON, {"name": ..., "key": value}. The canonical
// form of a spec is the label of its row and the key of its records everywhere.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"

namespace bfr {

class Spec {
  public:
    Spec() = default;
    explicit Spec(std::string name) : name_(std::move(name)) {}

    // A value holding ',' '=' ':' or '"', or that is empty, is quoted: outputs:dir="a,b". In quotes, \" is a quote and
    // \\ a backslash. Throws UsageError saying where the text goes wrong.
    static Spec parse(std::string_view text);
    // A string (parsed as above) or an object whose "name" is the unit and whose other members are strings, numbers,
    // booleans or lists of strings (which become their JSON text).
    static Spec from_json(const Json& json);

    const std::string& name() const { return name_; }
    const std::map<std::string, std::string>& options() const { return options_; }
    void set(const std::string& key, std::string value) { options_[key] = std::move(value); }

    // Options sorted by key, values quoted only where they must be.
    std::string canonical() const;

    bool operator==(const Spec&) const = default;

  private:
    std::string name_;
    std::map<std::string, std::string> options_;
};

// Values that an option takes in turn, as text `key=value,value`, each quoted as in a spec.
struct OptionValues {
    std::string key;
    std::vector<std::string> values;
    // Throws UsageError saying where the text goes wrong.
    static OptionValues parse(std::string_view text);
};

// Reads a unit's options with their types, and finds the keys that nobody asked for.
class SpecReader {
  public:
    // What ends a factory of which the options alone are wanted.
    struct OptionsRead {};
    enum class Purpose { kMake, kOptions };

    // `kind`: "restorer", "metric" ... for messages. The spec must outlive the reader.
    SpecReader(const Spec& spec, std::string_view kind, Purpose purpose = Purpose::kMake)
        : spec_(spec), kind_(kind), purpose_(purpose) {}

    std::string text(const std::string& key, const std::string& fallback);
    std::string choice(const std::string& key, const std::string& fallback, std::span<const std::string> allowed);
    // Some of `allowed`, in its order; none where the key isn't there. Written a+b, or "a,b" in quotes, or as a list in
    // JSON.
    std::vector<std::string> choices(const std::string& key, std::span<const std::string> allowed);
    double number(const std::string& key, double fallback, double lo, double hi);  // limits included
    int64_t integer(const std::string& key, int64_t fallback, int64_t lo, int64_t hi);
    bool flag(const std::string& key, bool fallback);  // true, false, 1, 0, on, off
    bool has(const std::string& key);
    // What is being read: its canonical form is the unit's label.
    const Spec& spec() const { return spec_; }
    // What was read, defaults included, as text that is equal where the values are: 4 for steps=04.
    const std::map<std::string, std::string>& values() const { return values_; }

    // Throws UsageError where the spec has a key that none of the calls above named, with near ones; else OptionsRead
    // where the options alone are wanted. A factory calls it once it has read them, before it loads or looks for
    // anything.
    void finish() const;

  private:
    const std::string* find(const std::string& key);
    [[noreturn]] void wrong(const std::string& key, const std::string& value, const std::string& wanted) const;
    const Spec& spec_;
    std::string kind_;
    Purpose purpose_;
    std::set<std::string> known_;
    std::map<std::string, std::string> values_;
};

}  // namespace bfr
