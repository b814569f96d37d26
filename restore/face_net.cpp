#include "restore/face_net.h"

#include <ATen/ATen.h>
#include <torch/version.h>

#include "restore/published_net.h"

namespace bfr {

FaceNetOptions read_face_net_options(SpecReader& reader, const std::vector<std::string>& resizes) {
    FaceNetOptions options;
    options.resize = reader.choice("resize", resizes.front(), resizes);
    options.name = reader.text("name", "");
    return options;
}

FaceNetRestorer::FaceNetRestorer(const Spec& spec, const FaceNetOptions& options, const WeightsUse& file,
                                 const std::string& reduced)
    : file_(file.file), options_(options) {
    Spec named(spec.name());
    named.set("name", options.name);
    info_.label = options.name.empty() ? spec.canonical() : named.canonical() + (options.own_file ? "[own]" : "");
    info_.version = fmt::format("1+libtorch{}", TORCH_VERSION);
    info_.convention = authors_convention(options.side, options.resize, options.levels) +
                       (options.draws ? "; one pass" : "; one pass, no random numbers");
    info_.convention += reduced_note("its file", reduced);
    info_.weights = {file};
    info_.device = options.device.str();
    info_.side = options_.side;
}

Restored FaceNetRestorer::restore(const RestoreInput& input) const {
    const at::NoGradGuard no_grad;
    const cv::Mat face = authors_face(input.degraded, options_.side, options_.resize);
    const at::Tensor rgb = forward(authors_input(face).to(options_.device), input).to(at::kCPU);
    require_finite(rgb, file_);
    return {Image::from_bgr8(finish(authors_picture(rgb, options_.levels), face), input.sample_id)};
}

cv::Mat FaceNetRestorer::finish(cv::Mat restored, const cv::Mat&) const { return restored; }

}  // namespace bfr
