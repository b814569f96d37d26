// What a unit says of a whole set of samples.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/statistics.h"
#include "base/unit.h"

namespace bfr {

struct SetValue {
    ValueInfo info;
    Score score;
    std::vector<std::string> samples = {};  // ids of the samples that count in it, in their order
    std::optional<Interval> interval = {};
    std::string note = {};  // what must be known beside the number: too few pictures, foreign statistics
};

struct SetSummary {
    std::vector<SetValue> values;   // as ScorerInfo::set_values: failure rate, area under the error curve, accuracy
    Json details = Json::object();  // confusion matrix, error curve
};

}  // namespace bfr
