// Metrics that are TorchScript modules: tests/data/torchscript, and what PyTorch gave for them (export.py there).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/metrics/support.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::unique_ptr<ImageMetric> make(const std::string& name, const std::vector<std::string>& options = {}) {
    Spec spec("torchscript");
    spec.set("file", (testing::data_dir() / "torchscript" / (name + ".pt")).string());
    for (size_t i = 0; i + 1 < options.size(); i += 2) spec.set(options[i], options[i + 1]);
    UnitContext context;
    context.allow_commands = true;
    return metrics().make(spec, context);
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

ImagePtr picture_of(const Json& expected, int k) {
    const int width = expected["width"], height = expected["height"];
    cv::Mat bgr(height, width, CV_8UC3);
    for (int c = 0; c < 3; c++) {
        for (int i = 0; i < width * height; i++) {
            const auto at = static_cast<size_t>((k * 3 + c) * width * height + i);
            bgr.data[3 * i + 2 - c] = expected["levels_rgb"][at].get<unsigned char>();
        }
    }
    return Image::from_bgr8(bgr, "p");
}

class TorchScriptMetricParity : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Exported, TorchScriptMetricParity, ::testing::Values("1.13", "2.13"));

TEST_P(TorchScriptMetricParity, GivesWhatPytorchGaveInBothOrders) {
    const Json expected =
        testing::read_json(testing::data_dir() / "torchscript" / ("expected-" + GetParam() + ".json"));
    const ImagePtr restored = picture_of(expected, 0), reference = picture_of(expected, 1);
    const auto value = [&](const std::vector<std::string>& options, const Image& a, const Image& b) {
        return make("metric-" + GetParam(), options)->score(a, &b).values.at(0).value.value();
    };
    const double right = expected["metric"], swapped = expected["metric_swapped"];
    EXPECT_GT(std::abs(right - swapped), 1e-3);
    EXPECT_NEAR(value({}, *restored, *reference), right, 1e-5);
    EXPECT_NEAR(value({"order", "reference-first"}, *restored, *reference), swapped, 1e-5);
}

TEST(TorchScriptMetric, DescribesItself) {
    const auto unit = make("metric-2.13", {"direction", "lower", "unit", "bit", "name", "mine"});
    EXPECT_EQ(unit->info().label, "torchscript:name=mine");
    EXPECT_EQ(unit->info().values.at(0).direction, Direction::kLowerIsBetter);
    EXPECT_EQ(unit->info().values.at(0).unit, "bit");
    EXPECT_EQ(unit->info().weights.at(0).file, "metric-2.13.pt");
    EXPECT_TRUE(unit->info().needs_reference);
    EXPECT_FALSE(unit->info().imported);
}

TEST(TorchScriptMetric, RefusesOtherSizesAndOtherThings) {
    const auto small = testing::picture("a", 20, 20), large = testing::picture("b", 24, 20);
    EXPECT_THAT(failure([&] { make("metric-1.13")->score(*small, large.get()); }),
                AllOf(HasSubstr("20x20"), HasSubstr("24x20")));
    // Neither does a resize make them alike.
    EXPECT_THAT(failure([&] {
                    make("metric-1.13", {"size", "16", "resize", "bilinear"})->score(*small, large.get());
                }),
                HasSubstr("one size"));
    EXPECT_THAT(failure([&] {
                    make("restorer-1.13", {"reference", "none"})->score(*small, nullptr);
                }),
                HasSubstr("1200 numbers, not one"));
    EXPECT_THAT(failure([&] { make("restorer-1.13"); }), HasSubstr("2 tensors"));
    EXPECT_THAT(failure([&] { make("draws", {"reference", "none"}); }), HasSubstr("draws random numbers"));
    EXPECT_THAT(failure([&] {
                    make("metric-1.13", {"reference", "none", "order", "reference-first"});
                }),
                HasSubstr("needs a reference"));
    EXPECT_THAT(failure([&] { make("state-dict"); }), HasSubstr("is a checkpoint"));
}

}  // namespace
}  // namespace bfr
