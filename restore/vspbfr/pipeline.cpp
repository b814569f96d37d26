#include "restore/vspbfr/pipeline.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "nets/flop.h"

namespace bfr::vspbfr {

namespace {

bool is_finite(const at::Tensor& values) {
    return std::isfinite(values.sum(at::kDouble).item<double>());  // float32 values can't add up to an infinity
}

[[noreturn]] void throw_not_finite(const char* network, const std::filesystem::path& file) {
    throw Error(fmt::format("{} gave numbers that are not finite: the weights in {} are none that it can work with",
                            network, printable(file)));
}

// What goes into the bank and the restoration net.
at::Tensor placed(const Networks& networks, const at::Tensor& x) {
    return x.to(networks.placement.device, networks.placement.type);
}

at::Tensor returned(const at::Tensor& x) { return x.to(at::kCPU, at::kFloat); }

std::unique_ptr<nets::NoiseSource> noise_of(const Networks& networks, const PipelineOptions& options, const DrawId& id,
                                            const char* network) {
    if (!options.layer_noise) return std::make_unique<nets::NoNoise>();
    return std::make_unique<DrawnNoise>(
        id, network, at::TensorOptions().device(networks.placement.device).dtype(networks.placement.type));
}

at::Tensor mapped_noise(const Networks& networks, const PipelineOptions& options, const DrawId& id) {
    const int64_t codes = networks.restoration->codes();
    const Mixing mixing = draw_mixing(id, networks.width, codes, options.mixing);
    const auto map = [&](const at::Tensor& z) {
        return placed(networks, networks.restoration->map(z.to(networks.placement.device)));
    };
    const at::Tensor first = map(mixing.first);
    if (!mixing.second.defined()) return first;
    return at::cat({first.unsqueeze(1).expand({1, mixing.from, -1}),
                    map(mixing.second).unsqueeze(1).expand({1, codes - mixing.from, -1})},
                   1);
}

}  // namespace

EncodedFace encode(const Networks& networks, const at::Tensor& rgb01, Prompt prompt) {
    BFR_CHECK(rgb01.dim() == 4 && rgb01.size(2) == networks.size && rgb01.size(3) == networks.size,
              "a picture of {} pixels a side is needed", networks.size);
    const at::NoGradGuard no_grad;
    const at::Tensor rgb = (rgb01 - 0.5) / 0.5;
    if (prompt == Prompt::kNone) return {rgb, {}};
    const std::array<int64_t, 2> side = {networks.encoder_size, networks.encoder_size};
    const at::Tensor small = at::upsample_bilinear2d(rgb, at::IntArrayRef(side), false).to(networks.placement.device);
    at::Tensor codes = networks.encoder->forward(small);
    if (const auto* linear = networks.bank->linear()) codes = linear->with_scores(codes, small);
    codes = returned(codes) + networks.latent_avg;
    if (!is_finite(codes)) throw_not_finite("the style encoder", networks.files.style);
    return {rgb, codes};
}

VisualPrompt make_prompt(const Networks& networks, const EncodedFace& face, const PipelineOptions& options,
                         const DrawId& id) {
    const at::NoGradGuard no_grad;
    switch (options.prompt) {
        case Prompt::kDegraded:
            return {face.codes, {}, {}};
        case Prompt::kNone:
            return {networks.latent_avg.expand({1, networks.codes, networks.width}), {}, {}};
        case Prompt::kDiffused:
            break;
    }
    VisualPrompt prompt;
    prompt.start = draw_normal(id, "x_T", {1, networks.codes, networks.width});
    const auto device = networks.placement.device;
    prompt.codes = nets::sample_codes(*networks.diffuser, nets::CodeSchedule(options.steps), prompt.start.to(device),
                                      face.codes.to(device), [&](int, const at::Tensor& clean, const at::Tensor&) {
                                          prompt.predicted.push_back(returned(clean));
                                          return std::ssize(prompt.predicted) < options.steps_taken();
                                      });
    prompt.codes = returned(prompt.codes);
    if (!is_finite(prompt.codes)) throw_not_finite("the code diffuser", networks.files.diffuser);
    return prompt;
}

std::vector<at::Tensor> prompt_features(const Networks& networks, const at::Tensor& codes,
                                        const PipelineOptions& options, const DrawId& id) {
    const at::NoGradGuard no_grad;
    return networks.bank
        ->forward(placed(networks, codes), *noise_of(networks, options, id, "stylegan2"),
                  networks.restoration->feature_count(), false)
        .features;
}

at::Tensor restore_prompted(const Networks& networks, const EncodedFace& face, const at::Tensor& codes,
                            std::vector<at::Tensor> features, const PipelineOptions& options, const DrawId& id) {
    const at::NoGradGuard no_grad;
    const at::Tensor rgb =
        returned(networks.restoration
                     ->forward(placed(networks, face.rgb), std::move(features), placed(networks, codes),
                               mapped_noise(networks, options, id), *noise_of(networks, options, id, "restoration"))
                     .image);
    if (!is_finite(rgb)) {
        // The features are gone by now: they are made again to tell whose fault it is.
        if (!std::ranges::all_of(prompt_features(networks, codes, options, id), is_finite))
            throw_not_finite("StyleGAN2", networks.files.style);
        throw_not_finite("the restoration net", networks.files.restoration);
    }
    return rgb;
}

Restoration restore_face(const Networks& networks, const EncodedFace& face, const PipelineOptions& options,
                         const DrawId& id) {
    VisualPrompt prompt = make_prompt(networks, face, options, id);
    auto features = prompt_features(networks, prompt.codes, options, id);
    at::Tensor rgb = restore_prompted(networks, face, prompt.codes, std::move(features), options, id);
    return {std::move(rgb), std::move(prompt)};
}

double gflop_of(const NetworkSizes& sizes, const PipelineOptions& options, int samples) {
    int features = 0;
    for (int64_t side = 4; side <= sizes.restoration.size; side *= 2) features++;
    const auto& restoration = sizes.restoration;
    const double mapping =
        static_cast<double>(nets::flop_of_mapping(restoration.style_width, restoration.mapping_layers));
    const auto [encoding, codes] = std::visit(
        [&](const auto& encoder) {
            return std::pair{
                options.prompt == Prompt::kNone ? 0 : nets::flop_of(encoder) + nets::flop_of_scores(sizes.bank),
                encoder.codes};
        },
        sizes.encoder);
    const int64_t once = options.steps_taken() * nets::flop_of(sizes.diffuser, codes) +
                         nets::flop_of(sizes.bank, features, false) + nets::flop_of(restoration);
    return (static_cast<double>(encoding) + samples * (static_cast<double>(once) + (1 + options.mixing) * mapping)) /
           1e9;
}

at::Tensor preview(const Networks& networks, const at::Tensor& codes, const PipelineOptions& options,
                   const DrawId& id) {
    const at::NoGradGuard no_grad;
    const std::array<int64_t, 2> side = {networks.size, networks.size};
    const at::Tensor image =
        networks.bank->forward(placed(networks, codes), *noise_of(networks, options, id, "stylegan2"), 0, true).image;
    return at::adaptive_avg_pool2d(returned(image), at::IntArrayRef(side));
}

}  // namespace bfr::vspbfr
