// GFP-GAN as a method: its versions and noise, what comes before and after the network, and what it says of wrong
// files.
#include "nets/gfpgan.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "nets/init.h"
#include "restore/authors_face.h"
#include "tests/restore/stand_ins.h"
#include "tests/restore/support.h"
#include "weights/formats/known_systems.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

using Tensors = std::vector<CheckpointTensor>;

class GfpganMethod : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = new Scratch;
        const nets::WithoutInit without_init;
        clean_ = new Tensors(hashed_tensors(nets::Gfpgan({}), "params_ema"));
        original_ = new Tensors(hashed_tensors(nets::Gfpgan(nets::GfpganOptions::v1()), "params_ema"));
        write_checkpoint(*folder_ / "GFPGANv1.3.pth", *clean_);
        write_checkpoint(*folder_ / "GFPGANv1.pth", *original_);
    }
    static void TearDownTestSuite() {
        delete clean_;
        delete original_;
        delete folder_;
    }
    static std::unique_ptr<Restorer> make(const std::string& options) { return make_restorer("gfpgan:" + options); }
    static std::string file(const std::string& name = "GFPGANv1.3.pth") { return "file=" + (*folder_ / name).string(); }
    // What is said of a file of these tensors.
    static std::string refusal(const Tensors& tensors, const std::string& method = "gfpgan:") {
        const fs::path wrong = *folder_ / "wrong.pth";
        write_checkpoint(wrong, tensors);
        const std::string said = message_of<Error>([&] { make_restorer(method + "file=" + wrong.string()); });
        EXPECT_THAT(said, HasSubstr(wrong.string()));
        fs::remove(wrong);
        return said;
    }
    static std::string sha256(const std::string& options, const std::string& id = "a", uint64_t seed = 1) {
        return restored(*make(options), *synthetic("face", 512, 512, 30), id, seed)->sha256();
    }

    const OneThread one_thread_;
    static inline Scratch* folder_ = nullptr;
    static inline Tensors *clean_ = nullptr, *original_ = nullptr;
};

void expect_stored_noise_is_the_files(const std::string& options, const fs::path& file,
                                      const nets::GfpganOptions& sizes) {
    const at::NoGradGuard no_grad;
    nets::Gfpgan net(sizes);
    load_strictly(net, tensors_below(open_checkpoint(file), "params_ema"), "file");
    net.eval();
    nets::prepare_for_inference(net);
    const ImagePtr face = synthetic("face", 512, 512, 30), small = synthetic("face", 96, 96, 30);
    const auto method = make_restorer("gfpgan:noise=stored," + options);
    const auto by_network = [&](const cv::Mat& bgr) {
        return authors_picture(net.forward(authors_input(bgr), net.stored_noise()));
    };
    const ImagePtr result = restored(*method, *face);
    EXPECT_EQ(cv::norm(result->bgr8(), by_network(face->bgr8()), cv::NORM_INF), 0);
    EXPECT_GT(mean_abs_difference(*result, *face), 1);
    EXPECT_EQ(restored(*method, *face, "b", 2)->sha256(), result->sha256());
    EXPECT_FALSE(method->info().draws);
    cv::Mat resized;
    cv::resize(small->bgr8(), resized, {512, 512}, 0, 0, cv::INTER_LINEAR);
    EXPECT_EQ(cv::norm(restored(*method, *small)->bgr8(), by_network(resized), cv::NORM_INF), 0);
}

TEST_F(GfpganMethod, IsItsNetworkBetweenTheAuthorsSteps) {
    expect_stored_noise_is_the_files(file(), *folder_ / "GFPGANv1.3.pth", {});
    expect_stored_noise_is_the_files("version=1," + file("GFPGANv1.pth"), *folder_ / "GFPGANv1.pth",
                                     nets::GfpganOptions::v1());
    EXPECT_THAT([&] { restored(*make("resize=none," + file()), *synthetic("face", 96, 96, 3)); },
                ThrowsMessage<Error>(AllOf(HasSubstr("96x96"), HasSubstr("bfr align --size 512"))));
    EXPECT_THAT([&] { restored(*make(file()), *synthetic("wide", 64, 48, 3)); },
                ThrowsMessage<Error>(AllOf(HasSubstr("64x48"), HasSubstr("--align --paste"))));
}

TEST_F(GfpganMethod, DrawsByRunAndSample) {
    const std::string drawn = sha256(file());
    EXPECT_EQ(sha256(file()), drawn);
    EXPECT_NE(sha256(file(), "b"), drawn);
    EXPECT_NE(sha256(file(), "a", 2), drawn);
    EXPECT_NE(sha256("noise=stored," + file()), drawn);
    EXPECT_EQ(sha256("seed=1," + file(), "a", 7), drawn);
    const auto method = make(file());
    EXPECT_TRUE(method->info().draws);
    EXPECT_THAT(method->info().convention, AllOf(HasSubstr("run's seed"), Not(HasSubstr("no random numbers"))));
}

TEST_F(GfpganMethod, SaysWhatItIs) {
    const auto clean = make(file()), original = make("version=1," + file("GFPGANv1.pth"));
    EXPECT_EQ(clean->info().label, "gfpgan:" + file());
    EXPECT_EQ(make("name=x," + file())->info().label, "gfpgan:name=x[own]");
    EXPECT_NEAR(*clean->info().parameters, 86.44e6, 1e4);  // the published count
    EXPECT_GT(*clean->info().gflop, 300);
    EXPECT_LT(*original->info().gflop, *clean->info().gflop);
    EXPECT_EQ(original->info().side, 512);
    // whose version a file of one's own is nobody knows
    EXPECT_THAT(original->info().source, Not(HasSubstr("--version")));
    EXPECT_THAT(original->info().convention, HasSubstr("the original architecture"));
    for (const char* const wrong : {"version=2", "noise=zero", "seed=-1", "weight=0.5"})
        EXPECT_THAT([&] { make(std::string(wrong) + "," + file()); }, ThrowsMessage<UsageError>(HasSubstr("gfpgan")))
            << wrong;
}

TEST_F(GfpganMethod, FindsTheAuthorsFilesByVersion) {
    UnitContext context;
    context.weights = WeightsLocator({folder_->path()});
    const auto published = [&](const std::string& spec) { return restorers().make(Spec::parse(spec), context); };
    EXPECT_EQ(published("gfpgan")->info().weights[0].file, "GFPGANv1.3.pth");
    EXPECT_EQ(published("gfpgan:version=1")->info().weights[0].file, "GFPGANv1.pth");
    EXPECT_THAT(published("gfpgan:version=1")->info().source, HasSubstr("--aligned --version 1"));
    EXPECT_THAT([&] { published("gfpgan:version=1.4"); }, ThrowsMessage<NotAvailable>(HasSubstr("GFPGANv1.4.pth")));
    EXPECT_THAT([&] { published("gfpgan:version=1.2"); },
                ThrowsMessage<NotAvailable>(HasSubstr("GFPGANCleanv1-NoCE-C2.pth")));
}

TEST_F(GfpganMethod, TellsTheArchitecturesApart) {
    EXPECT_THAT(refusal(*original_), AllOf(HasSubstr("doesn't hold GFPGAN (clean)"),
                                           HasSubstr("it looks like GFPGAN (original)"), HasSubstr("version=1")));
    EXPECT_THAT(refusal(*clean_, "gfpgan:version=1,"),
                AllOf(HasSubstr("doesn't hold GFPGAN (original)"), HasSubstr("it looks like GFPGAN (clean)")));
    EXPECT_THAT(refusal(*clean_, "restoreformer:"), HasSubstr("which is method gfpgan's"));
    for (const auto* const tensors : {clean_, original_}) EXPECT_EQ(looks_like(*tensors).size(), 1U);
}

TEST_F(GfpganMethod, RefusesWhatItCantRun) {
    EXPECT_THAT(refusal(without(*clean_, "params_ema.final_linear.bias")),
                HasSubstr("final_linear.bias [8192] is missing"));
    EXPECT_THAT(refusal(without(*clean_, "noises.noise14")), HasSubstr("noises.noise14 [1, 1, 512, 512] is missing"));
    Tensors infinite = *clean_;
    for (auto& tensor : infinite) {
        if (tensor.path.ends_with("to_rgb1.bias"))
            tensor = to_checkpoint(tensor.path, at::full({1, 3, 1, 1}, std::numeric_limits<float>::infinity()));
    }
    EXPECT_THAT(refusal(infinite), HasSubstr("to_rgb1.bias holds a value that is not a finite number"));
    Tensors twice;  // as some trainings leave it
    for (const char* const path : {"net_g.", "net_g_ema."}) {
        for (const auto& tensor : *clean_)
            twice.push_back({path + tensor.path.substr(tensor.path.find('.') + 1), tensor.stored});
    }
    EXPECT_THAT(refusal(twice), AllOf(HasSubstr("more than once, below net_g, net_g_ema"), HasSubstr("--subtree")));
    const fs::path cut = *folder_ / "cut.pth";
    fs::copy_file(*folder_ / "GFPGANv1.pth", cut);
    for (const double share : {0.999, 0.5, 0.001}) {
        fs::resize_file(cut, static_cast<uint64_t>(share * static_cast<double>(fs::file_size(cut))));
        EXPECT_THAT([&] { make("version=1,file=" + cut.string()); }, ThrowsMessage<Error>(HasSubstr(cut.string())))
            << share;
    }
    fs::remove(cut);
}

TEST_F(GfpganMethod, HalfPrecisionIsReadAndSaid) {
    const fs::path half = *folder_ / "half.pth";
    write_checkpoint(half, halved(*clean_));
    const auto method = make("file=" + half.string());
    EXPECT_THAT(method->info().convention, HasSubstr("its file holds F16 numbers"));
    const ImagePtr face = synthetic("face", 512, 512, 30);
    EXPECT_LT(mean_abs_difference(*restored(*method, *face), *restored(*make(file()), *face)), 20);
    fs::remove(half);
}

}  // namespace
}  // namespace bfr::testing
