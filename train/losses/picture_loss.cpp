#include "train/losses/picture_loss.h"

#include <ATen/ATen.h>

namespace bfr::train {

namespace {

constexpr int64_t kLeastJudged = 64;  // pixels from which the networks see anything

// 10 log10(1 / mean squared error) of pictures taken as [0, 1], added up over the batch.
double psnr_sum(const at::Tensor& made, const at::Tensor& clean) {
    const at::Tensor error = ((made - clean) / 2).square().mean({1, 2, 3});
    return (-10 * at::log10(error.clamp_min(1e-10))).sum().item<double>();
}

}  // namespace

at::Tensor picture_loss(const at::Tensor& made, const at::Tensor& clean, const PictureWeights& weights,
                        const Judges& judges, Values& values) {
    at::Tensor total = at::zeros({}, made.options());
    const auto add = [&](const std::string& name, double weight, const at::Tensor& loss) {
        values[name] = loss.item<double>();
        total = total + weight * loss;
    };
    if (weights.pixel > 0) add("pixel", weights.pixel, (made - clean).abs().mean());
    if (made.size(2) < kLeastJudged) return total;
    if (judges.perceptual && weights.perceptual > 0) {
        const at::Tensor each = (*judges.perceptual)(made, clean);
        add("perceptual", weights.perceptual, weights.summed ? each.sum() : each.mean());
    }
    if (judges.identity && weights.identity > 0)
        add("identity", weights.identity, identity_loss(*judges.identity, made, clean));
    return total;
}

void PictureScores::add(const at::Tensor& made, const at::Tensor& clean, const std::string& prefix) {
    const at::Tensor clamped = made.clamp(-1, 1);
    const auto n = static_cast<double>(made.size(0));
    const auto sum = [&](const std::string& name, double value) {
        sums_[prefix + name] += value;
        counts_[prefix + name] += n;
    };
    sum("psnr", psnr_sum(clamped, clean));
    if (judges_.perceptual) sum("lpips", (*judges_.perceptual)(clamped, clean).sum().item<double>());
    if (judges_.identity) sum("identity", n * (1 - identity_loss(*judges_.identity, clamped, clean).item<double>()));
}

Values PictureScores::means() const {
    Values means;
    for (const auto& [name, sum] : sums_) means[name] = sum / counts_.at(name);
    double score = 0;
    if (means.contains("lpips")) score += means["lpips"];
    if (means.contains("identity")) score += 0.5 * (1 - means["identity"]);
    if (!means.contains("lpips") && !means.contains("identity") && means.contains("psnr")) score = -means["psnr"];
    means["score"] = score;
    return means;
}

Values with_others(Values values, const Values& others) {
    for (const auto& [name, value] : others) {
        if (name != "score") values[name] = value;
    }
    return values;
}

}  // namespace bfr::train
