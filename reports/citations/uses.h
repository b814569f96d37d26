// What of a report is to be cited by which works.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bfr {

enum class Cited { kMethod, kMetric, kTask, kPreset, kPaperTable, kDataSet, kFile };
std::string_view to_string(Cited kind);  // "method", "metric", "task", "protocol", "published table", "data", "file"

// A line of the table. All lines of a name hold together.
struct CitedUse {
    Cited kind;
    std::string name;  // the unit's, the preset's, the set's (datasets/known_sets.h, training_data.h), the file's
    // Options of the unit, or their defaults, that it needs for this; none: whatever they are.
    std::map<std::string, std::string> options;
    std::vector<std::string> keys;             // of entries.bib
    std::string what;                          // of the unit, file or set the works are: "its network"; empty: itself
    std::string none;                          // why it has no work of its own, or none that is known here
    std::vector<std::string> trained_on = {};  // of files: data sets that training_data.h leaves out
};
std::span<const CitedUse> cited_uses();

// The lines for a unit, its options as its label has them; for others without options.
std::vector<const CitedUse*> uses_of(Cited kind, const std::string& name,
                                     const std::map<std::string, std::string>& options = {});

}  // namespace bfr
