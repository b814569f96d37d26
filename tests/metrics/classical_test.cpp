// VIF, FSIM, GMSD and NIQE: the tools' values, and what must hold without any tool.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <opencv2/core.hpp>
#include <thread>

#include "tests/metrics/support.h"
#include "tests/support/support.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr {
namespace {

using ::testing::HasSubstr;
using testing::picture;
using testing::score;
using testing::value;

CheckpointTensor doubles(const std::string& path, const std::vector<double>& values, std::vector<int64_t> shape) {
    std::vector<std::byte> bytes(values.size() * sizeof(double));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    auto storage = std::make_shared<TensorStorage>(TensorStorage{FileBytes::own(std::move(bytes), path)});
    auto strides = dense_strides(shape);
    return {path, {DType::kF64, std::move(shape), std::move(strides), 0, std::move(storage)}};
}

// NIQE's parameters as a file: the goldens' made-up ones.
class NiqeParameters {
  public:
    NiqeParameters() : golden_(testing::read_json(testing::data_dir() / "goldens" / "metrics" / "pyiqa.json")) {
        write(golden_["niqe_mean"].get<std::vector<double>>());
    }
    void write(const std::vector<double>& mean) const {
        const auto variances = golden_["niqe_variances"].get<std::vector<double>>();
        std::vector<double> covariance(variances.size() * variances.size(), 0.0);
        for (size_t i = 0; i < variances.size(); i++) covariance[i * variances.size() + i] = variances[i];
        const auto n = static_cast<int64_t>(variances.size());
        write_safetensors(file(),
                          {doubles("mu_pris_param", mean, {static_cast<int64_t>(mean.size())}),
                           doubles("cov_pris_param", covariance, {n, n})},
                          std::nullopt);
    }
    std::filesystem::path file() const { return scratch_ / "parameters.safetensors"; }
    std::string spec(const std::string& base = "niqe") const {
        return fmt::format("{}{}weights=\"{}\"", base, base.find(':') == std::string::npos ? ":" : ",",
                           file().string());
    }
    const Json& golden() const { return golden_; }

  private:
    testing::Scratch scratch_;
    Json golden_;
};

// tests/data/goldens/metrics/make_pyiqa.py has the same.
cv::Mat generated(const std::string& name, int width, int height) {
    const int across = width / 16 + 1, down = height / 16 + 1;
    const auto tiles = testing::hash_fill(name + "/tiles", static_cast<size_t>(across * down * 3), 0, 256);
    const auto grain = testing::hash_fill(name + "/grain", static_cast<size_t>(width * height * 3), 0, 256);
    cv::Mat bgr(height, width, CV_8UC3);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            for (int c = 0; c < 3; c++) {
                const int tile = static_cast<int>(tiles[static_cast<size_t>((y / 16 * across + x / 16) * 3 + c)]);
                const int fine = static_cast<int>(grain[static_cast<size_t>((y * width + x) * 3 + c)]);
                bgr.ptr(y)[3 * x + c] =
                    static_cast<uchar>((3 * tile + 3 * ((x + 2 * y + 40 * c) % 256) + 2 * fine) / 8);
            }
        }
    }
    return bgr;
}

double tolerance_of(const std::string& spec) {
    // Single precision there; in double both sides differ by the order of sums.
    return spec.starts_with("fsim") || spec == "gmsd" ? 2e-6 : spec == "vif" ? 1e-10 : 1e-6;
}

TEST(ClassicalParity, PyiqaAndBasicsrOnGeneratedPictures) {
    const NiqeParameters parameters;
    double worst = 0;
    for (const Json& one : parameters.golden()["pairs"]) {
        const int width = one["width"], height = one["height"];
        const cv::Mat a = generated("a", width, height), other = generated("b", width, height);
        cv::Mat b(a.size(), CV_8UC3);
        for (size_t i = 0; i < a.total() * 3; i++) b.data[i] = static_cast<uchar>((3 * a.data[i] + other.data[i]) / 4);
        const auto reference = Image::from_bgr8(a, "a"), restored = Image::from_bgr8(b, "b");
        EXPECT_EQ(one["values"].size(), 6U);
        for (const auto& [name, expected] : one["values"].items()) {
            SCOPED_TRACE(fmt::format("{} of {}x{}", name, width, height));
            const std::string spec = name.starts_with("niqe") ? parameters.spec(name) : name;
            if (expected.is_null()) {
                EXPECT_THROW(score(spec, *restored, *reference), Error);
                continue;
            }
            const double wanted = expected, found = value(spec, *restored, *reference);
            EXPECT_NEAR(found, wanted, tolerance_of(name) * std::abs(wanted));
            worst = std::max(worst, std::abs(found / wanted - 1) / tolerance_of(name));
        }
    }
    std::printf("  worst: %.2f of the tolerance\n", worst);
}

// tests/data/goldens/metrics/make_bfrbench.py: BFRBench's own ssim.py as its main.py calls it.
TEST(ClassicalParity, MsSsimOfBfrbench) {
    const Json golden = testing::read_json(testing::data_dir() / "goldens" / "metrics" / "bfrbench.json");
    size_t without = 0;
    for (const Json& one : golden["pairs"]) {
        const int width = one["width"], height = one["height"];
        SCOPED_TRACE(fmt::format("{}x{}", width, height));
        const cv::Mat a = generated("a", width, height), other = generated("b", width, height);
        cv::Mat b(a.size(), CV_8UC3);
        for (size_t i = 0; i < a.total() * 3; i++) {
            b.data[i] = static_cast<uchar>((3 * a.data[i] + other.data[i]) / 4);
            if (one["negated"]) b.data[i] = static_cast<uchar>(255 - b.data[i]);
        }
        const auto reference = Image::from_bgr8(a, "a"), restored = Image::from_bgr8(b, "b");
        const Score found = score("ms_ssim:convention=bfrbench", *restored, *reference);
        if (one["double"].is_null()) {
            without++;
            EXPECT_FALSE(found.value);
            EXPECT_NE(found.reason.find("the script's own value is nan"), std::string::npos) << found.reason;
            continue;
        }
        ASSERT_TRUE(found.value) << found.reason;
        // the script's weights are in single precision, and all of it unless it is made double
        EXPECT_NEAR(*found.value, one["double"].get<double>(), 1e-7 * *found.value);
        EXPECT_NEAR(*found.value, one["single"].get<double>(), 1e-5 * *found.value);
    }
    EXPECT_GT(without, 0U);
    EXPECT_LT(without, golden["pairs"].size());
}

const std::vector<std::string> kPaired = {"vif", "fsim", "fsim:chroma=false", "gmsd"};

TEST(Classical, EqualPictures) {
    const auto a = picture("a", 192, 208), same = testing::fresh(*a);
    EXPECT_NEAR(value("vif", *same, *a), 1, 1e-9);
    EXPECT_NEAR(value("fsim", *same, *a), 1, 1e-6) << "an epsilon in its denominators";
    EXPECT_NEAR(value("fsim:chroma=false", *same, *a), 1, 1e-6);
    EXPECT_EQ(value("gmsd", *same, *a), 0);
}

TEST(Classical, WorseWithNoise) {
    const auto reference = picture("a", 192, 208);
    for (const auto& spec : kPaired) {
        const double sign = spec == "gmsd" ? -1 : 1;
        double before = INFINITY;
        for (const double amount : {3, 8, 20, 50, 120}) {
            const double now = sign * value(spec, *testing::noisy(*reference, amount), *reference);
            EXPECT_LT(now, before) << spec << ", noise of " << amount;
            before = now;
        }
    }
}

TEST(Classical, SwappedPictures) {
    const auto a = picture("a", 192, 208), b = testing::noisy(*a, 30);
    for (const std::string spec : {"fsim", "fsim:chroma=false", "gmsd"})
        EXPECT_NEAR(value(spec, *a, *b), value(spec, *b, *a), 1e-12) << spec;
    EXPECT_GT(std::abs(value("vif", *a, *b) - value("vif", *b, *a)), 1e-3)
        << "the reference's information is the measure";
}

TEST(Classical, MirroredAndTransposedPictures) {
    const auto a = picture("a", 192, 208), b = testing::noisy(*a, 30);
    for (const int code : {0, 1}) {
        EXPECT_NEAR(value("gmsd", *testing::flipped(*b, code), *testing::flipped(*a, code)), value("gmsd", *b, *a),
                    1e-7);
        // The filters at a side's highest frequency have no mirror image.
        EXPECT_NEAR(value("fsim", *testing::flipped(*b, code), *testing::flipped(*a, code)), value("fsim", *b, *a),
                    1e-4);
    }
    const auto transposed = [](const Image& image) {
        cv::Mat turned;
        cv::transpose(image.bgr8(), turned);
        return Image::from_bgr8(turned, "transposed");
    };
    // Its two orientations are each other's transposes; its places at every third pixel leave no room for mirrors.
    EXPECT_NEAR(value("vif", *transposed(*b), *transposed(*a)), value("vif", *b, *a), 1e-11);
}

TEST(Classical, MemoAndThreadsChangeNothing) {
    const NiqeParameters parameters;
    auto specs = kPaired;
    specs.push_back(parameters.spec());
    specs.push_back(parameters.spec("niqe:convention=pyiqa"));
    for (const auto& spec : specs) {
        const auto reference = picture("a", 200, 208), restored = testing::noisy(*reference, 30);
        const double first = value(spec, *restored, *reference);
        const auto unit = testing::metric(spec);
        std::array<double, 4> found{};
        std::vector<std::thread> threads;
        for (double& one : found)
            threads.emplace_back(
                [&] { one = *unit->score(*testing::fresh(*restored), reference.get()).values[0].value; });
        for (auto& thread : threads) thread.join();
        for (const double one : found) EXPECT_EQ(one, first) << spec;
    }
}

TEST(Classical, ConstantPicturesAreNoNaN) {
    const NiqeParameters parameters;
    const auto gray = testing::constant(192, 192, 90), white = testing::constant(192, 192, 255),
               other = picture("a", 192, 192);
    EXPECT_NEAR(value("vif", *gray, *other), 0, 1e-9) << "nothing of the reference is left";
    EXPECT_THAT(score("vif", *other, *gray).reason, HasSubstr("the reference has no detail"));
    EXPECT_THAT(score("fsim", *gray, *other).reason, HasSubstr("the restored picture is one level"));
    EXPECT_THAT(score("fsim", *other, *white).reason, HasSubstr("the reference is one level"));
    EXPECT_GT(value("gmsd", *gray, *white), 0) << "zeros beyond the border are its only gradients";
    EXPECT_EQ(value("gmsd", *gray, *testing::constant(192, 192, 90)), 0);
    EXPECT_TRUE(std::isfinite(value("gmsd", *gray, *other)));
    for (const std::string base : {"niqe", "niqe:convention=pyiqa"})
        EXPECT_THAT(score(parameters.spec(base), *white, *white).reason, HasSubstr("undefined")) << base;
}

TEST(Classical, GrayPicturesHaveNoColourToDifferIn) {
    const auto a = picture("a", 192, 192), b = testing::noisy(*a, 30);
    const auto gray = [](const Image& image) {
        cv::Mat one, three;
        cv::extractChannel(image.bgr8(), one, 1);
        cv::merge(std::vector<cv::Mat>{one, one, one}, three);
        return Image::from_bgr8(three, "gray");
    };
    EXPECT_NEAR(value("fsim", *gray(*b), *gray(*a)), value("fsim:chroma=false", *gray(*b), *gray(*a)), 1e-5);
}

TEST(Classical, SmallestPictures) {
    const NiqeParameters parameters;
    struct Case {
        std::string spec;
        int width, height;
        std::string needs;
    };
    const Case cases[] = {{"vif", 33, 33, "at least 33 pixels"},
                          {"gmsd", 4, 4, "at least 4 pixels"},
                          {"fsim", 2, 2, "at least 2 pixels"},
                          {parameters.spec(), 96, 192, "96 pixels on one side and 192 on the other"},
                          {parameters.spec("niqe:crop=3"), 102, 198, "less 3 pixels at each border"},
                          {parameters.spec("niqe:convention=pyiqa"), 96, 96, "96 pixels a side"}};
    for (const auto& [spec, width, height, needs] : cases) {
        const auto a = picture("a", width, height), b = testing::noisy(*a, 20);
        EXPECT_TRUE(score(spec, *b, *a).value.has_value()) << spec;
        for (const bool wide : {false, true}) {
            const auto small = picture("a", width - (wide ? 1 : 0), height - (wide ? 0 : 1));
            try {
                score(spec, *testing::noisy(*small, 20), *small);
                ADD_FAILURE() << spec << " took " << small->width() << "x" << small->height();
            } catch (const Error& error) {
                EXPECT_THAT(error.what(), HasSubstr("too small"));
                EXPECT_THAT(error.what(), HasSubstr(needs));
            }
        }
    }
}

TEST(Niqe, NeedsNoReferenceAndScoresWholeBlocksAlone) {
    const NiqeParameters parameters;
    const auto unit = testing::metric(parameters.spec());
    EXPECT_FALSE(unit->info().needs_reference);
    const auto a = picture("a", 230, 200);
    const auto whole = Image::from_bgr8(a->bgr8()(cv::Rect(0, 0, 192, 192)).clone(), "whole blocks");
    EXPECT_EQ(unit->score(*a, nullptr).values[0].value, unit->score(*whole, nullptr).values[0].value);
}

// A flat block counts in neither the covariance nor, for what can't be fitted, the mean.
TEST(Niqe, FlatBlocksAreLeftOut) {
    const NiqeParameters parameters;
    const auto a = picture("a", 288, 192);
    cv::Mat partly = a->bgr8().clone();
    partly(cv::Rect(96, 0, 96, 192)) = cv::Scalar::all(255);
    const double found = value(parameters.spec(), *Image::from_bgr8(partly, "partly"), *a);
    EXPECT_TRUE(std::isfinite(found));
    partly(cv::Rect(0, 0, 288, 96)) = cv::Scalar::all(255);
    partly(cv::Rect(0, 0, 192, 192)) = cv::Scalar::all(255);
    EXPECT_THAT(score(parameters.spec(), *Image::from_bgr8(partly, "one block"), *a).reason, HasSubstr("of 6 blocks"));
}

TEST(Niqe, FilesOfParameters) {
    const NiqeParameters parameters;
    parameters.write({1, 2, 3});
    const auto error_of = [](const std::string& spec) -> std::string {
        try {
            testing::metric(spec);
        } catch (const std::exception& error) {
            return error.what();
        }
        return "no error";
    };
    EXPECT_THAT(error_of(parameters.spec()), HasSubstr("mu_pris_param must hold 36 numbers"));
    EXPECT_THAT(error_of("niqe:weights=nowhere.npz"), HasSubstr("nowhere.npz: there is no such file"));
    std::vector<double> mean(36, 1.0);
    mean[7] = NAN;
    parameters.write(mean);
    EXPECT_THAT(error_of(parameters.spec()), HasSubstr("no number"));
}

}  // namespace
}  // namespace bfr
