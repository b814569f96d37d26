// The systems that bfr trains, and their stages by name, with their options as a unit's:
// restoration:perceptual=2,prompt=none.
#pragma once

#include <span>

#include "train/stage_entry.h"

namespace bfr::train {

struct System {
    std::string name;                 // as the method's
    std::string title;                // as in text
    std::vector<StageEntry> stages;   // in the order in which they are trained
    std::vector<std::string> beside;  // those of `stages` that aren't the system's own: a baseline
};
std::span<const System> systems();
std::vector<std::string> system_names();
// UsageError, with near names, where there is none.
const System& find_system(const std::string& name);

std::vector<std::string> stage_names(const System& system);
std::vector<std::string> stage_names();  // of all systems, each once
// Those of the system itself.
std::vector<std::string> own_stages(const System& system);
// UsageError, with near names, where there is none.
const StageEntry& find_stage(const System& system, const std::string& name);

// The values of a stage's option in each preset that it has: {"compact-128": "8", "full-512": "4"}.
struct StageOption {
    OptionInfo info;  // its default is compact-128's
    std::string full_512;
};
std::vector<StageOption> options_of(const StageEntry& stage);

struct MadeStage {
    StageSetup setup;
    MakeStage make;
};
// Reads a stage's spec. Throws UsageError for options that don't exist or fit, or where a stage before it is missing.
MadeStage read_stage(const System& system, const Spec& spec, const StageContext& context);

// What a stage reads of earlier ones: best.safetensors of that stage, which UsageError says to train where it isn't
// there.
std::filesystem::path trained_stage(const StageContext& context, const std::string& stage);
// The prior's file by the option `pretrained`: the stage's own, the catalogue's ("catalogue"), or the file it names.
std::filesystem::path prior_file(const StageContext& context, const std::string& pretrained);
inline constexpr const char* kPretrainedSummary =
    "file of encoder and decoder instead of the stages' own, as style_encoder_decoder.pt; catalogue: that one";

}  // namespace bfr::train
