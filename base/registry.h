// The table of a folder's units: one visible list, one factory each.
#pragma once

#include <functional>
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
};

template <class Unit, class Context>
struct RegistryEntry {
    std::string name;
    std::string summary;
    std::vector<OptionInfo> options;
    // Reads its options through the reader and throws UsageError for bad ones, NotAvailable where something is missing.
    std::function<std::unique_ptr<Unit>(SpecReader&, const Context&)> make;
};

template <class Unit, class Context>
class Registry {
  public:
    using Entry = RegistryEntry<Unit, Context>;

    // `kind`: "restorer", "metric", "task". Throws where two entries share a name.
    Registry(std::string kind, std::vector<Entry> entries) : kind_(std::move(kind)), entries_(std::move(entries)) {
        for (size_t i = 0; i < entries_.size(); i++) {
            for (size_t j = 0; j < i; j++)
                BFR_CHECK(entries_[i].name != entries_[j].name, "two units named {}", entries_[i].name);
        }
    }

    const std::vector<Entry>& entries() const { return entries_; }

    std::unique_ptr<Unit> make(const Spec& spec, const Context& context) const {
        std::vector<std::string> known;
        for (const auto& entry : entries_) {
            if (entry.name == spec.name()) {
                SpecReader reader(spec, kind_);
                auto unit = entry.make(reader, context);
                reader.finish();
                return unit;
            }
            known.push_back(entry.name);
        }
        throw UsageError(unknown_name(kind_, spec.name(), known));
    }

  private:
    std::string kind_;
    std::vector<Entry> entries_;
};

}  // namespace bfr
