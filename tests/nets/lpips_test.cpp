// LPIPS's and DISTS's networks against the authors' own, and what holds for any weights.
#include "nets/lpips.h"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"
#include "nets/dists.h"
#include "nets/ops/pooling.h"
#include "tests/nets/support/golden_net.h"
#include "tests/support/support.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr::nets {
namespace {

using bfr::testing::GoldenNet;
using ::testing::HasSubstr;

struct Case {
    const char* name;
    TrunkNet net;
    std::vector<int64_t> channels;
    int64_t smallest;
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

const Case kCases[] = {{"alex", TrunkNet::kAlexNet, {64, 192, 384, 256, 256}, 31},
                       {"vgg", TrunkNet::kVgg16, {64, 128, 256, 512, 512}, 16},
                       {"squeeze", TrunkNet::kSqueezeNet, {64, 128, 256, 384, 384, 512, 512}, 17}};

void fill(torch::nn::Module& module, const std::string& salt) {
    StateDict tensors;
    for (const auto& item : module.named_parameters()) {
        const Tensor& weight = item.value();
        // the goldens' own ranges, more or less: features keep their size from layer to layer
        const double bound = weight.dim() == 1 ? 0.1 : std::sqrt(6.0 / static_cast<double>(weight[0].numel()));
        tensors[item.key()] = bfr::testing::hashed(salt + item.key(), weight.sizes().vec(), -bound, bound);
    }
    load_strictly(module, tensors, "hashed");
}

std::unique_ptr<FeatureTrunk> hashed_trunk(TrunkNet net) {
    auto trunk = std::make_unique<FeatureTrunk>(net);
    fill(*trunk, "trunk/");
    prepare_for_inference(*trunk);
    return trunk;
}

Tensor picture(const std::string& name, int64_t batch, int64_t height, int64_t width) {
    return bfr::testing::hashed(name, {batch, 3, height, width}, -1, 1);
}

StateDict of_file(const std::filesystem::path& path) { return tensors_below(open_checkpoint(path), ""); }

class LpipsParity : public ::testing::TestWithParam<Case> {
    const at::NoGradGuard no_grad_;
};

TEST_P(LpipsParity, EqualsTheAuthorsNetwork) {
    const std::string name = GetParam().name;
    const auto folder = bfr::testing::goldens("nets", "lpips_" + name + ".safetensors");
    BFR_SKIP_WITHOUT("goldens/nets/lpips_" + name, folder);
    const auto shared = bfr::testing::shared_dir();
    BFR_SKIP_WITHOUT("../shared/weights, with the published heads", shared);
    const GoldenNet golden(*folder, "lpips_" + name);
    FeatureTrunk trunk(GetParam().net);
    golden.fill(trunk);
    prepare_for_inference(trunk);
    LpipsHeads heads(trunk.channels());
    const auto file = *shared / "weights" / ("lpips-v0.1-" + name + ".pth");
    load_strictly(heads, lpips_head_tensors(open_checkpoint(file)), file.string());
    for (const std::string size : {"square", "odd"}) {
        const Tensor shares = lpips_shares(trunk.features(golden.input(size + "0"), lpips_scaling()),
                                           trunk.features(golden.input(size + "1"), lpips_scaling()), heads);
        golden.expect_output(size + "_layers", shares);
        golden.expect_output(size, shares.sum(1));
    }
    golden.expect_all_compared();
}

INSTANTIATE_TEST_SUITE_P(Nets, LpipsParity, ::testing::ValuesIn(kCases), [](const auto& c) { return c.param.name; });

TEST(DistsParity, EqualsTheAuthorsNetwork) {
    const auto folder = bfr::testing::goldens("nets", "dists.safetensors");
    BFR_SKIP_WITHOUT("goldens/nets/dists", folder);
    const auto shared = bfr::testing::shared_dir();
    BFR_SKIP_WITHOUT("../shared, with the published weights", shared);
    const at::NoGradGuard no_grad;
    const GoldenNet golden(*folder, "dists");
    FeatureTrunk trunk(TrunkNet::kVgg16);
    DistsWeights hashed, published;
    StateDict of_trunk = golden.state_dict({}), of_weights;
    for (const char* key : {"alpha", "beta"}) of_weights[key] = of_trunk.extract(key).mapped();
    load_strictly(trunk, of_trunk, "dists");
    prepare_for_inference(trunk);
    load_strictly(hashed, of_weights, "dists");
    load_strictly(published, of_file(*shared / "goldens/nets/dists_weights.safetensors"), "dists_weights.safetensors");
    for (const std::string size : {"square", "odd"}) {
        const Tensor first = golden.input(size + "0"), second = (first + golden.input(size + "1")) * 0.5;
        const auto a = dists_features(trunk, first), b = dists_features(trunk, second);
        const auto expect = [&](const std::string& prefix, const DistsWeights& weights) {
            const DistsTerms terms = dists_terms(a, b, weights);
            golden.expect_output(prefix + size, terms.distance);
            golden.expect_output(prefix + size + "_texture", terms.texture);
            golden.expect_output(prefix + size + "_structure", terms.structure);
        };
        expect("", hashed);
        expect("published_", published);
        if (size == "odd") golden.expect_output("odd_pooled", l2_pool(a[1]).narrow(1, 0, 8).flatten(2));
    }
    golden.expect_all_compared();
}

class Trunk : public ::testing::TestWithParam<Case> {
    const at::NoGradGuard no_grad_;
};

TEST_P(Trunk, HasTheChannelsAndTheSmallestSideOfTheOriginal) {
    const auto trunk = hashed_trunk(GetParam().net);
    EXPECT_EQ(trunk->channels(), GetParam().channels);
    EXPECT_EQ(trunk->smallest_side(), GetParam().smallest);
    const auto taps = trunk->features(picture("small", 1, GetParam().smallest, GetParam().smallest + 3), {});
    ASSERT_EQ(taps.size(), GetParam().channels.size());
    for (const auto& tap : taps) EXPECT_GT(tap.numel(), 0);
    EXPECT_ANY_THROW(trunk->features(picture("small", 1, GetParam().smallest - 1, 40), {}));
}

TEST_P(Trunk, IsTheDifferentiableOneMadeFast) {
    const auto fast = hashed_trunk(GetParam().net);
    FeatureTrunk plain(GetParam().net);
    fill(plain, "trunk/");
    const Tensor x = picture("x", 1, 67, 90);
    const auto got = fast->features(x, lpips_scaling());
    const at::AutoGradMode record(true);
    const auto wanted = plain.features(x, lpips_scaling());
    for (size_t i = 0; i < wanted.size(); i++) {
        EXPECT_LT((got[i] - wanted[i]).abs().max().item<double>(), 2e-5 * wanted[i].abs().max().item<double>()) << i;
    }
    EXPECT_TRUE(wanted.back().requires_grad());
}

TEST_P(Trunk, DependsNeitherOnTheBatchNorOnThreads) {
    const auto trunk = hashed_trunk(GetParam().net);
    LpipsHeads heads(trunk->channels());
    fill(heads, "heads/");
    const Tensor a = picture("a", 3, 61, 83), b = picture("b", 3, 61, 83);
    const auto shares = [&](const Tensor& x, const Tensor& y) {
        return lpips_shares(trunk->features(x, {}), trunk->features(y, {}), heads);
    };
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const auto one = trunk->features(a, {});
    const Tensor distances = shares(a, b);
    at::set_num_threads(3);
    const auto three = trunk->features(a, {});
    for (size_t i = 0; i < one.size(); i++) {
        EXPECT_TRUE(one[i].equal(three[i])) << i;
        EXPECT_TRUE(trunk->features(a.narrow(0, 1, 1), {})[i].equal(one[i].narrow(0, 1, 1))) << i;
    }
    EXPECT_TRUE(shares(a, b).equal(distances));
    EXPECT_TRUE(shares(a.narrow(0, 2, 1), b.narrow(0, 2, 1)).equal(distances.narrow(0, 2, 1)));
    EXPECT_TRUE(shares(b, a).equal(distances)) << "swapped";
    EXPECT_TRUE(shares(a, a.clone()).eq(0).all().item<bool>()) << "equal pictures";
    at::set_num_threads(threads);
}

TEST_P(Trunk, FeaturesOfNothingAreNoDistance) {
    const auto trunk = hashed_trunk(GetParam().net);
    LpipsHeads heads(trunk->channels());
    fill(heads, "heads/");
    std::vector<Tensor> zeros, others;
    for (const int64_t channels : trunk->channels()) {
        zeros.push_back(at::zeros({1, channels, 3, 3}));
        others.push_back(bfr::testing::hashed("others", {1, channels, 3, 3}, 0, 1));
    }
    EXPECT_TRUE(lpips_shares(zeros, zeros, heads).eq(0).all().item<bool>());
    EXPECT_TRUE(at::isfinite(lpips_shares(zeros, others, heads)).all().item<bool>());
}

TEST_P(Trunk, TakesEveryPublishedFormOfItsNames) {
    FeatureTrunk trunk(GetParam().net);
    const bfr::testing::Scratch scratch;
    const auto loads = [&](const std::string& what, const auto& rename, const StateDict& beside) {
        std::vector<CheckpointTensor> tensors;
        for (const auto& item : trunk.named_parameters()) {
            tensors.push_back(to_checkpoint(rename(item.key()), item.value()));
        }
        for (const auto& [name, tensor] : beside) tensors.push_back(to_checkpoint(name, tensor));
        write_safetensors(scratch / what, tensors, std::nullopt, {});
        FeatureTrunk other(GetParam().net);
        load_strictly(other, trunk_tensors(open_checkpoint(scratch / what)), what);
        for (const auto& item : trunk.named_parameters())
            EXPECT_TRUE(other.named_parameters()[item.key()].equal(item.value())) << what << " " << item.key();
    };
    const Tensor one = at::ones({1});
    const auto bare = [](const std::string& key) { return key.substr(std::string("features.").size()); };
    loads("torchvision", [](const std::string& key) { return key; }, {{"classifier.1.weight", one}});
    loads("bare", bare, {});
    loads("parallel", [](const std::string& key) { return "module." + key; }, {});
    loads("lpips", [&](const std::string& key) { return "net.slice3." + bare(key); },
          {{"lin0.model.1.weight", one}, {"lins.0.model.1.weight", one}, {"scaling_layer.shift", one}});
    loads("dists", [&](const std::string& key) { return "stage2." + bare(key); },
          {{"alpha", one}, {"beta", one}, {"mean", one}, {"std", one}, {"stage2.4.filter", one}});
}

TEST_P(Trunk, RefusesAnotherNetworksFile) {
    const auto shared = bfr::testing::shared_dir();
    BFR_SKIP_WITHOUT("../shared/weights", shared);
    const bool alex = GetParam().net == TrunkNet::kAlexNet;
    const auto file =
        *shared / "weights" / (alex ? "squeezenet1_1-features.safetensors" : "alexnet-features.safetensors");
    FeatureTrunk trunk(GetParam().net);
    try {
        load_strictly(trunk, trunk_tensors(open_checkpoint(file)), file.string());
        FAIL() << "taken";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("doesn't fit this network"));
        EXPECT_THAT(error.what(), HasSubstr("features."));
    }
}

INSTANTIATE_TEST_SUITE_P(Nets, Trunk, ::testing::ValuesIn(kCases), [](const auto& c) { return c.param.name; });

TEST(Dists, EqualPicturesHaveNoDistanceAndSwappedOnesTheSame) {
    const at::NoGradGuard no_grad;
    const auto trunk = hashed_trunk(TrunkNet::kVgg16);
    DistsWeights weights;
    fill(weights, "dists/");
    for (auto& parameter : weights.parameters()) parameter.abs_();
    const auto features = [&](const Tensor& x) { return dists_features(*trunk, x.abs()); };
    const auto a = features(picture("a", 2, 37, 50)), b = features(picture("b", 2, 37, 50));
    EXPECT_TRUE(dists_terms(a, a, weights).distance.eq(0).all().item<bool>());
    const DistsTerms terms = dists_terms(a, b, weights);
    EXPECT_TRUE(dists_terms(b, a, weights).distance.equal(terms.distance));
    EXPECT_GT(terms.distance.min().item<double>(), 0);
    const Tensor score = 1 - (terms.texture + terms.structure).sum(1);
    EXPECT_LT((terms.distance - score).abs().max().item<double>(), 1e-12);
    EXPECT_EQ(trunk->smallest_side(Pooling::kL2), 1);
}

}  // namespace
}  // namespace bfr::nets
