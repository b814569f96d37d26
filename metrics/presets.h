// The evaluation protocols of the field: which values a paper's scripts compute, as metrics and tasks of this program.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/spec.h"

namespace bfr {

// How sure it is that a value is the paper's.
enum class Certainty {
    kScript,    // what its published script computes
    kDeviates,  // the script is known, and this isn't quite what it computes: `about` says how
    kGuess,     // no published script shows how the paper computed it
};
std::string_view to_string(Certainty certainty);  // "script", "deviates", "guess"

// One value of a protocol.
struct PresetValue {
    std::string name;      // "PSNR"; the report calls it PRESET/name: "vqfr/PSNR"
    std::string quantity;  // what it stands beside in other protocols: "PSNR", "identity"
    std::string unit;      // the spec, in its label's form
    std::string value;     // which of the unit's values, without the unit's label; empty: its first one
    std::string about;     // one line: what is computed, and what sets it apart
    bool task = false;
    Certainty certainty = Certainty::kScript;
    bool alone = false;  // of the restored pictures alone, perhaps with a file of statistics: needs no references
};

struct Preset {
    std::string name, paper;
    std::string source;  // where its scripts are, or that there are none
    std::string note;    // what the preset can't do
    std::vector<PresetValue> values;
};

std::span<const Preset> presets();

// Presets by their names, each once, in the order of presets(); "all" is all of them. UsageError, with near names, for
// one that doesn't exist.
std::vector<const Preset*> presets_named(std::span<const std::string> names);

// The order in which quantities stand in a table.
std::vector<std::string> preset_quantities();

// Adds the units of the presets to both lists, each once; units that are there already, however their options are
// written, stay as they are. Without references those that need none alone.
void add_preset_units(std::span<const std::string> names, bool with_references, std::vector<Spec>& metrics,
                      std::vector<Spec>& tasks);

}  // namespace bfr
