#include "weights/formats/known_systems.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/support.h"

namespace bfr {
namespace {

using namespace testing;

// The goldens' layouts are the published networks' names: each is recognised, and as nothing else.
TEST(KnownSystemsParity, EveryLayoutIsItself) {
    const std::map<std::string, std::string> networks{{"restoration_512", "VSPBFR's restoration net"},
                                                      {"code_diffuser", "VSPBFR's code diffuser"},
                                                      {"discriminator_64", "VSPBFR's discriminator"},
                                                      {"style_encoder", "e4e's style encoder"},
                                                      {"stylegan2_1024", "StyleGAN2's generator"},
                                                      {"arcface_irse50", "ArcFace IR-SE50"},
                                                      {"arcface_resnet18", "ArcFace ResNet-18"},
                                                      {"mobilefacenet", "MobileFaceNet"},
                                                      {"codeformer", "CodeFormer"},
                                                      {"gfpgan_clean", "GFPGAN (clean)"},
                                                      {"gpen_512", "GPEN"},
                                                      {"restoreformer", "RestoreFormer"},
                                                      {"restoreformer_pp", "RestoreFormer"},
                                                      {"difface_swinir", "DifFace's SwinIR"},
                                                      {"difface_unet", "DifFace's diffusion U-Net"},
                                                      {"psfrgan", "PSFRGAN"},
                                                      {"parsenet", "ParseNet"},
                                                      {"fan_awing_98", "Adaptive Wing FAN"},
                                                      {"hsemotion_enet_b0", "EfficientNet of timm (HSEmotion)"},
                                                      {"inception_fid", "FID's Inception v3"}};
    const auto nets = goldens("nets"), vspbfr = goldens("vspbfr");
    if (!nets || !vspbfr) GTEST_SKIP() << "SKIPPED: goldens/nets or goldens/vspbfr is not here";
    for (const auto& [part, network] : networks) {
        SCOPED_TRACE(part);
        const std::string file = part + ".layout.json";
        const Json layout = read_json(std::filesystem::exists(*nets / file) ? *nets / file : *vspbfr / file);
        std::vector<CheckpointTensor> tensors;
        for (const auto& entry : layout.at("entries"))
            tensors.push_back({"g_ema.module." + entry.at("key").get<std::string>(), {}});
        const auto found = looks_like(tensors);
        ASSERT_FALSE(found.empty());
        EXPECT_EQ(found[0].network, network);
        EXPECT_EQ(found[0].below, "g_ema.module");
        for (const auto& other : found) EXPECT_TRUE(&other == &found[0] || other.below != found[0].below);
    }
}

TEST(KnownSystems, AtTheTopAndNotAtAll) {
    const auto found = looks_like({{"lin0.model.1.weight", {}}, {"lin4.model.1.weight", {}}});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].below, "");
    EXPECT_TRUE(looks_like({{"xlin0.model.1.weight", {}}, {"xlin4.model.1.weight", {}}}).empty());
    EXPECT_TRUE(looks_like({{"lin0.model.1.weight", {}}}).empty());
    EXPECT_TRUE(looks_like({}).empty());
}

}  // namespace
}  // namespace bfr
