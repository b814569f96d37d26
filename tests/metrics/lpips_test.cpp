// LPIPS and DISTS as units: what the packages of those names give for hash-filled networks (tests/data/goldens/lpips),
// with the real weights of ../shared, and what holds for any.
#include "nets/lpips.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <tuple>

#include "base/sha256.h"
#include "datasets/pillow_resize.h"
#include "nets/dists.h"
#include "tests/metrics/support.h"
#include "tests/support/support.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::hash_fill;
using ::testing::HasSubstr;
using testing::Scratch;

ImagePtr picture_of(const cv::Mat& bgr, const std::string& name) { return Image::from_bgr8(bgr, name); }

// make_lpips.py's: noise of every size.
cv::Mat noise(const std::string& name, int width, int height) {
    std::vector<float> values(static_cast<size_t>(width * height) * 3, 128);
    for (const int block : {16, 4, 1}) {
        const int across = (width + block - 1) / block, down = (height + block - 1) / block;
        const auto part = hash_fill(fmt::format("{}/{}", name, block), static_cast<size_t>(across * down) * 3, -40, 40);
        for (int y = 0; y < height; y++) {
            for (int i = 0; i < 3 * width; i++)
                values[static_cast<size_t>(y * 3 * width + i)] +=
                    part[static_cast<size_t>((y / block * across + i / 3 / block) * 3 + i % 3)];
        }
    }
    cv::Mat bgr(height, width, CV_8UC3);
    std::transform(values.begin(), values.end(), bgr.data,
                   [](float value) { return static_cast<uchar>(std::clamp(value, 0.0F, 255.0F)); });
    return bgr;
}

cv::Mat mixed(const cv::Mat& a, const cv::Mat& b) {
    cv::Mat result(a.size(), a.type());
    std::transform(a.datastart, a.dataend, b.datastart, result.data,
                   [](uchar x, uchar y) { return static_cast<uchar>((3 * x + y) / 4); });
    return result;
}

void write_module(const fs::path& file, const torch::nn::Module& module, const std::string& salt, float lo, float hi) {
    std::vector<CheckpointTensor> tensors;
    for (const auto& item : module.named_parameters()) {
        const at::Tensor& weight = item.value();
        // lo = hi = 0: a trunk's, which keep the features' size from layer to layer
        const auto bound = static_cast<float>(
            weight.dim() == 1 ? 0.1 : std::sqrt(6.0 / static_cast<double>(weight.numel() / weight.size(0))));
        const auto values = hash_fill(salt + item.key(), static_cast<size_t>(weight.numel()), lo == hi ? -bound : lo,
                                      lo == hi ? bound : hi);
        at::Tensor filled = at::empty(weight.sizes());
        std::copy(values.begin(), values.end(), filled.data_ptr<float>());
        tensors.push_back(to_checkpoint(item.key(), filled));
    }
    write_safetensors(file, tensors, std::nullopt, {});
}

const std::vector<std::string> kNets = {"alex", "vgg", "squeeze"};

nets::TrunkNet net_of(const std::string& name) {
    return name == "alex"  ? nets::TrunkNet::kAlexNet
           : name == "vgg" ? nets::TrunkNet::kVgg16
                           : nets::TrunkNet::kSqueezeNet;
}

// Hash-filled files of every network, written once.
const fs::path& hashed_files() {
    static const Scratch folder;
    static const bool written = [] {
        for (const auto& name : kNets) {
            const nets::FeatureTrunk trunk(net_of(name));
            write_module(folder / (name + ".safetensors"), trunk, "trunk/", 0, 0);
            write_module(folder / (name + "-heads.safetensors"), nets::LpipsHeads(trunk.channels()), "heads/", 0, 0.5);
        }
        write_module(folder / "dists.safetensors", nets::DistsWeights(), "dists/", 0, 0.2F);
        return true;
    }();
    EXPECT_TRUE(written);
    return folder.path();
}

// A spec of the goldens with these files.
std::string with_files(const std::string& spec) {
    const auto file = [](const std::string& name) { return (hashed_files() / (name + ".safetensors")).string(); };
    if (spec.starts_with("dists"))
        return fmt::format("{}{}trunk={},weights={}", spec, spec == "dists" ? ":" : ",", file("vgg"), file("dists"));
    for (const auto& name : kNets) {
        if (spec.find("net=" + name) != std::string::npos)
            return fmt::format("{},trunk={},heads={}", spec, file(name), file(name + "-heads"));
    }
    return spec;
}

const std::vector<std::string> kSpecs = {"lpips:net=alex", "lpips:net=vgg", "lpips:net=squeeze", "dists"};

TEST(LpipsUnitParity, EqualsThePackages) {
    const Json golden = testing::read_json(testing::data_dir() / "goldens" / "lpips" / "values.json");
    std::map<std::string, std::unique_ptr<ImageMetric>> units;
    for (const Json& pair : golden.at("pairs")) {
        const int width = pair.at("width"), height = pair.at("height");
        const cv::Mat first = noise(pair.at("first"), width, height);
        const auto reference = picture_of(first, "reference"),
                   restored = picture_of(mixed(first, noise(pair.at("second"), width, height)), "restored");
        for (const auto& [spec, wanted] : pair.at("values").items()) {
            auto& unit = units[spec];
            if (!unit) unit = testing::metric(with_files(spec));
            const double value = unit->score(*restored, reference.get()).values.at(0).value.value();
            // the packages work in single precision; DISTS's cancels where 1 is the sum of 2950 terms
            const double allowed = spec.starts_with("dists") ? 2e-6 : 1e-5 * wanted.get<double>();
            EXPECT_NEAR(value, wanted.get<double>(), allowed) << spec << " " << width << "x" << height;
        }
    }
}

TEST(LpipsUnitParity, PillowsResampling) {
    const Json golden = testing::read_json(testing::data_dir() / "goldens" / "lpips" / "values.json");
    const std::pair<const char*, PillowFilter> filters[] = {{"pillow_bilinear", PillowFilter::kBilinear},
                                                            {"pillow_bicubic", PillowFilter::kBicubic}};
    for (const auto& [name, filter] : filters) {
        EXPECT_FALSE(golden.at(name).empty());
        for (const Json& one : golden.at(name)) {
            const int width = one.at("width"), height = one.at("height");
            const auto image = picture_of(noise("resized", width, height), "resized");
            const auto resized =
                pillow_resize(filter, image->rgb8().data, width, height, one.at("out_width"), one.at("out_height"));
            EXPECT_EQ(sha256(std::span<const unsigned char>(resized)), one.at("sha256")) << name << one.dump();
        }
    }
}

// The demo's pictures; the values are those of ../shared/README.md.
class RealLpipsParity : public ::testing::TestWithParam<std::tuple<std::string, double, double>> {
  protected:
    void SetUp() override {
        const auto folder = testing::goldens("lpips");
        BFR_SKIP_WITHOUT("../shared/goldens/lpips", folder);
        const auto shared = testing::shared_dir();
        BFR_SKIP_WITHOUT("../shared/weights", shared);
        const std::string net = std::get<0>(GetParam());
        const auto file = [&](const std::string& name) { return (*shared / "weights" / name).string(); };
        const std::string trunk = net == "alex" ? "alexnet" : "squeezenet1_1";
        unit_ = testing::metric(fmt::format("lpips:net={},trunk=\"{}\",heads=\"{}\"", net,
                                            file(trunk + "-features.safetensors"), file("lpips-v0.1-" + net + ".pth")));
        reference_ = Image::load(*folder / "ex_ref.png");
        first_ = Image::load(*folder / "ex_p0.png");
        second_ = Image::load(*folder / "ex_p1.png");
    }
    double score(const Image& restored, const Image& reference) const {
        return unit_->score(restored, &reference).values.at(0).value.value();
    }
    std::unique_ptr<ImageMetric> unit_;
    ImagePtr reference_, first_, second_;
};

TEST_P(RealLpipsParity, OfTheDemosPictures) {
    EXPECT_NEAR(score(*first_, *reference_), std::get<1>(GetParam()), 5e-6);
    EXPECT_NEAR(score(*second_, *reference_), std::get<2>(GetParam()), 5e-6);
}

// Natural pictures' mirror images look alike to a network trained on both: within 10 %.
TEST_P(RealLpipsParity, MirroredPicturesAreAboutAsFarApart) {
    for (const auto& restored : {first_, second_}) {
        const double distance = score(*restored, *reference_);
        EXPECT_NEAR(score(*testing::flipped(*restored, 1), *testing::flipped(*reference_, 1)), distance,
                    0.1 * distance);
    }
}

INSTANTIATE_TEST_SUITE_P(Nets, RealLpipsParity,
                         ::testing::Values(std::tuple("alex", 0.72188, 0.13757),
                                           std::tuple("squeeze", 0.71105, 0.14790)),
                         [](const auto& one) { return std::get<0>(one.param); });

class FeatureMetric : public ::testing::TestWithParam<std::string> {
  protected:
    std::unique_ptr<ImageMetric> unit_ = testing::metric(with_files(GetParam()));
    double score(const Image& restored, const Image& reference) const {
        return unit_->score(restored, &reference).values.at(0).value.value();
    }
};

TEST_P(FeatureMetric, IsZeroForEqualPicturesAndSymmetric) {
    const auto a = testing::picture("a", 70, 53), b = testing::noisy(*a, 40);
    EXPECT_EQ(score(*testing::fresh(*a), *a), 0);
    EXPECT_GT(score(*b, *a), 1e-4);
    EXPECT_EQ(score(*b, *a), score(*a, *b));
    EXPECT_GT(score(*testing::noisy(*a, 90), *a), score(*b, *a)) << "more noise is farther away";
    EXPECT_EQ(unit_->info().values.at(0).direction, Direction::kLowerIsBetter);
}

TEST_P(FeatureMetric, DoesNotDependOnWhatWasComputedBefore) {
    const auto a = testing::picture("a", 64, 48), b = testing::noisy(*a, 40), c = testing::noisy(*a, 20);
    const double first = score(*b, *a);
    score(*c, *a);
    EXPECT_EQ(score(*b, *a), first) << "the reference known";
    EXPECT_EQ(score(*testing::fresh(*b), *testing::fresh(*a)), first) << "both fresh";
    EXPECT_EQ(testing::metric(with_files(GetParam()))->score(*b, a.get()).values.at(0).value.value(), first);
}

TEST_P(FeatureMetric, ConstantPicturesHaveANumber) {
    for (const int level : {0, 128, 255}) {
        const auto flat = testing::constant(64, 64, level);
        EXPECT_EQ(score(*testing::fresh(*flat), *flat), 0) << level;
        const double apart = score(*testing::constant(64, 64, 200), *flat);
        EXPECT_TRUE(std::isfinite(apart)) << level;
        EXPECT_GT(apart, 0) << level;
        EXPECT_TRUE(std::isfinite(score(*testing::picture("a", 64, 64), *flat))) << level;
    }
}

TEST_P(FeatureMetric, RefusesWhatCannotBeCompared) {
    const auto a = testing::picture("a", 64, 48), other = testing::picture("a", 64, 49);
    const auto error = [&](const Image& restored, const Image& reference) -> std::string {
        try {
            score(restored, reference);
        } catch (const Error& caught) {
            return caught.what();
        }
        return "no error";
    };
    EXPECT_THAT(error(*other, *a), HasSubstr("64x49"));
    const std::map<std::string, int> smallest = {
        {"lpips:net=alex", 31}, {"lpips:net=vgg", 16}, {"lpips:net=squeeze", 17}, {"dists", 1}};
    const int side = smallest.at(GetParam());
    const auto enough = testing::picture("a", side, side + 9);
    EXPECT_EQ(score(*testing::fresh(*enough), *enough), 0);
    if (side == 1) return;
    const auto small = testing::picture("a", side - 1, 64);
    EXPECT_THAT(error(*small, *small), HasSubstr(fmt::format("at least {} pixels", side)));
}

INSTANTIATE_TEST_SUITE_P(Units, FeatureMetric, ::testing::ValuesIn(kSpecs), [](const auto& one) {
    return one.param == "dists" ? one.param : one.param.substr(std::string("lpips:net=").size());
});

std::string error_of(const std::string& spec) {
    try {
        testing::metric(spec);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(FeatureMetrics, SayWhatTheyAre) {
    const auto unit = testing::metric(with_files("lpips:net=vgg,version=0.0,order=bgr,range=0..1"));
    const ScorerInfo& info = unit->info();
    EXPECT_THAT(info.label, AllOf(HasSubstr("net=vgg"), HasSubstr("version=0.0"), HasSubstr("order=bgr"),
                                  HasSubstr("range=0..1"), HasSubstr("trunk=")));
    EXPECT_THAT(info.convention, AllOf(HasSubstr("VGG-16"), HasSubstr("BGR"), HasSubstr("[0, 1]")));
    ASSERT_EQ(info.weights.size(), 2U);
    for (const auto& use : info.weights) EXPECT_EQ(use.sha256.size(), 64U) << use.file;
    const std::string plain = testing::metric(with_files("lpips:net=alex,version=0.1,range=-1..1"))->info().label;
    EXPECT_THAT(plain, HasSubstr("net=alex")) << "the net is said even where it's the default";
    EXPECT_THAT(plain, ::testing::Not(HasSubstr("version")));
}

// The features of VGG-16 for 512x512 are 128 MB: they stay with the reference only where they will be asked for again.
TEST(FeatureMetrics, KeepAReferencesFeaturesWhereTheyAreReused) {
    for (const char* spec : {"lpips:net=squeeze", "dists"}) {
        const auto unit = testing::metric(with_files(spec));
        const auto trunk = std::ranges::find_if(unit->info().weights, [](const WeightsUse& use) {
            return use.file == "squeeze.safetensors" || use.file == "vgg.safetensors";
        });
        ASSERT_NE(trunk, unit->info().weights.end()) << spec;
        const bool lpips = std::string(spec).starts_with("lpips");
        const std::string key =
            "metrics.features " + trunk->sha256 + (lpips ? " lpips 0.1 rgb -1..1" : " dists resize 0");
        const auto restored = testing::picture("restored", 96, 80);
        std::vector<double> values;
        for (const bool reused : {true, false}) {
            const auto reference = testing::picture("reference", 96, 80);
            values.push_back(
                *unit->score(ScoredPicture{*restored, reference.get(), "", "", reused}).values.at(0).value);
            bool made_again = false;
            reference->memo<std::vector<at::Tensor>>(key, [&] {
                made_again = true;
                return std::vector<at::Tensor>();
            });
            EXPECT_EQ(made_again, !reused) << spec;
        }
        EXPECT_EQ(values[0], values[1]) << spec;
    }
}

TEST(FeatureMetrics, WrongFilesAreNamed) {
    const auto file = [](const std::string& name) { return (hashed_files() / (name + ".safetensors")).string(); };
    EXPECT_THAT(error_of("lpips:trunk=/nowhere/a.pth,heads=" + file("alex-heads")),
                AllOf(HasSubstr("trunk=/nowhere/a.pth"), HasSubstr("no such file")));
    EXPECT_THAT(error_of(fmt::format("lpips:net=alex,trunk={},heads={}", file("vgg"), file("alex-heads"))),
                AllOf(HasSubstr("vgg.safetensors"), HasSubstr("AlexNet's trunk is expected"),
                      HasSubstr("looks like torchvision's VGG-16")));
    EXPECT_THAT(error_of(fmt::format("lpips:net=alex,trunk={},heads={}", file("alex"), file("vgg-heads"))),
                AllOf(HasSubstr("vgg-heads.safetensors"), HasSubstr("LPIPS's heads for AlexNet")));
    EXPECT_THAT(error_of(fmt::format("lpips:net=alex,trunk={},heads={}", file("alex-heads"), file("alex-heads"))),
                HasSubstr("looks like LPIPS's heads"));
    EXPECT_THAT(error_of(fmt::format("dists:trunk={},weights={}", file("vgg"), file("alex"))),
                HasSubstr("DISTS's alpha and beta is expected"));
    const Scratch scratch;
    std::ofstream(scratch / "cut.pth") << "not a checkpoint";
    EXPECT_THAT(error_of(fmt::format("lpips:trunk={},heads={}", (scratch / "cut.pth").string(), file("alex-heads"))),
                HasSubstr("cut.pth"));
    EXPECT_THAT(error_of("lpips:net=resnet"), HasSubstr("one of alex, vgg, squeeze"));
    EXPECT_THAT(error_of("lpips:rnage=0..1"), HasSubstr("range"));
}

TEST(FeatureMetrics, AFileUnderThePublishedNameMustBeThePublishedOne) {
    const Scratch scratch;
    fs::copy_file(hashed_files() / "alex.safetensors", scratch / "alexnet-owt-7be5be79.pth");
    fs::copy_file(hashed_files() / "alex-heads.safetensors", scratch / "lpips-v0.1-alex.pth");
    try {
        testing::metric("lpips:net=alex", UnitContext{WeightsLocator({scratch.path()})});
        FAIL() << "taken";
    } catch (const NotAvailable&) {
        FAIL() << "a wrong file is there, not a missing one";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("lpips-v0.1-alex.pth"));
    }
}

}  // namespace
}  // namespace bfr
