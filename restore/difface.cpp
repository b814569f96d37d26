#include <ATen/ATen.h>
#include <torch/version.h>

#include <array>
#include <cstdlib>
#include <optional>

#include "base/error.h"
#include "base/random.h"
#include "base/sha256.h"
#include "nets/adm_unet.h"
#include "nets/device.h"
#include "nets/diffusion/sampling.h"
#include "nets/diffusion/vp_schedule.h"
#include "nets/swinir.h"
#include "nets/vqgan_blocks.h"
#include "restore/aligned_face.h"
#include "restore/authors_face.h"
#include "restore/published_net.h"
#include "restore/seed_option.h"
#include "restore/units.h"
#include "weights/catalogue/unit_files.h"

namespace bfr {
namespace {

using nets::diffusion::VpSchedule;

constexpr int kSide = 512;
constexpr int kAuthorsSteps = 250, kAuthorsTime = 400;  // their start, step 100 of 250, in the 1000

struct DifFaceOptions {
    VpSchedule schedule = VpSchedule::linear();
    int start = 0;  // of the schedule's steps; 0: the estimate alone
    double eta = 0.5;
    std::optional<uint64_t> seed;  // of the random numbers; absent: the run's
    std::string resize, name;
    bool own_files = false;
    at::Device device = at::kCPU;
};

// The step of the schedule whose noise is nearest to that of the authors' start, of equally near ones the first.
int authors_start(const VpSchedule& schedule) {
    int best = 0;
    const auto far = [&](int i) { return std::abs(schedule.time(i) - kAuthorsTime); };
    for (int i = 1; i < schedule.steps(); i++) best = far(i) < far(best) ? i : best;
    return best;
}

struct DifFaceNets {
    std::shared_ptr<const PublishedNet<nets::SwinIr>> estimator;
    std::shared_ptr<const PublishedNet<nets::AdmUnet>> unet;  // null where nothing is diffused
};

std::string convention_of(const DifFaceOptions& options, const DifFaceNets& loaded) {
    std::string text = fmt::format("{0}x{0} aligned face, 8-bit RGB / 255", kSide);
    if (options.resize != "none")
        text +=
            ", square ones of another size resized to it first (bicubic, antialiased, in float32) and the result "
            "back to theirs, as the authors' program does";
    text += "; SwinIR's estimate held in [0, 1]";
    if (options.start > 0) {
        const VpSchedule& schedule = options.schedule;
        text += fmt::format(
            ", 2 x - 1, noised as step {} of {} says (time {} of 1000, betas from 1e-4 to 0.02 evenly), then {} DDIM "
            "step{} from time {} down, eta {:g}, each predicted picture held in [-1, 1], float32; (x + 1) / 2",
            options.start, schedule.steps(), schedule.time(options.start), options.start, options.start == 1 ? "" : "s",
            schedule.time(options.start - 1), options.eta);
        text += options.seed ? fmt::format("; drawn from the seed {}, whatever the run's is", *options.seed)
                             : "; drawn from the run's seed";
    } else {
        text += ", nothing diffused";
    }
    text += "; clamped to [0, 1], x 255, rounded to 8 bits, halves to even";
    text += reduced_note("SwinIR's file", loaded.estimator->reduced);
    if (loaded.unet) text += reduced_note("the U-Net's file", loaded.unet->reduced);
    return text;
}

class DifFace : public Restorer {
  public:
    DifFace(const Spec& spec, const DifFaceOptions& options, const std::vector<FoundFile>& files, DifFaceNets loaded)
        : options_(options), nets_(std::move(loaded)) {
        Spec named(spec.name());
        named.set("name", options.name);
        info_.label = options.name.empty() ? spec.canonical() : named.canonical() + (options.own_files ? "[own]" : "");
        info_.version = fmt::format("1+libtorch{}", TORCH_VERSION);
        info_.summary = "DifFace: SwinIR's estimate is noised to the middle of a diffusion of faces, and diffused back";
        info_.convention = convention_of(options, nets_);
        info_.source =
            "Yue and Loy, \"DifFace: Blind Face Restoration with Diffused Error Contraction\", TPAMI 2024 (arXiv "
            "2212.06512); zsyOAOA/DifFace 5c9ab80, inference_difface.py with --task restoration --aligned";
        for (const auto& file : files) info_.weights.push_back(file.use);
        info_.parameters = nets_.estimator->parameters + (nets_.unet ? nets_.unet->parameters : 0);
        info_.gflop = 1e-9 * (static_cast<double>(nets_.estimator->net->flop(kSide, kSide)) +
                              (nets_.unet ? static_cast<double>(nets_.unet->net->flop()) * options.start : 0));
        info_.device = options.device.str();
        info_.draws = options.start > 0;
        info_.side = kSide;
    }

    const RestorerInfo& info() const override { return info_; }

    Restored restore(const RestoreInput& input) const override {
        const at::NoGradGuard no_grad;
        const int64_t height = input.degraded.height(), width = input.degraded.width();
        const bool resizes = height != kSide || width != kSide;
        if (resizes && (height != width || options_.resize == "none")) {
            refuse_size(width, height, kSide,
                        height == width
                            ? ", or leave the option resize at bicubic (the result is then of the picture's size)"
                            : "");
        }
        at::Tensor rgb01 = input.degraded.rgb01();
        // the overshoots of this filter are the network's to see
        if (resizes) rgb01 = resized(rgb01, kSide, kSide);
        rgb01 = nets_.estimator->net->forward(rgb01.to(options_.device));
        require_finite(rgb01, nets_.estimator->file);
        rgb01 = rgb01.clamp(0, 1);
        Json details = Json::object();
        if (nets_.unet) {
            const at::Tensor start = noised((rgb01 - 0.5) / 0.5, input);
            details["x_start_sha256"] = sha256_of(start);
            rgb01 = ((diffused(start, input) + 1) / 2).clamp(0, 1);
        }
        rgb01 = rgb01.to(at::kCPU);
        if (resizes) rgb01 = resized(rgb01, height, width);
        return {Image::from_bgr8(authors_picture01(rgb01), input.sample_id), std::move(details)};
    }

  private:
    static at::Tensor resized(const at::Tensor& rgb01, int64_t height, int64_t width) {
        const std::array<int64_t, 2> size = {height, width};
        return at::_upsample_bicubic2d_aa(rgb01.contiguous(), at::IntArrayRef(size), false);
    }

    // N(0, 1), the same at one time of the diffusion however many steps are taken.
    at::Tensor drawn(const RestoreInput& input, const std::string& name, int time) const {
        at::Tensor values = at::empty({1, 3, kSide, kSide}, at::TensorOptions());
        Draw(options_.seed.value_or(input.run_seed), input.sample_id, "difface/" + name, static_cast<uint32_t>(time))
            .fill_normal({values.data_ptr<float>(), static_cast<size_t>(values.numel())});
        return values.to(options_.device);
    }

    static std::string sha256_of(const at::Tensor& tensor) {
        const at::Tensor plain = tensor.cpu().contiguous();
        return sha256({reinterpret_cast<const unsigned char*>(plain.data_ptr<float>()), plain.nbytes()});
    }

    // clean, and what diffused() gives: (1, 3, 512, 512) in [-1, 1].
    at::Tensor noised(const at::Tensor& clean, const RestoreInput& input) const {
        return nets::diffusion::noised(options_.schedule, options_.start, clean.contiguous(), drawn(input, "start", 0));
    }
    at::Tensor diffused(const at::Tensor& start, const RestoreInput& input) const {
        const VpSchedule& schedule = options_.schedule;
        const auto predict = [&](const at::Tensor& x, int i) {
            const at::Tensor times = at::full({1}, schedule.time(i), x.options());
            const at::Tensor said = nets_.unet->net->forward(x, times);
            require_finite(said, nets_.unet->file);
            return nets::diffusion::from_noise(schedule, i, x, said.narrow(1, 0, 3).contiguous(), true);
        };
        const auto step = [&](const at::Tensor&, int i, const nets::diffusion::Prediction& said) {
            return nets::diffusion::ddim_step(schedule, i, said, options_.eta,
                                              [&] { return drawn(input, "step", schedule.time(i)); });
        };
        // as the authors have it: noised as one step says, diffused back from the one before
        return nets::diffusion::sample(start, options_.start - 1, predict, step);
    }

    DifFaceOptions options_;
    DifFaceNets nets_;
    RestorerInfo info_;
};

VpSchedule read_schedule(SpecReader& reader) {
    const VpSchedule all = VpSchedule::linear();
    const auto count = static_cast<int>(reader.integer("steps", kAuthorsSteps, 2, all.steps()));
    try {
        return all.respaced(nets::diffusion::strided_steps(all.steps(), count));
    } catch (const UsageError& error) {
        throw UsageError(fmt::format("method difface: steps={}: {}", count, error.what()));
    }
}

}  // namespace

std::unique_ptr<Restorer> make_difface(SpecReader& reader, const UnitContext& context) {
    DifFaceOptions options;
    options.schedule = read_schedule(reader);
    options.start =
        static_cast<int>(reader.integer("start", authors_start(options.schedule), 0, options.schedule.steps() - 1));
    options.eta = reader.number("eta", options.eta, 0, 1);
    options.seed = read_seed(reader);
    options.resize = reader.choice("resize", "bicubic", kResizes);
    options.name = reader.text("name", "");
    std::vector<UnitFile> wanted = {{"swinir", std::nullopt, "swinir_restoration512_L1.pth"},
                                    {"unet", std::nullopt, "iddpm_ffhq512_ema500000.pth"}};
    for (auto& file : wanted) {
        const std::string own = reader.text(file.option, "");
        if (!own.empty()) file.own = own;
    }
    reader.finish();
    if (options.start == 0) wanted.pop_back();
    for (const auto& file : wanted) options.own_files = options.own_files || file.own;
    options.device = device_of(context.device);
    const auto files = find_unit_files(context.weights, "method difface", wanted);
    const std::vector<std::string> paths = {"state_dict", "state_dict.module", "", "module"};
    DifFaceNets loaded;
    loaded.estimator = load_published<nets::SwinIr>(files[0].path, {"DifFace's SwinIR", paths}, options.device,
                                                    nets::vqgan::prepare, nets::SwinIrOptions());
    if (options.start > 0)
        loaded.unet = load_published<nets::AdmUnet>(files[1].path, {"DifFace's diffusion U-Net", paths}, options.device,
                                                    nets::vqgan::prepare, nets::AdmUnetOptions());
    return std::make_unique<DifFace>(reader.spec(), options, files, std::move(loaded));
}

}  // namespace bfr
