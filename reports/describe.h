// Units as they stand in the report's "methods" and "units", and in run.json.
#pragma once

#include <string>

#include "base/json.h"
#include "base/unit.h"
#include "restore/restorer.h"

namespace bfr {

Json describe(const ValueInfo& value);
Json describe(const RestorerInfo& info);
Json describe(const ScorerInfo& info, const std::string& kind);  // "metric" or "task"

// A unit that can't be computed here: nothing is known of it but its label, why, and what would mend it.
Json describe_missing_method(const std::string& label, const std::string& reason, const std::string& mend);
Json describe_missing_unit(const std::string& kind, const std::string& label, const std::string& reason,
                           const std::string& mend);

}  // namespace bfr
