// What a run is: data, units, seed, and where its results go.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "base/spec.h"
#include "datasets/sample.h"

namespace bfr {

// A method swept over values of its options (reports/ablation.h).
struct Ablation {
    Spec method;                     // one of the configuration's
    std::vector<OptionValues> vary;  // several: all combinations
};

struct RunConfig {
    DataOptions data;
    // Folders of finished pictures, named by data.pattern: where nothing else is named, all of their ids are the
    // samples, without references.
    std::vector<std::string> restored;
    std::vector<Spec> methods, metrics, tasks;
    std::vector<Ablation> ablations;
    // Protocols (metrics/presets.h) whose values the report shows side by side. Their units stand in `metrics` and
    // `tasks` once expand_presets() has put them there.
    std::vector<std::string> presets;
    std::vector<std::string> against;  // rows that all others are compared with (reports/comparison.h)
    uint64_t seed = 1;
    int jobs = 0;     // samples at work at once; 0: as many as cores. Results don't depend on it
    int threads = 1;  // LibTorch threads of each job; results agree to 1e-4 between different numbers
    std::filesystem::path out;
    bool save_images = true;
    std::vector<std::filesystem::path> weights;  // folders that are searched first
    std::string device = "cpu";                  // where networks that can run elsewhere run: cpu, cuda, cuda:N
    // Where features of folders that are compared with are kept for other runs (reports/feature_cache.h); empty: OUT
    // keeps them. Of this process, not of the run: no configuration says it.
    std::filesystem::path feature_cache;
    // Whether units may run programs and load code. A configuration can't give itself this right (cli/run.cpp).
    bool allow_commands = false;
};

// The units that run a program or load code, by their canonical text.
std::vector<std::string> units_that_run_code(const RunConfig& config);

// Strict: an unknown key is answered with near ones, a wrong type is named by its JSON pointer; both are UsageErrors.
// Every key is optional here (options of the command line may bring the rest). Relative paths become relative to
// `base`, the config file's folder, those of units' options (outputs:dir=...) too.
RunConfig config_from_json(const Json& json, const std::filesystem::path& base);
// The same from a file; messages name it, and the place where it isn't JSON.
RunConfig config_from_file(const std::filesystem::path& file);

// Every key ("ablation" where there is one), units in their canonical text; config_from_json(to_json(c), "") gives c
// again.
Json to_json(const RunConfig& config);

// As list_samples() throws.
SampleList samples_of(const RunConfig& config);

// Whether the data may hold references at all: a folder of them, or a manifest.
bool may_have_references(const RunConfig& config);

// The units of the presets, where there can't be references only those that need none. UsageError for a preset that
// doesn't exist.
void expand_presets(RunConfig& config);

}  // namespace bfr
