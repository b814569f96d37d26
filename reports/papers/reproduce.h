// What it takes to measure a published table again.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/spec.h"
#include "reports/config.h"
#include "reports/papers/paper.h"

namespace bfr {

struct ReproduceOptions {
    std::string results;        // folder of the methods' pictures; empty: not there yet
    std::string stats;          // file of statistics in place of the table's
    std::vector<Spec> methods;  // beside the table's
    std::vector<Spec> units;    // in place of the table's that differ in files alone
};

// One method of the table.
struct PlannedMethod {
    std::string name;
    Spec spec;
    std::filesystem::path folder;  // of finished pictures; empty: the method is this program's own
};

// One metric of the table that has a unit.
struct PlannedUnit {
    const PublishedMetric* metric;
    Spec spec;
};

struct Reproduction {
    std::vector<PlannedMethod> methods;
    std::vector<PlannedUnit> units;
    std::vector<Spec> more_methods;
    bool needs_references = true;  // its set has some
};

// UsageError where one of `options.units` is none of the table's.
Reproduction plan_reproduction(const PaperTable& table, const PublishedData& data, const ReproduceOptions& options);

// As `bfr run` takes it, with every method whose folder is there; with `all` every method.
RunConfig config_of(const Reproduction& plan, bool all);

// Only what differs from a configuration's defaults, for a person to read and change.
Json short_json(const RunConfig& config);

}  // namespace bfr
