#include "train/vspbfr/stages.h"

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "train/unet_stage.h"
#include "train/vspbfr/code_diffuser_stage.h"
#include "train/vspbfr/prior.h"
#include "train/vspbfr/restoration_stage.h"
#include "train/vspbfr/style_encoder_stage.h"

namespace bfr::train {
namespace fs = std::filesystem;

namespace {

constexpr const char *kPrior = "prior", *kEncoder = "style-encoder", *kDiffuser = "code-diffuser",
                     *kRestoration = "restoration", *kUNet = "unet";

const std::vector<std::string> kTrunks = {"none", "alex", "squeeze", "vgg"};
const std::vector<std::string> kIdentities = {"none", "mobilefacenet", "resnet101"};
const std::vector<std::string> kPrompts = {"diffused", "degraded", "none"};

// The files of the judges, opened when a stage is made.
struct JudgeOptions {
    std::string trunk, identity;
    std::string trunk_file, heads_file, identity_file;  // of one's own; empty: the catalogue's
};

JudgeOptions read_judges(SpecReader& reader) {
    JudgeOptions options;
    options.trunk = reader.choice("lpips", "squeeze", kTrunks);
    options.identity = reader.choice("recogniser", "mobilefacenet", kIdentities);
    options.trunk_file = reader.text("trunk", "");
    options.heads_file = reader.text("heads", "");
    options.identity_file = reader.text("recogniser_file", "");
    return options;
}

Judges load_judges(const JudgeOptions& options, const FindFile& find) {
    const auto open = [&](const std::string& own, const std::string& published) {
        return open_checkpoint(own.empty() ? find(published) : fs::path(own));
    };
    Judges judges;
    if (options.trunk != "none") {
        const auto [net, published] =
            options.trunk == "alex"  ? std::pair{nets::TrunkNet::kAlexNet, "alexnet-owt-7be5be79.pth"}
            : options.trunk == "vgg" ? std::pair{nets::TrunkNet::kVgg16, "vgg16-397923af.pth"}
                                     : std::pair{nets::TrunkNet::kSqueezeNet, "squeezenet1_1-b8a52dc0.pth"};
        judges.perceptual = std::make_shared<PerceptualLoss>(
            net, open(options.trunk_file, published), open(options.heads_file, "lpips-v0.1-" + options.trunk + ".pth"));
    }
    const auto identity = [&](auto make, const std::string& published) {
        const Checkpoint file = open(options.identity_file, published);
        judges.identity = make(tensors_below(file, ""), file.name());
    };
    if (options.identity == "mobilefacenet") identity(mobile_face_net, "mobilefacenet.pt");
    if (options.identity == "resnet101") identity(arcface_resnet101, "Arcface.pth");
    return judges;
}

PictureWeights read_weights(SpecReader& reader, PictureWeights weights) {
    weights.pixel = reader.number("pixel", weights.pixel, 0, 1e6);
    weights.perceptual = reader.number("perceptual", weights.perceptual, 0, 1e6);
    weights.identity = reader.number("identity", weights.identity, 0, 1e6);
    return weights;
}

template <class Options>
void read_optimiser(SpecReader& reader, Options& options) {
    options.rate = reader.number("rate", options.rate, 0, 10);
    options.beta1 = reader.number("beta1", options.beta1, 0, 1);
    options.beta2 = reader.number("beta2", options.beta2, 0, 1);
    options.clip = reader.number("clip", options.clip, 1e-6, 1e9);
    options.average = reader.number("average", options.average, 0, 1);
}

SystemSizes read_sizes(SpecReader& reader) {
    CompactSizes wanted;
    wanted.size = reader.integer("size", wanted.size, 32, 1024);
    wanted.width = reader.integer("width", wanted.width, 1, 4096);
    wanted.base = reader.integer("base", wanted.base, 4, 4096);
    wanted.multiplier = reader.integer("multiplier", wanted.multiplier, 1, 64);
    wanted.linear = reader.integer("linear", wanted.linear, 0, 3072);
    wanted.blocks = reader.integer("blocks", wanted.blocks, 1, 64);
    wanted.branches = reader.integer("branches", wanted.branches, 1, 4);
    if ((wanted.size & (wanted.size - 1)) != 0)
        throw UsageError(fmt::format("stage {}: size={}: must be a power of two", reader.spec().name(), wanted.size));
    return compact_system(wanted);
}

StageSetup read_setup(SpecReader& reader, int64_t iterations, int64_t batch) {
    StageSetup setup;
    setup.loop.iterations = reader.integer("iterations", iterations, 1, 100'000'000);
    setup.batch = reader.integer("batch", batch, 1, 4096);
    setup.loop.warm_up = reader.integer("warm_up", setup.loop.warm_up, 1, 1'000'000);
    setup.loop.last_rate = reader.number("last_rate", setup.loop.last_rate, 0, 1);
    setup.loop.validate_every = reader.integer("validate_every", setup.loop.validate_every, 1, 1'000'000);
    setup.loop.log_every = reader.integer("log_every", setup.loop.log_every, 1, 1'000'000);
    setup.loop.save_every = reader.number("save_every", setup.loop.save_every, 0, 1e6);
    setup.init = reader.text("init", "");
    setup.name = reader.text("name", reader.spec().name());
    return setup;
}

fs::path trained(const StageContext& context, const std::string& stage) {
    fs::path file = context.system / stage / "best.safetensors";
    if (!fs::is_regular_file(file))
        throw UsageError(fmt::format("{}: there is no such file: train stage {} first", printable(file), stage));
    return file;
}

MadeStage prior(SpecReader& reader, const StageContext& context) {
    MadeStage made{read_setup(reader, 20'000, 16), {}};
    const SystemSizes sizes = read_sizes(reader);
    PriorOptions options;
    read_optimiser(reader, options);
    options.weights = read_weights(reader, options.weights);
    options.until_32 = reader.integer("until_32", options.until_32, 0, 100'000'000);
    options.until_64 = reader.integer("until_64", options.until_64, 0, 100'000'000);
    const JudgeOptions judges = read_judges(reader);
    reader.finish();
    made.make = [=, find = context.find](const BatchSource& training, bool anew) {
        auto stage = std::make_unique<PriorStage>(sizes, options, load_judges(judges, find));
        if (anew) stage->fit_linear_path(training, training.size());
        return stage;
    };
    return made;
}

MadeStage style_encoder(SpecReader& reader, const StageContext& context) {
    MadeStage made{read_setup(reader, 10'000, 8), {}};
    const SystemSizes sizes = read_sizes(reader);
    StyleEncoderStageOptions options;
    read_optimiser(reader, options);
    options.codes = reader.number("codes", options.codes, 0, 1e6);
    options.weights = read_weights(reader, options.weights);
    const JudgeOptions judges = read_judges(reader);
    reader.finish();
    made.make = [=, find = context.find, file = trained(context, kPrior)](const BatchSource&, bool) {
        return std::make_unique<StyleEncoderStage>(sizes, options, load_judges(judges, find), file);
    };
    return made;
}

MadeStage code_diffuser(SpecReader& reader, const StageContext& context) {
    MadeStage made{read_setup(reader, 20'000, 16), {}};
    const SystemSizes sizes = read_sizes(reader);
    CodeDiffuserStageOptions options;
    read_optimiser(reader, options);
    options.seed = context.seed;
    options.steps = static_cast<int>(reader.integer("steps", options.steps, 1, 1000));
    options.codes = reader.number("codes", options.codes, 0, 1e6);
    options.weights = read_weights(reader, options.weights);
    const std::string encoder = reader.choice("encoder", kEncoder, std::vector<std::string>{kEncoder, kPrior});
    const JudgeOptions judges = read_judges(reader);
    reader.finish();
    made.make = [=, find = context.find, file = trained(context, kPrior), encoder_file = trained(context, encoder)](
                    const BatchSource&, bool) {
        return std::make_unique<CodeDiffuserStage>(sizes, options, load_judges(judges, find), file, encoder_file);
    };
    return made;
}

MadeStage restoration(SpecReader& reader, const StageContext& context) {
    MadeStage made{read_setup(reader, 30'000, 8), {}};
    const SystemSizes sizes = read_sizes(reader);
    RestorationStageOptions options;
    read_optimiser(reader, options);
    options.seed = context.seed;
    options.weights = read_weights(reader, options.weights);
    options.prompt = static_cast<TrainingPrompt>(
        std::ranges::find(kPrompts, reader.choice("prompt", kPrompts[0], kPrompts)) - kPrompts.begin());
    options.steps = static_cast<int>(reader.integer("steps", options.steps, 1, 1000));
    options.mixing = reader.number("mixing", options.mixing, 0, 1);
    auto& adversarial = options.adversarial;
    adversarial.weight = reader.number("adversarial", adversarial.weight, 0, 1e6);
    adversarial.penalty = reader.number("r1", adversarial.penalty, 0, 1e6);
    adversarial.penalty_every = reader.integer("r1_every", adversarial.penalty_every, 1, 1'000'000);
    options.adversarial_from = reader.integer("adversarial_from", options.adversarial_from, 0, 100'000'000);
    options.lead = reader.integer("lead", options.lead, 0, 100'000'000);
    options.discriminator_rate = reader.number("discriminator_rate", options.discriminator_rate, 0, 10);
    const JudgeOptions judges = read_judges(reader);
    reader.finish();
    RestorationFiles files{trained(context, kPrior), {}, {}};
    if (options.prompt != TrainingPrompt::kNone) files.encoder = trained(context, kEncoder);
    if (options.prompt == TrainingPrompt::kDiffused) files.diffuser = trained(context, kDiffuser);
    made.make = [=, find = context.find](const BatchSource&, bool) {
        return std::make_unique<RestorationStage>(sizes, options, load_judges(judges, find), files);
    };
    return made;
}

MadeStage unet(SpecReader& reader, const StageContext& context) {
    MadeStage made{read_setup(reader, 30'000, 8), {}};
    UNetStageOptions options;
    read_optimiser(reader, options);
    options.weights = read_weights(reader, options.weights);
    const int64_t base = reader.integer("base", nets::UNetOptions().widths[0], 1, 1024);
    const JudgeOptions judges = read_judges(reader);
    reader.finish();
    made.make = [=, find = context.find](const BatchSource&, bool) {
        const nets::UNetOptions sizes{.widths = {base, 2 * base, 4 * base, 6 * base, 6 * base}};
        return std::make_unique<UNetStage>(sizes, options, load_judges(judges, find));
    };
    return made;
}

}  // namespace

std::vector<std::string> stage_names() { return {kPrior, kEncoder, kDiffuser, kRestoration, kUNet}; }

MadeStage read_stage(const Spec& spec, const StageContext& context) {
    SpecReader reader(spec, "stage");
    const auto read = [&]() -> MadeStage {
        if (spec.name() == kPrior) return prior(reader, context);
        if (spec.name() == kEncoder) return style_encoder(reader, context);
        if (spec.name() == kDiffuser) return code_diffuser(reader, context);
        if (spec.name() == kRestoration) return restoration(reader, context);
        if (spec.name() == kUNet) return unet(reader, context);
        throw UsageError(unknown_name("stage", spec.name(), stage_names()));
    };
    MadeStage made = read();
    if (!made.setup.init.empty()) {
        made.make = [make = made.make, file = made.setup.init](const BatchSource& training, bool anew) {
            auto stage = make(training, anew);
            const Checkpoint checkpoint = open_checkpoint(file);
            if (anew) stage->begin_from(tensors_below(checkpoint, ""), checkpoint.name());
            return stage;
        };
    }
    made.setup.settings = reader.values();
    made.setup.settings["stage"] = spec.name();
    made.setup.settings.erase("save_every");  // changes nothing that is learnt
    return made;
}

}  // namespace bfr::train
