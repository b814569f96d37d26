// A downstream task: what a program that reads faces makes of the restored one, compared with the reference or with
// labels.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/registry.h"
#include "base/set_summary.h"
#include "base/unit.h"
#include "datasets/image.h"
#include "datasets/sample.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

// One sample's outcome as it lies in the records.
struct TaskRecord {
    std::string sample_id;
    std::string group;
    std::vector<std::optional<double>> values;  // as ScorerInfo::values
    Json details;                               // as Scores::details
    Json features = {};                         // as Scores::features
    bool failed = false;  // not restored, or run() threw: there is nothing but the id and the group
};

// What a task says of a whole set beyond the means of its values.
using TaskSummary = SetSummary;

// run() is called by several threads at once; summarise() is a pure function of the records, so that a report can be
// rebuilt from them.
class Task {
  public:
    virtual ~Task() = default;
    virtual const ScorerInfo& info() const = 0;
    // `sample` gives labels and annotated points. A face that isn't found is a Score::none, not an exception.
    virtual Scores run(const Image& restored, const Image* reference, const SampleFiles& sample) const = 0;
    virtual TaskSummary summarise(std::span<const TaskRecord> records) const = 0;
};

using TaskRegistry = Registry<Task, UnitContext>;
const TaskRegistry& tasks();

}  // namespace bfr
