// RestoreFormer as a method: the file's layouts, what comes before and after the network, and what it says of wrong
// files and pictures.
#include "nets/restoreformer.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "nets/init.h"
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

Tensors stand_in(const nets::RestoreFormerOptions& options, const std::string& path) {
    const nets::WithoutInit without_init;
    return hashed_tensors(nets::RestoreFormer(options), path);
}

// A trainer's file holds more than the network.
Tensors with_loss(Tensors tensors) {
    Tensors all = {tensors.front()};
    all[0].path = "state_dict.loss.discriminator.main.0.weight";
    all.insert(all.end(), tensors.begin(), tensors.end());
    return all;
}

class RestoreFormerMethod : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = new Scratch;
        tensors_ = new Tensors(stand_in({}, "state_dict.vqvae"));
        write_checkpoint(*folder_ / "RestoreFormer.ckpt", with_loss(*tensors_));
    }
    static void TearDownTestSuite() {
        delete tensors_;
        delete folder_;
    }
    static std::unique_ptr<Restorer> make(const std::string& options, const std::string& method = "restoreformer") {
        return make_restorer(method + ":" + options);
    }
    static std::string file() { return "file=" + (*folder_ / "RestoreFormer.ckpt").string(); }
    // What is said of a file of these tensors.
    static std::string refusal(const Tensors& tensors, const std::string& method = "restoreformer") {
        const fs::path wrong = *folder_ / "wrong.ckpt";
        write_checkpoint(wrong, tensors);
        const std::string said = message_of<Error>([&] { make("file=" + wrong.string(), method); });
        EXPECT_THAT(said, HasSubstr(wrong.string()));
        return said;
    }

    const OneThread one_thread_;
    static inline Scratch* folder_ = nullptr;
    static inline Tensors* tensors_ = nullptr;
};

TEST_F(RestoreFormerMethod, IsItsNetworkBetweenTheAuthorsSteps) {
    const at::NoGradGuard no_grad;
    nets::RestoreFormer net({});
    load_strictly(net, tensors_below(open_checkpoint(*folder_ / "RestoreFormer.ckpt"), "state_dict.vqvae"), "file");
    net.eval();
    nets::vqgan::prepare(net);
    const ImagePtr face = synthetic("face", 512, 512, 30), small = synthetic("face", 96, 96, 30);
    const auto method = make(file());
    const auto by_network = [&](const cv::Mat& bgr) { return authors_picture(net.forward(authors_input(bgr))); };
    const ImagePtr result = restored(*method, *face);
    EXPECT_EQ(cv::norm(result->bgr8(), by_network(face->bgr8()), cv::NORM_INF), 0);
    EXPECT_GT(mean_abs_difference(*result, *face), 1);
    EXPECT_EQ(restored(*method, *face, "b", 2)->sha256(), result->sha256());

    cv::Mat resized;
    cv::resize(small->bgr8(), resized, {512, 512}, 0, 0, cv::INTER_LINEAR);
    EXPECT_EQ(cv::norm(restored(*method, *small)->bgr8(), by_network(resized), cv::NORM_INF), 0);
    EXPECT_THAT([&] { restored(*make(file() + ",resize=none"), *small); },
                ThrowsMessage<Error>(AllOf(HasSubstr("96x96"), HasSubstr("bfr align --size 512"))));
    EXPECT_THAT([&] { restored(*method, *synthetic("wide", 64, 48, 3)); },
                ThrowsMessage<Error>(AllOf(HasSubstr("64x48"), HasSubstr("--align --paste"))));
}

TEST_F(RestoreFormerMethod, SaysWhatItIs) {
    const auto method = make(file());
    const RestorerInfo& info = method->info();
    EXPECT_EQ(info.label, "restoreformer:" + file());
    EXPECT_EQ(make("name=x," + file())->info().label, "restoreformer:name=x[own]");
    EXPECT_NEAR(*info.parameters, 72.68e6, 1e4);  // the published count
    EXPECT_GT(*info.gflop, 500);
    EXPECT_EQ(info.side, 512);
    EXPECT_FALSE(info.draws);
    ASSERT_EQ(info.weights.size(), 1U);
    EXPECT_TRUE(info.weights[0].own);
    EXPECT_THAT(info.convention, AllOf(HasSubstr("512x512"), HasSubstr("halves to even"), Not(HasSubstr("F16"))));
}

// GFPGAN's copy: without the prefix, and its program takes the average where there are two.
TEST_F(RestoreFormerMethod, ReadsTheOtherCopy) {
    Tensors other;
    for (const auto& tensor : *tensors_) {
        const std::string key = tensor.path.substr(std::string("state_dict.vqvae.").size());
        other.push_back({"params_ema." + key, tensor.stored});
        CheckpointTensor raw = tensor;
        if (key == "decoder.conv_out.bias") raw.stored = tensors_->front().stored, raw.stored.shape = {3};
        if (key == "decoder.conv_out.bias") raw.stored.strides = {1};
        if (raw.stored.shape.size() < 2) other.push_back({"params." + key, raw.stored});
    }
    for (const char* const key : {"encoder.conv_in.weight", "post_quant_conv.weight"}) {
        for (const auto& tensor : *tensors_) {
            if (tensor.path.ends_with(std::string(".") + key))
                other.push_back({std::string("params.") + key, tensor.stored});
        }
    }
    write_checkpoint(*folder_ / "RestoreFormer.pth", other);
    const ImagePtr face = synthetic("face", 512, 512, 30);
    EXPECT_EQ(restored(*make("file=" + (*folder_ / "RestoreFormer.pth").string()), *face)->sha256(),
              restored(*make(file()), *face)->sha256());
    // as the catalogue's, by its name
    UnitContext context;
    context.weights = WeightsLocator({folder_->path()});
    const auto published = restorers().make(Spec::parse("restoreformer:archive=gfpgan"), context);
    EXPECT_EQ(published->info().label, "restoreformer:archive=gfpgan");
    EXPECT_EQ(published->info().weights[0].file, "RestoreFormer.pth");
    EXPECT_TRUE(published->info().weights[0].pinned);
    fs::remove(*folder_ / "RestoreFormer.pth");
    EXPECT_THAT([&] { restorers().make(Spec::parse("restoreformer:archive=gfpgan"), context); },
                ThrowsMessage<NotAvailable>(HasSubstr("RestoreFormer.pth")));
    EXPECT_THAT([&] { make(file() + ",archive=gfpgan"); }, ThrowsMessage<UsageError>(HasSubstr("leave one out")));
}

TEST_F(RestoreFormerMethod, TellsTheTwoApart) {
    const Tensors plus = stand_in(nets::RestoreFormerOptions::plus_plus(), "state_dict.vqvae");
    EXPECT_THAT(refusal(plus),
                AllOf(HasSubstr("it looks like RestoreFormer++"), HasSubstr("method restoreformer_pp's")));
    EXPECT_THAT(refusal(*tensors_, "restoreformer_pp"),
                AllOf(HasSubstr("doesn't hold RestoreFormer++"), HasSubstr("which is method restoreformer's")));
    const fs::path good = *folder_ / "RestoreFormer++.ckpt";
    write_checkpoint(good, plus);
    const auto method = make("file=" + good.string(), "restoreformer_pp");
    EXPECT_NEAR(*method->info().parameters, 73.47e6, 1e4);
    EXPECT_EQ(restored(*method, *synthetic("face", 512, 512, 30))->width(), 512);
    fs::remove(good);
}

TEST_F(RestoreFormerMethod, RefusesWhatItCantRun) {
    EXPECT_THAT(refusal(without(*tensors_, "quantize.embedding.weight")),
                HasSubstr("quantize.embedding.weight [1024, 256] is missing"));
    EXPECT_THAT(refusal({tensors_->front()}), HasSubstr("doesn't hold RestoreFormer"));
    Tensors infinite = *tensors_;
    for (auto& tensor : infinite) {
        if (!tensor.path.ends_with("decoder.conv_out.bias")) continue;
        tensor = to_checkpoint(tensor.path, at::full({3}, std::numeric_limits<float>::infinity()));
    }
    EXPECT_THAT(refusal(infinite), HasSubstr("decoder.conv_out.bias holds a value that is not a finite number"));

    const fs::path cut = *folder_ / "cut.ckpt";
    fs::copy_file(*folder_ / "RestoreFormer.ckpt", cut);
    for (const double share : {0.999, 0.5, 0.001}) {
        fs::resize_file(cut, static_cast<uint64_t>(share * static_cast<double>(fs::file_size(cut))));
        EXPECT_THAT([&] { make("file=" + cut.string()); }, ThrowsMessage<Error>(HasSubstr(cut.string()))) << share;
    }
    EXPECT_THAT([&] { make("file=/nowhere"); }, ThrowsMessage<UsageError>(HasSubstr("there is no such file")));
    EXPECT_THAT([&] { make_restorer("restoreformer_pp"); },
                ThrowsMessage<NotAvailable>(HasSubstr("RestoreFormer++.ckpt")));
}

TEST_F(RestoreFormerMethod, NumbersThatOverflowFailThePicture) {
    Tensors large = *tensors_;
    for (auto& tensor : large) {
        if (tensor.path.ends_with("decoder.norm_out.weight"))
            tensor = to_checkpoint(tensor.path, at::full({64}, 3e38F));
    }
    const fs::path file = *folder_ / "large.ckpt";
    write_checkpoint(file, large);
    const auto method = make("file=" + file.string());
    EXPECT_THAT([&] { restored(*method, *synthetic("face", 512, 512, 30)); },
                ThrowsMessage<Error>(AllOf(HasSubstr("not finite"), HasSubstr("large.ckpt"))));
    fs::remove(file);
}

TEST_F(RestoreFormerMethod, HalfPrecisionIsReadAndSaid) {
    const fs::path half = *folder_ / "half.ckpt";
    write_checkpoint(half, halved(*tensors_));
    const auto method = make("file=" + half.string());
    EXPECT_THAT(method->info().convention, HasSubstr("its file holds F16 numbers"));
    const ImagePtr face = synthetic("face", 512, 512, 30);
    EXPECT_LT(mean_abs_difference(*restored(*method, *face), *restored(*make(file()), *face)), 20);
    fs::remove(half);
}

TEST(AuthorsFace, RoundsHalvesToEven) {
    // levels k + 1/2 in the middle of a level: exact in float32 for these
    const at::Tensor rgb = torch::tensor({-2.0F, 0.5F / 127.5F - 1, 1.5F / 127.5F - 1, 0.0F, 1.0F, 7.0F});
    const cv::Mat bgr = authors_picture(rgb.view({1, 1, 1, 6}).expand({1, 3, 1, 6}));
    const at::Tensor levels = ((rgb.clamp(-1, 1) + 1) / 2 * 255);
    for (int x = 0; x < 6; x++) EXPECT_EQ(bgr.at<cv::Vec3b>(0, x)[0], std::nearbyint(levels[x].item<float>())) << x;
    EXPECT_EQ(bgr.at<cv::Vec3b>(0, 3)[1], 128);  // 127.5
    const cv::Mat colours(1, 1, CV_8UC3, cv::Scalar(10, 20, 255));
    const at::Tensor input = authors_input(colours);
    EXPECT_FLOAT_EQ(input.select(1, 0).item<float>(), 1);
    EXPECT_FLOAT_EQ(input.select(1, 2).item<float>(), 10 / 127.5F - 1);
    EXPECT_EQ(cv::norm(authors_picture(input), colours, cv::NORM_INF), 0);
}

}  // namespace
}  // namespace bfr::testing
