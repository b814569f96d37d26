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

struct RunConfig {
    DataOptions data;
    std::vector<Spec> methods, metrics, tasks;
    uint64_t seed = 1;
    int jobs = 0;     // samples at work at once; 0: as many as cores. Results don't depend on it
    int threads = 1;  // LibTorch threads of each job; results agree to 1e-4 between different numbers
    std::filesystem::path out;
    bool save_images = true;
    std::vector<std::filesystem::path> weights;  // folders that are searched first
    std::string device = "cpu";
    bool allow_commands = false;
};

// Strict: an unknown key is answered with near ones, a wrong type is named by its JSON pointer; both are UsageErrors.
// Every key is optional here (options of the command line may bring the rest). Relative paths become relative to
// `base`, the config file's folder; options of units (outputs:dir=...) stay as they are.
RunConfig config_from_json(const Json& json, const std::filesystem::path& base);
// The same from a file; messages name it, and the place where it isn't JSON.
RunConfig config_from_file(const std::filesystem::path& file);

// Every key, units in their canonical text; config_from_json(to_json(c), "") gives c again.
Json to_json(const RunConfig& config);

}  // namespace bfr
