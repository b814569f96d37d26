#include "nets/codeformer.h"

#include <ATen/ATen.h>

#include "nets/device.h"
#include "restore/face_net.h"
#include "restore/gray_face.h"
#include "restore/published_net.h"
#include "restore/units.h"
#include "weights/catalogue/unit_files.h"

namespace bfr {
namespace {

const std::vector<std::string> kGrays = {"authors", "none"};

struct CodeFormerOptions {
    FaceNetOptions face;
    double w = 0.5;  // as the authors' program has it, and their comparisons
    bool adain = true;
    bool recolours_gray = true;
};

class CodeFormerMethod : public FaceNetRestorer {
  public:
    using Net = PublishedNet<nets::CodeFormer>;

    CodeFormerMethod(const Spec& spec, const CodeFormerOptions& options, const WeightsUse& file,
                     std::shared_ptr<const Net> loaded)
        : FaceNetRestorer(spec, options.face, file, loaded->reduced), options_(options), loaded_(std::move(loaded)) {
        info_.summary = "CodeFormer: a transformer finds the codes of a high-quality face that the degraded one shows";
        info_.convention += fmt::format("; w = {:g}, codes {} mean and deviation of the degraded face's features",
                                        options.w, options.adain ? "with" : "without");
        if (options.recolours_gray)
            info_.convention +=
                "; a face without colours (is_gray, threshold 10) is made gray and given the input's mean and "
                "deviation, channel by channel, as the authors' program does";
        info_.source =
            "Zhou et al., \"Towards Robust Blind Face Restoration with Codebook Lookup Transformer\", NeurIPS 2022; "
            "sczhou/CodeFormer b33cc7d, inference_codeformer.py with --has_aligned";
        info_.parameters = loaded_->parameters;
        info_.gflop = static_cast<double>(loaded_->net->flop(options.w)) / 1e9;
    }

  private:
    at::Tensor forward(const at::Tensor& rgb, const RestoreInput&) const override {
        return loaded_->net->forward(rgb, options_.w, options_.adain);
    }
    cv::Mat finish(cv::Mat restored, const cv::Mat& face) const override {
        return options_.recolours_gray && is_gray_face(face) ? coloured_like(restored, face) : restored;
    }

    CodeFormerOptions options_;
    std::shared_ptr<const Net> loaded_;
};

}  // namespace

std::unique_ptr<Restorer> make_codeformer(SpecReader& reader, const UnitContext& context) {
    CodeFormerOptions options;
    options.face = read_face_net_options(reader);
    options.w = reader.number("w", options.w, 0, 1);
    options.adain = reader.flag("adain", options.adain);
    options.recolours_gray = reader.choice("gray", kGrays.front(), kGrays) == kGrays.front();
    const std::string own = reader.text("file", "");
    reader.finish();
    options.face.device = device_of(context.device);
    options.face.own_file = !own.empty();
    UnitFile wanted{"file", std::nullopt, "codeformer.pth"};
    if (!own.empty()) wanted.own = own;
    const FoundFile file = find_unit_file(context.weights, "method codeformer", wanted);
    auto loaded =
        load_published<nets::CodeFormer>(file.path, {"CodeFormer", {"params_ema", "params"}}, options.face.device,
                                         nets::vqgan::prepare, nets::CodeFormerOptions());
    return std::make_unique<CodeFormerMethod>(reader.spec(), options, file.use, std::move(loaded));
}

}  // namespace bfr
