#include "restore/vspbfr/extras.h"

#include <ATen/ATen.h>

#include "base/error.h"
#include "base/files.h"
#include "weights/formats/safetensors_writer.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::vspbfr {

namespace {

// 1 of 12 as "01", so that names sort as numbers do.
std::string numbered(int number, int most) { return fmt::format("{:0{}}", number, std::to_string(most).size()); }

std::vector<CheckpointTensor> codes_of(const EncodedFace& face, const Restoration& restoration) {
    std::vector<CheckpointTensor> tensors = {to_checkpoint("prompt", restoration.prompt.codes[0])};
    if (face.codes.defined()) tensors.push_back(to_checkpoint("degraded", face.codes[0]));
    if (restoration.prompt.start.defined()) tensors.push_back(to_checkpoint("x_T", restoration.prompt.start[0]));
    return tensors;
}

// Those that the restoration net reads, by their side in pixels.
std::vector<CheckpointTensor> features_of(const Restoration& restoration) {
    std::vector<CheckpointTensor> tensors;
    for (size_t k = 1; k < restoration.features.size(); k++) {
        const at::Tensor& feature = restoration.features[k];
        tensors.push_back(to_checkpoint(std::to_string(feature.size(2)), feature[0]));
    }
    return tensors;
}

}  // namespace

Extras::Extras(const ExtrasOptions& options, const PipelineOptions& pipeline, int samples)
    : options_(options), pipeline_(pipeline), samples_(samples) {}

std::vector<std::string> Extras::names_of(int sample) const {
    const std::string before = samples_ > 1 ? "sample" + numbered(sample + 1, samples_) + "-" : "";
    std::vector<std::string> names;
    if (options_.preview == Preview::kLast) names.push_back(before + "preview.png");
    if (options_.preview == Preview::kEach) {
        const int steps = pipeline_.steps_taken();
        for (int step = 1; step <= steps; step++) names.push_back(before + "step" + numbered(step, steps) + ".png");
    }
    if (options_.codes) names.push_back(before + "codes.safetensors");
    if (options_.features) names.push_back(before + "features.safetensors");
    return names;
}

std::vector<std::string> Extras::names() const {
    std::vector<std::string> all;
    for (int sample = 0; sample < samples_; sample++) {
        for (auto& name : names_of(sample)) all.push_back(std::move(name));
    }
    return all;
}

void Extras::check_size(const NetworkSizes& sizes) const {
    constexpr double kMost = 2e9;
    double bytes = 0;
    if (options_.features) {
        for (int64_t side = 8; side <= sizes.restoration.size; side *= 2)
            bytes += 4.0 * static_cast<double>(sizes.restoration.channels.at(side) * side * side);
    }
    const int pictures =
        options_.preview == Preview::kEach ? pipeline_.steps_taken() : (options_.preview == Preview::kLast ? 1 : 0);
    bytes += 3.0 * pictures * static_cast<double>(sizes.restoration.size * sizes.restoration.size);
    bytes *= samples_;
    if (bytes <= kMost) return;
    throw UsageError(fmt::format(
        "vspbfr: the files beside one face would take {:.1f} GB, which are in memory until they are written, and more "
        "than "
        "{:.0f} GB aren't allowed; ask for fewer samples or steps, or leave out save=features or preview=each",
        bytes / 1e9, kMost / 1e9));
}

std::vector<Extra> Extras::make(const Networks& networks, const EncodedFace& face, const Restoration& restoration,
                                const DrawId& id, const std::string& method) const {
    std::vector<FileContent> contents;
    const auto decoded = [&](const at::Tensor& codes) {
        return Image::from_rgb01((preview(networks, codes, pipeline_, id).clamp(-1, 1) + 1) / 2, id.sample_id);
    };
    const auto tensors = [&](const std::vector<CheckpointTensor>& list) {
        return safetensors_bytes(list, std::nullopt,
                                 {{"method", printable(method)},
                                  {"sample", printable(id.sample_id)},
                                  {"seed", std::to_string(id.run_seed)},
                                  {"repeat", std::to_string(id.repeat)}});
    };
    if (options_.preview == Preview::kLast) contents.emplace_back(decoded(restoration.prompt.codes));
    if (options_.preview == Preview::kEach) {
        for (const auto& codes : restoration.prompt.predicted) contents.emplace_back(decoded(codes));
    }
    if (options_.codes) contents.emplace_back(tensors(codes_of(face, restoration)));
    if (options_.features) contents.emplace_back(tensors(features_of(restoration)));

    const auto names = names_of(static_cast<int>(id.repeat));
    BFR_CHECK(names.size() == contents.size(), "{} files, {} names", contents.size(), names.size());
    std::vector<Extra> extras;
    for (size_t i = 0; i < names.size(); i++) extras.push_back({names[i], std::move(contents[i])});
    return extras;
}

}  // namespace bfr::vspbfr
