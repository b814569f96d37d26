// Identity by the papers' networks, and landmark distance: against the authors' own programs on the same pictures and
// hash-filled networks (tests/data/goldens/identity, made by the script there), and what goes wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <set>

#include "base/files.h"
#include "nets/face_alignment.h"
#include "tests/metrics/support.h"
#include "tests/nets/support/golden_net.h"
#include "tests/support/support.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr {
namespace {

using ::testing::AllOf;
using testing::GoldenNet;
using ::testing::HasSubstr;
using testing::Scratch;

// A published file as its authors name its keys, its numbers hashed: by its folder alone, no other is searched.
void write_hashed(const std::filesystem::path& file, const StateDict& tensors, const std::string& prefix) {
    std::vector<CheckpointTensor> stored;
    for (const auto& [key, tensor] : tensors) {
        if (tensor.is_floating_point()) stored.push_back(to_checkpoint(prefix + key, tensor));
    }
    write_safetensors(file, stored, std::nullopt, {});
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

class FaceMetrics : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ = testing::goldens("nets", "face1_ref.png");
        BFR_SKIP_WITHOUT("goldens/nets with its pictures", folder_);
        values_ = testing::read_json(testing::data_dir() / "goldens" / "identity" / "values.json");
    }

    // The part's layout, filled with another salt than its own where one is given.
    StateDict tensors(const std::string& part, const std::string& salt = "a/") const {
        StateDict result;
        const Json layout = testing::read_json(*folder_ / (part + ".layout.json"));
        for (const auto& entry : layout.at("entries")) {
            if (entry.at("lo") == 0 && entry.at("hi") == 0) continue;
            const auto key = entry.at("key").get<std::string>();
            result[key] = testing::hashed(salt + key, entry.at("shape").get<std::vector<int64_t>>(),
                                          entry.at("lo").get<double>(), entry.at("hi").get<double>());
        }
        return result;
    }
    void write(const std::string& name, const std::string& part, const std::string& prefix = "",
               const std::string& salt = "a/") const {
        write_hashed(scratch_ / name, tensors(part, salt), prefix);
    }
    std::unique_ptr<ImageMetric> metric(const std::string& spec) const {
        return testing::metric(spec, {.weights = WeightsLocator({scratch_.path()})});
    }
    ImagePtr picture(const std::string& name) const { return Image::load(*folder_ / name); }

    // The spec's value for each pair, beside the value of that name.
    void expect_authors_values(const std::string& spec, const std::string& name, double tolerance) const {
        const auto unit = metric(spec);
        for (const auto& pair : values_.at("pairs")) {
            const auto restored = picture(pair.at("restored")), reference = picture(pair.at("reference"));
            const auto score = unit->score(*restored, reference.get()).values.at(0);
            ASSERT_TRUE(score.value) << score.reason;
            EXPECT_NEAR(*score.value, pair.at(name).get<double>(), tolerance) << spec;
        }
    }

    Scratch scratch_;
    std::optional<std::filesystem::path> folder_;
    Json values_;
};

class FaceMetricsParity : public FaceMetrics {};

// The angle of nearly parallel vectors amplifies their rounding: 1e-6 of the cosine is 1e-3 degrees at four degrees.
TEST_F(FaceMetricsParity, VqfrsDegrees) {
    write("resnet18_110.pth", "arcface_resnet18", "module.");
    expect_authors_values("identity:net=arcface-r18", "vqfr_degrees", 2e-3);
}

TEST_F(FaceMetricsParity, RestoreFormersRadians) {
    write("arcface_resnet18.pth", "arcface_resnet18");
    expect_authors_values("identity:net=arcface-r18,input=restoreformer", "restoreformer_radians", 2e-4);
}

TEST_F(FaceMetricsParity, PspsCosine) {
    write("model_ir_se50.pth", "arcface_irse50");
    expect_authors_values("identity:net=irse50", "psp_cosine", 1e-5);
    EXPECT_EQ(metric("identity:net=irse50")->info().version, "5") << "its last bits changed; the others' did not";
}

// With these networks many maps have their largest value at a border, where VQFR's reading is odd: that is compared
// too.
TEST_F(FaceMetricsParity, VqfrsLandmarkDistance) {
    write("alignment_WFLW_4HG.pth", "fan_awing_98", "state_dict.", values_.at("fan98_salt").get<std::string>());
    expect_authors_values("lmd", "vqfr_lmd", 1e-5);
}

TEST_F(FaceMetricsParity, FaceAlignmentsOwnNetwork) {
    nets::FaceAlignmentNet net({.landmarks = 68});
    StateDict filled;
    const auto fill = [&](const std::string& key, const at::Tensor& tensor) {
        if (!tensor.is_floating_point()) return;
        double lo = -0.1, hi = 0.1;
        if (key.ends_with("running_var")) {
            lo = 0.75, hi = 1.25;
        } else if (!key.ends_with("running_mean") && !key.ends_with("bias")) {
            hi = tensor.dim() == 1 ? 1.2 : std::sqrt(3.0 / static_cast<double>(tensor[0].numel()));
            lo = tensor.dim() == 1 ? 0.8 : -hi;
        }
        filled[key] = testing::hashed("a/" + key, tensor.sizes().vec(), lo, hi);
    };
    for (const auto& item : net.named_parameters()) fill(item.key(), item.value());
    for (const auto& item : net.named_buffers()) fill(item.key(), item.value());
    load_strictly(net, filled, "hashed");
    net.eval();
    nets::prepare_for_inference(net);
    const at::NoGradGuard no_grad;
    const at::Tensor small = testing::hashed("a/fan68.x", {1, 3, 32, 32}, 0, 1);
    const at::Tensor maps =
        net.forward(small.repeat_interleave(8, 2).repeat_interleave(8, 3)).back().contiguous().flatten();
    const Json& expected = values_.at("fan68").at("maps");
    const auto step = values_.at("fan68").at("step").get<int64_t>();
    const double largest = maps.abs().max().item<double>();
    ASSERT_EQ((maps.numel() + step - 1) / step, static_cast<int64_t>(expected.size()));
    for (size_t i = 0; i < expected.size(); i++) {
        ASSERT_NEAR(maps[static_cast<int64_t>(i) * step].item<double>(), expected[i].get<double>(), 1e-4 * largest)
            << i;
    }
}

TEST_F(FaceMetrics, SayWhatTheyAre) {
    write("resnet18_110.pth", "arcface_resnet18", "module.");
    write("arcface_resnet18.pth", "arcface_resnet18");
    const auto vqfr = metric("identity:net=arcface-r18,measure=degrees,exclude_below=1");
    EXPECT_EQ(vqfr->info().label, "identity:exclude_below=1,net=arcface-r18");
    EXPECT_EQ(vqfr->info().values.at(0).unit, "degree");
    EXPECT_EQ(vqfr->info().values.at(0).direction, Direction::kLowerIsBetter);
    EXPECT_TRUE(vqfr->info().weights.at(0).pinned);
    const auto idd = metric("identity:net=arcface-r18,input=restoreformer");
    EXPECT_EQ(idd->info().label, "identity:input=restoreformer,net=arcface-r18");
    EXPECT_EQ(idd->info().values.at(0).unit, "rad");
    EXPECT_EQ(metric("identity:net=arcface-r18,measure=cosine")->info().values.at(0).direction,
              Direction::kHigherIsBetter);
}

TEST_F(FaceMetrics, NearlyEqualPicturesAreLeftOutWhereAsked) {
    write("resnet18_110.pth", "arcface_resnet18", "module.");
    const auto face = picture("face1_ref.png"), same = testing::fresh(*face);
    EXPECT_NEAR(*metric("identity:net=arcface-r18")->score(*same, face.get()).values.at(0).value, 0, 1e-6);
    const auto score = metric("identity:net=arcface-r18,exclude_below=1")->score(*same, face.get()).values.at(0);
    EXPECT_FALSE(score.value);
    EXPECT_TRUE(score.is_excluded);  // no failure, and no lack
    EXPECT_EQ(score.reason, "excluded by exclude_below=1");
}

TEST_F(FaceMetrics, MeasuresAgree) {
    write("resnet18_110.pth", "arcface_resnet18", "module.");
    const auto a = picture("face1_ref.png"), b = picture("face2_jpeg.png");
    const auto value = [&](const std::string& measure, const Image& restored, const Image& reference) {
        return *metric("identity:net=arcface-r18,measure=" + measure)->score(restored, &reference).values.at(0).value;
    };
    const double cosine = value("cosine", *a, *b);
    EXPECT_NEAR(value("radians", *a, *b), std::acos(cosine), 1e-12);
    EXPECT_NEAR(value("degrees", *a, *b), std::acos(cosine) * 180 / M_PI, 1e-10);
    EXPECT_NEAR(value("distance", *a, *b), std::sqrt(2 - 2 * cosine), 1e-9);
    EXPECT_NEAR(value("cosine", *b, *a), cosine, 1e-12);
}

// The scripts take whatever picture they are given: a method that gives black pictures is measured by them, too.
TEST_F(FaceMetrics, APictureOfOneColourHasTheScriptsNumbers) {
    write("resnet18_110.pth", "arcface_resnet18", "module.");
    write("arcface_resnet18.pth", "arcface_resnet18");
    write("alignment_WFLW_4HG.pth", "fan_awing_98", "state_dict.");
    const auto face = picture("face1_ref.png"), black = testing::constant(512, 512, 0),
               white = testing::constant(512, 512, 255);
    for (const char* spec : {"identity:net=arcface-r18", "identity:net=arcface-r18,input=restoreformer",
                             "identity:net=arcface-r18,measure=cosine", "lmd:decoding=clean"}) {
        const auto unit = metric(spec);
        std::set<double> different;
        for (const auto& flat : {black, white}) {
            const auto score = unit->score(*flat, face.get()).values.at(0);
            ASSERT_TRUE(score.value) << spec << ": " << score.reason;
            EXPECT_TRUE(std::isfinite(*score.value)) << spec;
            different.insert(*score.value);
        }
        EXPECT_EQ(different.size(), 2U) << spec;
    }
}

TEST_F(FaceMetrics, TheOtherArcFacesFileUnderVqfrsNameIsToldApart) {
    write("resnet18_110.pth", "arcface_resnet18");  // as GFPGAN publishes it: not below "module"
    EXPECT_THAT(failure([&] { metric("identity:net=arcface-r18"); }), HasSubstr("doesn't lie below 'module'"));
}

TEST_F(FaceMetrics, LandmarkDistanceHasItsForms) {
    write("alignment_WFLW_4HG.pth", "fan_awing_98", "state_dict.");
    const auto face = picture("face1_ref.png"), other = picture("face2_ref.png");
    const auto clean = metric("lmd:decoding=clean"), share = metric("lmd:decoding=clean,normaliser=interocular");
    EXPECT_EQ(clean->score(*testing::fresh(*face), face.get()).values.at(0).value, 0);
    const double pixels = *clean->score(*other, face.get()).values.at(0).value,
                 part = *share->score(*other, face.get()).values.at(0).value;
    EXPECT_GT(pixels, 0);
    EXPECT_GT(part, 0);
    EXPECT_EQ(clean->info().values.at(0).unit, "px");
    EXPECT_EQ(share->info().values.at(0).unit, "");
    EXPECT_THAT(failure([&] { clean->score(*testing::cropped(*other, 8), face.get()); }), HasSubstr("one size"));
}

TEST_F(FaceMetrics, WhatIsMissingOrWrongIsSaid) {
    EXPECT_THAT(failure([&] { metric("lmd"); }),
                AllOf(HasSubstr("alignment_WFLW_4HG.pth is missing"), HasSubstr("bfr weights fetch")));
    write("model_ir_se50.pth", "mobilefacenet");
    EXPECT_THAT(
        failure([&] { metric("identity:net=irse50"); }),
        AllOf(HasSubstr("model_ir_se50.pth"), HasSubstr("ArcFace IR-SE50"), HasSubstr("looks like MobileFaceNet")));
    auto cut = tensors("arcface_resnet18");
    cut["fc5.weight"] = at::zeros({512, 10});
    write_hashed(scratch_ / "resnet18_110.pth", cut, "module.");
    EXPECT_THAT(failure([&] { metric("identity:net=arcface-r18"); }), HasSubstr("fc5.weight"));
    const std::string own = (scratch_ / "mine.safetensors").string();
    EXPECT_THAT(failure([&] { metric("identity:net=arcface-r18,weights=" + own); }), HasSubstr("no such file"));
    write("mine.safetensors", "arcface_resnet18");
    const auto mine = metric("identity:net=arcface-r18,weights=" + own);
    EXPECT_THAT(mine->info().label, HasSubstr("mine.safetensors"));
    EXPECT_EQ(mine->info().weights.at(0).file, "mine.safetensors");
}

TEST_F(FaceMetrics, OptionsThatAreNotForANetworkAreRefused) {
    const std::pair<const char*, const char*> wrong[] = {{"identity:input=vqfr", "net=arcface-r18"},
                                                         {"identity:net=irse50,find=hog", "net=dlib"},
                                                         {"identity:align=none", "net=mobilefacenet"},
                                                         {"identity:exclude_below=1", "angles"},
                                                         {"identity:weights=a.pt", "other than dlib"},
                                                         {"identity:net=mobilefacenet,align=none,find=hog", "aligns"},
                                                         {"lmd:decoding=none", "decoding"}};
    for (const auto& [spec, text] : wrong) EXPECT_THAT(failure([&, s = spec] { metric(s); }), HasSubstr(text)) << spec;
}

TEST_F(FaceMetrics, TooSmallAPictureIsSaid) {
    write("model_ir_se50.pth", "arcface_irse50");
    const auto small = testing::picture("small", 200, 300);
    EXPECT_THAT(failure([&] { metric("identity:net=irse50")->score(*small, small.get()); }), HasSubstr("at least 256"));
}

// MobileFaceNet's published weights on real people: the benchmark lfw_identity has the thousand pairs.
TEST_F(FaceMetrics, MobileFaceNetTellsPeopleApart) {
    const auto shared = testing::shared_dir();
    BFR_SKIP_WITHOUT("../shared/weights/mobilefacenet.pt", shared);
    std::filesystem::create_symlink(std::filesystem::absolute(*shared / "weights/mobilefacenet.pt"),
                                    scratch_ / "mobilefacenet.pt");
    std::unique_ptr<ImageMetric> unit;
    try {
        unit = testing::metric("identity:net=mobilefacenet,find=hog", {.weights = WeightsLocator({scratch_.path()})});
    } catch (const NotAvailable& missing) {
        GTEST_SKIP() << "SKIPPED: " << missing.what();
    }
    const auto load = [&](const char* name) { return Image::load(*shared / "faces" / "london" / name); };
    const auto neutral = load("neutral/001.jpg"), smiling = load("smiling/001.jpg"), other = load("neutral/007.jpg");
    EXPECT_GT(*unit->score(*smiling, neutral.get()).values.at(0).value, 0.5);
    EXPECT_LT(*unit->score(*other, neutral.get()).values.at(0).value, 0.3);
}

}  // namespace
}  // namespace bfr
