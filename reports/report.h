// report.json, from the run's description and its records alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "downstream/task.h"
#include "metrics/set_metric.h"
#include "reports/feature_store.h"
#include "reports/records.h"
#include "reports/row_values.h"
#include "reports/run_folder.h"

namespace bfr {

// What varies from run to run.
struct RunCost {
    double wall_seconds = 0;
    uint64_t peak_memory_bytes = 0;
};

// A set metric and its features.
struct StoredSet {
    const SetMetric* metric;
    const FeatureStore* store;
    ReferenceFolder against = {};  // where it compares with a folder
};

// `records`: in any order; of several for one (method, sample) the last counts; those of samples or methods that the
// run doesn't have are ignored. `tasks`, `sets`: those that the description calls available, in any order. Everything
// but "context" and "timing" is a function of the contents of the description, the records, the stores and the units:
// the same bytes whatever the order of the records. "complete" says whether there is a record for every sample and
// method, and every set metric was summed up: once `stop` is set, those that weren't yet are left without a value.
Json build_report(const RunDescription& description, std::vector<Record> records, std::span<const Task* const> tasks,
                  std::span<const StoredSet> sets, Json context, const RunCost& cost,
                  const std::atomic<bool>* stop = nullptr);

// How the program writes reports: indented by 1, UTF-8 (what isn't is replaced), a newline at the end.
std::string report_text(const Json& report);

}  // namespace bfr
