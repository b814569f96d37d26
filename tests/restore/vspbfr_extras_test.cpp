// What VSPBFR leaves beside its pictures, and what it says that it costs.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <opencv2/core.hpp>

#include "restore/restorer.h"
#include "restore/vspbfr/pipeline.h"
#include "tests/restore/compact_vspbfr.h"
#include "weights/state_dict/state_dict.h"

namespace bfr {
namespace {

using testing::CompactVspbfr;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kSize = CompactVspbfr::kSize, kWidth = CompactVspbfr::kWidth;
const UnitContext kContext;

StateDict tensors_in(const Extra& extra) {
    const auto& bytes = std::get<std::vector<unsigned char>>(extra.content);
    const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
    return tensors_below(parse_checkpoint(FileBytes::own({first, first + bytes.size()}, extra.name)), "");
}

const cv::Mat& picture_of(const Extra& extra) { return std::get<ImagePtr>(extra.content)->bgr8(); }

bool equal(const cv::Mat& a, const cv::Mat& b) { return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0; }

class VspbfrExtras : public ::testing::Test {
  protected:
    static void SetUpTestSuite() { files_ = new CompactVspbfr; }
    static void TearDownTestSuite() {
        delete files_;
        files_ = nullptr;
    }
    static std::unique_ptr<Restorer> make(const std::string& options = "") {
        Spec spec = Spec::parse("vspbfr" + (options.empty() ? "" : ":" + options));
        spec.set("files", files_->folder.path().string());
        return restorers().make(spec, kContext);
    }
    static std::string refusal(const std::string& options) {
        try {
            make(options);
        } catch (const UsageError& error) {
            return error.what();
        }
        return "no error";
    }
    static std::unique_ptr<const vspbfr::Networks> networks() {
        return vspbfr::load_networks({files_->folder / "style_encoder_decoder.pt", files_->folder / "code_diffuser.pt",
                                      files_->folder / "restoration_net.pt"});
    }
    static Restored restored(const std::string& options) { return make(options)->restore({*face_, "a", 1}); }

    static CompactVspbfr* files_;
    static const ImagePtr face_;
};
CompactVspbfr* VspbfrExtras::files_ = nullptr;
const ImagePtr VspbfrExtras::face_ = [] {
    cv::Mat bgr(kSize, kSize, CV_8UC3);
    for (int y = 0; y < bgr.rows; y++) {
        for (int x = 0; x < bgr.cols; x++)
            bgr.at<cv::Vec3b>(y, x) = {static_cast<uchar>(4 * x), static_cast<uchar>(4 * y), 90};
    }
    return Image::from_bgr8(bgr, "face");
}();

TEST_F(VspbfrExtras, MoreThanFitsIntoMemoryIsRefused) {
    EXPECT_THAT(refusal("preview=each,steps=1000,samples=1000"), HasSubstr("would take 3.1 GB"));
    EXPECT_THAT(refusal("preview=each,steps=1000,samples=600"), HasSubstr("no error"));
    EXPECT_THAT(refusal("preview=last,steps=1000,samples=1000"), HasSubstr("no error"));
    EXPECT_THAT(refusal("save=codes,samples=1000"), HasSubstr("no error"));
}

TEST_F(VspbfrExtras, AreThoseThatWereAnnouncedAndLeaveThePictureAlone) {
    const cv::Mat alone = restored("").image->bgr8();
    EXPECT_TRUE(restored("").extras.empty());
    for (const char* options :
         {"preview=last", "preview=each,steps=3", "save=codes", "save=features", "samples=2,preview=each",
          "save=codes+preview+features", "save=codes,prompt=none", "save=codes,prompt=degraded"}) {
        const auto method = make(options);
        const Restored result = method->restore({*face_, "a", 1});
        std::vector<std::string> names;
        for (const auto& extra : result.extras) names.push_back(extra.name);
        EXPECT_EQ(names, method->info().extras) << options;
        EXPECT_FALSE(names.empty()) << options;
    }
    EXPECT_TRUE(equal(restored("save=codes+preview+features").image->bgr8(), alone));
    EXPECT_TRUE(equal(restored("preview=each").image->bgr8(), alone));
}

TEST_F(VspbfrExtras, EachStepIsDecodedAndTheLastIsThePrompt) {
    EXPECT_THAT(make("preview=last")->info().extras, ElementsAre("preview.png"));
    EXPECT_THAT(make("preview=each,steps=3")->info().extras, ElementsAre("step1.png", "step2.png", "step3.png"));
    EXPECT_THAT(make("preview=each,stop_after=2")->info().extras, ElementsAre("step1.png", "step2.png"));
    EXPECT_EQ(make("preview=each,steps=12")->info().extras.front(), "step01.png");
    const Restored each = restored("preview=each"), last = restored("preview=last"),
                   second = restored("preview=last,stop_after=2");
    ASSERT_EQ(each.extras.size(), 4u);
    EXPECT_EQ(picture_of(each.extras[0]).size(), cv::Size(kSize, kSize));
    EXPECT_TRUE(equal(picture_of(each.extras[3]), picture_of(last.extras[0])));
    EXPECT_TRUE(equal(picture_of(each.extras[1]), picture_of(second.extras[0])));
    EXPECT_FALSE(equal(picture_of(each.extras[0]), picture_of(each.extras[3])));
}

TEST_F(VspbfrExtras, APreviewIsThePromptDecoded) {
    const auto nets = networks();
    const auto face = vspbfr::encode(*nets, face_->rgb01());
    const vspbfr::DrawId id{1, "a", 0};
    const at::Tensor image = vspbfr::preview(*nets, face.codes, {}, id);
    const ImagePtr expected = Image::from_rgb01((image.clamp(-1, 1) + 1) / 2, "a");
    EXPECT_TRUE(equal(picture_of(restored("preview=last,prompt=degraded").extras.at(0)), expected->bgr8()));
}

TEST_F(VspbfrExtras, CodesAreThoseOfThePipeline) {
    const auto nets = networks();
    const auto face = vspbfr::encode(*nets, face_->rgb01());
    const vspbfr::DrawId id{1, "a", 0};
    const auto codes = tensors_in(restored("save=codes").extras.at(0));
    ASSERT_EQ(codes.size(), 3u);
    const auto expected = vspbfr::restore_face(*nets, face, {}, id);
    EXPECT_TRUE(at::equal(codes.at("prompt"), expected.prompt.codes[0]));
    EXPECT_TRUE(at::equal(codes.at("degraded"), face.codes[0]));
    EXPECT_TRUE(at::equal(codes.at("x_T"), vspbfr::draw_normal(id, "x_T", {CompactVspbfr::kCodes, kWidth})));
    const auto degraded = tensors_in(restored("save=codes,prompt=degraded").extras.at(0));
    EXPECT_FALSE(degraded.contains("x_T"));
    EXPECT_TRUE(at::equal(degraded.at("prompt"), face.codes[0]));
    const auto none = tensors_in(restored("save=codes,prompt=none").extras.at(0));
    ASSERT_EQ(none.size(), 1u);
    EXPECT_TRUE(at::equal(none.at("prompt"), nets->latent_avg[0]));
}

TEST_F(VspbfrExtras, AFileSaysWhatItIsOf) {
    const Restored result = make("save=codes")->restore({*face_, "odd \"\xff\" id", 7});
    const auto& bytes = std::get<std::vector<unsigned char>>(result.extras.at(0).content);
    const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
    const auto file = parse_checkpoint(FileBytes::own({first, first + bytes.size()}, "codes"));
    EXPECT_EQ(file.metadata().at("seed"), "7");
    EXPECT_EQ(file.metadata().at("repeat"), "0");
    EXPECT_THAT(file.metadata().at("sample"), HasSubstr("odd"));
    EXPECT_THAT(file.metadata().at("method"), HasSubstr("vspbfr"));
}

TEST_F(VspbfrExtras, FeaturesAreThoseThatTheRestorationNetReads) {
    const auto nets = networks();
    const auto features = tensors_in(restored("save=features").extras.at(0));
    EXPECT_EQ(features.size(), 3u);
    const vspbfr::DrawId id{1, "a", 0};
    const auto prompt = vspbfr::make_prompt(*nets, vspbfr::encode(*nets, face_->rgb01()), {}, id);
    const auto expected = vspbfr::prompt_features(*nets, prompt.codes, {}, id);
    for (const int side : {8, 16, 32}) {
        const at::Tensor& feature = features.at(std::to_string(side));
        EXPECT_EQ(feature.sizes().vec(), (std::vector<int64_t>{16, side, side}));
        const auto k = static_cast<size_t>(side == 8 ? 1 : side == 16 ? 2 : 3);
        EXPECT_TRUE(at::equal(feature, expected.at(k)[0]));
    }
}

TEST_F(VspbfrExtras, EverySampleHasItsOwnFiles) {
    const auto method = make("samples=2,preview=last,save=codes");
    EXPECT_THAT(method->info().extras, ElementsAre("sample1-preview.png", "sample1-codes.safetensors",
                                                   "sample2-preview.png", "sample2-codes.safetensors"));
    EXPECT_EQ(make("samples=10,save=codes")->info().extras.front(), "sample01-codes.safetensors");
    const Restored result = method->restore({*face_, "a", 1});
    const auto first = tensors_in(result.extras.at(1)), second = tensors_in(result.extras.at(3));
    EXPECT_TRUE(at::equal(first.at("x_T"), tensors_in(restored("save=codes").extras.at(0)).at("x_T")));
    EXPECT_FALSE(at::equal(first.at("x_T"), second.at("x_T")));
    EXPECT_TRUE(at::equal(first.at("degraded"), second.at("degraded")));
}

TEST_F(VspbfrExtras, AreOutsideTheMethodsTime) {
    // two hundred previews take many times what four restorations do
    const auto start = std::chrono::steady_clock::now();
    const Restored result = restored("preview=each,samples=4,steps=50");
    const std::chrono::duration<double> all = std::chrono::steady_clock::now() - start;
    ASSERT_EQ(result.extras.size(), 200u);
    EXPECT_GT(*result.seconds, 0);
    EXPECT_LT(*result.seconds, 0.5 * all.count());
    EXPECT_THAT(make("preview=last")->info().convention, HasSubstr("outside its time"));
    EXPECT_THAT(make()->info().convention, ::testing::Not(HasSubstr("outside its time")));
}

TEST_F(VspbfrExtras, OptionsAreWrittenInSeveralWaysAndLabelledInOne) {
    const auto label = [](const Spec& spec) { return restorers().make(spec, kContext)->info().label; };
    Spec plus = Spec::parse("vspbfr:save=features+codes"), list = Spec::parse(R"(vspbfr:save="codes,features")");
    Spec json = Spec::from_json(Json::parse(R"({"name": "vspbfr", "save": ["features", "codes"]})"));
    for (Spec* spec : {&plus, &list, &json}) spec->set("files", files_->folder.path().string());
    EXPECT_THAT(label(plus), HasSubstr("save=codes+features"));
    EXPECT_EQ(label(list), label(plus));
    EXPECT_EQ(label(json), label(plus));
    EXPECT_THAT(make("save=preview")->info().extras, ElementsAre("preview.png"));
    EXPECT_EQ(make("save=preview,preview=each")->info().extras.size(), 4u);
    EXPECT_THAT(refusal("save=preview,preview=none"), HasSubstr("contradict"));
    EXPECT_THAT(refusal("prompt=none,steps=4"), HasSubstr("steps and stop_after"));
    EXPECT_THAT(refusal("prompt=degraded,stop_after=1"), HasSubstr("steps and stop_after"));
    EXPECT_THAT(refusal("preview=each,prompt=none"), HasSubstr("prompt=diffused"));
    EXPECT_THAT(refusal("save=code"), HasSubstr("some of codes, preview, features"));
    EXPECT_THAT(refusal("preview=all"), HasSubstr("none, last, each"));
}

TEST_F(VspbfrExtras, GflopFollowsTheStagesThatRun) {
    const auto gflop = [](const std::string& options) { return *make(options)->info().gflop; };
    const double base = gflop("mixing=0"), step = gflop("mixing=0,steps=5") - base;
    EXPECT_GT(base, 0);
    EXPECT_GT(step, 0);
    EXPECT_NEAR(gflop("mixing=0,stop_after=1"), base - 3 * step, 1e-12);
    EXPECT_NEAR(gflop("mixing=0,prompt=degraded"), base - 4 * step, 1e-12);
    const double encoder = gflop("mixing=0,prompt=degraded") - gflop("mixing=0,prompt=none");
    EXPECT_GT(encoder, 0);
    EXPECT_NEAR(gflop("mixing=0,samples=3"), encoder + 3 * (base - encoder), 1e-12);
    EXPECT_NEAR(gflop("mixing=1") - base, 2 * (gflop("mixing=0.5") - base), 1e-12);
    EXPECT_EQ(gflop("preview=each"), gflop(""));
    EXPECT_EQ(gflop("save=features"), gflop(""));
}

// The published networks' stages, of which nets/flop_test has the counts.
TEST(VspbfrGflop, OfThePublishedSystem) {
    EXPECT_NEAR(vspbfr::gflop_of({}, {.mixing = 0}, 1), 144.961883136 + 4 * 0.455933952 + 99.813687296 + 408.18204672,
                1e-9);
}

}  // namespace
}  // namespace bfr
