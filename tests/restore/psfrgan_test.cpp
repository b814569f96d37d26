// PSFRGAN as a method: its two files, what comes before and after the networks, and what it says of wrong files.
#include "nets/psfrgan.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "base/error.h"
#include "datasets/pillow_resize.h"
#include "nets/parsenet.h"
#include "restore/authors_face.h"
#include "tests/restore/stand_ins.h"
#include "tests/restore/support.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

using Tensors = std::vector<CheckpointTensor>;

class PsfrGanMethod : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = new Scratch;
        torch::manual_seed(11);
        generator_ = new Tensors(own_tensors(nets::PsfrGan(), ""));
        parser_ = new Tensors(own_tensors(nets::ParseNet(), ""));
        write_checkpoint(generator_file(), *generator_);
        write_checkpoint(parser_file(), *parser_);
    }
    static void TearDownTestSuite() {
        delete generator_;
        delete parser_;
        delete folder_;
    }
    static fs::path generator_file() { return *folder_ / "psfrgan_epoch15_net_G.pth"; }
    static fs::path parser_file() { return *folder_ / "parse_multi_iter_90000.pth"; }
    static std::string files(const fs::path& generator, const fs::path& parser) {
        return "file=" + generator.string() + ",parser=" + parser.string();
    }
    static std::string files() { return files(generator_file(), parser_file()); }
    static std::unique_ptr<Restorer> make(const std::string& options) { return make_restorer("psfrgan:" + options); }
    static std::string refusal(const Tensors& tensors, bool parser) {
        const fs::path wrong = *folder_ / "wrong.pth";
        write_checkpoint(wrong, tensors);
        const std::string said = message_of<Error>(
            [&] { make(parser ? files(generator_file(), wrong) : files(wrong, parser_file())); });
        EXPECT_THAT(said, HasSubstr(wrong.string()));
        fs::remove(wrong);
        return said;
    }

    const OneThread one_thread_;
    static inline Scratch* folder_ = nullptr;
    static inline Tensors *generator_ = nullptr, *parser_ = nullptr;
};

TEST_F(PsfrGanMethod, IsItsNetworksBetweenTheAuthorsSteps) {
    const at::NoGradGuard no_grad;
    nets::PsfrGan net;
    nets::ParseNet parser;
    load_strictly(net, tensors_below(open_checkpoint(generator_file()), ""), "file");
    load_strictly(parser, tensors_below(open_checkpoint(parser_file()), ""), "file");
    net.eval();
    parser.eval();
    nets::prepare(net);
    nets::prepare(parser);
    const auto by_networks = [&](const cv::Mat& bgr) {
        const at::Tensor x = authors_input(bgr);
        return authors_picture(net.forward(x, nets::ParseNet::one_hot(parser.forward(x))), AuthorsLevels::kTruncated);
    };
    const ImagePtr face = synthetic("face", 512, 512, 30), small = synthetic("face", 96, 96, 30);
    const auto method = make(files());
    const ImagePtr result = restored(*method, *face);
    EXPECT_EQ(cv::norm(result->bgr8(), by_networks(face->bgr8()), cv::NORM_INF), 0);
    EXPECT_GT(mean_abs_difference(*result, *face), 1);
    EXPECT_EQ(restored(*method, *face, "b", 2)->sha256(), result->sha256());

    const cv::Mat before = small->bgr8();
    auto bytes = pillow_resize(PillowFilter::kBicubic, before.data, 96, 96, 512, 512);
    EXPECT_EQ(cv::norm(restored(*method, *small)->bgr8(), by_networks(cv::Mat(512, 512, CV_8UC3, bytes.data())),
                       cv::NORM_INF),
              0);
    EXPECT_THAT([&] { restored(*make(files() + ",resize=none"), *small); },
                ThrowsMessage<Error>(AllOf(HasSubstr("96x96"), HasSubstr("bfr align --size 512"))));
    EXPECT_THAT([&] { make(files() + ",resize=bilinear"); }, ThrowsMessage<UsageError>(HasSubstr("bicubic")));
}

TEST_F(PsfrGanMethod, SaysWhatItIs) {
    const auto method = make("name=x," + files());
    const RestorerInfo& info = method->info();
    EXPECT_EQ(info.label, "psfrgan:name=x[own]");
    double generator = 0, parser = 0;
    for (const auto& parameter : nets::PsfrGan().parameters()) generator += static_cast<double>(parameter.numel());
    for (const auto& parameter : nets::ParseNet().parameters()) parser += static_cast<double>(parameter.numel());
    EXPECT_NEAR(generator, 45.96e6, 1e4);  // the published network's
    EXPECT_EQ(*info.parameters, generator + parser);
    EXPECT_EQ(info.side, 512);
    EXPECT_FALSE(info.draws);
    ASSERT_EQ(info.weights.size(), 2U);
    EXPECT_EQ(info.weights[0].file, "psfrgan_epoch15_net_G.pth");
    EXPECT_EQ(info.weights[1].file, "parse_multi_iter_90000.pth");
    EXPECT_THAT(info.convention, AllOf(HasSubstr("truncated to 8 bits"), HasSubstr("Pillow's 8-bit bicubic"),
                                       HasSubstr("ParseNet"), Not(HasSubstr("F16")), Not(HasSubstr("tensors of"))));
}

// As the authors, who load it with strict=False: what is beside the network is left alone and told of; what lacks isn't.
TEST_F(PsfrGanMethod, LeavesAloneWhatTheNetworkHasNot) {
    Tensors more = *generator_;
    more.push_back(to_checkpoint("old.weight", at::zeros({3})));
    const fs::path file = *folder_ / "more.pth";
    write_checkpoint(file, more);
    EXPECT_THAT(make(files(file, parser_file()))->info().convention,
                HasSubstr("1 tensors of the file aren't the network's"));
    fs::remove(file);
    EXPECT_THAT(refusal(without(*generator_, "body.2.2.conv_0.weight_u"), false),
                HasSubstr("body.2.2.conv_0.weight_u [128] is missing"));
}

TEST_F(PsfrGanMethod, RefusesWhatItCantRun) {
    EXPECT_THAT(refusal(*parser_, false), AllOf(HasSubstr("doesn't hold PSFRGAN"), HasSubstr("looks like ParseNet")));
    EXPECT_THAT(refusal(*generator_, true), AllOf(HasSubstr("doesn't hold ParseNet"), HasSubstr("method psfrgan's")));
    Tensors more = *parser_;
    more.push_back(to_checkpoint("old.weight", at::zeros({3})));
    EXPECT_THAT(refusal(more, true), HasSubstr("old.weight"));
    EXPECT_THAT(refusal(without(*parser_, "body.3.conv1.conv2d.weight"), true),
                HasSubstr("body.3.conv1.conv2d.weight [256, 256, 3, 3] is missing"));
    const fs::path cut = *folder_ / "cut.pth";
    fs::copy_file(parser_file(), cut);
    fs::resize_file(cut, fs::file_size(cut) / 2);
    EXPECT_THAT([&] { make(files(generator_file(), cut)); }, ThrowsMessage<Error>(HasSubstr(cut.string())));
    EXPECT_THAT([&] { make("file=" + generator_file().string()); },
                ThrowsMessage<NotAvailable>(HasSubstr("parse_multi_iter_90000.pth")));
    EXPECT_THAT([&] { make_restorer("psfrgan"); },
                ThrowsMessage<NotAvailable>(
                    AllOf(HasSubstr("psfrgan_epoch15_net_G.pth"), HasSubstr("parse_multi_iter_90000.pth"))));
}

TEST_F(PsfrGanMethod, HalfPrecisionIsReadAndSaid) {
    const fs::path half = *folder_ / "half.pth";
    write_checkpoint(half, halved(*parser_));
    EXPECT_THAT(make(files(generator_file(), half))->info().convention,
                AllOf(HasSubstr("; ParseNet's file holds F16 numbers"), Not(HasSubstr("generator's"))));
    write_checkpoint(half, halved(*generator_));
    EXPECT_THAT(make(files(half, parser_file()))->info().convention,
                AllOf(HasSubstr("; the generator's file holds F16 numbers"), Not(HasSubstr("ParseNet's"))));
    fs::remove(half);
}

// A largest singular value of 0: the weights are divided by it.
TEST_F(PsfrGanMethod, NumbersThatAreNotFiniteFailThePicture) {
    Tensors none = *generator_;
    for (auto& tensor : none) {
        if (tensor.path == "img_out.weight_u") tensor = to_checkpoint(tensor.path, at::zeros({3}));
    }
    const fs::path file = *folder_ / "none.pth";
    write_checkpoint(file, none);
    const auto method = make(files(file, parser_file()));
    EXPECT_THAT([&] { restored(*method, *synthetic("face", 512, 512, 30)); },
                ThrowsMessage<Error>(AllOf(HasSubstr("not finite"), HasSubstr("none.pth"))));
    fs::remove(file);
}

// Without a word they would be a map of no parts, or of all, of which the generator makes a picture.
TEST_F(PsfrGanMethod, ClassesThatAreNotFiniteFailThePicture) {
    Tensors huge = *parser_;
    for (auto& tensor : huge) {
        if (tensor.path == "out_mask_conv.conv2d.weight")
            tensor = to_checkpoint(tensor.path, at::full({19, 64, 3, 3}, 3e38F));
    }
    const fs::path file = *folder_ / "huge.pth";
    write_checkpoint(file, huge);
    const auto method = make(files(generator_file(), file));
    EXPECT_THAT([&] { restored(*method, *synthetic("face", 512, 512, 30)); },
                ThrowsMessage<Error>(AllOf(HasSubstr("not finite"), HasSubstr("huge.pth"))));
    fs::remove(file);
}

TEST(AuthorsFaceTruncated, CutsWhatIsOverALevel) {
    const at::Tensor rgb = at::full({1, 3, 1, 2}, 0.999F);  // 254.87
    EXPECT_EQ(authors_picture(rgb, AuthorsLevels::kTruncated).at<cv::Vec3b>(0, 0)[0], 254);
    EXPECT_EQ(authors_picture(rgb).at<cv::Vec3b>(0, 0)[0], 255);
    EXPECT_EQ(authors_picture(at::full({1, 3, 1, 2}, 5.0F), AuthorsLevels::kTruncated).at<cv::Vec3b>(0, 0)[0], 255);
    EXPECT_EQ(authors_picture(at::full({1, 3, 1, 2}, -5.0F), AuthorsLevels::kTruncated).at<cv::Vec3b>(0, 0)[0], 0);
}

}  // namespace
}  // namespace bfr::testing
