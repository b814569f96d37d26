// GPEN as a method: its sizes, what comes before and after the network, and what it says of wrong files.
#include "nets/gpen.h"

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

Tensors stand_in(const nets::GpenOptions& options, const std::string& path) {
    const nets::WithoutInit without_init;
    return hashed_tensors(nets::Gpen(options), path);
}

class GpenMethod : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = new Scratch;
        tensors_ = new Tensors(stand_in(nets::GpenOptions::of_256(), ""));
        write_checkpoint(*folder_ / "GPEN-BFR-256.pth", *tensors_);
    }
    static void TearDownTestSuite() {
        delete tensors_;
        delete folder_;
    }
    static std::unique_ptr<Restorer> make(const std::string& options) { return make_restorer("gpen:" + options); }
    static std::string file() { return "file=" + (*folder_ / "GPEN-BFR-256.pth").string(); }
    // What is said of a file of these tensors.
    static std::string refusal(const Tensors& tensors, const std::string& method = "gpen") {
        const fs::path wrong = *folder_ / "wrong.pth";
        write_checkpoint(wrong, tensors);
        const std::string said = message_of<Error>([&] { make_restorer(method + ":file=" + wrong.string()); });
        EXPECT_THAT(said, HasSubstr(wrong.string()));
        fs::remove(wrong);
        return said;
    }

    const OneThread one_thread_;
    static inline Scratch* folder_ = nullptr;
    static inline Tensors* tensors_ = nullptr;
};

TEST_F(GpenMethod, IsItsNetworkBetweenTheAuthorsSteps) {
    const at::NoGradGuard no_grad;
    nets::Gpen net(nets::GpenOptions::of_256());
    load_strictly(net, tensors_below(open_checkpoint(*folder_ / "GPEN-BFR-256.pth"), ""), "file");
    net.eval();
    nets::prepare_for_inference(net);
    const ImagePtr face = synthetic("face", 256, 256, 30), large = synthetic("face", 512, 512, 30);
    const auto method = make(file());
    const auto by_network = [&](const cv::Mat& bgr) {
        return authors_picture(net.forward(authors_input(bgr)), AuthorsLevels::kTruncated);
    };
    const ImagePtr result = restored(*method, *face);
    EXPECT_EQ(cv::norm(result->bgr8(), by_network(face->bgr8()), cv::NORM_INF), 0);
    EXPECT_GT(mean_abs_difference(*result, *face), 1);
    EXPECT_EQ(restored(*method, *face, "b", 2)->sha256(), result->sha256());

    cv::Mat resized;
    cv::resize(large->bgr8(), resized, {256, 256}, 0, 0, cv::INTER_LINEAR);
    EXPECT_EQ(cv::norm(restored(*method, *large)->bgr8(), by_network(resized), cv::NORM_INF), 0);
    EXPECT_THAT([&] { restored(*make(file() + ",resize=none"), *large); },
                ThrowsMessage<Error>(AllOf(HasSubstr("512x512"), HasSubstr("bfr align --size 256"))));
    EXPECT_THAT([&] { restored(*method, *synthetic("wide", 64, 48, 3)); },
                ThrowsMessage<Error>(AllOf(HasSubstr("64x48"), HasSubstr("--align --paste"))));
}

TEST_F(GpenMethod, SaysWhatItIs) {
    const auto method = make(file());
    const RestorerInfo& info = method->info();
    EXPECT_EQ(info.label, "gpen:" + file());
    EXPECT_EQ(make("name=x," + file())->info().label, "gpen:name=x[own]");
    EXPECT_EQ(info.side, 256);
    EXPECT_FALSE(info.draws);
    EXPECT_GT(*info.gflop, 5);
    EXPECT_THAT(info.convention, AllOf(HasSubstr("256x256"), HasSubstr("truncated"), Not(HasSubstr("F16"))));
    EXPECT_THAT([&] { make("size=256," + file()); }, ThrowsMessage<UsageError>(HasSubstr("leave the option size out")));
    EXPECT_THAT([&] { make("size=300"); }, ThrowsMessage<UsageError>(HasSubstr("size")));
}

TEST_F(GpenMethod, FindsTheAuthorsFilesBySize) {
    UnitContext context;
    context.weights = WeightsLocator({folder_->path()});
    const auto published = [&](const std::string& spec) { return restorers().make(Spec::parse(spec), context); };
    EXPECT_EQ(published("gpen:size=256")->info().weights[0].file, "GPEN-BFR-256.pth");
    EXPECT_THAT([&] { published("gpen"); }, ThrowsMessage<NotAvailable>(HasSubstr("GPEN-BFR-512.pth")));
    const fs::path named = *folder_ / "GPEN-BFR-512.pth";
    fs::copy_file(*folder_ / "GPEN-BFR-256.pth", named);
    EXPECT_THAT([&] { published("gpen"); },
                ThrowsMessage<Error>(AllOf(HasSubstr("GPEN-BFR-512.pth"), HasSubstr("of 256 pixels, not 512"))));
    fs::remove(named);
}

// One's own training leaves g, g_ema, d and the optimisers'; the average is meant.
TEST_F(GpenMethod, ReadsATrainersFile) {
    Tensors trainers;
    for (const auto& tensor : *tensors_) {
        CheckpointTensor other = tensor;
        other.path = "g." + tensor.path;
        if (tensor.path == "ecd0.0.1.bias") other = to_checkpoint(other.path, at::ones({tensor.stored.shape[0]}));
        trainers.push_back(other);
        trainers.push_back({"g_ema." + tensor.path, tensor.stored});
    }
    const fs::path trained = *folder_ / "trained.pth";
    write_checkpoint(trained, trainers);
    const ImagePtr face = synthetic("face", 256, 256, 30);
    EXPECT_EQ(restored(*make("file=" + trained.string()), *face)->sha256(), restored(*make(file()), *face)->sha256());
    fs::remove(trained);
}

TEST_F(GpenMethod, RefusesWhatItCantRun) {
    EXPECT_THAT(refusal(without(*tensors_, "final_linear.0.bias")), HasSubstr("final_linear.0.bias [512] is missing"));
    EXPECT_THAT(refusal({tensors_->front()}), HasSubstr("doesn't hold GPEN"));
    EXPECT_THAT(refusal(*tensors_, "restoreformer"), HasSubstr("it looks like GPEN, which is method gpen's"));
    EXPECT_THAT(refusal(without(*tensors_, "ecd3.0.1.weight")), HasSubstr("GPEN of 64 to 2048 pixels"));
    for (const int64_t channels : {1, 100, 5000}) {
        Tensors wide = *tensors_;
        for (auto& tensor : wide) {
            if (tensor.path == "generator.input.input")
                tensor = to_checkpoint(tensor.path, at::zeros({1, channels, 4, 4}));
        }
        EXPECT_THAT(refusal(wide), HasSubstr(channels == 100 ? "ecd0.0.0.weight is" : "no GPEN's")) << channels;
    }
    Tensors infinite = *tensors_;
    for (auto& tensor : infinite) {
        if (tensor.path == "generator.to_rgbs.0.bias")
            tensor = to_checkpoint(tensor.path, at::full({1, 3, 1, 1}, std::numeric_limits<float>::infinity()));
    }
    EXPECT_THAT(refusal(infinite), HasSubstr("generator.to_rgbs.0.bias holds a value that is not a finite number"));

    const fs::path cut = *folder_ / "cut.pth";
    fs::copy_file(*folder_ / "GPEN-BFR-256.pth", cut);
    for (const double share : {0.999, 0.5, 0.001}) {
        fs::resize_file(cut, static_cast<uint64_t>(share * static_cast<double>(fs::file_size(cut))));
        EXPECT_THAT([&] { make("file=" + cut.string()); }, ThrowsMessage<Error>(HasSubstr(cut.string()))) << share;
    }
    fs::remove(cut);
}

TEST_F(GpenMethod, HalfPrecisionIsReadAndSaid) {
    const fs::path half = *folder_ / "half.pth";
    write_checkpoint(half, halved(*tensors_));
    const auto method = make("file=" + half.string());
    EXPECT_THAT(method->info().convention, HasSubstr("its file holds F16 numbers"));
    const ImagePtr face = synthetic("face", 256, 256, 30);
    EXPECT_LT(mean_abs_difference(*restored(*method, *face), *restored(*make(file()), *face)), 20);
    fs::remove(half);
}

// One's own of another size, found and run as the published ones are.
TEST_F(GpenMethod, TakesTheSmallestSize) {
    const fs::path small = *folder_ / "small.pth";
    write_checkpoint(small, stand_in({.size = 64, .channels = {.base = 64, .multiplier = 1}}, ""));
    const auto method = make("file=" + small.string());
    EXPECT_EQ(method->info().side, 64);
    EXPECT_EQ(restored(*method, *synthetic("face", 64, 64, 30))->width(), 64);
    fs::remove(small);
}

// The authors' own sizes, as a file of 512 pixels says them.
TEST(GpenSizes, AreReadOffTheFile) {
    const auto sizes = [](const nets::GpenOptions& options) {
        const nets::WithoutInit without_init;
        const nets::Gpen net(options);
        StateDict shapes;
        for (const auto& item : net.named_parameters()) shapes[item.key()] = item.value();
        return nets::gpen_options_of(shapes, "file");
    };
    for (const auto& options : {nets::GpenOptions(), nets::GpenOptions::of_256(), nets::GpenOptions{.size = 2048},
                                nets::GpenOptions{.size = 64}}) {
        const auto found = sizes(options);
        EXPECT_EQ(found.size, options.size);
        EXPECT_EQ(found.channels.base, options.channels.base);
        EXPECT_EQ(found.channels.multiplier, options.channels.multiplier);
    }
    int64_t numbers = 0;
    const nets::WithoutInit without_init;
    for (const auto& parameter : nets::Gpen({}).parameters()) numbers += parameter.numel();
    EXPECT_NEAR(static_cast<double>(numbers), 71.01e6, 1e4);  // the published count
}

}  // namespace
}  // namespace bfr::testing
