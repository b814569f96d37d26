#include "train/vspbfr/export.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "base/sha256.h"
#include "train/stages.h"
#include "train/vspbfr/stage_names.h"
#include "train/vspbfr/trained_parts.h"
#include "weights/formats/safetensors_writer.h"
#include "weights/formats/system_metadata.h"

namespace bfr::train {
namespace fs = std::filesystem;

namespace {

constexpr const char* kUNet = "unet";
// Settings that a decoder, and what is trained around it, have in common.
constexpr std::array<const char*, 5> kShared = {"base", "linear", "multiplier", "size", "width"};

Trained read_stage_of(const ExportOptions& options, const std::string& stage) {
    const auto named = options.names.find(stage);
    return read_trained(options.system, stage, named == options.names.end() ? stage : named->second,
                        stage == kUNet ? "" : "; the method's files hold every stage, whatever the prompt");
}

// What the file that is made of these parts says of itself.
Metadata metadata_of(const Trained& prior, const std::vector<const Trained*>& parts) {
    namespace key = system_metadata;
    Metadata meta = training_of(parts);
    meta[key::kSystem] = "compact-" + prior.setting("size");
    for (const char* name : kShared)
        meta[key::kSizes] += fmt::format("{}{}={}", meta[key::kSizes].empty() ? "" : ",", name, prior.setting(name));
    meta[key::kPrior] = sha256_of_file(prior.file);
    return meta;
}

int64_t width_of(const Trained& prior) {
    const auto found = prior.snapshot.state.find("decoder.style.1.weight");
    if (found == prior.snapshot.state.end() || found->second.dim() != 2)
        throw Error(fmt::format("{}: has no tensor decoder.style.1.weight", printable(prior.file)));
    return found->second.size(1);
}

void check_sizes(const Trained& prior, const Trained& other) {
    for (const char* name : kShared) {
        if (other.setting(name) == prior.setting(name)) continue;
        throw Error(fmt::format("{} was trained with {}={}, {} with {}={}: they are of two systems",
                                printable(other.file), name, other.setting(name), printable(prior.file), name,
                                prior.setting(name)));
    }
}

ExportedFile write(const fs::path& file, const std::vector<CheckpointTensor>& tensors, const Metadata& meta) {
    write_safetensors(file, tensors, DType::kF16, meta);
    ExportedFile written{file, fs::file_size(file), 0};
    for (const auto& tensor : tensors) written.numbers += tensor.stored.count();
    return written;
}

void check_stages(const ExportOptions& options, const std::vector<std::string>& known) {
    for (const auto& [stage, name] : options.names) {
        if (std::ranges::find(known, stage) == known.end()) throw UsageError(unknown_name("stage", stage, known));
    }
}

}  // namespace

ExportedFile export_unet(const ExportOptions& options) {
    check_stages(options, {kUNet});
    const Trained unet = read_stage_of(options, kUNet);
    std::vector<CheckpointTensor> tensors;
    unet.add("unet", "unet", tensors);
    Metadata meta = training_of({&unet});
    meta[system_metadata::kSystem] = "unet-" + unet.setting("size");
    meta[system_metadata::kSizes] = "base=" + unet.setting("base");
    meta[system_metadata::kSide] = unet.setting("size");
    fs::create_directories(options.to);
    return write(options.to / "unet.safetensors", tensors, meta);
}

namespace {

// A file that a stage was trained around: `setting` is its path, or catalogue.
fs::path file_around(const ExportOptions& options, const Trained& trained, const char* setting, const char* known) {
    const std::string said = trained.setting(setting);
    if (said == "catalogue") return options.find(known);
    if (fs::is_regular_file(said)) return said;
    throw UsageError(
        fmt::format("{}: was trained around {}={}, and there is no such file now (a path is taken from "
                    "the folder in which bfr is started)",
                    printable(trained.file), setting, said));
}

// The file as it is, so that its hash tells that it's that one.
ExportedFile copy(const fs::path& from, const fs::path& folder, const std::string& stem) {
    const Checkpoint checkpoint = open_checkpoint(from);
    const bool plain = checkpoint.container() == Container::kSafetensors;
    ExportedFile written{folder / (stem + (plain ? ".safetensors" : ".pt")), fs::file_size(from), 0};
    write_file(written.path, read_file(from));
    for (const auto& tensor : checkpoint.tensors()) written.numbers += tensor.stored.count();
    return written;
}

// What was trained around an encoder and a decoder belongs to whatever prior they are of.
Metadata metadata_around(const fs::path& style, const Trained& part) {
    namespace key = system_metadata;
    Metadata meta = training_of({&part});
    const Checkpoint checkpoint = open_checkpoint(style);
    for (const char* name : {key::kSystem, key::kSizes, key::kPrior}) {
        const auto found = checkpoint.metadata().find(name);
        if (found != checkpoint.metadata().end()) meta[name] = found->second;
    }
    return meta;
}

// Empty: the stage's own.
fs::path diffuser_around(const ExportOptions& options, const Trained& restoration) {
    if (restoration.setting_or("diffuser", "").empty()) return {};
    return file_around(options, restoration, "diffuser", "code_diffuser.pt");
}

void say_prompt(const Trained& restoration, Metadata& meta) {
    meta[system_metadata::kPrompt] = restoration.setting("prompt");
    if (restoration.setting("prompt") == "diffused") meta[system_metadata::kSteps] = restoration.setting("steps");
}

// Of a restoration net, and perhaps a diffuser, trained around files that were there before.
std::vector<ExportedFile> export_around(const ExportOptions& options, const Trained& restoration) {
    const fs::path style = file_around(options, restoration, "pretrained", "style_encoder_decoder.pt");
    std::vector<CheckpointTensor> net, codes;
    restoration.add("g_ema", "g_ema", net);
    Metadata of_net = metadata_around(style, restoration), of_diffuser;
    say_prompt(restoration, of_net);
    const fs::path diffuser_file = diffuser_around(options, restoration);
    if (diffuser_file.empty()) {
        const Trained diffuser = read_stage_of(options, kCodeDiffuserStage);
        if (diffuser.setting_or("pretrained", "").empty() ||
            sha256_of_file(file_around(options, diffuser, "pretrained", "style_encoder_decoder.pt")) !=
                sha256_of_file(style))
            throw Error(fmt::format("{} was trained around another encoder and decoder than {}",
                                    printable(diffuser.file), printable(restoration.file)));
        diffuser.add("diffuser", "att_mapper", codes);
        of_diffuser = metadata_around(style, diffuser);
        of_diffuser[system_metadata::kSteps] = diffuser.setting("steps");
    }
    fs::create_directories(options.to);
    return {copy(style, options.to, "style_encoder_decoder"),
            diffuser_file.empty() ? write(options.to / "code_diffuser.safetensors", codes, of_diffuser)
                                  : copy(diffuser_file, options.to, "code_diffuser"),
            write(options.to / "restoration_net.safetensors", net, of_net)};
}

}  // namespace

std::vector<ExportedFile> export_system(const ExportOptions& options) {
    check_stages(options, own_stages(find_system("vspbfr")));
    // the last first: it may say that there are no earlier ones
    const Trained restoration = read_stage_of(options, kRestorationStage);
    if (!restoration.setting_or("pretrained", "").empty()) return export_around(options, restoration);
    const fs::path diffuser_file = diffuser_around(options, restoration);
    const Trained diffuser = read_stage_of(options, kCodeDiffuserStage),
                  encoder = read_stage_of(options, kStyleEncoderStage), prior = read_stage_of(options, kPriorStage);
    for (const Trained* other : {&encoder, &diffuser, &restoration}) check_sizes(prior, *other);

    std::vector<CheckpointTensor> style, codes, net;
    encoder.add("encoder", "state_dict.encoder", style);
    prior.add("decoder", "state_dict.decoder", style);
    // stage 1 makes the mean code zero; one of its width stands for all
    style.push_back(to_checkpoint("latent_avg", at::zeros({width_of(prior)})));
    diffuser.add("diffuser", "att_mapper", codes);
    restoration.add("g_ema", "g_ema", net);

    Metadata of_diffuser = metadata_of(prior, {&diffuser}), of_net = metadata_of(prior, {&restoration});
    of_diffuser[system_metadata::kSteps] = diffuser.setting("steps");
    say_prompt(restoration, of_net);
    fs::create_directories(options.to);
    return {write(options.to / "style_encoder_decoder.safetensors", style, metadata_of(prior, {&prior, &encoder})),
            diffuser_file.empty() ? write(options.to / "code_diffuser.safetensors", codes, of_diffuser)
                                  : copy(diffuser_file, options.to, "code_diffuser"),
            write(options.to / "restoration_net.safetensors", net, of_net)};
}

}  // namespace bfr::train
