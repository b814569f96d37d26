// The run engine: samples x methods x metrics and tasks, recorded as they get done, resumable.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "datasets/sample.h"
#include "downstream/task.h"
#include "metrics/metric.h"
#include "reports/config.h"
#include "reports/progress.h"
#include "reports/run_folder.h"
#include "restore/restorer.h"

namespace bfr {

struct RunOutcome {
    Json report;
    uint64_t failed = 0;    // records with a failure, of whatever stage
    uint64_t unread = 0;    // pictures of SetMetric::against() that can't be read, and folders that can't be listed
    bool complete = false;  // false: stopped before every sample was done and every set metric summed up
};

// A unit, or why it can't be computed here.
template <class Unit>
struct RunUnit {
    std::string spec;            // canonical; the label of a unit that isn't there
    std::unique_ptr<Unit> unit;  // null: not available
    std::string reason, mend;    // NotAvailable's
};

struct RunUnits {
    std::vector<RunUnit<Restorer>> methods;
    std::vector<RunUnit<ImageMetric>> metrics;
    std::vector<RunUnit<Task>> tasks;
};

// From the registries. UsageError for an unknown name or option; a unit that throws NotAvailable is kept with its
// reason.
RunUnits make_units(const RunConfig& config);

// What the run will be, before anything of it is done. UsageError where config.against names no row.
RunDescription describe_run(const RunConfig& config, const RunUnits& units, const SampleList& samples);

// Writes OUT/run.json, records.jsonl, images and report.json, and returns the report. What fails for one sample is a
// record; UsageError for what makes no run (no sample, no method that is available, two values of one name, a folder
// that belongs to another run); Error where OUT can't be written: what was recorded stays, and the same call later goes
// on from there. Setting `stop` ends it after the samples in hand.
RunOutcome run(const RunConfig& config, const std::vector<std::string>& command_line, Progress& progress,
               const std::atomic<bool>& stop);

// The same with units and samples that were made already. `samples` sorted by id.
RunOutcome run(const RunConfig& config, const RunUnits& units, const SampleList& samples,
               const std::vector<std::string>& command_line, Progress& progress, const std::atomic<bool>& stop);

// The report of a run's folder again, from run.json and records.jsonl; nothing is restored or scored. Its tasks
// and set metrics must be available; the latter's values come from the stored features, those of folders from
// `feature_cache` (RunConfig) too, and none where features are missing there. `against`: rows to compare with instead
// of the configuration's; none: those.
Json rebuild_report(const std::filesystem::path& out, const std::vector<std::string>& command_line,
                    const std::filesystem::path& feature_cache = {}, const std::vector<std::string>& against = {});

}  // namespace bfr
