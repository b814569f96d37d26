// Systems as bfr train makes them: the small encoder, the straight path, files that say what they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "base/random.h"
#include "restore/restorer.h"
#include "restore/vspbfr/pipeline.h"
#include "tests/restore/compact_vspbfr.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

constexpr int kSize = CompactVspbfr::kSize;
constexpr double kTolerance = 1e-4;  // of the largest magnitude: the kernels of inference sum in another order

ImagePtr face(int shade = 0) {
    cv::Mat bgr(kSize, kSize, CV_8UC3);
    for (int y = 0; y < kSize; y++) {
        for (int x = 0; x < kSize; x++)
            bgr.at<cv::Vec3b>(y, x) = {static_cast<uchar>(4 * x + shade), static_cast<uchar>(4 * y), 90};
    }
    return Image::from_bgr8(bgr, "face");
}

void expect_close(const at::Tensor& found, const at::Tensor& wanted) {
    ASSERT_EQ(found.sizes(), wanted.sizes());
    EXPECT_GT(wanted.abs().max().item<double>(), 0);
    EXPECT_LE((found - wanted).abs().max().item<double>(), kTolerance * wanted.abs().max().item<double>());
}

class TrainedVspbfr : public ::testing::Test {
  protected:
    TrainedVspbfr() { write_trained_vspbfr(folder_.path(), tensors_); }

    std::unique_ptr<Restorer> make(const std::map<std::string, std::string>& options = {}) const {
        Spec spec("vspbfr");
        spec.set("files", folder_.path().string());
        for (const auto& [key, value] : options) spec.set(key, value);
        return restorers().make(spec, UnitContext());
    }
    std::string label(const std::map<std::string, std::string>& options = {}) const {
        return make(options)->info().label;
    }
    std::string refused() const {
        try {
            make();
        } catch (const Error& error) {
            return error.what();
        }
        return "accepted";
    }
    // As training computes: every operation differentiable, nothing prepared.
    template <class Net, class Options>
    Net plain(const Options& options, const fs::path& file, const std::string& prefix) const {
        Net net(options);
        load_strictly(net, tensors_below(open_checkpoint(file), prefix), file.string());
        net.eval();
        return net;
    }

    const VspbfrTensors tensors_ = trained_vspbfr_tensors();
    const Scratch folder_;
};

TEST_F(TrainedVspbfr, IsAFunctionOfSeedSampleAndPicture) {
    const auto method = make(), again = make();
    const auto sha = [](const Restorer& restorer, const Image& picture, const std::string& id = "a",
                        uint64_t seed = 1) {
        return restorer.restore({picture, id, seed}).image->sha256();
    };
    const std::string first = sha(*method, *face());
    EXPECT_EQ(sha(*again, *face()), first);
    EXPECT_NE(sha(*method, *face(40)), first);
    EXPECT_NE(sha(*method, *face(), "b"), first);
    EXPECT_NE(sha(*method, *face(), "a", 2), first);
    for (const std::map<std::string, std::string>& options :
         std::vector<std::map<std::string, std::string>>{{{"steps", "2"}},
                                                         {{"stop_after", "1"}},
                                                         {{"prompt", "degraded"}},
                                                         {{"prompt", "none"}},
                                                         {{"noise", "zero"}}})
        EXPECT_NE(sha(*make(options), *face()), first) << options.begin()->first;
    EXPECT_EQ(method->info().side, kSize);
    EXPECT_GT(*method->info().gflop, 0);
}

// Each network and the way of the codes, against the operations that training differentiates.
TEST_F(TrainedVspbfr, EqualsWhatTrainingComputes) {
    const auto sizes = trained_sizes();
    const auto files = trained_vspbfr_files(folder_.path());
    const auto encoder = plain<nets::CompactStyleEncoder>(std::get<nets::CompactStyleEncoderOptions>(sizes.encoder),
                                                          files.style, "state_dict.encoder");
    const auto bank = plain<nets::StyleGan2>(sizes.bank, files.style, "state_dict.decoder");
    const auto diffuser = plain<nets::CodeDiffuser>(sizes.diffuser, files.diffuser, "att_mapper");
    const auto net = plain<nets::RestorationNet>(sizes.restoration, files.restoration, "g_ema");
    const vspbfr::PipelineOptions options{.mixing = 0};
    const vspbfr::DrawId id{3, "a", 0};
    const at::Tensor rgb = face()->rgb01() * 2 - 1, small = rgb;
    at::Tensor scores = bank.linear()->scores(small), codes = encoder.forward(small);
    EXPECT_GT(scores.abs().max().item<double>(), 0.01 * codes.abs().max().item<double>());
    codes =
        codes + at::constant_pad_nd(scores, {0, codes.size(1) * codes.size(2) - scores.size(1)}).view(codes.sizes());
    const at::Tensor start = vspbfr::draw_normal(id, "x_T", codes.sizes());
    const at::Tensor prompt = nets::sample_codes(diffuser, nets::CodeSchedule(4), start, codes);
    const auto features =
        bank.forward(prompt, vspbfr::DrawnNoise(id, "stylegan2"), net.feature_count(), false).features;
    const at::Tensor z = vspbfr::draw_mixing(id, sizes.bank.style_width, net.codes(), 0).first;
    const at::Tensor picture =
        net.forward(rgb, features, prompt, net.map(z), vspbfr::DrawnNoise(id, "restoration")).image;
    ASSERT_TRUE(picture.requires_grad());

    const auto networks = vspbfr::load_networks(files);
    const auto encoded = vspbfr::encode(*networks, face()->rgb01());
    expect_close(encoded.codes, codes.detach());
    const auto restored = vspbfr::restore_face(*networks, encoded, options, id);
    expect_close(restored.prompt.codes, prompt.detach());
    const auto found = vspbfr::prompt_features(*networks, prompt.detach(), options, id);
    for (size_t k = 1; k < found.size(); k++) expect_close(found[k], features[k].detach());
    expect_close(restored.rgb, picture.detach());
    expect_close(vspbfr::preview(*networks, prompt.detach(), options, id),
                 bank.forward(prompt, vspbfr::DrawnNoise(id, "stylegan2"), 0, true).image.detach());
}

TEST_F(TrainedVspbfr, OfOneBranchRestores) {
    write_trained_vspbfr(folder_.path(), trained_vspbfr_tensors(1));
    const auto networks = vspbfr::load_networks(trained_vspbfr_files(folder_.path()));
    EXPECT_EQ(networks->sizes.restoration.rates, std::vector<int64_t>{1});
    EXPECT_EQ(make()->restore({*face(), "a", 1}).image->width(), kSize);
}

TEST_F(TrainedVspbfr, InBfloat16TheStraightPathStaysExact) {
    try {
        const auto reduced = make({{"precision", "bf16"}});
        EXPECT_EQ(reduced->restore({*face(), "a", 1}).image->width(), kSize);
    } catch (const NotAvailable& error) {
        GTEST_SKIP() << "SKIPPED: " << error.what();
    }
}

TEST_F(TrainedVspbfr, StepsThatItWasntTrainedForAreMarked) {
    EXPECT_THAT(label(), Not(HasSubstr("off-distribution")));  // a file that says nothing has the published number
    write_trained_vspbfr(folder_.path(), tensors_, {{"bfr.steps", "2"}});
    EXPECT_THAT(label(), HasSubstr("[off-distribution]"));
    EXPECT_THAT(make()->info().convention, HasSubstr("trained for 2"));
    EXPECT_THAT(label({{"steps", "2"}}), Not(HasSubstr("off-distribution")));
    for (const std::string wrong : {"0", "-1", "2.5", "1001", "x", "99999999999999999999"}) {
        write_trained_vspbfr(folder_.path(), tensors_, {{"bfr.steps", wrong}});
        EXPECT_THAT(refused(), AllOf(HasSubstr("code_diffuser.safetensors"), HasSubstr("bfr.steps")));
    }
}

// The net knows the prompts that it was trained with; others run, and the row says so.
TEST_F(TrainedVspbfr, PromptsThatItWasntTrainedWithAreMarked) {
    EXPECT_THAT(label({{"prompt", "none"}}), HasSubstr("[off-distribution]"));
    EXPECT_THAT(make({{"prompt", "degraded"}})->info().convention,
                HasSubstr("(the restoration net was trained with prompt diffused)"));
    for (const std::string trained : {"none", "degraded"}) {
        write_trained_vspbfr(folder_.path(), tensors_, {{"bfr.prompt", trained}});
        EXPECT_THAT(label({{"prompt", trained}}), Not(HasSubstr("off-distribution"))) << trained;
        EXPECT_THAT(label(), HasSubstr("[off-distribution]")) << trained;
        EXPECT_THAT(label({{"prompt", trained == "none" ? "degraded" : "none"}}), HasSubstr("[off-distribution]"));
    }
    write_trained_vspbfr(folder_.path(), tensors_, {{"bfr.prompt", "kind"}});
    EXPECT_THAT(refused(), AllOf(HasSubstr("restoration_net.safetensors"), HasSubstr("bfr.prompt is 'kind'")));
}

TEST_F(TrainedVspbfr, CountsTheNetworksThatRun) {
    const auto networks = vspbfr::load_networks(trained_vspbfr_files(folder_.path()));
    const auto count = [](const torch::nn::Module& net) {
        double numbers = 0;
        for (const auto& parameter : net.parameters()) numbers += static_cast<double>(parameter.numel());
        return numbers;
    };
    const auto sizes = trained_sizes();
    const double encoder = count(nets::CompactStyleEncoder(std::get<nets::CompactStyleEncoderOptions>(sizes.encoder)));
    const double diffuser = count(nets::CodeDiffuser(sizes.diffuser)), all = networks->parameters;
    EXPECT_EQ(make()->info().parameters, all);
    EXPECT_EQ(make({{"prompt", "degraded"}})->info().parameters, all - diffuser);
    EXPECT_EQ(make({{"prompt", "none"}})->info().parameters, all - diffuser - encoder);
}

// Where the net's own prompts were diffused in another number of steps than its diffuser was trained for, neither
// number is what both know.
TEST_F(TrainedVspbfr, PromptsOfOtherStepsAreMarked) {
    const Scratch other;
    write_trained_vspbfr(other.path(), tensors_, {{"bfr.steps", "2"}});
    fs::copy_file(trained_vspbfr_files(other.path()).restoration, trained_vspbfr_files(folder_.path()).restoration,
                  fs::copy_options::overwrite_existing);
    EXPECT_THAT(make()->info().convention, HasSubstr("(the restoration net was trained with prompts of 2)"));
    EXPECT_THAT(label({{"steps", "2"}}), HasSubstr("[off-distribution]"));
    EXPECT_THAT(label({{"prompt", "none"}}), HasSubstr("[off-distribution]"));
}

TEST_F(TrainedVspbfr, ItsOwnSeedStandsForTheRuns) {
    const auto sha = [](const Restorer& restorer, uint64_t run_seed) {
        return restorer.restore({*face(), "a", run_seed}).image->sha256();
    };
    const auto plain = make(), third = make({{"seed", "3"}});
    EXPECT_EQ(sha(*third, 1), sha(*plain, 3));
    EXPECT_EQ(sha(*third, 2), sha(*plain, 3));
    EXPECT_NE(sha(*third, 1), sha(*plain, 1));
    EXPECT_THAT(third->info().convention, HasSubstr("the seed 3"));
    EXPECT_THAT([&] { make({{"seed", "-1"}}); }, ThrowsMessage<UsageError>(HasSubstr("seed")));
}

TEST_F(TrainedVspbfr, FilesOfAnotherPriorAreRefused) {
    const Scratch other;
    write_trained_vspbfr(folder_.path(), tensors_, {{"bfr.prior", "a"}});
    EXPECT_EQ(refused(), "accepted");
    write_trained_vspbfr(other.path(), tensors_, {{"bfr.prior", "b"}});
    fs::copy_file(trained_vspbfr_files(other.path()).diffuser, trained_vspbfr_files(folder_.path()).diffuser,
                  fs::copy_options::overwrite_existing);
    EXPECT_THAT(refused(), AllOf(HasSubstr("code_diffuser.safetensors: was trained on another prior"),
                                 HasSubstr("style_encoder_decoder.safetensors")));
}

TEST_F(TrainedVspbfr, AnyWrongShapeIsRefused) {
    for (uint32_t round = 0; round < 150; round++) {
        const Draw draw(1, "shapes", "wrong", 0, round);
        VspbfrTensors files = tensors_;
        auto& victim = files.style[draw.integer(1, files.style.size() - 1)];
        auto& shape = victim.stored.shape;
        const auto before = shape;
        const size_t d = draw.integer(2, shape.size());
        switch (draw.integer(3, 5)) {
            case 0:
                shape[d]--;
                break;
            case 1:
                std::swap(shape[d], shape[0]);
                break;
            case 2:
                shape.push_back(1);
                break;
            case 3:
                shape = {victim.stored.count()};
                break;
            default:
                shape[d] = (shape[d] + 1) / 2;
        }
        if (shape == before) continue;
        victim.stored.strides = dense_strides(shape);
        SCOPED_TRACE(victim.path + " " + shape_text(before) + " as " + shape_text(shape));
        write_trained_vspbfr(folder_.path(), files);
        EXPECT_THAT(refused(), HasSubstr("style_encoder_decoder.safetensors"));
    }
}

TEST_F(TrainedVspbfr, AnyTensorButTheNoiseMapsIsNeeded) {
    for (size_t i = 0; i < tensors_.style.size(); i += 5) {
        VspbfrTensors files = tensors_;
        const std::string path = files.style[i].path;
        files.style.erase(files.style.begin() + static_cast<long>(i));
        write_trained_vspbfr(folder_.path(), files);
        EXPECT_THAT(refused(), HasSubstr("style_encoder_decoder.safetensors")) << path;
    }
}

TEST_F(TrainedVspbfr, AFileThatIsMissingOrThereTwice) {
    const auto files = trained_vspbfr_files(folder_.path());
    fs::remove(files.restoration);
    EXPECT_THAT(refused(),
                AllOf(HasSubstr(files.restoration.string() + " is missing"), HasSubstr("bfr train vspbfr export")));
    fs::copy_file(files.style, files.restoration);
    EXPECT_THAT(refused(), AllOf(HasSubstr("has no tensors below 'g_ema'"), HasSubstr("a compact style encoder"),
                                 HasSubstr("bfr train vspbfr export writes such a file")));
    fs::remove(files.restoration);
    write_trained_vspbfr(folder_.path(), tensors_);
    fs::copy_file(files.style, folder_ / kStyleFile);
    EXPECT_THAT([&] { make(); }, ThrowsMessage<UsageError>(HasSubstr("which is meant?")));
}

// Whose weights they are stands in every label.
TEST_F(TrainedVspbfr, LabelsSayWhoseWeightsTheyAre) {
    EXPECT_EQ(label(), "vspbfr:files=" + folder_.path().string());
    EXPECT_EQ(label({{"name", "mine"}}), "vspbfr:name=mine[own]");
    EXPECT_TRUE(make()->info().weights[0].own);
    EXPECT_THAT([&] { make({{"weights", "official"}}); }, ThrowsMessage<UsageError>(HasSubstr("leave one out")));

    // the bundled files where there are any, else drawn ones in their place
    const Scratch weights;
    fs::path folder = source_dir() / "weights" / "bundled";
    if (!fs::exists(folder / "compact-128")) {
        write_trained_vspbfr(weights / "compact-128", tensors_);
        folder = weights.path();
    }
    const UnitContext context{.weights = WeightsLocator({folder})};
    const auto of = [&](const std::string& spec) { return restorers().make(Spec::parse(spec), context)->info().label; };
    EXPECT_EQ(of("vspbfr"), "vspbfr[compact-128]");
    EXPECT_EQ(of("vspbfr:weights=compact-128"), "vspbfr[compact-128]");
    EXPECT_EQ(of("vspbfr:steps=8"), "vspbfr:steps=8[compact-128][off-distribution]");
    EXPECT_EQ(of("vspbfr:name=x"), "vspbfr:name=x[compact-128]");
    EXPECT_THAT([&] { restorers().make(Spec::parse("vspbfr:weights=official"), context); },
                ThrowsMessage<NotAvailable>(HasSubstr("bfr weights fetch style_encoder_decoder.pt")));
    const Scratch empty;
    const UnitContext none{.weights = WeightsLocator({empty.path()})};
    EXPECT_THAT(
        [&] { restorers().make(Spec::parse("vspbfr"), none); },
        ThrowsMessage<NotAvailable>(AllOf(HasSubstr("compact-128/style_encoder_decoder.safetensors"),
                                          HasSubstr("vspbfr:weights=official"), HasSubstr("bfr train vspbfr"))));
}

}  // namespace
}  // namespace bfr::testing
