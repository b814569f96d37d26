#include "restore/vspbfr/pipeline.h"

#include <ATen/ATen.h>

#include "base/error.h"

namespace bfr::vspbfr {

namespace {

std::unique_ptr<nets::NoiseSource> noise_of(const PipelineOptions& options, const DrawId& id, const char* network) {
    if (!options.layer_noise) return std::make_unique<nets::NoNoise>();
    return std::make_unique<DrawnNoise>(id, network);
}

at::Tensor prompt_codes(const Networks& networks, const EncodedFace& face, const PipelineOptions& options,
                        const DrawId& id, const std::function<void(int, const at::Tensor&)>& on_step) {
    switch (options.prompt) {
        case Prompt::kDegraded:
            return face.codes;
        case Prompt::kNone:
            return networks.latent_avg.expand({1, networks.codes, networks.width});
        case Prompt::kDiffused:
            break;
    }
    const at::Tensor x = draw_normal(id, "x_T", {1, networks.codes, networks.width});
    int left = options.stop_after == 0 ? options.steps : options.stop_after;
    return nets::sample_codes(*networks.diffuser, nets::CodeSchedule(options.steps), x, face.codes,
                              [&](int t, const at::Tensor& x0, const at::Tensor&) {
                                  if (on_step) on_step(t, x0);
                                  return --left > 0;
                              });
}

at::Tensor mapped_noise(const Networks& networks, const PipelineOptions& options, const DrawId& id) {
    const int64_t codes = networks.restoration->codes();
    const Mixing mixing = draw_mixing(id, networks.width, codes, options.mixing);
    const at::Tensor first = networks.restoration->map(mixing.first);
    if (!mixing.second.defined()) return first;
    return at::cat({first.unsqueeze(1).expand({1, mixing.from, -1}),
                    networks.restoration->map(mixing.second).unsqueeze(1).expand({1, codes - mixing.from, -1})},
                   1);
}

}  // namespace

EncodedFace encode(const Networks& networks, const at::Tensor& rgb01) {
    BFR_CHECK(rgb01.dim() == 4 && rgb01.size(2) == networks.size && rgb01.size(3) == networks.size,
              "a picture of {} pixels a side is needed", networks.size);
    const at::NoGradGuard no_grad;
    const at::Tensor rgb = (rgb01 - 0.5) / 0.5;
    const std::array<int64_t, 2> side = {networks.encoder_size, networks.encoder_size};
    const at::Tensor small = at::upsample_bilinear2d(rgb, at::IntArrayRef(side), false);
    return {rgb, networks.encoder->forward(small) + networks.latent_avg};
}

Restoration restore_face(const Networks& networks, const EncodedFace& face, const PipelineOptions& options,
                         const DrawId& id, const std::function<void(int t, const at::Tensor& codes)>& on_step) {
    const at::NoGradGuard no_grad;
    const at::Tensor codes = prompt_codes(networks, face, options, id, on_step);
    auto features =
        networks.bank->forward(codes, *noise_of(options, id, "stylegan2"), networks.restoration->feature_count(), false)
            .features;
    const auto result =
        networks.restoration->forward(face.rgb, std::move(features), codes, mapped_noise(networks, options, id),
                                      *noise_of(options, id, "restoration"));
    return {result.image, codes};
}

at::Tensor preview(const Networks& networks, const at::Tensor& codes, const PipelineOptions& options,
                   const DrawId& id) {
    const at::NoGradGuard no_grad;
    const std::array<int64_t, 2> side = {networks.size, networks.size};
    return at::adaptive_avg_pool2d(networks.bank->forward(codes, *noise_of(options, id, "stylegan2"), 0, true).image,
                                   at::IntArrayRef(side));
}

}  // namespace bfr::vspbfr
