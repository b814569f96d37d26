#include "nets/clrface/latent_prior.h"

#include <torch/torch.h>

#include <algorithm>

#include "base/error.h"

namespace bfr::nets::clrface {

using diffusion::Prediction;
using diffusion::VpSchedule;

VpSchedule schedule_of(const std::string& name) {
    if (name == "cosine") return VpSchedule::cosine(kTrainingSteps);
    if (name == "scaled-linear") return VpSchedule::scaled_linear(kTrainingSteps, 0.0015, 0.0195);
    BFR_CHECK(name == "linear", "no schedule {}", name);
    return VpSchedule::linear(kTrainingSteps, 0.0015, 0.0195);
}

VpSchedule taken(const VpSchedule& all, const SamplingOptions& options) {
    if (options.start < 1 || options.start > all.steps() || options.steps < 1 || options.steps > options.start) {
        throw UsageError(fmt::format("{} steps of the {} below time {} of {} can't be taken", options.steps,
                                     options.start, options.start, all.steps()));
    }
    // one step alone is the noisiest
    if (options.steps == 1) return all.respaced({options.start - 1});
    if (options.sampler != Sampler::kDpmSolver)
        return all.respaced(diffusion::even_steps(options.start, options.steps));
    std::vector<int> below(static_cast<size_t>(options.start));
    for (int i = 0; i < options.start; i++) below[static_cast<size_t>(i)] = i;
    return all.respaced(diffusion::log_snr_steps(all.respaced(below), options.steps));
}

LatentPrior::LatentPrior(const LatentPriorOptions& options)
    : options_(options), schedule_(schedule_of(options.schedule)) {
    BFR_CHECK(options.unet.in == 2 * options.unet.out, "a prior's U-Net takes the noisy latent and the condition");
    unet_ = register_module("unet", std::make_shared<AdmUnet>(options.unet));
}

Tensor LatentPrior::forward(const Tensor& noisy, const Tensor& condition, const Tensor& times) const {
    return unet_->forward(at::cat({noisy, condition}, 1), times);
}

Tensor LatentPrior::target(const Tensor& clean, const Tensor& noise, const Tensor& alpha_bar) const {
    if (options_.parameter == Parameter::kNoise) return noise;
    if (options_.parameter == Parameter::kClean) return clean;
    const Tensor kept = alpha_bar.view({-1, 1, 1, 1});
    return kept.sqrt() * noise - (1 - kept).sqrt() * clean;
}

Prediction LatentPrior::predict(const VpSchedule& schedule, int i, const Tensor& noisy, const Tensor& condition) const {
    const Tensor times = at::full({noisy.size(0)}, static_cast<double>(schedule.time(i)),
                                  at::TensorOptions(at::kFloat).device(noisy.device()));
    const Tensor said = forward(noisy, condition, times);
    if (options_.parameter == Parameter::kNoise) return diffusion::from_noise(schedule, i, noisy, said, false);
    if (options_.parameter == Parameter::kClean) return diffusion::from_clean(schedule, i, noisy, said, false);
    return diffusion::from_velocity(schedule, i, noisy, said, false);
}

Tensor sample_latent(const LatentPrior& prior, const SamplingOptions& options, const Tensor& condition,
                     const Tensor& estimate, const LatentDraws& draws, const diffusion::Guide& guide,
                     const OnStep& on_step) {
    const VpSchedule schedule = taken(prior.schedule(), options);
    const int last = schedule.steps() - 1;
    const Tensor noise = draws("x_T");
    const bool begins_with_one = options.start < prior.schedule().steps();
    BFR_CHECK(!begins_with_one || estimate.defined(), "a diffusion that begins at time {} needs an estimate",
              options.start);
    const Tensor start = begins_with_one ? diffusion::noised(schedule, last, estimate, noise) : noise;
    Tensor before;
    return diffusion::sample(
        start, last,
        [&](const Tensor& x, int i) {
            Prediction said = prior.predict(schedule, i, x, condition);
            return guide ? diffusion::guided(schedule, i, x, said, guide) : said;
        },
        [&](const Tensor& x, int i, const Prediction& said) {
            const diffusion::Fresh fresh = [&] { return draws(fmt::format("step/{}", schedule.time(i))); };
            Tensor next;
            if (options.sampler == Sampler::kDdim) {
                next = diffusion::ddim_step(schedule, i, said, options.eta, fresh);
            } else if (options.sampler == Sampler::kAncestral) {
                next = diffusion::ancestral_step(schedule, i, x, said, fresh);
            } else {
                next = diffusion::dpm_solver_step(schedule, i, x, said.clean, before);
                before = said.clean;
            }
            if (on_step) on_step(last + 1 - i, said.clean, next);
            return next;
        });
}

AdmUnetOptions prior_sizes(const StateDict& tensors, int64_t side, const std::string& source) {
    const auto shape = [&](const std::string& name, size_t dims) {
        const auto found = tensors.find(name);
        if (found == tensors.end()) throw Error(fmt::format("{}: has no tensor {}", source, name));
        const auto sizes = found->second.sizes().vec();
        const bool usual =
            sizes.size() == dims && std::ranges::all_of(sizes, [](int64_t n) { return n > 0 && n <= 8192; });
        if (!usual) throw Error(fmt::format("{}: tensor {} has a shape that no prior has", source, name));
        return sizes;
    };
    AdmUnetOptions options;
    options.side = side;
    options.width = shape("unet.time_embed.0.weight", 2)[1];
    const auto first = shape("unet.input_blocks.0.0.weight", 4);
    options.in = first[1];
    options.out = shape("unet.out.2.weight", 4)[0];
    options.widths.clear(), options.blocks.clear(), options.attention.clear();
    const auto block = [](int at) { return fmt::format("unet.input_blocks.{}.", at); };
    const auto refuse = [&](const std::string& what) { throw Error(fmt::format("{}: its U-Net {}", source, what)); };
    int64_t channels = 0;
    constexpr int kMostBlocks = 64;
    for (int at = 1; at < kMostBlocks; at++) {
        if (tensors.contains(block(at) + "0.op.weight")) {
            if (channels == 0) refuse("has a level without blocks");
            side /= 2;
            channels = 0;
            continue;
        }
        const std::string conv = block(at) + "0.in_layers.2.weight";
        if (!tensors.contains(conv)) break;
        const int64_t width = shape(conv, 4)[0];
        if (channels != 0 && width != channels) refuse("changes its channels within a level");
        if (width % options.width != 0) refuse(fmt::format("has {} channels, no multiple of {}", width, options.width));
        if (channels == 0) {
            options.widths.push_back(width / options.width);
            options.blocks.push_back(0);
            channels = width;
            if (tensors.contains(block(at) + "1.norm.weight")) options.attention.push_back(side);
        }
        options.blocks.back()++;
    }
    if (options.widths.empty() || channels == 0) refuse("has no levels that end in blocks");
    if (first[0] != options.width * options.widths.front() || options.in != 2 * options.out)
        refuse("has a first convolution of another size");
    if (side < 1 || options.side % (int64_t{1} << (options.widths.size() - 1)) != 0)
        refuse(fmt::format("has {} levels, too many for latents of {}", options.widths.size(), options.side));
    options.head_width = kHeadWidth;
    return options;
}

}  // namespace bfr::nets::clrface
