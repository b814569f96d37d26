// A report's samples as records again.
#pragma once

#include <set>
#include <string>

#include "base/json.h"
#include "reports/records.h"

namespace bfr {

// Of samples[].results[label]: whether it was restored, and those of its values that `names` has. Statistics of these
// are those of the run's own records, to the bit. The rest of a record (group, hashes, details, failures) is not filled
// in.
Record record_in_report(const std::string& id, const std::string& label, const Json& result,
                        const std::set<std::string>& names);

}  // namespace bfr
