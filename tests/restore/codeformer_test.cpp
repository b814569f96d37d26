// CodeFormer as a method: its options, what comes before and after the network, and what it says of wrong files.
#include "nets/codeformer.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "base/error.h"
#include "nets/init.h"
#include "restore/authors_face.h"
#include "restore/gray_face.h"
#include "tests/restore/stand_ins.h"
#include "tests/restore/support.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

using Tensors = std::vector<CheckpointTensor>;

class CodeFormerMethod : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = new Scratch;
        const nets::WithoutInit without_init;
        tensors_ = new Tensors(hashed_tensors(nets::CodeFormer({}), "params_ema"));
        write_checkpoint(*folder_ / "codeformer.pth", *tensors_);
    }
    static void TearDownTestSuite() {
        delete tensors_;
        delete folder_;
    }
    static std::string file() { return "file=" + (*folder_ / "codeformer.pth").string(); }
    static std::unique_ptr<Restorer> make(const std::string& options) { return make_restorer("codeformer:" + options); }
    static std::string refusal(const Tensors& tensors) {
        const fs::path wrong = *folder_ / "wrong.pth";
        write_checkpoint(wrong, tensors);
        const std::string said = message_of<Error>([&] { make("file=" + wrong.string()); });
        EXPECT_THAT(said, HasSubstr(wrong.string()));
        fs::remove(wrong);
        return said;
    }

    const OneThread one_thread_;
    static inline Scratch* folder_ = nullptr;
    static inline Tensors* tensors_ = nullptr;
};

TEST_F(CodeFormerMethod, IsItsNetworkByItsOptions) {
    const at::NoGradGuard no_grad;
    nets::CodeFormer net({});
    load_strictly(net, tensors_below(open_checkpoint(*folder_ / "codeformer.pth"), "params_ema"), "file");
    net.eval();
    nets::vqgan::prepare(net);
    const ImagePtr face = synthetic("face", 512, 512, 30);
    const at::Tensor input = authors_input(face->bgr8());
    const auto expect = [&](const std::string& options, double w, bool adain) {
        const ImagePtr result = restored(*make(options + file()), *face);
        EXPECT_EQ(cv::norm(result->bgr8(), authors_picture(net.forward(input, w, adain)), cv::NORM_INF), 0) << options;
        return result->sha256();
    };
    const std::string half = expect("", 0.5, true);
    EXPECT_NE(expect("w=0,", 0, true), half);
    EXPECT_NE(expect("w=1,adain=false,", 1, false), half);
}

TEST_F(CodeFormerMethod, SaysWhatItIs) {
    const auto method = make("w=0.7," + file());
    const RestorerInfo& info = method->info();
    EXPECT_EQ(info.label, "codeformer:" + file() + ",w=0.7");
    EXPECT_NEAR(*info.parameters, 94.11e6, 1e4);  // the published count
    EXPECT_LT(*make("w=0," + file())->info().gflop, *info.gflop);
    EXPECT_EQ(info.side, 512);
    EXPECT_THAT(info.convention, AllOf(HasSubstr("w = 0.7"), HasSubstr("is_gray")));
    for (const char* const wrong : {"w=1.5", "w=-1", "w=x", "adain=2", "gray=x", "steps=3"})
        EXPECT_THAT([&] { make(std::string(wrong) + "," + file()); },
                    ThrowsMessage<UsageError>(HasSubstr("codeformer")))
            << wrong;
}

TEST_F(CodeFormerMethod, AFaceWithoutColoursStaysWithout) {
    cv::Mat gray(512, 512, CV_8UC3);
    const ImagePtr face = synthetic("face", 512, 512, 20);
    for (int y = 0; y < 512; y++) {
        for (int x = 0; x < 512; x++) {
            const uchar v = face->bgr8().at<cv::Vec3b>(y, x)[1];
            gray.at<cv::Vec3b>(y, x) = {v, v, v};
        }
    }
    const ImagePtr input = Image::from_bgr8(gray, "gray");
    const cv::Mat as_authors = restored(*make(file()), *input)->bgr8(),
                  plain = restored(*make("gray=none," + file()), *input)->bgr8();
    EXPECT_TRUE(is_gray_face(as_authors));
    EXPECT_GT(cv::norm(as_authors, plain, cv::NORM_INF), 0);
    EXPECT_EQ(cv::norm(as_authors, coloured_like(plain, gray), cv::NORM_INF), 0);
}

TEST_F(CodeFormerMethod, RefusesWhatItCantRun) {
    EXPECT_THAT(refusal(without(*tensors_, "quantize.embedding.weight")),
                HasSubstr("quantize.embedding.weight [1024, 256] is missing"));
    EXPECT_THAT(refusal(without(*tensors_, "position_emb")), HasSubstr("doesn't hold CodeFormer"));
    Tensors half = halved(*tensors_);
    for (auto& tensor : half) {
        if (!tensor.path.ends_with("position_emb")) continue;
        tensor = to_checkpoint(tensor.path, at::full({256, 512}, std::numeric_limits<float>::quiet_NaN()));
    }
    EXPECT_THAT(refusal(half), HasSubstr("position_emb holds a value that is not a finite number"));
    const fs::path cut = *folder_ / "cut.pth";
    fs::copy_file(*folder_ / "codeformer.pth", cut);
    fs::resize_file(cut, fs::file_size(cut) / 2);
    EXPECT_THAT([&] { make("file=" + cut.string()); }, ThrowsMessage<Error>(HasSubstr(cut.string())));
    EXPECT_THAT([&] { make_restorer("codeformer"); }, ThrowsMessage<NotAvailable>(HasSubstr("codeformer.pth")));
    EXPECT_THAT([&] { make_restorer("restoreformer:" + file()); },
                ThrowsMessage<Error>(AllOf(HasSubstr("it looks like CodeFormer, which is method codeformer's"))));
}

// Its logits would choose codes all the same, and with w=0 and no AdaIN nothing else reaches the picture.
TEST_F(CodeFormerMethod, NumbersThatOverflowFailThePicture) {
    Tensors large = *tensors_;
    for (auto& tensor : large) {
        if (tensor.path.ends_with(".feat_emb.bias")) tensor = to_checkpoint(tensor.path, at::full({512}, 3e38F));
    }
    const fs::path file = *folder_ / "large.pth";
    write_checkpoint(file, large);
    const auto method = make("w=0,adain=false,file=" + file.string());
    EXPECT_THAT([&] { restored(*method, *synthetic("face", 512, 512, 30)); },
                ThrowsMessage<Error>(HasSubstr("not finite")));
    fs::remove(file);
}

TEST(GrayFace, IsToldByItsColours) {
    cv::Mat picture(64, 64, CV_8UC3, cv::Scalar(40, 90, 160));  // tinted, but one tint alone
    EXPECT_TRUE(is_gray_face(picture));
    for (int x = 0; x < 64; x++) picture.at<cv::Vec3b>(0, x) = {255, 0, 0};
    EXPECT_FALSE(is_gray_face(picture));
}

TEST(GrayFace, GetsTheInputsMeanAndDeviation) {
    const cv::Mat face = synthetic("a", 40, 40, 20)->bgr8(), other = synthetic("b", 40, 40, 5)->bgr8();
    cv::Scalar wanted, wide, mean, deviation;
    cv::meanStdDev(face, wanted, wide);
    cv::meanStdDev(coloured_like(other, face), mean, deviation);
    for (int c = 0; c < 3; c++) {
        EXPECT_NEAR(mean[c], wanted[c], 0.6) << c;
        EXPECT_NEAR(deviation[c], wide[c], 0.6) << c;
    }
}

}  // namespace
}  // namespace bfr::testing
