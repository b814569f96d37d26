#include <ATen/ATen.h>
#include <fmt/ranges.h>
#include <torch/version.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "base/sha256.h"
#include "nets/device.h"
#include "restore/aligned_face.h"
#include "restore/seed_option.h"
#include "restore/units.h"
#include "restore/vspbfr/extras.h"
#include "restore/vspbfr/files.h"
#include "restore/vspbfr/stages.h"

namespace bfr {
namespace {

struct VspbfrOptions {
    vspbfr::PipelineOptions pipeline;
    vspbfr::ExtrasOptions extras;
    int samples = 1;               // restorations of each face; the result is their mean
    std::optional<uint64_t> seed;  // of the random numbers; absent: the run's
    std::string resize;            // one of kResizes
    vspbfr::Placement placement;
    std::string weights;  // the catalogue's: one of vspbfr::kWeights; empty where there are own ones
    std::string files;    // folder of own ones
    std::string name;

    bool bundled() const { return weights == vspbfr::kWeights.front(); }
};

const std::vector<std::string> kNoises = {"seeded", "zero"};
const std::vector<std::string> kPreviews = {"none", "last", "each"};
const std::vector<std::string> kSaved = {"codes", "preview", "features"};
const std::vector<std::string> kPrecisions = {"fp32", "bf16"};

class Vspbfr : public Restorer {
  public:
    Vspbfr(const Spec& spec, const VspbfrOptions& options, const vspbfr::FoundFiles& files)
        : options_(options),
          extras_(options.extras, options.pipeline, options.samples),
          stages_(files.paths, files.uses, options.pipeline, options.resize, options.samples, options.placement) {
        extras_.check_size(stages_.networks().sizes);
        const auto& pipeline = options.pipeline;
        const std::string unseen = never_seen();
        info_.label = row_name(spec, options) + (unseen.empty() ? "" : "[off-distribution]");
        if (!options.name.empty() && options.placement.type != at::kFloat) info_.label += "[bf16]";
        info_.version = fmt::format("1+libtorch{}", TORCH_VERSION);
        info_.summary =
            "restoration by a visual style prompt: codes diffused in StyleGAN2's space guide a SMART network";
        info_.convention = convention(unseen);
        info_.source =
            "Lu et al., \"Visual Style Prompt Learning Using Diffusion Models for Blind Face Restoration\", Pattern "
            "Recognition 161, 2025 (arXiv 2412.21042); LonglongaaaGo/VSPBFR e1f9987, restoration_test.py";
        if (options.bundled())
            info_.source += "; sizes and weights of compact-128 are this project's own (docs/training.md)";
        info_.weights = files.uses;
        info_.parameters = parameters_used();
        info_.device = options.placement.device.str();
        info_.gflop = vspbfr::gflop_of(stages_.networks().sizes, pipeline, options.samples);
        info_.draws = true;
        info_.side = static_cast<int>(stages_.networks().size);
        info_.extras = extras_.names();
    }

    const RestorerInfo& info() const override { return info_; }

    Restored restore(const RestoreInput& input) const override {
        vspbfr::StageClock clock;
        const Image& degraded = input.degraded;
        const auto& face = stages_.encode(
            degraded, [&] { return aligned_face(degraded.rgb01(), stages_.networks().size, options_.resize); }, clock);
        at::Tensor sum, exact_sum, squares;
        Json details = Json::object();
        std::vector<Extra> extras;
        for (int sample = 0; sample < options_.samples; sample++) {
            const vspbfr::DrawId id{options_.seed.value_or(input.run_seed), input.sample_id,
                                    static_cast<uint32_t>(sample)};
            const vspbfr::Restoration result = stages_.restore(degraded, face, id, clock, extras_.needs_features());
            if (sample == 0 && result.prompt.start.defined())
                details["x_T_sha256"] = tensor_sha256(result.prompt.start);
            const at::Tensor rgb01 = (result.rgb.clamp(-1, 1) + 1) / 2;
            sum = sample == 0 ? rgb01 : sum + rgb01;
            if (options_.samples > 1) {  // in double: the difference of two large sums is what is wanted
                const at::Tensor exact = rgb01.to(at::kDouble);
                exact_sum = sample == 0 ? exact : exact_sum + exact;
                squares = sample == 0 ? exact.square() : squares + exact.square();
            }
            const auto start = vspbfr::StageClock::Clock::now();
            std::ranges::move(extras_.make(stages_.networks(), face, result, id, info_.label),
                              std::back_inserter(extras));
            clock.leave_out(vspbfr::StageClock::since(start));
        }
        if (options_.samples > 1) details["diversity"] = deviation(exact_sum, squares);
        ImagePtr image = Image::from_rgb01(sum / options_.samples, input.sample_id);
        return {std::move(image), std::move(details), clock.seconds(), std::move(extras)};
    }

  private:
    // Whose weights they are stands in every row's name: of the bundled ones as a mark, of the others as the option
    // that names them, or as a mark where a name stands for the options.
    static std::string row_name(const Spec& spec, const VspbfrOptions& options) {
        Spec named("vspbfr");
        named.set("name", options.name);
        const std::string name = options.name.empty() ? spec.canonical() : named.canonical();
        if (options.bundled() || !options.name.empty())
            return fmt::format("{}[{}]", name, options.weights.empty() ? "own" : options.weights);
        return name;
    }

    std::string prompt_name() const { return vspbfr::kPrompts[static_cast<size_t>(options_.pipeline.prompt)]; }

    // Of the networks that a restoration with this prompt runs.
    double parameters_used() const {
        const auto& networks = stages_.networks();
        const auto prompt = options_.pipeline.prompt;
        return networks.parameters - (prompt != vspbfr::Prompt::kDiffused ? networks.diffuser_parameters : 0) -
               (prompt == vspbfr::Prompt::kNone ? networks.encoder_parameters : 0);
    }

    // What these options give to networks that weren't trained for it; empty where there is nothing of the kind.
    std::string never_seen() const {
        const auto& networks = stages_.networks();
        const int steps = options_.pipeline.steps;
        std::string text;
        const auto add = [&](const std::string& one) { text += (text.empty() ? "" : ", ") + one; };
        if (options_.pipeline.prompt == vspbfr::Prompt::kDiffused && steps != networks.trained_steps)
            add(fmt::format("the diffuser was trained for {}", networks.trained_steps));
        if (prompt_name() != networks.trained_prompt) {
            add(fmt::format("the restoration net was trained with prompt {}", networks.trained_prompt));
        } else if (options_.pipeline.prompt == vspbfr::Prompt::kDiffused && steps != networks.prompt_steps &&
                   networks.prompt_steps != networks.trained_steps) {
            add(fmt::format("the restoration net was trained with prompts of {}", networks.prompt_steps));
        }
        return text;
    }

    std::string convention(const std::string& unseen) const {
        const auto& pipeline = options_.pipeline;
        std::string text = fmt::format("{0}x{0} aligned face", stages_.networks().size);
        if (options_.resize != "none")
            text += fmt::format(", others resized to it ({}) first and left in this size", options_.resize);
        text += fmt::format("; prompt {}", prompt_name());
        if (pipeline.prompt == vspbfr::Prompt::kDiffused) {
            text +=
                fmt::format(", {} {} of the authors' schedule", pipeline.steps, pipeline.steps == 1 ? "step" : "steps");
            if (pipeline.stop_after > 0)
                text += fmt::format(", clean codes as predicted after {} of them", pipeline.stop_after);
        }
        if (!unseen.empty()) text += fmt::format(" ({})", unseen);
        text += pipeline.layer_noise ? "; layer noise drawn from the seed" : "; no layer noise";
        text += fmt::format("; two random codes are mixed with probability {:g}", pipeline.mixing);
        if (options_.seed) text += fmt::format("; drawn from the seed {}, whatever the run's is", *options_.seed);
        if (options_.samples > 1) text += fmt::format("; mean of {} restorations", options_.samples);
        if (options_.placement.type != at::kFloat) {
            const auto [mean, largest] = stages_.deviation();
            text += fmt::format(
                "; feature bank and restoration net in bfloat16, which moves a drawn picture's restoration from "
                "float32's by {:.2f} of 255 levels in the mean, {:.1f} at most (one smooth picture, no face, at "
                "default "
                "options)",
                mean, largest);
        }
        text += "; clamped, x 255 + 0.5, truncated to 8 bits";
        if (!extras_.names().empty()) text += "; the files beside the pictures are outside its time and GFLOP";
        return text;
    }

    static std::string tensor_sha256(const at::Tensor& tensor) {
        const at::Tensor plain = tensor.cpu().contiguous();
        return sha256({reinterpret_cast<const unsigned char*>(plain.data_ptr<float>()), plain.nbytes()});
    }

    // Mean over pixels and channels of the deviation between restorations, 8-bit levels.
    double deviation(const at::Tensor& sum, const at::Tensor& squares) const {
        const double n = options_.samples;
        const at::Tensor variance = (squares - sum.square() / n) / (n - 1);
        return 255 * variance.clamp_min(0).sqrt().mean().item<double>();
    }

    VspbfrOptions options_;
    vspbfr::Extras extras_;
    vspbfr::Stages stages_;
    RestorerInfo info_;
};

size_t index_of(const std::vector<std::string>& names, const std::string& name) {
    return static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

vspbfr::ExtrasOptions read_extras(SpecReader& reader, vspbfr::Prompt prompt) {
    const auto saved = reader.choices("save", kSaved);
    const auto saves = [&](const char* what) { return std::ranges::find(saved, what) != saved.end(); };
    const std::string preview = reader.choice("preview", saves("preview") ? "last" : "none", kPreviews);
    if (saves("preview") && preview == "none")
        throw UsageError("method vspbfr: save=preview and preview=none contradict each other");
    if (preview == "each" && prompt != vspbfr::Prompt::kDiffused)
        throw UsageError("method vspbfr: preview=each shows the steps of prompt=diffused; the others have none");
    return {static_cast<vspbfr::Preview>(index_of(kPreviews, preview)), saves("codes"), saves("features")};
}

// The label has one form of `save`, however it was written, and the bundled weights as a mark alone.
Spec labelled(SpecReader& reader, bool bundled) {
    Spec spec(reader.spec().name());
    for (const auto& [key, value] : reader.spec().options()) {
        if (!bundled || key != "weights") spec.set(key, value);
    }
    if (reader.has("save")) spec.set("save", fmt::format("{}", fmt::join(reader.choices("save", kSaved), "+")));
    return spec;
}

}  // namespace

std::unique_ptr<Restorer> make_vspbfr(SpecReader& reader, const UnitContext& context) {
    VspbfrOptions options;
    auto& pipeline = options.pipeline;
    pipeline.steps = static_cast<int>(reader.integer("steps", pipeline.steps, 1, 1000));
    pipeline.stop_after = static_cast<int>(reader.integer("stop_after", 0, 0, pipeline.steps));
    pipeline.prompt =
        static_cast<vspbfr::Prompt>(index_of(vspbfr::kPrompts, reader.choice("prompt", "diffused", vspbfr::kPrompts)));
    if (pipeline.prompt != vspbfr::Prompt::kDiffused && (reader.has("steps") || reader.has("stop_after"))) {
        throw UsageError(
            "method vspbfr: steps and stop_after are the diffusion's, which prompt=diffused alone has: leave them out");
    }
    pipeline.layer_noise = reader.choice("noise", "seeded", kNoises) == "seeded";
    pipeline.mixing = reader.number("mixing", pipeline.mixing, 0, 1);
    options.extras = read_extras(reader, pipeline.prompt);
    options.samples = static_cast<int>(reader.integer("samples", 1, 1, 1000));
    options.seed = read_seed(reader);
    options.resize = reader.choice("resize", "none", kResizes);
    const bool reduced = reader.choice("precision", "fp32", kPrecisions) == "bf16";
    options.files = reader.text("files", "");
    if (!options.files.empty() && reader.has("weights"))
        throw UsageError("method vspbfr: files and weights both say which weights are meant: leave one out");
    // read in any case: a run whose files lie elsewhere now is the same run where their content is
    const std::string weights = reader.choice("weights", vspbfr::kWeights.front(), vspbfr::kWeights);
    if (options.files.empty()) options.weights = weights;
    options.name = reader.text("name", "");
    reader.finish();
    options.placement = {device_of(context.device), reduced ? at::kBFloat16 : at::kFloat};
    const auto files = options.files.empty() ? vspbfr::find_catalogue_files(options.weights, context.weights)
                                             : vspbfr::find_own_files(options.files);
    return std::make_unique<Vspbfr>(labelled(reader, options.bundled()), options, files);
}

}  // namespace bfr
