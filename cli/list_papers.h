#pragma once

#include <string>

#include "reports/papers/paper.h"

namespace bfr {

// A line for each published table and data set, or all of one ("ID" or "ID/DATA"): its numbers, how they were made, and
// what isn't known of that. UsageError for a name that is none's.
std::string list_papers(const Papers& papers, const std::string& wanted);

}  // namespace bfr
