// Which units are a published metric's.
#pragma once

#include <string>

#include "base/spec.h"
#include "reports/papers/paper.h"

namespace bfr {

// Whether a unit of a report, by its label, is the metric's: the same options, whatever file its weights were read
// from; a file of statistics must have the same name.
bool is_unit_of(const PublishedMetric& metric, const std::string& label);

// Whether a unit is the metric's but for the files that it reads: its statistics too.
bool may_stand_for(const Spec& unit, const PublishedMetric& metric);

}  // namespace bfr
