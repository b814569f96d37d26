// VSPBFR's training stages by name, with their options as a unit's: restoration:perceptual=2,prompt=none.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/spec.h"
#include "train/batches.h"
#include "train/loop.h"

namespace bfr::train {

// Where a catalogue's file lies; throws NotAvailable with the command that brings it.
using FindFile = std::function<std::filesystem::path(const std::string& name)>;

struct StageContext {
    std::filesystem::path system;  // the folder of all stages: STAGE/best.safetensors of each
    FindFile find;
    uint64_t seed = 1;
};

// What a stage's spec says beside the stage itself.
struct StageSetup {
    LoopOptions loop;
    int64_t batch = 8;
    std::string name;  // of its folder: the stage's, or the option `name`
    std::string init;  // a best.safetensors whose weights it begins with; empty: drawn ones
    std::map<std::string, std::string> settings;
};

std::vector<std::string> stage_names();  // in the order in which they are trained

// Reads the options of one stage of `spec` (its name is the stage's).
struct MadeStage {
    StageSetup setup;
    // Loads what it needs; `training` for what is measured at the start of a training.
    std::function<std::unique_ptr<Stage>(const BatchSource& training, bool anew)> make;
};
// Throws UsageError for options that don't exist or fit.
MadeStage read_stage(const Spec& spec, const StageContext& context);

}  // namespace bfr::train
