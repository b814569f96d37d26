// What tells a report's samples apart: who is on them, their label, or what a file says of them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"

namespace bfr {

struct SampleField {
    std::string name;                           // "label"; of a file the column: "scene"
    std::string source;                         // that file; empty: the report itself
    std::map<std::string, std::string> values;  // by the sample's id; not empty; of those that have one
};

// `text` is one of sample_fields(), or FILE.csv:COLUMN or FILE.jsonl:KEY: a file that has a column or key `id` too. A
// KEY may lead into objects and lists ("steps.0.sigma"); texts, numbers and truth values count, null and empty ones are
// none. UsageError, naming file and line, where the file can't be read, has an id twice, or knows none of the samples;
// and where no sample has a value.
SampleField sample_field(const std::string& text, const Json& report);

// group (the person), label, folder (of the id), size (of the degraded picture, of the reference without one).
const std::vector<std::string>& sample_fields();

// Whether group `a` comes before `b`: numbers by their size, everything else with runs of digits as numbers (x4 before
// x16).
bool comes_before(std::string_view a, std::string_view b);

}  // namespace bfr
