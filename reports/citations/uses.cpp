#include "reports/citations/uses.h"

#include <algorithm>

#include "base/error.h"
#include "downstream/task.h"
#include "metrics/metric.h"
#include "restore/restorer.h"

namespace bfr {
namespace {

template <class Registry>
std::string default_of(const Registry& registry, const std::string& unit, const std::string& key) {
    if (const auto* entry = registry.find(unit)) {
        for (const auto& option : entry->options) {
            if (option.key == key) return option.fallback;
        }
    }
    return "";
}

std::string default_of(Cited kind, const std::string& unit, const std::string& key) {
    switch (kind) {
        case Cited::kMethod:
            return default_of(restorers(), unit, key);
        case Cited::kMetric:
            return default_of(metrics(), unit, key);
        case Cited::kTask:
            return default_of(tasks(), unit, key);
        default:
            return "";
    }
}

}  // namespace

std::string_view to_string(Cited kind) {
    switch (kind) {
        case Cited::kMethod:
            return "method";
        case Cited::kMetric:
            return "metric";
        case Cited::kTask:
            return "task";
        case Cited::kPreset:
            return "protocol";
        case Cited::kPaperTable:
            return "published table";
        case Cited::kDataSet:
            return "data";
        case Cited::kFile:
            return "file";
    }
    BFR_CHECK(false, "no such kind: {}", static_cast<int>(kind));
}

std::vector<const CitedUse*> uses_of(Cited kind, const std::string& name,
                                     const std::map<std::string, std::string>& options) {
    std::vector<const CitedUse*> uses;
    for (const CitedUse& use : cited_uses()) {
        if (use.kind != kind || use.name != name) continue;
        const bool fits = std::ranges::all_of(use.options, [&](const auto& needed) {
            const auto given = options.find(needed.first);
            return needed.second == (given == options.end() ? default_of(kind, name, needed.first) : given->second);
        });
        if (fits) uses.push_back(&use);
    }
    return uses;
}

}  // namespace bfr
