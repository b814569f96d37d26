// What `bfr train` and `bfr list stages` know of a training stage. Each stage's own file has its entry.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "train/batches.h"
#include "train/stage_options.h"

namespace bfr::train {

// What all that a training makes depends on.
struct StageRun {
    uint64_t seed = 1;
    at::Device device = at::kCPU;
};

struct StageContext {
    std::filesystem::path system;  // the folder of all stages: STAGE/best.safetensors of each
    FindFile find;
    StageRun run;
};

// Loads what the stage needs; `training` for what is measured at the start of a training.
using MakeStage = std::function<std::unique_ptr<Stage>(const BatchSource& training, bool anew)>;

struct StageEntry {
    std::string name;
    std::string summary;   // what it learns from what, in one line
    std::string full_512;  // its options' values in the preset of that name, as in a spec; empty: there is none
    std::string instead;   // why, and what to do
    // Reads its options and calls finish(); then says where a file is missing.
    std::function<MakeStage(StageReader&, StageSetup&, const StageContext&)> read;
};

}  // namespace bfr::train
