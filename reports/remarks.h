// What is said below a report's tables, as text; used by table.cpp.
#pragma once

#include <string>
#include <vector>

#include "reports/table.h"

namespace bfr {

// Failures of a row, the same reason once with its count, the most frequent first: "restore: no memory (2: a, b); ...".
std::string failures_text(const Json& failures);

// Why a value has no number, or fewer than there are samples: "over 5 of 9: 3 excluded by exclude_below=1; no face
// (1)".
std::string lack_text(const Json& value);
// Whether there is such a text: samples that have no number, or are excluded.
bool lacks_some(const Json& value);
// What is known of a file's hash: nothing to say where the catalogue has it.
std::string trust_text(const Json& weights);

std::vector<std::string> legend_of(const Json& report);
std::vector<Remark> warnings_of(const Json& report);
std::vector<Remark> conventions_of(const Json& report);
std::vector<Remark> unavailable_of(const Json& report);
std::vector<Remark> facts_of(const Json& report);

}  // namespace bfr
