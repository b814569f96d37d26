// The face networks against what the authors' own compute: goldens/nets, hash-filled, and MobileFaceNet's real weights.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "datasets/image.h"
#include "nets/arcface_irse50.h"
#include "nets/arcface_resnet18.h"
#include "nets/efficientnet.h"
#include "nets/face_alignment.h"
#include "nets/keep_points.h"
#include "nets/landmark_maps.h"
#include "nets/mobilefacenet.h"
#include "tests/nets/support/golden_net.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using testing::GoldenNet;

// With gradients, as LibTorch's own operations, prepared for inference, and with Winograd's form of the weights kept.
enum class Way { kGradients, kPrepared, kPoints };

class FaceNetsParity : public ::testing::TestWithParam<Way> {
  protected:
    void SetUp() override { at::GradMode::set_enabled(GetParam() == Way::kGradients); }
    void TearDown() override { at::GradMode::set_enabled(true); }

    void prepare(torch::nn::Module& net, const GoldenNet& golden) const {
        golden.fill(net);
        net.eval();
        if (GetParam() != Way::kGradients) nets::prepare_for_inference(net);
        if (GetParam() == Way::kPoints) nets::keep_points(net);
    }

    // Where the part lies; nothing where it is to be skipped.
    bool find(const std::string& part) {
        folder_ = testing::goldens("nets", part + ".safetensors");
        return folder_.has_value();
    }

    std::optional<std::filesystem::path> folder_;
};

#define BFR_GOLDEN_PART(part)                                                              \
    if (!find(part)) GTEST_SKIP() << "SKIPPED: goldens/nets/" << (part) << " is not here"; \
    const GoldenNet golden(*folder_, part)

at::Tensor means(const at::Tensor& map) { return map.to(at::kDouble).mean({2, 3}); }

TEST_P(FaceNetsParity, ArcFaceResNet18) {
    BFR_GOLDEN_PART("arcface_resnet18");
    nets::ArcFaceResNet18 net;
    prepare(net, golden);
    const at::Tensor x = golden.input("x");
    golden.expect_output("layer4_mean", means(net.features(x)));
    golden.expect_output("embedding", net.forward(x));
    golden.expect_all_compared();
}

TEST_P(FaceNetsParity, ArcFaceIrSe50) {
    BFR_GOLDEN_PART("arcface_irse50");
    nets::ArcFaceIrSe50 net;
    prepare(net, golden);
    const at::Tensor x = golden.input("x"), map = net.features(x);
    golden.expect_output("body_mean", means(map));
    golden.expect_output("raw", net.embed(map));
    golden.expect_output("embedding", net.forward(x));
    golden.expect_all_compared();
}

at::Tensor imagenet(const at::Tensor& rgb01) {
    const auto row = [](double r, double g, double b) {
        return torch::tensor({r, g, b}, at::kFloat).view({1, 3, 1, 1});
    };
    return (rgb01 - row(.485, .456, .406)) / row(.229, .224, .225);
}

TEST_P(FaceNetsParity, MobileFaceNet) {
    BFR_GOLDEN_PART("mobilefacenet");
    nets::MobileFaceNet net;
    prepare(net, golden);
    nets::MobileFaceNet::Stages stages;
    golden.expect_output("embedding", net.forward(golden.input("x"), &stages));
    golden.expect_output("dw_conv_mean", means(stages.dw_conv));
    golden.expect_output("features_mean", means(stages.features));
    golden.expect_output("gdconv", stages.gdconv.flatten(1));

    const auto shared = testing::shared_dir();
    BFR_SKIP_WITHOUT("../shared/weights/mobilefacenet.pt", shared);
    nets::MobileFaceNet real;
    load_strictly(real, tensors_below(open_checkpoint(*shared / "weights/mobilefacenet.pt"), ""), "mobilefacenet.pt");
    real.eval();
    if (GetParam() != Way::kGradients) nets::prepare_for_inference(real);
    std::vector<at::Tensor> pictures;
    const Json inputs = Json::parse(golden.file().metadata().at("inputs"));
    for (const auto& picture : inputs.at("pictures")) {  // beside the goldens, or where their makers took them from
        const auto name = picture.get<std::string>();
        const bool here = std::filesystem::exists(*folder_ / name);
        pictures.push_back(Image::load((here ? *folder_ : *shared / "goldens/nets") / name)->rgb01());
    }
    const at::Tensor x = imagenet(at::cat(pictures));
    const at::Tensor embedding = real.forward(x), sum = embedding + real.forward(x.flip({3}));
    const at::Tensor feature = sum / sum.norm(2, 1, true);
    golden.expect_output("real_embedding", embedding);
    golden.expect_output("real_feature", feature);
    golden.expect_output("real_cosine", at::matmul(feature, feature.t()));
    golden.expect_all_compared();
}

TEST_P(FaceNetsParity, EfficientNetB0) {
    BFR_GOLDEN_PART("hsemotion_enet_b0");
    const auto shapes = golden.shapes();
    nets::EfficientNetB0 net({.classes = shapes.at("classifier.0.weight").size(0)});
    prepare(net, golden);
    const at::Tensor map = net.map(golden.input("x")), features = nets::EfficientNetB0::features(map);
    golden.expect_output("map", map);
    golden.expect_output("features", features);
    golden.expect_output("logits", net.logits(features));
    golden.expect_all_compared();
}

// Whether the two neighbours of a point's pixel, left and right or above and below, are equal but for rounding.
bool near_tie(const at::Tensor& map, const std::array<double, 2>& point, size_t axis) {
    const auto x = static_cast<int64_t>(point[0]), y = static_cast<int64_t>(point[1]);
    const at::Tensor line = axis == 0 ? map[y] : map.select(1, x);
    const int64_t at = axis == 0 ? x : y;
    return (line[at + 1] - line[at - 1]).abs().item<double>() <
           1e-4 * map.narrow(0, 2, 60).narrow(1, 2, 60).abs().max().item<double>();
}

TEST_P(FaceNetsParity, AdaptiveWing) {
    BFR_GOLDEN_PART("fan_awing_98");
    nets::FaceAlignmentNet net({.landmarks = 98, .boundary = true});
    prepare(net, golden);
    const at::Tensor x = golden.input("x").repeat_interleave(8, 2).repeat_interleave(8, 3);
    const auto stacks = net.forward(x);
    golden.expect_output("stack0", stacks.front());
    golden.expect_output("heatmaps", stacks.back());
    const auto [values, places] = stacks.back().narrow(1, 0, 98).flatten(2).topk(2, 2);
    const at::Tensor margin = values.select(2, 0) - values.select(2, 1);
    golden.expect_output("margin", margin);
    std::vector<at::Tensor> near;
    for (size_t i = 0; i + 1 < stacks.size(); i++) near.push_back((stacks[i].narrow(1, 98, 1) - 0.05).abs().min());
    golden.expect_output("boundary_margin", at::stack(near));
    // Where the two largest values of a map are equal but for rounding, either place is right.
    const auto expected = to_doubles(golden.file().at("argmax")), gap = to_doubles(golden.file().at("margin"));
    const double rounding = 1e-4 * stacks.back().abs().max().item<double>();
    for (int64_t i = 0; i < 98; i++) {
        const auto k = static_cast<size_t>(i);
        if (gap[k] <= rounding) continue;
        EXPECT_EQ(places[0][i][0].item<int64_t>(), static_cast<int64_t>(expected[k])) << i;
    }
    // read off for a picture of 512 pixels, the two outermost rows and columns aside
    at::Tensor maps = stacks.back()[0].narrow(0, 0, 98).contiguous().detach().clone();
    for (const int64_t edge : {0, 1, 62, 63}) {
        maps.select(1, edge).fill_(-1000);
        maps.select(2, edge).fill_(-1000);
    }
    const auto points = nets::vqfr_map_points(maps);
    ASSERT_TRUE(points);
    const auto landmarks = to_doubles(golden.file().at("landmarks_512"));
    const at::Tensor top = std::get<0>(maps.flatten(1).topk(2, 1));
    int compared = 0;
    for (size_t i = 0; i < points->size(); i++) {
        const auto row = static_cast<int64_t>(i);
        if ((top[row][0] - top[row][1]).item<double>() <= rounding) continue;
        compared++;
        for (size_t k = 0; k < 2; k++) {
            // a neighbour's advantage may be rounding too: half a pixel of the map at most
            EXPECT_NEAR((*points)[i][k] * 8, landmarks[2 * i + k], near_tie(maps[row], (*points)[i], k) ? 4 : 1e-6)
                << i;
        }
    }
    EXPECT_GT(compared, 90);
}

INSTANTIATE_TEST_SUITE_P(Nets, FaceNetsParity, ::testing::Values(Way::kGradients, Way::kPrepared, Way::kPoints),
                         [](const auto& info) {
                             return info.param == Way::kGradients  ? "gradients"
                                    : info.param == Way::kPrepared ? "prepared"
                                                                   : "points";
                         });

TEST(KeepPoints, ChangesRoundingAlone) {
    const at::NoGradGuard no_grad;
    nets::ArcFaceIrSe50 net;
    EXPECT_ANY_THROW(nets::keep_points(net)) << "nothing is prepared";
    net.eval();
    nets::prepare_for_inference(net);
    const at::Tensor x = at::rand({1, 3, 112, 112}), before = net.features(x);
    nets::keep_points(net);
    const at::Tensor after = net.features(x);
    EXPECT_FALSE(before.equal(after)) << "nothing was kept";
    EXPECT_LT((before - after).abs().max().item<double>(), 1e-4 * before.abs().max().item<double>());
}

// ---- results don't depend on the batch or on the threads

class Threads {
  public:
    explicit Threads(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
    ~Threads() { at::set_num_threads(before_); }

  private:
    int before_;
};

template <class Net, class... Options>
void expect_independent(std::vector<int64_t> shape, const Options&... options) {
    torch::manual_seed(1);
    Net net(options...);
    net.eval();
    nets::prepare_for_inference(net);
    const at::NoGradGuard no_grad;
    const at::Tensor x = at::rand(shape);
    std::vector<at::Tensor> alone;
    {
        const Threads one(1);
        for (int64_t i = 0; i < x.size(0); i++) alone.push_back(net.forward(x.narrow(0, i, 1)));
    }
    const at::Tensor expected = at::cat(alone);
    EXPECT_GT(expected.std().item<double>(), 0);
    for (const int threads : {1, 2, 3}) {
        const Threads some(threads);
        EXPECT_TRUE(at::equal(net.forward(x), expected)) << typeid(Net).name() << ", " << threads << " threads";
    }
}

TEST(FaceNets, AreTheSameInAnyBatchAndThreads) {
    expect_independent<nets::ArcFaceResNet18>({3, 1, 128, 128});
    expect_independent<nets::ArcFaceIrSe50>({3, 3, 112, 112});
    expect_independent<nets::MobileFaceNet>({3, 3, 112, 112});
    expect_independent<nets::EfficientNetB0>({3, 3, 224, 224}, nets::EfficientNetOptions{});
}

struct LastMaps : nets::FaceAlignmentNet {
    using nets::FaceAlignmentNet::FaceAlignmentNet;
    at::Tensor forward(const at::Tensor& x) const { return nets::FaceAlignmentNet::forward(x).back(); }
};

TEST(FaceNets, HourglassesAreTheSameInAnyBatchAndThreads) {
    expect_independent<LastMaps>({2, 3, 256, 256},
                                 nets::FaceAlignmentOptions{.landmarks = 98, .boundary = true, .stacks = 2});
    expect_independent<LastMaps>({2, 3, 256, 256}, nets::FaceAlignmentOptions{.landmarks = 68, .stacks = 1});
}

}  // namespace
}  // namespace bfr
