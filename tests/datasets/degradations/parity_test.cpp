// Every step of four published degradations against values computed by the authors' own operations
// (shared/goldens/faces/degrade.json; its "notes" state conventions and tolerances).
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/sha256.h"
#include "datasets/degradations/degrade.h"
#include "datasets/degradations/kernel.h"
#include "datasets/degradations/presets.h"
#include "tests/support/support.h"
#include "weights/formats/safetensors.h"

namespace bfr {
namespace {

namespace fs = std::filesystem;
using testing::goldens;

Blur blur_of(const Json& kernel) {
    return {kernel["type"] == "iso" ? KernelType::kIso : KernelType::kAniso, kernel["size"], kernel["sigma_x"],
            kernel["sigma_y"], kernel["rotation"]};
}

Jitter jitter_of(const Json& adjustments) {
    const std::map<std::string, JitterKind> kinds{{"brightness", JitterKind::kBrightness},
                                                  {"contrast", JitterKind::kContrast},
                                                  {"saturation", JitterKind::kSaturation},
                                                  {"hue", JitterKind::kHue}};
    Jitter jitter;
    for (const auto& pair : adjustments) jitter.adjustments.emplace_back(kinds.at(pair[0]), pair[1]);
    return jitter;
}

// The step that a case has of one kind of the preset's table, if it has it.
struct StepOfCase {
    const Json& recorded;
    std::optional<Step> operator()(const BlurRange&) const { return blur_of(recorded["kernel"]); }
    std::optional<Step> operator()(const HazeRange&) const {
        if (!recorded.contains("haze")) return std::nullopt;
        return Haze{recorded["haze"]};
    }
    std::optional<Step> operator()(const DownsampleRange&) const {
        return Downsample{recorded["scale"], recorded["small_size"][0], recorded["small_size"][1]};
    }
    std::optional<Step> operator()(const NoiseRange& range) const {
        return Noise{recorded["noise_sigma_255"], range.rule, "degrade/noise", 0};
    }
    std::optional<Step> operator()(const JpegRange&) const {
        return Jpeg{recorded["quality_drawn"], recorded["quality"]};
    }
    std::optional<Step> operator()(const ShiftRange&) const {
        if (!recorded.contains("shift")) return std::nullopt;
        return Shift{recorded["shift"].get<std::array<double, 3>>()};
    }
    std::optional<Step> operator()(const GrayRange&) const {
        if (!recorded.contains("gray")) return std::nullopt;
        return Gray{true};  // the goldens hold the gray reference for every preset
    }
    std::optional<Step> operator()(const JitterRange&) const {
        if (!recorded.contains("jitter")) return std::nullopt;
        return jitter_of(recorded["jitter"]);
    }
    // No case has these; steps_parity_test.cpp does.
    std::optional<Step> operator()(const TranslateRange&) const { return std::nullopt; }
    std::optional<Step> operator()(const UnevenRange&) const { return std::nullopt; }
    std::optional<Step> operator()(const Enlarge& step) const { return step; }
    std::optional<Step> operator()(const Round& step) const { return step; }
};

class Case {
  public:
    Case(const fs::path& folder, const std::string& name)
        : folder_(folder), name_(name), file_(testing::read_json(folder / "degrade.json")) {
        const Json& json = recorded();
        const auto& preset = find_degradation_preset(json["preset"].get<std::string>());
        EXPECT_EQ(json["channels"], preset.channels == ChannelOrder::kRgb ? "RGB" : "BGR");
        clean = read(json["input"]);
        parameters = {preset.name, 1, name, clean.cols, clean.rows, preset.channels, {}};
        for (const auto& range : preset.steps) {
            if (auto step = std::visit(StepOfCase{json}, range)) parameters.steps.push_back(*step);
        }
    }

    const Json& recorded() const { return file_["cases"][name_]; }
    cv::Mat picture(const char* step) const { return read(recorded()["pictures"][step]); }
    cv::Mat in_channel_order(const cv::Mat& bgr) const {
        if (parameters.channels == ChannelOrder::kBgr) return bgr;
        cv::Mat rgb;
        cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
        return rgb;
    }
    NoiseSource noise() const {
        return [name = recorded()["noise_name"].get<std::string>()](const Noise&, std::span<float> values) {
            const auto filled = testing::hash_fill(name, values.size(), -1.7320508f, 1.7320508f);
            std::copy(filled.begin(), filled.end(), values.begin());
        };
    }
    // Every step-th number of a picture against the golden ones.
    void expect_near(const SafetensorsFile& tensors, const std::string& step, const cv::Mat& picture,
                     double tolerance) const {
        const Json& info = recorded()["steps"][step];
        ASSERT_TRUE(info.is_object()) << name_ << " has no step " << step;
        ASSERT_EQ(picture.type(), CV_32FC3);
        ASSERT_EQ(info["shape"], Json({picture.rows, picture.cols, 3})) << name_ << " " << step;
        const auto wanted = to_floats(tensors.at(name_ + "/" + step));
        const size_t every = info["step"];
        ASSERT_EQ(wanted.size(), (picture.total() * 3 + every - 1) / every);
        double worst = 0;
        for (size_t i = 0; i < wanted.size(); i++) {
            worst = std::max<double>(worst, std::abs(wanted[i] - picture.ptr<float>()[i * every]));
        }
        EXPECT_LE(worst, tolerance) << name_ << " " << step;
        const cv::Scalar mean = cv::mean(picture);
        EXPECT_NEAR((mean[0] + mean[1] + mean[2]) / 3, info["mean"].get<double>(), tolerance) << name_ << " " << step;
    }

    cv::Mat clean;
    DegradationParameters parameters;

  private:
    cv::Mat read(const std::string& file) const {
        cv::Mat picture = cv::imread((folder_ / file).string(), cv::IMREAD_COLOR);
        BFR_CHECK(!picture.empty(), "{} can't be read", file);
        return picture;
    }
    fs::path folder_;
    std::string name_;
    Json file_;
};

const char* golden_step(std::string_view seen) {
    if (seen == "gray_reference") return "gray_ground_truth";
    return seen == "noisy8" || seen.starts_with("jpeg") ? nullptr : seen.data();
}

class DegradationParity : public ::testing::TestWithParam<std::string> {
  protected:
    void SetUp() override {
        folder_ = goldens("faces", "degrade.json");
        BFR_SKIP_WITHOUT("goldens/faces", folder_);
        if (folder_->string().starts_with(testing::data_dir().string())) {
            GTEST_SKIP() << "SKIPPED: the goldens' photographs are not in the repository";
        }
        golden_.emplace(*folder_, GetParam());
        tensors_.emplace(SafetensorsFile::open(*folder_ / "degrade.safetensors"));
    }
    std::optional<fs::path> folder_;
    std::optional<Case> golden_;
    std::optional<SafetensorsFile> tensors_;
};

TEST(DegradationKernelParity, MatchesTheGoldens) {
    const auto folder = goldens("faces", "degrade.json");
    BFR_SKIP_WITHOUT("goldens/faces", folder);
    const auto tensors = SafetensorsFile::open(*folder / "degrade.safetensors");
    const Json file = testing::read_json(*folder / "degrade.json");
    ASSERT_EQ(file["cases"].size(), 9);
    for (const auto& [name, recorded] : file["cases"].items()) {
        const std::vector<double> kernel = gaussian_kernel(blur_of(recorded["kernel"]));
        const auto wanted = to_doubles(tensors.at(name + "/kernel"));
        ASSERT_EQ(wanted.size(), (kernel.size() + 2) / 3) << name;
        for (size_t i = 0; i < wanted.size(); i++) {
            ASSERT_NEAR(kernel[3 * i], wanted[i], 1e-12) << name << " " << i;
        }
    }
}

// Floats before the JPEG. 2e-6: filter2D of a large kernel goes by a DFT (OpenCV 4.6 and 5.0 differ by 8e-7).
TEST_P(DegradationParity, FloatsBeforeTheJpeg) {
    bool at_jpeg = false;
    size_t compared = 0;
    cv::Mat noisy, noisy8;
    degrade(golden_->clean, golden_->parameters, golden_->noise(), [&](std::string_view name, const cv::Mat& picture) {
        if (name == "noisy") noisy = picture.clone();
        if (name == "noisy8") {
            noisy8 = picture.clone();
            at_jpeg = true;
        }
        if (at_jpeg) return;
        golden_->expect_near(*tensors_, std::string(name), picture, 2e-6);
        compared++;
    });
    EXPECT_GE(compared, 3u);

    const cv::Mat wanted = golden_->in_channel_order(golden_->picture("noisy8"));
    ASSERT_EQ(noisy8.size(), wanted.size());
    for (size_t i = 0; i < noisy8.total() * 3; i++) {
        const double level = 255.0 * noisy.ptr<float>()[i];
        const double from_half = std::abs(level - std::floor(level) - 0.5);
        const int difference = std::abs(noisy8.data[i] - wanted.data[i]);
        ASSERT_LE(difference, from_half < 1e-3 ? 1 : 0) << "value " << i << ", level " << level;
    }
}

// From the golden 8-bit picture, since one level moves coefficients.
TEST_P(DegradationParity, JpegToTheByte) {
    Degrading state = begin_degrading(golden_->picture("noisy8"), golden_->parameters.channels);
    size_t seen = 0;
    for (const Step& step : golden_->parameters.steps) {
        if (!std::holds_alternative<Jpeg>(step)) continue;
        apply_step(step, state, golden_->noise(), [&](std::string_view name, const cv::Mat& picture) {
            if (name == "noisy8") {
                EXPECT_EQ(cv::norm(picture, state.clean8, cv::NORM_INF), 0);
            } else if (name == "jpeg_file") {
                const std::span<const unsigned char> bytes(picture.data, picture.total());
                EXPECT_EQ(sha256(bytes), golden_->recorded()["jpeg"]["sha256"]);
            } else {
                EXPECT_EQ(cv::norm(picture, golden_->in_channel_order(golden_->picture("jpeg")), cv::NORM_INF), 0);
            }
            seen++;
        });
    }
    EXPECT_EQ(seen, 3u);
}

TEST_P(DegradationParity, FromTheJpegToTheEnd) {
    Degrading state = begin_degrading(golden_->clean, golden_->parameters.channels);
    const Degrading decoded = begin_degrading(golden_->picture("jpeg"), golden_->parameters.channels);
    bool after_jpeg = false;
    size_t compared = 0;
    for (const Step& step : golden_->parameters.steps) {
        if (after_jpeg) {
            apply_step(step, state, golden_->noise(), [&](std::string_view name, const cv::Mat& picture) {
                const char* golden = golden_step(name);
                ASSERT_NE(golden, nullptr);
                golden_->expect_near(*tensors_, golden, picture, 2e-6);
                compared++;
            });
        } else if (std::holds_alternative<Jpeg>(step)) {
            state.picture = decoded.picture;
            after_jpeg = true;
        }
    }
    const Json& steps = golden_->recorded()["steps"];
    const size_t before = 3 + steps.contains("hazed");
    EXPECT_EQ(compared, steps.size() - before) << "a step of the golden was not compared";
    EXPECT_LE(cv::norm(finish_degrading(state).bgr8, golden_->picture("final"), cv::NORM_INF), 1);
}

// 0.5 levels on average: a level that falls to the other side of a half before the JPEG spreads over its block.
TEST_P(DegradationParity, EndToEnd) {
    const DegradedPicture result = degrade(golden_->clean, golden_->parameters, golden_->noise());
    const cv::Mat wanted = golden_->picture("final");
    ASSERT_EQ(result.bgr8.size(), wanted.size());
    EXPECT_LE(cv::norm(result.bgr8, wanted, cv::NORM_L1) / static_cast<double>(wanted.total() * 3), 0.5);
    EXPECT_EQ(result.reference_bgr8.empty(), !golden_->recorded().contains("gray"));
}

INSTANTIATE_TEST_SUITE_P(Cases, DegradationParity,
                         ::testing::Values("vspbfr_a", "vspbfr_b", "gfpgan_a", "gfpgan_b", "gfpgan_c", "codeformer2_a",
                                           "codeformer2_b", "codeformer3_a", "codeformer3_b"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace bfr
