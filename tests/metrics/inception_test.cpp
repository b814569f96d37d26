// FID's Inception and what it is shown, against the tools' own values.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/inception_input.h"
#include "nets/inception_fid.h"
#include "nets/prepare.h"
#include "tests/nets/support/golden_net.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

using at::Tensor;

// (B, 3, H, W) in 0..1 as pytorch-fid shows it to the network.
Tensor resized(const Tensor& x) {
    std::vector<Tensor> all;
    for (int64_t i = 0; i < x.size(0); i++) {
        const Tensor rows = x[i].permute({1, 2, 0}).contiguous();
        const auto side = static_cast<int>(nets::InceptionFid::kSide);
        auto values =
            resampled({rows.data_ptr<float>(), static_cast<size_t>(rows.numel())}, static_cast<int>(x.size(3)),
                      static_cast<int>(x.size(2)), 3, side, side, Resizer::kTorchBilinear);
        all.push_back(2 * torch::tensor(values).view({side, side, 3}).permute({2, 0, 1}) - 1);
    }
    return at::stack(all);
}

Tensor means(const Tensor& x) { return x.mean(at::IntArrayRef{2, 3}); }

TEST(InceptionFidParity, AllBlocks) {
    const auto folder = goldens("nets", "inception_fid.safetensors");
    BFR_SKIP_WITHOUT("goldens/nets/inception_fid", folder);
    const at::NoGradGuard no_grad;
    const GoldenNet golden(*folder, "inception_fid");
    nets::InceptionFid net;
    golden.fill(net);
    const Tensor x = resized(golden.input("x"));
    const Tensor blocks = resized(at::upsample_nearest2d(golden.input("blocks"), {64, 64}));
    golden.expect_output("resized", x);
    const Tensor before = net.blocks(x)[3].flatten(1);
    nets::prepare_for_inference(net);
    const auto taps = net.blocks(x);
    golden.expect_output("block0_mean", means(taps[0]));
    golden.expect_output("block1_mean", means(taps[1]));
    golden.expect_output("block2_mean", means(taps[2]));
    golden.expect_output("block2", taps[2]);
    const Tensor pool3 = taps[3].flatten(1), of_blocks = net.forward(blocks);
    golden.expect_output("pool3", pool3);
    golden.expect_output("logits", net.logits(pool3));
    golden.expect_output("pool3_blocks", of_blocks);
    golden.expect_output("logits_blocks", net.logits(of_blocks));
    golden.expect_all_compared();
    EXPECT_LT(((before - pool3).abs().max() / pool3.abs().max()).item<double>(), 1e-5) << "packed against plain";
}

TEST(InceptionFid, APicturesBitsDependNeitherOnTheBatchNorOnTheThreads) {
    const at::NoGradGuard no_grad;
    nets::InceptionFid net;
    nets::prepare_for_inference(net);
    const Tensor x = 2 * hashed("inception/batch", {3, 3, 107, 107}, 0, 1) - 1;
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const Tensor wanted =
        at::cat({net.forward(x[0].unsqueeze(0)), net.forward(x[1].unsqueeze(0)), net.forward(x[2].unsqueeze(0))});
    EXPECT_TRUE(net.forward(x).equal(wanted));
    at::set_num_threads(3);
    EXPECT_TRUE(net.forward(x).equal(wanted));
    EXPECT_TRUE(net.blocks(x)[3].flatten(1).equal(wanted));
    EXPECT_TRUE(net.forward(x[1].unsqueeze(0)).equal(wanted.narrow(0, 1, 1)));
    at::set_num_threads(threads);
}

TEST(InceptionInputParity, EveryResizerIsItsTool) {
    const Json golden = read_json(data_dir() / "goldens/resizers/resizers.json");
    const auto step = golden.at("step").get<size_t>();
    for (const auto& picture : golden.at("pictures")) {
        const int width = picture.at("width"), height = picture.at("height");
        const std::string name = picture.at("name");
        const auto values = hash_fill(name, static_cast<size_t>(width) * static_cast<size_t>(height) * 3, 0, 256);
        cv::Mat bgr(height, width, CV_8UC3);
        for (size_t i = 0; i < values.size(); i++) {
            bgr.data[i / 3 * 3 + 2 - i % 3] = static_cast<uint8_t>(std::min(255.0F, values[i]));
        }
        const ImagePtr image = Image::from_bgr8(bgr, name);
        for (const auto resizer : {Resizer::kTorchBilinear, Resizer::kTorchBilinearAntialiased, Resizer::kPillowBicubic,
                                   Resizer::kTensorFlow1Bilinear}) {
            const Tensor x = inception_input(*image, {resizer, resizer != Resizer::kTorchBilinear})[0]
                                 .permute({1, 2, 0})
                                 .contiguous();
            const auto wanted = picture.at("results").at(std::string(to_string(resizer))).get<std::vector<double>>();
            const float* got = x.data_ptr<float>();
            ASSERT_EQ(wanted.size(), (static_cast<size_t>(x.numel()) + step - 1) / step);
            for (size_t i = 0; i < wanted.size(); i++) {
                EXPECT_NEAR(static_cast<double>(got[i * step]), wanted[i], 1e-5)
                    << name << " " << to_string(resizer) << " " << i;
            }
        }
    }
}

}  // namespace
}  // namespace bfr::testing
