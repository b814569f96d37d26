// What instances of VSPBFR with equal files share, and that nobody can tell from the results.
#include <ATen/record_function.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <opencv2/core.hpp>
#include <set>
#include <thread>

#include "restore/restorer.h"
#include "restore/vspbfr/stages.h"
#include "tests/restore/compact_vspbfr.h"

namespace bfr {
namespace {

using testing::CompactVspbfr;

// Tensor operations that this thread calls.
class Operations {
  public:
    Operations() {
        count_ = 0;
        handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback([](const at::RecordFunction&) {
                                                 count_++;
                                                 return std::unique_ptr<at::ObserverContext>();
                                             }).scopes({at::RecordScope::FUNCTION}));
    }
    ~Operations() { at::removeCallback(handle_); }
    Operations(const Operations&) = delete;
    Operations& operator=(const Operations&) = delete;
    int count() const { return count_; }

  private:
    static thread_local int count_;
    at::CallbackHandle handle_;
};
thread_local int Operations::count_ = 0;

class VspbfrSharing : public ::testing::Test {
  protected:
    static void SetUpTestSuite() { files_ = new CompactVspbfr; }
    static void TearDownTestSuite() {
        delete files_;
        files_ = nullptr;
    }
    static std::unique_ptr<Restorer> make(const std::string& options,
                                          const std::filesystem::path& folder = files_->folder.path()) {
        Spec spec = Spec::parse("vspbfr" + (options.empty() ? "" : ":" + options));
        spec.set("files", folder.string());
        return restorers().make(spec, UnitContext());
    }
    static ImagePtr face(int shade = 0) {
        cv::Mat bgr(CompactVspbfr::kSize, CompactVspbfr::kSize, CV_8UC3);
        for (int y = 0; y < bgr.rows; y++) {
            for (int x = 0; x < bgr.cols; x++) {
                bgr.at<cv::Vec3b>(y, x) = {static_cast<uchar>(4 * x), static_cast<uchar>(4 * y),
                                           static_cast<uchar>(90 + shade)};
            }
        }
        return Image::from_bgr8(bgr, "face");
    }
    static std::string pixels(const Restorer& method, const Image& face) {
        return method.restore({face, "a", 1}).image->sha256();
    }
    static int operations(const Restorer& method, const Image& face) {
        const Operations counted;
        pixels(method, face);
        return counted.count();
    }
    static std::unique_ptr<vspbfr::Stages> stages(const std::filesystem::path& folder, const std::string& hash) {
        const vspbfr::Files files = {folder / "style_encoder_decoder.pt", folder / "code_diffuser.pt",
                                     folder / "restoration_net.pt"};
        const std::vector<WeightsUse> uses = {{"style", hash, 0, false}};
        return std::make_unique<vspbfr::Stages>(files, uses, vspbfr::PipelineOptions(), "none", 1);
    }

    static CompactVspbfr* files_;
};
CompactVspbfr* VspbfrSharing::files_ = nullptr;

TEST_F(VspbfrSharing, ArmsAreBitIdenticalToWhatEachGivesAlone) {
    const std::vector<std::string> options = {"",
                                              "steps=1",
                                              "steps=8",
                                              "stop_after=4",
                                              "stop_after=1",
                                              "mixing=0",
                                              "mixing=1",
                                              "noise=zero",
                                              "prompt=degraded",
                                              "prompt=none",
                                              "samples=3",
                                              "samples=2,mixing=1",
                                              "resize=bicubic"};
    std::vector<std::string> alone;
    for (const auto& one : options) alone.push_back(pixels(*make(one), *face()));
    std::vector<std::unique_ptr<Restorer>> arms;
    for (const auto& one : options) arms.push_back(make(one));
    const ImagePtr shared = face();
    for (size_t i = 0; i < arms.size(); i++) EXPECT_EQ(pixels(*arms[i], *shared), alone[i]) << options[i];
    // Also where the shared features were used up, and on another face.
    for (size_t i = arms.size(); i-- > 0;) EXPECT_EQ(pixels(*arms[i], *shared), alone[i]) << options[i];
    EXPECT_NE(pixels(*arms[0], *face(40)), alone[0]);
    // stop_after=4, resize (the face has the size) and one of the mixings say nothing new.
    EXPECT_EQ(std::set<std::string>(alone.begin(), alone.end()).size(), options.size() - 3);
}

TEST_F(VspbfrSharing, NetworksAreLoadedOnceForEqualFiles) {
    const testing::Scratch copies;
    std::filesystem::copy(files_->folder.path(), copies / "copy", std::filesystem::copy_options::recursive);
    const auto first = stages(files_->folder.path(), "equal"), second = stages(copies / "copy", "equal"),
               other = stages(copies / "copy", "other");
    EXPECT_EQ(&first->networks(), &second->networks());
    EXPECT_NE(&first->networks(), &other->networks());
    EXPECT_EQ(make("")->info().weights[0].sha256, make("", copies / "copy")->info().weights[0].sha256);
}

TEST_F(VspbfrSharing, AFaceIsEncodedOnceForAllArms) {
    const auto one = make("steps=1"), eight = make("steps=8");
    const ImagePtr shared = face();
    const int alone = operations(*eight, *face());
    operations(*one, *shared);
    EXPECT_LT(operations(*eight, *shared), alone);
    EXPECT_EQ(operations(*eight, *face(40)), alone);  // another face
}

TEST_F(VspbfrSharing, FeaturesAreSharedUntilTheLastUserHasThem) {
    const auto base = make("mixing=0"), mixed = make("mixing=1"), noiseless = make("mixing=1,noise=zero");
    const ImagePtr shared = face();
    operations(*noiseless, *shared);  // the same codes, other features
    operations(*base, *shared);
    const int with_features = operations(*mixed, *shared), without = operations(*mixed, *shared);
    EXPECT_LT(with_features, without);
}

TEST_F(VspbfrSharing, FeaturesThatNobodyElseNeedsAreNotKept) {
    const auto base = make("mixing=0");
    make("mixing=1").reset();
    const ImagePtr shared = face();
    operations(*base, *shared);
    const auto mixed = make("mixing=1");
    const int made = operations(*mixed, *shared), taken = operations(*mixed, *shared);
    EXPECT_GT(made, taken);
}

TEST_F(VspbfrSharing, TheTimeOfAnArmCountsWhatItTookFromOthers) {
    const ImagePtr shared = face();
    constexpr double kWait = 0.3;
    const auto timed = stages(files_->folder.path(), "timed");
    int made = 0;
    for (int i = 0; i < 2; i++) {
        vspbfr::StageClock clock;
        timed->encode(
            *shared,
            [&] {
                made++;
                std::this_thread::sleep_for(std::chrono::duration<double>(kWait));
                return shared->rgb01();
            },
            clock);
        EXPECT_GE(clock.seconds(), kWait) << i;
        EXPECT_LT(clock.seconds(), 2 * kWait) << i;
    }
    EXPECT_EQ(made, 1);
    EXPECT_GT(make("")->restore({*shared, "a", 1}).seconds, 0);
}

TEST_F(VspbfrSharing, EveryArmStartsFromTheSameNoise) {
    const auto start = [](const std::string& options) {
        const Restored restored = make(options)->restore({*face(), "a", 1});
        return restored.details.value("x_T_sha256", "none");
    };
    const std::string base = start("");
    EXPECT_EQ(base.size(), 64U);
    for (const char* options : {"steps=1", "steps=8", "stop_after=2", "noise=zero", "mixing=1", "samples=3"})
        EXPECT_EQ(start(options), base) << options;
    EXPECT_EQ(start("prompt=degraded"), "none");
    EXPECT_NE(make("")->restore({*face(), "b", 1}).details["x_T_sha256"], base);
    EXPECT_NE(make("")->restore({*face(), "a", 2}).details["x_T_sha256"], base);
}

}  // namespace
}  // namespace bfr
