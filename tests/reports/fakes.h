// Units without any sense but with every behaviour that the engine must stand, and small pictures for them.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "datasets/sample.h"
#include "metrics/set_metric.h"
#include "reports/engine.h"
#include "reports/progress.h"

namespace bfr::testing {

struct FakeRestorerOptions {
    std::string label = "shift";
    std::string version = "1";
    std::set<std::string> throws_on = {};               // sample ids
    std::function<void(const std::string&)> hook = {};  // called with every sample's id
    bool finished = false;
    std::vector<std::string> extras = {};  // a ".png" is the shifted picture, another the label and the id
    int shift = 20;                        // grey levels; a number drawn by (seed, id) comes on top
};
// Counts its calls in *calls where given.
RunUnit<Restorer> fake_restorer(FakeRestorerOptions options, std::atomic<int>* calls = nullptr);

struct FakeScorerOptions {
    std::string label = "difference";
    std::string version = "1";
    std::set<std::string> throws_on = {}, nan_on = {}, none_on = {};  // names of restored pictures
    bool needs_reference = true;
    std::vector<std::string> trained_on = {};
    std::set<std::string> excluded_on = {};  // names of restored pictures
};
// Mean absolute difference; or the mean where there is no reference.
RunUnit<ImageMetric> fake_metric(FakeScorerOptions options = {});

struct FakeSetMetricOptions {
    std::string label = "drift";
    std::string key = "means";             // of its store
    std::set<std::string> throws_on = {};  // names of pictures
    bool needs_reference = true;
    int64_t at_least = 1;                     // pictures; no value below
    std::atomic<int>* extractions = nullptr;  // counted where given
    std::optional<std::filesystem::path> against = {};
    std::function<void()> before_summary = {};
};
// Keeps the channels' means of each picture; its value is the mean of their differences (of the restored ones' means
// where it needs no reference), in an order of sums that would show any other order of the pictures.
RunUnit<ImageMetric> fake_set_metric(FakeSetMetricOptions options = {});

// The same as a task, with a set value (the share of values above 30) and details.
RunUnit<Task> fake_task(FakeScorerOptions options = {.label = "judge"});

template <class Unit>
RunUnit<Unit> missing_unit(const std::string& spec) {
    return {spec, nullptr, spec + ".bin is not here", "fetch " + spec};
}

// n samples with the ids s000 ..., as degraded/ID.png and reference/ID.png below `folder`; `groups` people in turn
// where > 0.
SampleList sample_files(const std::filesystem::path& folder, int n, int groups = 0);
// The same, with pictures of 16 x 12 written there.
SampleList write_samples(const std::filesystem::path& folder, int n, int groups = 0);

// The units most tests use: two methods (one draws), a metric, a task.
RunUnits usual_units();

class NoteKeeper : public Progress {
  public:
    void begin(std::string, uint64_t total, uint64_t done_before) override { total_ = total, before_ = done_before; }
    void advance(uint64_t n) override { advanced_ += n; }
    void note(std::string line) override { notes_.push_back(std::move(line)); }
    void end() override {}
    uint64_t total_ = 0, before_ = 0, advanced_ = 0;
    std::vector<std::string> notes_;
};

// What must be equal between two reports of one run.
std::string stable_part(Json report);

RunConfig config_for(const std::filesystem::path& out, int jobs = 2);

// run() with a flag that nobody sets.
RunOutcome run_all(const RunConfig& config, const RunUnits& units, const SampleList& samples);

}  // namespace bfr::testing
