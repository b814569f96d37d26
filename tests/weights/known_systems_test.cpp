#include "weights/formats/known_systems.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/support.h"

namespace bfr {
namespace {

using namespace testing;

// A layout is a published network's names: it is recognised, and as nothing else.
void expect_known(const std::filesystem::path& layout, const std::string& network) {
    SCOPED_TRACE(layout.string());
    std::vector<CheckpointTensor> tensors;
    const Json parsed = read_json(layout);
    for (const auto& entry : parsed.at("entries"))
        tensors.push_back({"g_ema.module." + entry.at("key").get<std::string>(), {}});
    const auto found = looks_like(tensors);
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found[0].network, network);
    EXPECT_EQ(found[0].below, "g_ema.module");
    for (const auto& other : found) EXPECT_TRUE(&other == &found[0] || other.below != found[0].below);
}

TEST(KnownSystemsParity, EveryLayoutIsItself) {
    const std::map<std::string, std::string> networks{{"arcface_irse50", "ArcFace IR-SE50"},
                                                      {"arcface_resnet18", "ArcFace ResNet-18"},
                                                      {"mobilefacenet", "MobileFaceNet"},
                                                      {"codeformer", "CodeFormer"},
                                                      {"gfpgan_clean", "GFPGAN (clean)"},
                                                      {"gpen_512", "GPEN"},
                                                      {"restoreformer", "RestoreFormer"},
                                                      {"restoreformer_pp", "RestoreFormer++"},
                                                      {"difface_swinir", "DifFace's SwinIR"},
                                                      {"difface_unet", "DifFace's diffusion U-Net"},
                                                      {"psfrgan", "PSFRGAN"},
                                                      {"parsenet", "ParseNet"},
                                                      {"fan_awing_98", "Adaptive Wing FAN"},
                                                      {"hsemotion_enet_b0", "EfficientNet of timm (HSEmotion)"},
                                                      {"inception_fid", "FID's Inception v3"},
                                                      {"lpips_alex", "torchvision's AlexNet"},
                                                      {"lpips_vgg", "torchvision's VGG-16"},
                                                      {"lpips_squeeze", "torchvision's SqueezeNet 1.1"}};
    const auto folder = goldens("nets");
    BFR_SKIP_WITHOUT("goldens/nets", folder);
    for (const auto& [part, network] : networks) {
        const std::string file = part + ".layout.json";
        if (goldens("nets", file)) expect_known(*folder / file, network);
    }
}

// Of whatever size they lie there.
TEST(KnownSystemsParity, EveryPartOfVspbfrIsItself) {
    const std::pair<const char*, const char*> networks[] = {{"restoration_", "VSPBFR's restoration net"},
                                                            {"code_diffuser", "VSPBFR's code diffuser"},
                                                            {"discriminator_", "VSPBFR's discriminator"},
                                                            {"style_encoder", "e4e's style encoder"},
                                                            {"stylegan2_", "StyleGAN2's generator"}};
    const auto folder = goldens("vspbfr");
    BFR_SKIP_WITHOUT("goldens/vspbfr", folder);
    for (const auto& file : std::filesystem::directory_iterator(*folder)) {
        const std::string name = file.path().filename().string();
        if (!name.ends_with(".layout.json")) continue;
        for (const auto& [begin, network] : networks) {
            if (name.starts_with(begin)) expect_known(file.path(), network);
        }
    }
}

TEST(KnownSystems, TheTwoHourglassNetworksAreToldApart) {
    const auto found = looks_like({{"m1.b3_4.bn3.bias", {}}, {"conv1.bias", {}}});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].network, "face_alignment's FAN");
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
