// What a run's pictures look like beside the field's test sets, and who of the units has been trained on their people.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "datasets/known_sets.h"

namespace bfr {

// The report's data.sets, one for each role that has files: {"role", "n", "list_sha256", "recognised": [{"name",
// "certainty", "differences", "people_of"}]}. `files`: of the recorded samples.
Json describe_set(const std::string& role, const std::vector<ListedFile>& files);

// The report's warnings: one for each unit whose training sets' people are in a set that was recognised. `units`: the
// report's methods and units.
Json training_warnings(const Json& sets, const Json& methods, const Json& units);

}  // namespace bfr
