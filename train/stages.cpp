#include "train/stages.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "train/clrface/autoencoder_stage.h"
#include "train/clrface/prior_stage.h"
#include "train/snapshot.h"
#include "train/unet_stage.h"
#include "train/vspbfr/code_diffuser_stage.h"
#include "train/vspbfr/prior.h"
#include "train/vspbfr/restoration_stage.h"
#include "train/vspbfr/stage_names.h"
#include "train/vspbfr/style_encoder_stage.h"

namespace bfr::train {
namespace fs = std::filesystem;

namespace {

constexpr const char *kCompact = "compact-128", *kFull = "full-512";

// `spec` with the values of its preset beneath its own.
Spec with_preset(const StageEntry& stage, const Spec& spec) {
    const auto given = spec.options().find("preset");
    if (given == spec.options().end() || given->second != kFull) return spec;
    if (stage.full_512.empty())
        throw UsageError(fmt::format("stage {} has no preset {}: {}", stage.name, kFull, stage.instead));
    Spec all = Spec::parse(stage.name + ":" + stage.full_512);
    for (const auto& [key, value] : spec.options()) all.set(key, value);
    return all;
}

void read_preset(StageReader& reader) {
    std::string preset = kCompact;
    reader.choice("preset", preset, {kCompact, kFull}, "where the other options' defaults come from");
}

}  // namespace

std::span<const System> systems() {
    static const std::vector<System> all = {
        {"vspbfr",
         "VSPBFR",
         {prior_entry(), style_encoder_entry(), code_diffuser_entry(), restoration_entry(), unet_entry()},
         {"unet"}},
        {"clrface", "CLR-Face", {clrface_autoencoder_entry(), clrface_prior_entry(), irn_entry()}, {}}};
    return all;
}

std::vector<std::string> system_names() {
    std::vector<std::string> names;
    for (const auto& system : systems()) names.push_back(system.name);
    return names;
}

const System& find_system(const std::string& name) {
    for (const auto& system : systems()) {
        if (system.name == name) return system;
    }
    throw UsageError(unknown_name("system", name, system_names()));
}

std::vector<std::string> stage_names(const System& system) {
    std::vector<std::string> names;
    for (const auto& entry : system.stages) names.push_back(entry.name);
    return names;
}

std::vector<std::string> stage_names() {
    std::vector<std::string> names;
    for (const auto& system : systems()) {
        for (const auto& name : stage_names(system)) {
            if (std::ranges::find(names, name) == names.end()) names.push_back(name);
        }
    }
    return names;
}

std::vector<std::string> own_stages(const System& system) {
    std::vector<std::string> names;
    for (const auto& name : stage_names(system)) {
        if (std::ranges::find(system.beside, name) == system.beside.end()) names.push_back(name);
    }
    return names;
}

const StageEntry& find_stage(const System& system, const std::string& name) {
    for (const auto& entry : system.stages) {
        if (entry.name == name) return entry;
    }
    throw UsageError(unknown_name("stage", name, stage_names(system)));
}

std::vector<StageOption> options_of(const StageEntry& stage) {
    const auto read = [&](const Spec& spec) {
        StageReader reader(spec, SpecReader::Purpose::kOptions);
        read_preset(reader);
        StageSetup setup;
        try {
            stage.read(reader, setup, {});
        } catch (const SpecReader::OptionsRead&) {  // as wanted
        }
        return reader;
    };
    const Spec compact(stage.name);
    const StageReader reader = read(compact);
    std::vector<StageOption> options;
    for (const auto& info : reader.options()) options.push_back({info, ""});
    if (stage.full_512.empty()) return options;
    Spec wanted(stage.name);
    wanted.set("preset", kFull);
    const Spec full = with_preset(stage, wanted);
    const auto values = read(full).values();
    for (auto& option : options) option.full_512 = values.at(option.info.key);
    return options;
}

MadeStage read_stage(const System& system, const Spec& given, const StageContext& context) {
    const StageEntry& stage = find_stage(system, given.name());
    const Spec spec = with_preset(stage, given);
    StageReader reader(spec);
    read_preset(reader);
    MadeStage made;
    made.make = stage.read(reader, made.setup, context);
    if (!made.setup.init.empty()) {
        made.make = [make = made.make, file = made.setup.init](const BatchSource& training, bool anew) {
            auto made_stage = make(training, anew);
            const Checkpoint checkpoint = open_checkpoint(file);
            if (anew) made_stage->begin_from(tensors_below(checkpoint, ""), checkpoint.name());
            return made_stage;
        };
    }
    auto& settings = made.setup.settings = reader.values();
    settings["stage"] = stage.name;
    for (const char* key : {"preset", "save_every"}) settings.erase(key);  // say nothing of what is learnt
    return made;
}

fs::path trained_stage(const StageContext& context, const std::string& stage) {
    fs::path file = context.system / stage / kBestFile;
    if (!fs::is_regular_file(file))
        throw UsageError(fmt::format("{}: there is no such file: train stage {} first", printable(file), stage));
    return file;
}

fs::path prior_file(const StageContext& context, const std::string& pretrained) {
    if (pretrained.empty()) return trained_stage(context, kPriorStage);
    return pretrained == "catalogue" ? context.find("style_encoder_decoder.pt") : fs::path(pretrained);
}

}  // namespace bfr::train
