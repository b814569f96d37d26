#include "train/vspbfr/code_diffuser_stage.h"

#include <torch/torch.h>

#include <cmath>

#include "train/batches.h"
#include "train/draws.h"
#include "train/grid.h"
#include "train/stages.h"
#include "train/vspbfr/stage_names.h"

namespace bfr::train {

CodeDiffuserStage::CodeDiffuserStage(const SystemSizes& sizes, const CodeDiffuserStageOptions& options, Judges judges,
                                     const CodeDiffuserFiles& files)
    : LearningStage(sizes.diffuser, options.optimiser, {.learning = "diffuser.", .result = "diffuser."},
                    options.run.device),
      options_(options),
      judges_(std::move(judges)),
      prior_(files.prior, options.run.device),
      encoder_(files.encoder.empty() ? prior_.encoder : trained_encoder(prior_, files.encoder, options.run.device)),
      schedule_(static_cast<int>(options.steps)) {
    check_fit(sizes, prior_, files.prior);
}

at::Tensor CodeDiffuserStage::condition_of(const at::Tensor& degraded) const {
    const at::NoGradGuard no_grad;
    return prior_.codes(*encoder_, degraded);
}

at::Tensor CodeDiffuserStage::diffused(const nets::CodeDiffuser& net, const at::Tensor& condition,
                                       const std::string& name, int64_t draw, bool begun) const {
    at::Tensor x = normal_numbers(options_.run.seed, name, draw, condition.sizes()).to(condition.device());
    if (begun) {
        const double kept = schedule_.alpha_bar.back();
        x = std::sqrt(kept) * condition + std::sqrt(1 - kept) * x;
    }
    return nets::sample_codes(net, schedule_, x, condition);
}

at::Tensor CodeDiffuserStage::decoded(const at::Tensor& codes, const at::Tensor& like, const std::string& name,
                                      int64_t draw) const {
    return prior_.decoded(codes, like.size(2), *prior_.noise(options_.run.seed, name, draw));
}

Values CodeDiffuserStage::step(int64_t iteration, double factor, const Batch& batch) {
    at::Tensor target;
    {
        const at::NoGradGuard no_grad;
        target = prior_.codes(batch.clean);
    }
    const at::Tensor found = diffused(learning_, condition_of(batch.degraded), "x_T", iteration, true);
    Values values;
    const at::Tensor distance = (found - target).abs().mean();
    values["codes"] = distance.item<double>();
    at::Tensor loss = options_.codes * distance;
    const auto& weights = options_.weights;
    if (weights.pixel > 0 || weights.perceptual > 0 || weights.identity > 0) {
        loss = loss +
               picture_loss(decoded(found, batch.clean, "training", iteration), batch.clean, weights, judges_, values);
    }
    learner_.step(loss, iteration, factor, values);
    return values;
}

Values CodeDiffuserStage::validate(const std::vector<Batch>& batches) {
    PictureScores scores(judges_), before(judges_);
    double distance = 0, of_condition = 0, n = 0;
    for (size_t i = 0; i < batches.size(); i++) {
        const auto draw = static_cast<int64_t>(i);
        const at::Tensor condition = condition_of(batches[i].degraded), target = prior_.codes(batches[i].clean);
        const at::Tensor found = diffused(averaged_, condition, "validation", draw, false);
        distance += (found - target).abs().sum().item<double>();
        of_condition += (condition - target).abs().sum().item<double>();
        n += static_cast<double>(target.numel());
        scores.add(decoded(found, batches[i].clean, "validation", draw), batches[i].clean);
        before.add(decoded(condition, batches[i].clean, "validation", draw), batches[i].clean, "condition_");
    }
    Values values = with_others(scores.means(), before.means());
    values["codes"] = distance / n;
    values["codes_of_condition"] = of_condition / n;
    return values;
}

at::Tensor CodeDiffuserStage::show(const Batch& batch) {
    const at::NoGradGuard no_grad;
    const at::Tensor condition = condition_of(batch.degraded);
    const auto shown = [&](const at::Tensor& codes) { return decoded(codes, batch.clean, "validation", 0); };
    return grid_of({batch.degraded, shown(condition), shown(diffused(averaged_, condition, "validation", 0, false)),
                    shown(prior_.codes(batch.clean)), batch.clean});
}

std::vector<std::string> CodeDiffuserStage::rows() const {
    return {"degraded faces", "decoded from their codes", "from the diffused codes", "from the clean faces' codes",
            "clean faces"};
}

void CodeDiffuserStage::begin_from(const StateDict& result, const std::string& source) {
    constexpr std::string_view kPublished = "att_mapper.";
    StateDict renamed;
    for (const auto& [name, tensor] : result)
        renamed[name.starts_with(kPublished) ? "diffuser." + name.substr(kPublished.size()) : name] = tensor;
    learner_.begin_from(renamed, source);
}

StageEntry code_diffuser_entry() {
    const auto read = [](StageReader& reader, StageSetup& setup, const StageContext& context) -> MakeStage {
        setup.loop.iterations = 20'000;
        setup.batch = 16;
        CodeDiffuserStageOptions options;
        options.run = context.run;
        const SystemSizes sizes = read_common(reader, setup, options.optimiser, options.weights);
        reader.integer("steps", options.steps, 1, 1000, "of the diffusion, all of which are learnt at once");
        reader.number("codes", options.codes, 0, 1e6, "weight of the L1 loss to the clean face's codes");
        std::string encoder = kStyleEncoderStage, pretrained;
        reader.choice("encoder", encoder, {kStyleEncoderStage, kPriorStage},
                      "stage whose encoder sees the degraded faces");
        reader.text("pretrained", pretrained, kPretrainedSummary);
        JudgeOptions judges;
        reader.judges(judges);
        reader.finish();
        CodeDiffuserFiles files{prior_file(context, pretrained), {}};
        if (pretrained.empty() && encoder != kPriorStage) files.encoder = trained_stage(context, encoder);
        return [=, find = context.find](const BatchSource& training, bool) {
            if (pretrained.empty()) check_pack(sizes.bank.size, training);
            return std::make_unique<CodeDiffuserStage>(sizes, options, load_judges(judges, find, options.run.device),
                                                       files);
        };
    };
    // LonglongaaaGo/VSPBFR at e1f9987, code_diffuser_train.py and README; the authors average no weights, cut no
    // gradient and keep the rate
    return {.name = kCodeDiffuserStage,
            .summary = "TACC blocks that predict the clean face's codes, all steps of the diffusion at once",
            .full_512 =
                "iterations=200000,batch=16,warm_up=1,last_rate=1,size=512,width=512,base=512,multiplier=2,"
                "linear=0,blocks=4,mapping=8,residual=false,rate=0.0016,beta1=0,beta2=0.9919919678228657,"
                "clip=1000000000,average=0,steps=4,codes=1,pixel=0,perceptual=0.1,identity=0.1,lpips=vgg,"
                "recogniser=resnet101,pretrained=catalogue",
            .instead = "",
            .read = read};
}

}  // namespace bfr::train
