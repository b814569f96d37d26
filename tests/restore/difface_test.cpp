// DifFace as a method: its two files, what comes before, between and after the networks, its options, and what it says
// of wrong files and pictures. Few steps of many: the networks are as large as the authors'.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include "base/error.h"
#include "base/random.h"
#include "nets/adm_unet.h"
#include "nets/init.h"
#include "nets/swinir.h"
#include "nets/vqgan_blocks.h"
#include "restore/authors_face.h"
#include "tests/restore/stand_ins.h"
#include "tests/restore/support.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using at::Tensor;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

using Tensors = std::vector<CheckpointTensor>;

const char* const kSwinIr = "swinir_restoration512_L1.pth";
const char* const kUnet = "iddpm_ffhq512_ema500000.pth";

// The noise that a network predicts is of the size of what it is given.
Tensors unet_tensors() {
    const nets::WithoutInit without_init;
    return hashed_tensors(nets::AdmUnet({}), "");
}

Tensors swinir_tensors() {
    const nets::WithoutInit without_init;
    return hashed_tensors(nets::SwinIr({}), "state_dict.module");
}

template <class Net>
std::shared_ptr<Net> loaded(std::shared_ptr<Net> net, const fs::path& file, const std::string& path) {
    const at::NoGradGuard no_grad;
    load_strictly(*net, tensors_below(open_checkpoint(file), path), "file");
    net->eval();
    nets::vqgan::prepare(*net);
    return net;
}

class DifFaceMethod : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = new Scratch;
        write_checkpoint(*folder_ / kSwinIr, swinir_tensors());
        write_checkpoint(*folder_ / kUnet, unet_tensors());
        kept_ = make("start=1," + files()).release();
    }
    static void TearDownTestSuite() {
        delete kept_;
        delete folder_;
    }
    static std::string swinir() { return "swinir=" + (*folder_ / kSwinIr).string(); }
    static std::string unet() { return "unet=" + (*folder_ / kUnet).string(); }
    static std::string files() { return swinir() + "," + unet(); }
    static std::unique_ptr<Restorer> make(const std::string& options) { return make_restorer("difface:" + options); }
    // What is said of a file of these tensors as the estimator's.
    static std::string refusal(const Tensors& tensors) {
        const fs::path wrong = *folder_ / "wrong.pth";
        write_checkpoint(wrong, tensors);
        const std::string said = message_of<Error>([&] { make("start=0,swinir=" + wrong.string()); });
        EXPECT_THAT(said, HasSubstr(wrong.string()));
        fs::remove(wrong);
        return said;
    }

    const OneThread one_thread_;
    static inline Scratch* folder_ = nullptr;
    static inline const Restorer* kept_ = nullptr;  // keeps the loaded networks for the tests
};

Tensor draw(uint64_t seed, const std::string& id, const std::string& name, uint32_t time) {
    Tensor values = at::empty({1, 3, 512, 512});
    Draw(seed, id, name, time).fill_normal({values.data_ptr<float>(), static_cast<size_t>(values.numel())});
    return values.to(at::kDouble);
}

// The paper's formulas, written down once more, in double but for the networks.
TEST_F(DifFaceMethod, IsItsNetworksAndTheSampling) {
    const at::NoGradGuard no_grad;
    const auto estimator =
        loaded(std::make_shared<nets::SwinIr>(nets::SwinIrOptions()), *folder_ / kSwinIr, "state_dict.module");
    const auto unet = loaded(std::make_shared<nets::AdmUnet>(nets::AdmUnetOptions()), *folder_ / kUnet, "");
    const ImagePtr face = synthetic("face", 512, 512, 30);
    const Tensor estimate = estimator->forward(face->rgb01()).clamp(0, 1);
    const ImagePtr alone = restored(*make("start=0," + files()), *face);
    EXPECT_EQ(cv::norm(alone->bgr8(), authors_picture01(estimate), cv::NORM_INF), 0);

    const int steps = 125, start = 2, stride = 8;
    const double eta = 0.7;
    std::vector<double> kept = {1};  // before step i of the re-spaced ones
    double product = 1;
    for (int t = 0; t <= start * stride; t++) {
        product *= 1 - (1e-4 + (0.02 - 1e-4) * t / 999);
        if (t % stride == 0) kept.push_back(product);
    }
    Tensor x = std::sqrt(kept[start + 1]) * (2 * estimate.to(at::kDouble) - 1) +
               std::sqrt(1 - kept[start + 1]) * draw(5, "who", "difface/start", 0);
    for (int i = start - 1; i >= 0; i--) {
        const double now = kept[static_cast<size_t>(i) + 1], before = kept[static_cast<size_t>(i)];
        const Tensor noise = unet->forward(x.to(at::kFloat), at::full({1}, static_cast<double>(stride * i)))
                                 .narrow(1, 0, 3)
                                 .to(at::kDouble);
        const Tensor clean = ((x - std::sqrt(1 - now) * noise) / std::sqrt(now)).clamp(-1, 1);
        const double sigma = eta * std::sqrt((1 - before) / (1 - now) * (1 - now / before));
        x = std::sqrt(before) * clean + std::sqrt(1 - before - sigma * sigma) * noise;
        if (i > 0) x = x + sigma * draw(5, "who", "difface/step", static_cast<uint32_t>(stride * i));
    }
    const std::string options = fmt::format("steps={},start={},eta={},", steps, start, eta);
    const auto method = make(options + files());
    const ImagePtr result = restored(*method, *face, "who", 5);
    const cv::Mat wanted = authors_picture01((x + 1) / 2);
    EXPECT_LE(cv::norm(result->bgr8(), wanted, cv::NORM_INF), 1);  // of float32, where a level's half lies between
    EXPECT_LT(mean_abs_difference(*result, *Image::from_bgr8(wanted, "wanted")), 1e-3);
    EXPECT_GT(mean_abs_difference(*result, *alone), 1);

    // a picture's noise is its own and the run's, however many threads there are
    EXPECT_EQ(restored(*make("seed=5," + options + files()), *face, "who", 6)->sha256(), result->sha256());
    EXPECT_NE(restored(*method, *face, "who", 6)->sha256(), result->sha256());
    EXPECT_NE(restored(*method, *face, "else", 5)->sha256(), result->sha256());
    at::set_num_threads(2);
    EXPECT_EQ(restored(*method, *face, "who", 5)->sha256(), result->sha256());
    at::set_num_threads(1);
    EXPECT_NE(restored(*make("eta=0," + options.substr(0, options.find("eta")) + files()), *face, "who", 5)->sha256(),
              result->sha256());
}

// Arms of an ablation over the steps begin at one picture, as long as they begin at one time.
TEST_F(DifFaceMethod, ArmsStartAlike) {
    const ImagePtr face = synthetic("face", 512, 512, 30);
    const auto start_of = [&](const std::string& options) {
        return make(options + "," + files())->restore({*face, "a", 1}).details.at("x_start_sha256").get<std::string>();
    };
    const std::string start = start_of("steps=250,start=2");
    EXPECT_EQ(start_of("steps=500,start=4"), start);
    EXPECT_NE(start_of("steps=500,start=2"), start);
    EXPECT_FALSE(make("start=0," + files())->restore({*face, "a", 1}).details.contains("x_start_sha256"));
}

TEST_F(DifFaceMethod, SaysWhatItIs) {
    const auto method = make(files());
    const RestorerInfo& info = method->info();
    EXPECT_EQ(info.label, "difface:" + files());
    EXPECT_EQ(make("name=x," + files())->info().label, "difface:name=x[own]");
    EXPECT_NEAR(*info.parameters, 159.79e6 + 15.79e6, 2e4);  // the published counts
    EXPECT_EQ(info.side, 512);
    EXPECT_TRUE(info.draws);
    ASSERT_EQ(info.weights.size(), 2U);
    EXPECT_EQ(info.weights[0].file, kSwinIr);
    EXPECT_EQ(info.weights[1].file, kUnet);
    EXPECT_THAT(info.convention,
                AllOf(HasSubstr("step 100 of 250 says (time 400 of 1000"),
                      HasSubstr("100 DDIM steps from time 396 down, eta 0.5"), HasSubstr("halves to even"),
                      HasSubstr("the result back to theirs"), HasSubstr("run's seed"), Not(HasSubstr("F16"))));
    const auto one = make("start=1," + files()), two = make("start=2," + files()), none = make("start=0," + swinir());
    const double step = *two->info().gflop - *one->info().gflop;
    EXPECT_NEAR(*info.gflop, *none->info().gflop + 100 * step, 1e-6 * *info.gflop);
    EXPECT_NEAR(step, 378.3, 0.1);
    EXPECT_FALSE(none->info().draws);
    EXPECT_NEAR(*none->info().parameters, 15.79e6, 1e4);
    EXPECT_EQ(none->info().weights.size(), 1U);
    EXPECT_THAT(none->info().convention, AllOf(HasSubstr("nothing diffused"), Not(HasSubstr("eta"))));
}

// Of another number of steps it is the step with the authors' noise.
TEST_F(DifFaceMethod, StartsAtTheAuthorsNoise) {
    const std::pair<const char*, const char*> wanted[] = {
        {"steps=1000", "step 400 of 1000 says (time 400"}, {"steps=50", "step 20 of 50 says (time 400"},
        {"steps=334", "step 133 of 334 says (time 399"},   {"steps=10", "step 4 of 10 says (time 400"},
        {"steps=2", "step 1 of 2 says (time 500"},         {"steps=125,start=10", "step 10 of 125 says (time 80"}};
    for (const auto& [options, said] : wanted)
        EXPECT_THAT(make(std::string(options) + "," + files())->info().convention, HasSubstr(said)) << options;
}

TEST_F(DifFaceMethod, RefusesOptionsThatMeanNothing) {
    for (const char* const wrong : {"steps=1", "steps=1001", "steps=x", "start=-1", "start=250", "steps=10,start=10",
                                    "eta=1.1", "eta=-0.1", "resize=bilinear", "seed=-1", "w=1"})
        EXPECT_THAT([&] { make(std::string(wrong) + "," + files()); }, ThrowsMessage<UsageError>(HasSubstr("difface")))
            << wrong;
    EXPECT_THAT([&] { make("steps=300," + files()); },
                ThrowsMessage<UsageError>(
                    AllOf(HasSubstr("no whole stride makes 300 of 1000 steps"), HasSubstr("334 or 250"))));
}

TEST_F(DifFaceMethod, OtherSizesAreResizedAndBack) {
    const at::NoGradGuard no_grad;
    const auto method = make("start=0," + files());
    const auto estimator =
        loaded(std::make_shared<nets::SwinIr>(nets::SwinIrOptions()), *folder_ / kSwinIr, "state_dict.module");
    const auto resized = [](const Tensor& x, int64_t side) {
        const std::array<int64_t, 2> size = {side, side};
        return at::_upsample_bicubic2d_aa(x, at::IntArrayRef(size), false);
    };
    for (const int side : {96, 700}) {
        const ImagePtr face = synthetic("face", side, side, 30), result = restored(*method, *face);
        ASSERT_EQ(result->width(), side);
        const Tensor by_network = estimator->forward(resized(face->rgb01(), 512)).clamp(0, 1);
        EXPECT_EQ(cv::norm(result->bgr8(), authors_picture01(resized(by_network.contiguous(), side)), cv::NORM_INF), 0);
        EXPECT_THAT([&] { restored(*make("start=0,resize=none," + files()), *face); },
                    ThrowsMessage<Error>(AllOf(HasSubstr(fmt::format("{0}x{0}", side)),
                                               HasSubstr("bfr align --size 512"), HasSubstr("resize at bicubic"))));
    }
    EXPECT_THAT([&] { restored(*method, *synthetic("wide", 64, 48, 3)); },
                ThrowsMessage<Error>(AllOf(HasSubstr("64x48"), HasSubstr("--align --paste"))));
}

TEST_F(DifFaceMethod, RefusesWhatItCantRun) {
    const Tensors tensors = swinir_tensors();
    const std::string bias = "layers.7.residual_group.blocks.5.attn.relative_position_bias_table";
    EXPECT_THAT(refusal(without(tensors, bias)), HasSubstr(bias + " [225, 6] is missing"));
    EXPECT_THAT(refusal(without(tensors, "conv_first.1.weight")), HasSubstr("doesn't hold DifFace's SwinIR"));
    Tensors other = tensors;
    for (auto& tensor : other) {
        if (tensor.path.ends_with("norm.bias"))
            tensor = to_checkpoint(tensor.path, at::full({180}, std::numeric_limits<float>::quiet_NaN()));
    }
    EXPECT_THAT(refusal(other), HasSubstr("norm.bias holds a value that is not a finite number"));

    // one's file for the other, and another method's
    const std::string swapped = message_of<Error>(
        [&] { make("swinir=" + (*folder_ / kUnet).string() + ",unet=" + (*folder_ / kSwinIr).string()); });
    EXPECT_THAT(swapped, AllOf(HasSubstr(kUnet), HasSubstr("doesn't hold DifFace's SwinIR; it looks like DifFace's "
                                                           "diffusion U-Net, which is method difface's")));
    EXPECT_THAT([&] { make_restorer("codeformer:file=" + (*folder_ / kSwinIr).string()); },
                ThrowsMessage<Error>(HasSubstr("it looks like DifFace's SwinIR, which is method difface's")));

    const fs::path cut = *folder_ / "cut.pth";
    for (const char* const file : {kSwinIr, kUnet}) {
        fs::copy_file(*folder_ / file, cut, fs::copy_options::overwrite_existing);
        fs::resize_file(cut, fs::file_size(cut) / 2);
        const std::string options = file == kSwinIr ? unet() + ",swinir=" : swinir() + ",unet=";
        EXPECT_THAT([&] { make(options + cut.string()); }, ThrowsMessage<Error>(HasSubstr(cut.string()))) << file;
    }
    fs::remove(cut);
    EXPECT_THAT([&] { make(swinir() + ",unet=/nowhere/x.pth"); }, ThrowsMessage<UsageError>(HasSubstr("unet=")));
    EXPECT_THAT([&] { make_restorer("difface"); },
                ThrowsMessage<NotAvailable>(AllOf(HasSubstr(kSwinIr), HasSubstr(kUnet))));
    EXPECT_THAT([&] { make(swinir()); }, ThrowsMessage<NotAvailable>(AllOf(HasSubstr(kUnet), Not(HasSubstr(kSwinIr)))));
}

TEST_F(DifFaceMethod, HalfPrecisionIsReadAndSaid) {
    const fs::path half = *folder_ / "half.pth";
    write_checkpoint(half, halved(swinir_tensors()));
    const auto method = make("start=0,swinir=" + half.string());
    EXPECT_THAT(method->info().convention, HasSubstr("SwinIR's file holds F16 numbers"));
    const ImagePtr face = synthetic("face", 512, 512, 30);
    const double far = mean_abs_difference(*restored(*method, *face), *restored(*make("start=0," + files()), *face));
    EXPECT_LT(far, 1);
    fs::remove(half);
}

// Held in [-1, 1], such numbers would make a picture all the same.
TEST_F(DifFaceMethod, NumbersThatOverflowFailThePicture) {
    const ImagePtr face = synthetic("face", 512, 512, 30);
    const fs::path large = *folder_ / "large.pth";
    const auto write = [&](Tensors tensors, const std::string& key, at::IntArrayRef shape) {
        for (auto& tensor : tensors) {
            if (tensor.path.ends_with(key)) tensor = to_checkpoint(tensor.path, at::full(shape, 3e38F));
        }
        write_checkpoint(large, tensors);
    };
    write(swinir_tensors(), "conv_last.weight", {3, 64, 3, 3});
    EXPECT_THAT([&] { restored(*make("start=0,swinir=" + large.string()), *face); },
                ThrowsMessage<Error>(AllOf(HasSubstr("not finite"), HasSubstr(large.string()))));
    write(unet_tensors(), "out.2.weight", {6, 32, 3, 3});
    EXPECT_THAT([&] { restored(*make("start=1," + swinir() + ",unet=" + large.string()), *face); },
                ThrowsMessage<Error>(AllOf(HasSubstr("not finite"), HasSubstr(large.string()))));
    fs::remove(large);
}

}  // namespace
}  // namespace bfr::testing
