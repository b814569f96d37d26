// The tasks by other networks than dlib's and face-api's: HSEmotion and face_alignment's FAN, with hash-filled weights.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include "downstream/point_finder.h"
#include "nets/efficientnet.h"
#include "nets/face_alignment.h"
#include "tests/downstream/task_fixture.h"
#include "tests/nets/support/golden_net.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Scratch;

void write_network(const std::filesystem::path& file, const torch::nn::Module& net) {
    std::vector<CheckpointTensor> stored;
    const auto add = [&](const std::string& key, const at::Tensor& tensor) {
        if (tensor.is_floating_point()) stored.push_back(to_checkpoint(key, tensor));
    };
    for (const auto& item : net.named_parameters()) add(item.key(), item.value());
    for (const auto& item : net.named_buffers()) add(item.key(), item.value());
    write_safetensors(file, stored, std::nullopt);
}

template <class Call>
std::string failure(const Call& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

class OtherNetworks : public ::testing::Test {
  protected:
    std::unique_ptr<Task> task(const std::string& spec) const {
        return tasks().make(Spec::parse(spec), {.weights = WeightsLocator({scratch_.path()})});
    }
    Scratch scratch_;
};

TEST_F(OtherNetworks, HsEmotionParity) {
    const auto folder = testing::goldens("nets", "hsemotion_enet_b0.safetensors");
    BFR_SKIP_WITHOUT("goldens/nets", folder);
    const Json layout = testing::read_json(*folder / "hsemotion_enet_b0.layout.json");
    std::vector<CheckpointTensor> stored;
    for (const auto& entry : layout.at("entries")) {
        if (entry.at("lo") == 0 && entry.at("hi") == 0) continue;
        const auto key = entry.at("key").get<std::string>();
        stored.push_back(
            to_checkpoint(key, testing::hashed("a/" + key, entry.at("shape").get<std::vector<int64_t>>(),
                                               entry.at("lo").get<double>(), entry.at("hi").get<double>())));
    }
    write_safetensors(scratch_ / "enet_b0_8_best_vgaf.pt", stored, std::nullopt);
    const Json expected = testing::read_json(testing::data_dir() / "goldens/identity/values.json").at("emotion");
    const auto unit = task("emotion:net=hsemotion");
    for (const auto& [name, values] : expected.items()) {
        if (!name.ends_with(".png")) continue;
        const auto picture = Image::load(*folder / name);
        const auto scores = unit->run(*picture, picture.get(), labelled("a", "happy"));
        EXPECT_EQ(scores.values[0].value, 1.0);
        EXPECT_EQ(scores.values[1].value, 0.0);
        EXPECT_TRUE(scores.values[2].value) << "happy is happiness";
        for (size_t i = 0; i < values.size(); i++)
            EXPECT_NEAR(scores.details.at("restored_probabilities")[i].get<double>(), values[i].get<double>(), 1e-4)
                << name << i;
    }
    EXPECT_EQ(unit->summarise({}).details.at("classes"), expected.at("classes"));
}

TEST_F(OtherNetworks, HsEmotionOfSevenClassesAndOfOthers) {
    torch::manual_seed(1);
    write_network(scratch_ / "enet_b0_7.pt", nets::EfficientNetB0({.classes = 7, .nested_classifier = false}));
    const auto seven = task("emotion:net=hsemotion,model=enet_b0_7");
    EXPECT_EQ(seven->summarise({}).details.at("classes").size(), 7u);
    EXPECT_THAT(seven->info().convention, HasSubstr("7 classes (anger, disgust, fear"));
    const auto picture = noise_picture("a", 64, 64);
    EXPECT_EQ(seven->run(*picture, nullptr, labelled("a", "contempt")).values[2].reason,
              "label 'contempt' is not a class of the network");
    write_network(scratch_ / "enet_b0_8_best_afew.pt", nets::EfficientNetB0({.classes = 10}));
    EXPECT_THAT(failure([&] { task("emotion:net=hsemotion,model=enet_b0_8_best_afew"); }), HasSubstr("10 classes"));
    EXPECT_THAT(failure([&] { task("emotion:net=hsemotion"); }), HasSubstr("bfr weights fetch enet_b0_8_best_vgaf.pt"));
    EXPECT_THAT(failure([&] { task("emotion:model=enet_b0_7"); }), HasSubstr("for net=hsemotion"));
}

TEST_F(OtherNetworks, FanByAFileOfTensors) {
    torch::manual_seed(2);
    const std::string file = (scratch_ / "fan.pth").string();
    write_network(file, nets::FaceAlignmentNet({.landmarks = 68}));
    Spec spec = Spec::parse("landmarks:net=fan68,archive=state-dict");
    spec.set("weights", file);
    const auto unit = tasks().make(spec, {.weights = WeightsLocator({scratch_.path()})});
    const auto picture = noise_picture("a", 128, 128);
    const auto scores = unit->run(*picture, picture.get(), labelled("a"));
    EXPECT_EQ(scores.details.at("reference_points_from"), "fan68");
    ASSERT_EQ(scores.details.at("restored_points").size(), 136u);
    for (const auto& value : scores.details.at("restored_points"))
        EXPECT_TRUE(value.is_number_integer()) << "truncated";
    EXPECT_EQ(unit->info().weights.size(), 1u);
    spec.set("decoding", "exact");
    const auto exact = tasks().make(spec, {.weights = WeightsLocator({scratch_.path()})});
    EXPECT_NE(exact->run(*picture, picture.get(), labelled("a")).details.at("restored_points"),
              scores.details.at("restored_points"));
}

TEST_F(OtherNetworks, FansArchiveMustBeThePublishedOne) {
    EXPECT_THAT(failure([&] { task("landmarks:net=fan68"); }), HasSubstr("2DFAN4-cd938726ad.zip is missing"));
    std::filesystem::copy_file(testing::data_dir() / "torchscript/metric-1.13.pt", scratch_ / "2DFAN4-cd938726ad.zip");
    EXPECT_THAT(failure([&] { task("landmarks:net=fan68"); }),
                AllOf(HasSubstr("is not the file that the catalogue knows"), HasSubstr("begins with cd938726ad")));
    EXPECT_THAT(failure([&] { task("landmarks:net=fan68,weights=a.zip"); }), HasSubstr("archive=state-dict"));
    EXPECT_THAT(failure([&] { task("landmarks:decoding=exact"); }), HasSubstr("for net=fan68"));
}

TEST(FanPoints, AreThoseOfTheMapsOnThePicture) {
    const auto picture = noise_picture("a", 300, 200);
    const FaceBox box{60, 40, 180, 160};
    at::Tensor seen;
    const HeatMaps network = [&](const at::Tensor& x) {
        seen = x;
        at::Tensor maps = at::zeros({1, 68, 64, 64});
        for (int64_t i = 0; i < 68; i++) maps[0][i][20][10 + i % 40] = 1;
        return maps;
    };
    const auto points = fan_points(*picture, box, network, true);
    ASSERT_TRUE(points);
    EXPECT_EQ(seen.sizes(), at::IntArrayRef({1, 3, 256, 256}));
    EXPECT_LE(seen.max().item<float>(), 1);
    // scale (120 + 120) / 195, a frame of 200 scale, its middle at (120, 100 - 0.12 * 120)
    const double side = 200.0 * 240 / 195, x = (10.5 / 64 - 0.5) * side + 120, y = (20.5 / 64 - 0.5) * side + 85.6;
    EXPECT_NEAR((*points)[0][0], x, 1e-9);
    EXPECT_NEAR((*points)[0][1], y, 1e-9);
    const auto whole = fan_points(*picture, box, network, false);
    EXPECT_EQ((*whole)[0][0], std::trunc(x));
    const HeatMaps wrong = [](const at::Tensor&) { return at::zeros({1, 5, 64, 64}); };
    EXPECT_THAT(failure([&] { fan_points(*picture, box, wrong, false); }), HasSubstr("1x68x64x64"));
}

}  // namespace
}  // namespace bfr
