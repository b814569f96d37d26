// A compact VSPBFR: the pipeline, not the networks' values (tests/nets has those).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <opencv2/core.hpp>

#include "restore/restorer.h"
#include "restore/vspbfr/pipeline.h"
#include "tests/restore/compact_vspbfr.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kSize = testing::CompactVspbfr::kSize;
const UnitContext kContext;

class Vspbfr : public ::testing::Test {
  protected:
    static void SetUpTestSuite() { files_ = new testing::CompactVspbfr; }
    static void TearDownTestSuite() {
        delete files_;
        files_ = nullptr;
    }
    static std::string folder() { return files_->folder.path().string(); }
    static std::unique_ptr<Restorer> make(const std::map<std::string, std::string>& options = {}) {
        Spec spec("vspbfr");
        spec.set("files", folder());
        for (const auto& [key, value] : options) spec.set(key, value);
        return restorers().make(spec, kContext);
    }
    static ImagePtr face(int side = kSize, int shade = 0) {
        cv::Mat bgr(side, side, CV_8UC3);
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                bgr.at<cv::Vec3b>(y, x) = {static_cast<uchar>(4 * x + shade), static_cast<uchar>(4 * y), 90};
            }
        }
        return Image::from_bgr8(bgr, "face");
    }
    static cv::Mat restored(const Restorer& method, const Image& face, const std::string& id = "a", uint64_t seed = 1) {
        return method.restore({face, id, seed}).image->bgr8();
    }
    static double difference(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF); }

    static testing::CompactVspbfr* files_;
};
testing::CompactVspbfr* Vspbfr::files_ = nullptr;

TEST_F(Vspbfr, IsAFunctionOfSeedSampleAndPicture) {
    const auto method = make(), again = make();
    const auto first = restored(*method, *face());
    EXPECT_EQ(first.size(), cv::Size(kSize, kSize));
    EXPECT_EQ(difference(first, restored(*again, *face())), 0);
    restored(*method, *face(kSize, 40), "b", 7);  // nothing of one sample reaches the next
    EXPECT_EQ(difference(first, restored(*method, *face())), 0);
    EXPECT_GT(difference(first, restored(*method, *face(), "a", 2)), 0);
    EXPECT_GT(difference(first, restored(*method, *face(), "b", 1)), 0);
    EXPECT_GT(difference(first, restored(*method, *face(kSize, 40))), 0);
}

TEST_F(Vspbfr, SaysWhatItIs) {
    const auto method = make();
    const auto& info = method->info();
    EXPECT_TRUE(info.draws);
    EXPECT_EQ(info.weights.size(), 3U);
    EXPECT_GT(*info.parameters, 1000);
    EXPECT_THAT(info.convention, AllOf(HasSubstr("32x32"), HasSubstr("4 steps")));
    EXPECT_EQ(info.label.find("off-distribution"), std::string::npos);
    const auto eight = make({{"steps", "8"}});
    const auto& other = eight->info();
    EXPECT_THAT(other.label, HasSubstr("[off-distribution]"));
    EXPECT_THAT(other.convention, HasSubstr("trained for 4"));
}

TEST_F(Vspbfr, RunsOnADeviceThatIsThereOrNotAtAll) {
    EXPECT_EQ(make()->info().device, "cpu");
    Spec spec("vspbfr");
    spec.set("files", folder());
    UnitContext context = kContext;
    context.device = "cuda";
    try {
        EXPECT_EQ(restorers().make(spec, context)->info().device, "cuda");  // where there is one
    } catch (const NotAvailable& error) {
        EXPECT_THAT(error.reason(), HasSubstr("device cuda"));
    }
}

TEST_F(Vspbfr, ReducedPrecisionSaysWhatItCosts) {
    const auto full = make();
    std::unique_ptr<Restorer> reduced;
    try {
        reduced = make({{"precision", "bf16"}});
    } catch (const NotAvailable& error) {
        GTEST_SKIP() << "SKIPPED: " << error.what();
    }
    EXPECT_THAT(reduced->info().label, HasSubstr("precision=bf16"));
    EXPECT_THAT(reduced->info().convention, AllOf(HasSubstr("bfloat16"), HasSubstr("levels in the mean")));
    EXPECT_THAT(full->info().convention, ::testing::Not(HasSubstr("bfloat16")));
    const auto wanted = restored(*full, *face()), found = restored(*reduced, *face());
    EXPECT_GT(difference(wanted, found), 0);
    // A number of bfloat16 has eight binary digits; the compact networks' pictures use much of the range of levels.
    EXPECT_LE(cv::norm(wanted, found, cv::NORM_L1) / static_cast<double>(wanted.total() * 3), 3);
    EXPECT_EQ(difference(found, restored(*make({{"precision", "bf16"}}), *face())), 0);
}

TEST_F(Vspbfr, OptionsChangeTheResult) {
    const auto base = restored(*make(), *face());
    for (const std::map<std::string, std::string>& options :
         std::vector<std::map<std::string, std::string>>{{{"steps", "2"}},
                                                         {{"stop_after", "1"}},
                                                         {{"prompt", "degraded"}},
                                                         {{"prompt", "none"}},
                                                         {{"noise", "zero"}}}) {
        EXPECT_GT(difference(base, restored(*make(options), *face())), 0) << options.begin()->first;
    }
    EXPECT_EQ(difference(base, restored(*make({{"stop_after", "4"}}), *face())), 0);
}

TEST_F(Vspbfr, EveryNumberOfStepsStartsFromOneCode) {
    const at::NoGradGuard no_grad;
    const auto networks = vspbfr::load_networks(testing::vspbfr_files(files_->folder.path()));
    const auto encoded = vspbfr::encode(*networks, face()->rgb01());
    const vspbfr::DrawId id{1, "a", 0};
    const at::Tensor x_t = vspbfr::draw_normal(id, "x_T", {1, networks->codes, networks->width});
    for (const int steps : {1, 8}) {
        const auto result = vspbfr::restore_face(*networks, encoded, {.steps = steps}, id);
        const at::Tensor codes = nets::sample_codes(*networks->diffuser, nets::CodeSchedule(steps), x_t, encoded.codes);
        EXPECT_TRUE(at::equal(result.prompt.codes, codes)) << steps;
        EXPECT_TRUE(at::equal(result.prompt.start, x_t)) << steps;
    }
}

TEST_F(Vspbfr, PreviewsOfEachStepHaveThePicturesSize) {
    const auto networks = vspbfr::load_networks(testing::vspbfr_files(files_->folder.path()));
    const auto encoded = vspbfr::encode(*networks, face()->rgb01());
    const auto prompt = vspbfr::make_prompt(*networks, encoded, {.steps = 3}, {1, "a", 0});
    EXPECT_EQ(prompt.predicted.size(), 3U);
    EXPECT_TRUE(at::equal(prompt.predicted.back(), prompt.codes));
    for (const auto& codes : prompt.predicted) {
        EXPECT_EQ(vspbfr::preview(*networks, codes, {}, {1, "a", 0}).sizes().vec(),
                  (std::vector<int64_t>{1, 3, kSize, kSize}));
    }
}

TEST_F(Vspbfr, SeveralSamplesAreAveraged) {
    const auto one = make(), several = make({{"samples", "6"}});
    const Restored mean = several->restore({*face(), "a", 1});
    EXPECT_GT(mean.details.at("diversity").get<double>(), 0);
    EXPECT_GT(difference(mean.image->bgr8(), restored(*one, *face())), 0);
}

// The authors' writer: clamp to [-1, 1], bring to [0, 1], x 255 + 0.5, truncate. A network whose picture is the last
// layer's bias gives any value.
TEST_F(Vspbfr, WritesEightBitsAsTheAuthorsDo) {
    const testing::Scratch scratch;
    const auto level = [](double value) { return static_cast<float>(2 * value / 255 - 1); };
    const std::vector<std::pair<float, int>> values = {
        {level(0), 0},         {level(0.498), 0},     {level(0.502), 1},
        {level(100.498), 100}, {level(100.502), 101}, {level(254.498), 254},
        {level(254.502), 255}, {level(255), 255},     {-7.0F, 0},
        {7.0F, 255},           {0.0F, 128},           {level(1), 1}};
    for (size_t first = 0; first < values.size(); first += 3) {
        auto tensors = testing::compact_vspbfr_tensors();
        for (auto& tensor : tensors.restoration) {
            if (!tensor.path.starts_with("g_ema.to_rgb")) continue;
            at::Tensor filled = at::zeros(tensor.stored.shape);
            if (tensor.path == "g_ema.to_rgbs.2.bias") {
                for (size_t c = 0; c < 3; c++) filled.view(-1)[static_cast<int64_t>(c)] = values[first + c].first;
            }
            if (tensor.path.ends_with("bias") || tensor.path.ends_with("conv.weight"))
                tensor = testing::stored(tensor.path, filled);
        }
        testing::write_vspbfr(scratch.path(), tensors);
        const cv::Mat bgr = restored(*make({{"files", scratch.path().string()}}), *face());
        for (size_t c = 0; c < 3; c++) {
            const auto [value, expected] = values[first + c];
            EXPECT_EQ(bgr.at<cv::Vec3b>(9, 7)[2 - static_cast<int>(c)], expected) << value;
        }
    }
}

TEST_F(Vspbfr, AnotherSizeIsRefusedOrResized) {
    const auto method = make();
    EXPECT_THAT([&] { restored(*method, *face(48)); },
                ::testing::ThrowsMessage<Error>(
                    AllOf(HasSubstr("32x32"), HasSubstr("--align --paste"), HasSubstr("resize=bicubic"))));
    const auto resizing = make({{"resize", "bicubic"}});
    EXPECT_EQ(restored(*resizing, *face(48)).cols, kSize);
    EXPECT_THAT(resizing->info().convention, HasSubstr("left in this size"));
    EXPECT_EQ(resizing->info().side, kSize);
}

}  // namespace
}  // namespace bfr
