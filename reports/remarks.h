// What is said below a report's tables, as text; used by table.cpp.
#pragma once

#include <string>
#include <vector>

#include "reports/table.h"

namespace bfr {

// Failures of a row, the same reason once with its count, the most frequent first: "restore: no memory (2: a, b); ...".
std::string failures_text(const Json& failures);

// Why a value has no number, or fewer than there are samples.
std::string missing_text(const Json& value);

std::vector<std::string> legend_of(const Json& report);
std::vector<Remark> warnings_of(const Json& report);
std::vector<Remark> conventions_of(const Json& report);
std::vector<Remark> unavailable_of(const Json& report);
std::vector<Remark> facts_of(const Json& report);

}  // namespace bfr
