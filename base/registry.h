// The table of a folder's units: one visible list, one factory each.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/names.h"
#include "base/spec.h"

namespace bfr {

struct OptionInfo {
    std::string key, fallback, summary;
    bool is_path = false;  // a relative one in a configuration is relative to the configuration's folder
    bool aside = false;    // asks for more files: no value and no picture changes by it
};

template <class Unit, class Context>
struct RegistryEntry {
    std::string name;
    std::string summary;
    std::vector<OptionInfo> options;
    // Reads its options through the reader and throws UsageError for bad ones, NotAvailable where something is missing.
    std::function<std::unique_ptr<Unit>(SpecReader&, const Context&)> make;
    bool runs_code = false;  // runs a program or loads code that its options name: made only where that is allowed
};

template <class Unit, class Context>
class Registry {
  public:
    using Entry = RegistryEntry<Unit, Context>;

    // `kind`: "method", "metric", "task". `otherwise`: what a person may do who wants a unit that isn't here. Throws
    // where two entries share a name.
    Registry(std::string kind, std::vector<Entry> entries, std::string otherwise = "")
        : kind_(std::move(kind)), entries_(std::move(entries)), otherwise_(std::move(otherwise)) {
        for (size_t i = 0; i < entries_.size(); i++) {
            for (size_t j = 0; j < i; j++)
                BFR_CHECK(entries_[i].name != entries_[j].name, "two units named {}", entries_[i].name);
        }
    }

    const std::vector<Entry>& entries() const { return entries_; }

    // Null where there is none of that name.
    const Entry* find(const std::string& name) const {
        for (const auto& entry : entries_) {
            if (entry.name == name) return &entry;
        }
        return nullptr;
    }

    // Context::allow_commands says whether what runs code may be made.
    std::unique_ptr<Unit> make(const Spec& spec, const Context& context) const {
        const Entry& entry = entry_of(spec);
        if (entry.runs_code && !context.allow_commands) {
            throw UsageError(fmt::format(
                "{} {} runs a program or loads code: what a configuration names is run only with --allow-commands",
                kind_, spec.canonical()));
        }
        SpecReader reader(spec, kind_);
        auto unit = entry.make(reader, context);
        reader.finish();
        return unit;
    }

    // The options as the unit would read them, defaults included (SpecReader::values); UsageError for bad ones, as
    // make() has it. Nothing is loaded, looked for or run.
    std::map<std::string, std::string> read_options(const Spec& spec) const {
        const Entry& entry = entry_of(spec);
        SpecReader reader(spec, kind_, SpecReader::Purpose::kOptions);
        try {
            entry.make(reader, Context());
            reader.finish();
        } catch (const SpecReader::OptionsRead&) {  // as wanted
        }
        return reader.values();
    }

  private:
    const Entry& entry_of(const Spec& spec) const {
        if (const Entry* entry = find(spec.name())) return *entry;
        std::vector<std::string> known;
        for (const auto& one : entries_) known.push_back(one.name);
        throw UsageError(unknown_name(kind_, spec.name(), known) + (otherwise_.empty() ? "" : "\n" + otherwise_));
    }

    std::string kind_;
    std::vector<Entry> entries_;
    std::string otherwise_;
};

}  // namespace bfr
