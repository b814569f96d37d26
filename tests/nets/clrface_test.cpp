#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"
#include "nets/clrface/autoencoder.h"
#include "nets/prepare.h"

namespace bfr::nets::clrface {
namespace {

AutoencoderOptions small() {
    return {.patch = 2, .width = 32, .multipliers = {1, 2}, .blocks = 2, .code_width = 4, .codes = 64};
}

double apart(const Tensor& a, const Tensor& b) {
    return ((a - b).abs().max() / b.abs().max().clamp_min(1e-12)).item<double>();
}

// Without a patch, as for 512 pixels, and with one.
TEST(ClrFaceAutoencoder, LatentIsFourTimesSmaller) {
    const at::NoGradGuard no_grad;
    for (auto options : {small(), AutoencoderOptions{.patch = 1, .width = 32, .codes = 64},
                         AutoencoderOptions{.patch = 4, .width = 32, .multipliers = {1}, .codes = 64}}) {
        at::manual_seed(1);
        const Autoencoder net(options);
        const Tensor latent = net.latent(at::rand({2, 3, 32, 48}) * 2 - 1);
        EXPECT_EQ(latent.sizes(), (std::vector<int64_t>{2, options.code_width, 8, 12}));
        EXPECT_EQ(net.picture(latent, true).sizes(), (std::vector<int64_t>{2, 3, 32, 48}));
        EXPECT_GT(net.encoder_flop(32), 0);
        EXPECT_EQ(net.decoder_flop(64), 4 * net.decoder_flop(32));
    }
    EXPECT_ANY_THROW(Autoencoder({.patch = 2}));  // eight times smaller
    EXPECT_ANY_THROW(Autoencoder({.width = 40}));
    EXPECT_ANY_THROW(Autoencoder(small()).encoded(at::zeros({1, 3, 30, 32})));
}

TEST(ClrFaceAutoencoder, TakesTheNearestCodes) {
    const at::NoGradGuard no_grad;
    at::manual_seed(2);
    Autoencoder net(small());
    net.codebook().weight.normal_();
    const Tensor latent = at::randn({2, 4, 3, 5}), codes = net.of_codes(net.nearest(latent), 3, 5);
    EXPECT_EQ(codes.sizes(), latent.sizes());
    for (const auto& pixel : {std::array<int64_t, 3>{0, 0, 0}, {1, 2, 4}, {0, 1, 3}}) {
        const auto of = [&](const Tensor& map) { return map[pixel[0]].select(2, pixel[2]).select(1, pixel[1]); };
        const Tensor distances = (net.codebook().weight - of(latent)).square().sum(1);
        EXPECT_TRUE(of(codes).equal(net.codebook().weight[distances.argmin().item<int64_t>()]));
    }
    net.mean.fill_(0.3);
    net.deviation.fill_(2);
    EXPECT_TRUE(net.picture(net.normalised(latent), true).allclose(net.decoded(codes), 1e-4, 1e-5));
}

TEST(ClrFaceAutoencoder, GradientsPassTheCodebookStraight) {
    at::manual_seed(3);
    Autoencoder net(small());
    const Tensor latent = at::randn({1, 4, 4, 4}).requires_grad_(true);
    const Tensor weights = at::randn({1, 3, 16, 16});
    (net.picture(latent, true) * weights).sum().backward();
    const Tensor codes = net.of_codes(net.nearest(latent.detach()), 4, 4).detach().requires_grad_(true);
    (net.decoded(codes) * weights).sum().backward();
    EXPECT_LT(apart(latent.grad(), codes.grad()), 1e-5);
}

TEST(ClrFaceAutoencoder, PreparedItIsTheSameAndDoesNotKnowItsBatch) {
    const at::NoGradGuard no_grad;
    at::manual_seed(4);
    Autoencoder net(small());
    net.codebook().weight.normal_();
    net.eval();
    const Tensor pictures = at::rand({3, 3, 64, 64}) * 2 - 1;
    const Tensor latent = net.latent(pictures), made = net.picture(latent, false);
    prepare_for_inference(net);
    EXPECT_LT(apart(net.latent(pictures), latent), 1e-4);
    EXPECT_LT(apart(net.picture(latent, false), made), 1e-4);
    const Tensor together = net.picture(net.latent(pictures), true);
    for (int64_t i = 0; i < 3; i++)
        EXPECT_TRUE(net.picture(net.latent(pictures.narrow(0, i, 1)), true).equal(together.narrow(0, i, 1)));
}

TEST(ClrFaceAutoencoder, SizesAreReadOffItsTensors) {
    for (const auto& options : {small(), AutoencoderOptions{.patch = 1, .width = 32, .blocks = 1, .codes = 16}}) {
        Autoencoder net(options);
        StateDict tensors;
        for (const auto& item : net.named_parameters()) tensors[item.key()] = item.value().detach();
        const AutoencoderOptions found = autoencoder_sizes(tensors, "file");
        EXPECT_EQ(found.patch, options.patch);
        EXPECT_EQ(found.multipliers, options.multipliers);
        EXPECT_EQ(found.blocks, options.blocks);
        EXPECT_EQ(found.codes, options.codes);
        EXPECT_EQ(found.code_width, options.code_width);
        tensors["encoder.conv_in.weight"] = at::zeros({32, 5, 3, 3});
        EXPECT_THROW(autoencoder_sizes(tensors, "file"), Error);
        tensors.erase("encoder.conv_in.weight");
        EXPECT_THROW(autoencoder_sizes(tensors, "file"), Error);
    }
}

}  // namespace
}  // namespace bfr::nets::clrface
