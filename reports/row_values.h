// What a row of the report says of its method: the statistics of each value, and what the tasks say of the whole set.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "downstream/task.h"
#include "metrics/set_metric.h"
#include "reports/feature_store.h"
#include "reports/records.h"

namespace bfr {

// One available method's records in the order of the samples; null where there is none yet.
using RecordColumn = std::vector<const Record*>;

// Both kinds of values say how many of the recorded samples they are over ("n"), how many they lack ("missing"), why,
// how many an option of the unit excludes ("excluded", by which; absent for 0), and a hash of the samples' ids: two
// rows can be compared where it is the same.
Json value_of_row(const RecordColumn& column, const std::string& name, uint64_t seed);

// The same of the differences column - baseline, sample by sample: over the samples that have the value in both. Its
// bootstrap draws what value_of_row() draws.
Json difference_of_rows(const RecordColumn& column, const RecordColumn& baseline, const std::string& name,
                        uint64_t seed);

struct SetOfRow {
    std::vector<ValueInfo> infos;      // of the set values
    Json set_values = Json::object();  // by their names
    Json details = Json::object();
    bool stopped = false;  // before they were computed
};
// A sample that wasn't restored or for which the task threw is missing in its set values, unless the task counts it
// (ScorerInfo::told_of_failures).
SetOfRow task_of_row(const RecordColumn& column, const Task& task);
// The pictures of SetMetric::against().
struct ReferenceFolder {
    std::vector<std::string> pictures;          // SHA-256, in the order of their ids
    std::shared_ptr<const FeatureStore> store;  // with what features of theirs the run's own lacks; null: none
    Json about = Json::object();                // the details say it: n, list_sha256, failed
    std::vector<std::string> unreadable;        // ids of those that aren't among the pictures
    std::string note;                           // said beside each value: which pictures are not compared with
    std::string none;                           // why there are none
};
// From the stored features alone. A sample without them is missing in the values, with its reason; its reference counts
// all the same. Once `stop` is set
// there are no values, and that is said.
SetOfRow metric_of_row(const RecordColumn& column, const SetMetric& metric, const FeatureStore& store,
                       const ReferenceFolder& against = {}, const std::atomic<bool>* stop = nullptr);

}  // namespace bfr
