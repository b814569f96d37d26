#include "train/vspbfr/export.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/names.h"
#include "base/sha256.h"
#include "train/snapshot.h"
#include "train/vspbfr/stages.h"
#include "weights/formats/safetensors_writer.h"
#include "weights/formats/system_metadata.h"

namespace bfr::train {
namespace fs = std::filesystem;

namespace {

using Metadata = std::map<std::string, std::string>;

constexpr const char* kUNet = "unet";
// Settings that a decoder, and what is trained around it, have in common.
constexpr std::array<const char*, 5> kShared = {"base", "linear", "multiplier", "size", "width"};

struct Trained {
    std::string stage;
    fs::path file;
    Snapshot snapshot;

    std::string setting(const std::string& name) const {
        const Json settings = snapshot.meta.value("settings", Json::object());
        const auto found = settings.find(name);
        if (!settings.is_object() || found == settings.end())
            throw Error(fmt::format("{}: doesn't say its {}", printable(file), name));
        return found->is_string() ? found->get<std::string>() : found->dump();
    }
    // Those below PREFIX, as PATH.
    void add(const std::string& prefix, const std::string& path, std::vector<CheckpointTensor>& to) const {
        const size_t before = to.size();
        for (const auto& [name, tensor] : snapshot.state) {
            if (!name.starts_with(prefix + ".")) continue;
            const std::string key = name.substr(prefix.size() + 1);
            if (!key.starts_with("noises.")) to.push_back(to_checkpoint(path + "." + key, tensor));
        }
        if (to.size() == before) throw Error(fmt::format("{}: has no tensors below '{}'", printable(file), prefix));
    }
};

Trained read_trained(const ExportOptions& options, const std::string& stage) {
    const auto named = options.names.find(stage);
    const std::string name = named == options.names.end() ? stage : named->second;
    const fs::path file = options.system / name / kBestFile;
    auto snapshot = read_snapshot(file);
    if (!snapshot)
        throw UsageError(
            fmt::format("{}: there is no such file: train stage {} first{}", printable(file), stage,
                        stage == kUNet ? "" : "; the method's files hold every stage, whatever the prompt"));
    Trained trained{stage, file, std::move(*snapshot)};
    const Json settings = trained.snapshot.meta.value("settings", Json::object());
    const std::string pretrained =
        settings.is_object() && settings.contains("pretrained") ? trained.setting("pretrained") : "";
    if (!pretrained.empty())
        throw UsageError(
            fmt::format("{}: was trained around the encoder and the decoder of another file (pretrained={}), as "
                        "full-512 has it; only systems of the stages' own encoder and decoder can be exported",
                        printable(file), pretrained));
    return trained;
}

std::string joined(const std::vector<const Trained*>& parts, const auto& text_of) {
    std::string text;
    std::set<std::string> seen;
    for (const Trained* part : parts) {
        const std::string one = text_of(*part);
        if (seen.insert(one).second) text += (text.empty() ? "" : ", ") + one;
    }
    return text;
}

// How these parts were trained.
Metadata training_of(const std::vector<const Trained*>& parts) {
    namespace key = system_metadata;
    Metadata meta;
    const auto setting = [](const char* name) { return [=](const Trained& part) { return part.setting(name); }; };
    meta[key::kSeed] = joined(parts, setting("seed"));
    meta[key::kData] = joined(parts, setting("data"));
    meta[key::kDegradation] = joined(parts, setting("degradation"));
    meta[key::kIterations] = joined(parts, [](const Trained& part) {
        return fmt::format("{} {}", part.stage, part.snapshot.meta["iteration"].get<int64_t>());
    });
    return meta;
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
    const Trained unet = read_trained(options, kUNet);
    std::vector<CheckpointTensor> tensors;
    unet.add("unet", "unet", tensors);
    Metadata meta = training_of({&unet});
    meta[system_metadata::kSystem] = "unet-" + unet.setting("size");
    meta[system_metadata::kSizes] = "base=" + unet.setting("base");
    meta[system_metadata::kSide] = unet.setting("size");
    fs::create_directories(options.to);
    return write(options.to / "unet.safetensors", tensors, meta);
}

std::vector<ExportedFile> export_system(const ExportOptions& options) {
    check_stages(options, system_stages());
    // the last first: it may say that there are no earlier ones
    const Trained restoration = read_trained(options, kRestorationStage),
                  diffuser = read_trained(options, kCodeDiffuserStage),
                  encoder = read_trained(options, kStyleEncoderStage), prior = read_trained(options, kPriorStage);
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
    of_net[system_metadata::kPrompt] = restoration.setting("prompt");
    if (restoration.setting("prompt") == "diffused") of_net[system_metadata::kSteps] = restoration.setting("steps");
    fs::create_directories(options.to);
    return {write(options.to / "style_encoder_decoder.safetensors", style, metadata_of(prior, {&prior, &encoder})),
            write(options.to / "code_diffuser.safetensors", codes, of_diffuser),
            write(options.to / "restoration_net.safetensors", net, of_net)};
}

}  // namespace bfr::train
