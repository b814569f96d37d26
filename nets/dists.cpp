#include "nets/dists.h"

#include <torch/torch.h>

#include "base/error.h"
#include "nets/ops/feature_sums.h"

namespace bfr::nets {

namespace {

constexpr int64_t kChannels = 3 + 64 + 128 + 256 + 512 + 512;

// of texture: the means'; of structure: the covariance's
struct Similarity {
    double texture, structure;
};

Similarity similarity(const Moments& m) {
    constexpr double kC = 1e-6;
    const double a = m.a * m.a, b = m.b * m.b, product = m.a * m.b;
    const double variances = (m.aa - a) + (m.bb - b), covariance = m.ab - product;
    return {(2 * product + kC) / (a + b + kC), (2 * covariance + kC) / (variances + kC)};
}

}  // namespace

DistsWeights::DistsWeights()
    : alpha(register_parameter("alpha", at::zeros({1, kChannels, 1, 1}))),
      beta(register_parameter("beta", at::zeros({1, kChannels, 1, 1}))) {}

InputScale imagenet_normalisation() {
    const Tensor mean = at::tensor({0.485, 0.456, 0.406}, at::kFloat).unsqueeze(0),
                 deviation = at::tensor({0.229, 0.224, 0.225}, at::kFloat).unsqueeze(0);
    return {1 / deviation, -mean / deviation};
}

std::vector<Tensor> dists_features(const FeatureTrunk& trunk, const Tensor& picture) {
    std::vector<Tensor> features = trunk.features(picture, imagenet_normalisation(), Pooling::kL2);
    features.insert(features.begin(), picture);
    return features;
}

DistsTerms dists_terms(const std::vector<Tensor>& a, const std::vector<Tensor>& b, const DistsWeights& weights) {
    BFR_CHECK(!a.empty() && a.size() == b.size(), "{} and {} features", a.size(), b.size());
    const Tensor alpha = weights.alpha.detach().to(at::kDouble).flatten(),
                 beta = weights.beta.detach().to(at::kDouble).flatten();
    const double total = (alpha.sum() + beta.sum()).item<double>();
    if (!(total > 0)) throw Error("DISTS: its weights alpha and beta add up to nothing");
    const int64_t batch = a[0].size(0), features = static_cast<int64_t>(a.size());
    DistsTerms terms{at::zeros({batch, features}, at::kDouble), at::zeros({batch, features}, at::kDouble),
                     at::zeros({batch}, at::kDouble)};
    int64_t first = 0;
    for (int64_t feature = 0; feature < features; feature++) {
        const auto i = static_cast<size_t>(feature);
        const auto moments = mean_moments(a[i], b[i]);
        BFR_CHECK(first + a[i].size(1) <= kChannels, "more than {} channels", kChannels);
        for (int64_t item = 0; item < batch; item++) {
            double texture = 0, structure = 0, distance = 0;
            int64_t channel = first;
            for (const auto& m : moments[static_cast<size_t>(item)]) {
                const double of_texture = alpha.data_ptr<double>()[channel] / total,
                             of_structure = beta.data_ptr<double>()[channel] / total;
                const Similarity likeness = similarity(m);
                texture += of_texture * likeness.texture;
                structure += of_structure * likeness.structure;
                distance += of_texture * (1 - likeness.texture) + of_structure * (1 - likeness.structure);
                channel++;
            }
            terms.texture[item][feature] = texture;
            terms.structure[item][feature] = structure;
            terms.distance[item] += distance;
        }
        first += a[i].size(1);
    }
    return terms;
}

}  // namespace bfr::nets
