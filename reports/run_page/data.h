// What the script of a run's page draws from: the report's numbers in columns, which stay small for thousands of
// samples.
#pragma once

#include "base/json.h"

namespace bfr {

// Members (web/src/report/data.ts reads them):
//   methods    of the rows: label, summary, n, failed, seconds, parameters, gflop
//   values     name, title, group, measure, direction, decimals, summary, of_set
//   rows       for each method and value: {mean, low, high, n}, or null
//   samples    id, group, label: an array each, null where no sample has one; failed: {place: reason}, a method each
//   columns    for each method and value that isn't of a whole set: one number or null a sample, as
//              the report has it: rounded once, where it is shown
//   why        likewise: for each null in the order of the samples, the place of its reason in `reasons`
//   ablations  title, options [{option, values}], arms [{method, options}]
// Numbers that aren't finite are absent, texts visible (reports/text.h).
Json run_data(const Json& report);

}  // namespace bfr
