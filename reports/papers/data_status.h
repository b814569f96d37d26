// How a run's pictures stand to those of a published table.
#pragma once

#include <string>

#include "base/json_fwd.h"
#include "reports/papers/paper.h"

namespace bfr {

struct DataStatus {
    std::string word;   // "is", "looks like", "said", "differs"
    std::string about;  // a sentence
    bool may_compare = false;
};

// By what the report's folders were recognised as (datasets/known_sets.h), and by their number. `same_data`: somebody
// vouches that they are the table's.
DataStatus status_of(const Json& report, const PublishedData& data, bool same_data);

}  // namespace bfr
