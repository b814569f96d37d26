#include "nets/face_expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <thread>

#include "base/error.h"
#include "tests/support/support.h"
#include "weights/catalogue/catalogue.h"
#include "weights/formats/tfjs.h"

namespace bfr {
namespace {

using ::testing::HasSubstr;

// The body's tensors with hashed values, for what doesn't depend on the published ones.
class HashedWeights {
  public:
    HashedWeights() {
        const std::vector<int64_t> channels{3, 32, 64, 128, 256};
        for (size_t b = 0; b < 4; b++) {
            for (size_t c = 0; c < 4; c++) {
                const std::string name = fmt::format("dense{}/conv{}/", b, c);
                const int64_t in = c == 0 ? channels[b] : channels[b + 1], out = channels[b + 1];
                if (b == 0 && c == 0) {
                    add(name + "filters", {3, 3, in, out});
                } else {
                    add(name + "depthwise_filter", {3, 3, in, 1});
                    add(name + "pointwise_filter", {1, 1, in, out});
                }
                add(name + "bias", {out});
            }
        }
        add("fc/weights", {256, 7});
        add("fc/bias", {7});
    }
    std::vector<TensorView>& views() { return views_; }

  private:
    void add(const std::string& name, std::vector<int64_t> shape) {
        const auto count = static_cast<size_t>(*element_count(shape));
        values_.push_back(std::make_unique<std::vector<float>>(testing::hash_fill(name, count, -0.2f, 0.2f)));
        views_.push_back({name, DType::kF32, std::move(shape), std::as_bytes(std::span(*values_.back()))});
    }
    std::vector<std::unique_ptr<std::vector<float>>> values_;
    std::vector<TensorView> views_;
};

at::Tensor hashed_picture(const std::string& name, int64_t n, int64_t height, int64_t width) {
    auto values = testing::hash_fill(name, static_cast<size_t>(n * 3 * height * width), 0, 1);
    return torch::tensor(values).reshape({n, 3, height, width});
}

at::Tensor read_rgb01(const std::filesystem::path& path) {
    cv::Mat rgb;
    const cv::Mat bgr = cv::imread(path.string());
    if (bgr.empty()) throw Error(path.string() + " can't be read");
    cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
    const auto bytes = torch::from_blob(rgb.data, {rgb.rows, rgb.cols, 3}, torch::kUInt8);
    return (bytes.permute({2, 0, 1}).unsqueeze(0).to(torch::kFloat32) / 255).contiguous();
}

double worst(const at::Tensor& got, const Json& want, int64_t step = 1) {
    const auto expected = want.get<std::vector<double>>();
    const auto values = got.flatten().slice(0, 0, c10::nullopt, step).to(torch::kFloat64);
    EXPECT_EQ(values.numel(), static_cast<int64_t>(expected.size()));
    return (values - torch::tensor(expected, torch::kFloat64)).abs().max().item<double>();
}

TEST(FaceExpressionParity, PackageOnTwelveCrops) {
    const auto folder = testing::goldens("faces", "emotion.json");
    BFR_SKIP_WITHOUT("goldens/faces", folder);
    const Json golden = testing::read_json(*folder / "emotion.json");
    if (!std::filesystem::exists(*folder / golden.at("crops").at(0).at("crop").get<std::string>())) {
        GTEST_SKIP() << "SKIPPED: the goldens' pictures of people are not here";
    }
    std::optional<TfjsWeights> weights;
    try {
        const WeightsLocator locator;
        const auto shard = locator.find("face_expression_model.bin").path;
        weights =
            TfjsWeights::open(locator.find("face_expression_model-weights_manifest.json").path, shard.parent_path());
    } catch (const NotAvailable& missing) {
        const char* required = std::getenv("BFR_REQUIRE_WEIGHTS");
        if (required && std::string(required) == "1") FAIL() << missing.what();
        GTEST_SKIP() << "SKIPPED: " << missing.what();
    }
    const FaceExpressionNet net(weights->tensors());
    const auto classes = golden.at("classes").get<std::vector<std::string>>();
    ASSERT_THAT(classes, ::testing::ElementsAreArray(FaceExpressionNet::kClasses));
    double logits = 0, probabilities = 0, features = 0;
    for (const auto& crop : golden.at("crops")) {
        SCOPED_TRACE(crop.at("crop").get<std::string>());
        const auto picture = read_rgb01(*folder / crop.at("crop").get<std::string>());
        ASSERT_EQ(picture.size(2), crop.at("height").get<int64_t>());
        ASSERT_EQ(picture.size(3), crop.at("width").get<int64_t>());
        // 1e-4 and 1e-5 are the golden's own tolerances for float32
        const double of_logits = worst(net.logits(picture), crop.at("logits"));
        const double of_probabilities = worst(net.probabilities(picture), crop.at("probabilities"));
        const double of_features = worst(net.features(picture), crop.at("features"), 16);
        EXPECT_LE(of_logits, 1e-4);
        EXPECT_LE(of_probabilities, 1e-5);
        EXPECT_LE(of_features, 1e-5);
        logits = std::max(logits, of_logits);
        probabilities = std::max(probabilities, of_probabilities);
        features = std::max(features, of_features);
    }
    EXPECT_EQ(golden.at("crops").size(), 12u);
    fmt::print("largest differences: logits {:.2e}, probabilities {:.2e}, features {:.2e}\n", logits, probabilities,
               features);
}

TEST(FaceExpression, BatchesAreThePicturesOneByOne) {
    HashedWeights weights;
    const FaceExpressionNet net(weights.views());
    const auto pictures = hashed_picture("batch", 3, 90, 131);
    const auto together = net.logits(pictures);
    ASSERT_EQ(together.sizes(), (std::vector<int64_t>{3, 7}));
    for (int64_t i = 0; i < 3; i++) {
        EXPECT_LE((together[i] - net.logits(pictures.narrow(0, i, 1))[0]).abs().max().item<double>(), 1e-5);
    }
    EXPECT_LE((net.probabilities(pictures).sum(1) - 1).abs().max().item<double>(), 1e-6);
    EXPECT_FALSE(together.requires_grad());
}

TEST(FaceExpression, PaddingPutsTheOddPixelAtTheFarSide) {
    HashedWeights weights;
    const FaceExpressionNet net(weights.views());
    const auto wide = hashed_picture("wide", 1, 109, 112);
    const auto square = torch::constant_pad_nd(wide, {0, 0, 1, 2});
    EXPECT_TRUE(torch::equal(net.logits(wide), net.logits(square)));
    EXPECT_FALSE(torch::equal(net.logits(wide), net.logits(torch::constant_pad_nd(wide, {0, 0, 2, 1}))));
    const auto tall = wide.transpose(2, 3).contiguous();
    EXPECT_TRUE(torch::equal(net.logits(tall), net.logits(torch::constant_pad_nd(tall, {1, 2}))));
}

TEST(FaceExpression, AnotherThreadGivesTheSameBits) {
    HashedWeights weights;
    const FaceExpressionNet net(weights.views());
    const auto picture = hashed_picture("threads", 1, 128, 128);
    const auto want = net.logits(picture);
    std::vector<at::Tensor> got(4);
    std::vector<std::thread> threads;
    for (auto& result : got) threads.emplace_back([&net, &picture, &result] { result = net.logits(picture); });
    for (auto& thread : threads) thread.join();
    for (const auto& result : got) EXPECT_TRUE(torch::equal(result, want));
}

TEST(FaceExpression, ExtremePicturesAreTaken) {
    HashedWeights weights;
    const FaceExpressionNet net(weights.views());
    EXPECT_TRUE(net.probabilities(torch::zeros({1, 3, 1, 1})).isfinite().all().item<bool>());
    EXPECT_TRUE(net.probabilities(torch::ones({1, 3, 2, 300})).isfinite().all().item<bool>());
    EXPECT_ANY_THROW(net.logits(torch::zeros({1, 1, 8, 8})));
    EXPECT_ANY_THROW(net.logits(torch::zeros({3, 8, 8})));
    EXPECT_ANY_THROW(net.logits(torch::zeros({1, 3, 8, 8}, torch::kFloat64)));
}

TEST(FaceExpression, OtherWeightsAreRefusedAndNamed) {
    const auto refusal = [](std::vector<TensorView>& views) -> std::string {
        try {
            FaceExpressionNet net(views);
        } catch (const Error& error) {
            return error.what();
        }
        return "accepted";
    };
    HashedWeights weights;
    auto views = weights.views();
    EXPECT_EQ(refusal(views), "accepted");
    views.back().name = "fc/biases";
    EXPECT_THAT(refusal(views), HasSubstr("fc/bias is missing"));
    EXPECT_THAT(refusal(views), HasSubstr("fc/biases is unknown"));
    views = weights.views();
    views[0].shape = {3, 3, 32, 3};
    EXPECT_THAT(refusal(views), HasSubstr("dense0/conv0/filters is F32 [3, 3, 32, 3], not F32 [3, 3, 3, 32]"));
    views.clear();
    EXPECT_THAT(refusal(views), HasSubstr("and 39 more"));
}

}  // namespace
}  // namespace bfr
