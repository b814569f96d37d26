// One step of VSPBFR's restoration training beside the authors' (goldens/training, made by their code in float64):
// losses, the gradient of every parameter, the discriminator's penalty by a second derivative, and Adam's step.
#include <gtest/gtest.h>
#include <malloc.h>
#include <torch/torch.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "nets/init.h"
#include "nets/vspbfr_sizes.h"
#include "tests/nets/support/golden_net.h"
#include "tests/support/support.h"
#include "train/adam.h"
#include "train/modules.h"
#include "train/vspbfr/restoration_losses.h"

namespace bfr {
namespace {

using testing::GoldenNet;
using testing::hashed;

// Hashed numbers by a layout file.
StateDict tensors_of(const std::filesystem::path& layout_file) {
    const Json layout = testing::read_json(layout_file);
    const auto salt = layout.at("salt").get<std::string>();
    StateDict tensors;
    for (const auto& entry : layout.at("entries")) {
        const auto key = entry.at("key").get<std::string>();
        const auto shape = entry.at("shape").get<std::vector<int64_t>>();
        const double lo = entry.at("lo").get<double>(), hi = entry.at("hi").get<double>();
        tensors[key] = lo == 0 && hi == 0 ? at::zeros(shape, at::kLong) : hashed(salt + key, shape, lo, hi);
    }
    return tensors;
}

class DoubleNoise final : public nets::NoiseSource {
  public:
    explicit DoubleNoise(const std::string& salt) : hashed_(salt) {}
    at::Tensor noise(const std::string& layer, int64_t batch, int64_t height, int64_t width) const override {
        return hashed_.noise(layer, batch, height, width).to(at::kDouble);
    }

  private:
    testing::HashedNoise hashed_;
};

class TrainingStepParity : public ::testing::Test {
  protected:
    // Two networks of 128 million numbers together: once for all tests, which leave the discriminator as it was; only
    // the last one moves the restoration net.
    static void SetUpTestSuite() {
        const auto vspbfr = testing::goldens("vspbfr", "restoration_64.layout.json");
        if (!vspbfr) return;
#ifdef __GLIBC__
        // convolutions in float64 unfold their pictures, into memory that would be asked of the kernel anew each time
        ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
        ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
        net_.emplace(filled<nets::RestorationNet>(*vspbfr, "restoration_64", nets::restoration_sizes));
        discriminator_.emplace(filled<nets::Discriminator>(*vspbfr, "discriminator_64", nets::discriminator_sizes));
    }
    static void TearDownTestSuite() {
        net_.reset();
        discriminator_.reset();
    }

    void SetUp() override {
        folder_ = testing::goldens("training", "restoration_step_64.safetensors");
        BFR_SKIP_WITHOUT("goldens/training", folder_);
        ASSERT_TRUE(net_ && discriminator_);
        golden_.emplace(SafetensorsFile::open(*folder_ / "restoration_step_64.safetensors"));
        scalars_ = Json::parse(golden_->metadata().at("scalars"));
        norms_ = Json::parse(golden_->metadata().at("gradient_norms"));
        inputs_ = Json::parse(golden_->metadata().at("inputs"));
        salt_ = golden_->metadata().at("salt");
        EXPECT_EQ(filled_with_, std::set<std::string>{salt_});
    }

    train::Judges judges(const std::filesystem::path& shared) const {
        const auto nets_folder = testing::goldens("nets", "lpips_vgg.layout.json");
        BFR_CHECK(nets_folder, "goldens/nets is missing");
        const nets::WithoutInit without_init;
        StateDict trunk = tensors_of(*nets_folder / "lpips_vgg.layout.json");
        std::erase_if(trunk, [](const auto& item) { return !item.first.starts_with("features."); });
        train::Judges judges;
        judges.perceptual = std::make_shared<train::PerceptualLoss>(
            nets::TrunkNet::kVgg16, trunk,
            nets::lpips_head_tensors(open_checkpoint(shared / "weights" / "lpips-v0.1-vgg.pth")), "the goldens");
        judges.identity = train::arcface_resnet101(tensors_of(*folder_ / "resnet101_256.layout.json"), "the goldens");
        judges.perceptual->to(at::kCPU, at::kDouble);
        judges.identity->to(at::kCPU, at::kDouble);
        return judges;
    }

    template <class Net, class Sizes>
    static Net filled(const std::filesystem::path& folder, const std::string& part, const Sizes& sizes) {
        const nets::WithoutInit without_init;
        const GoldenNet golden(folder, part);
        filled_with_.insert(golden.salt());
        Net net(sizes(golden.shapes(), part));
        golden.fill(net);
        net.eval();
        net.to(at::kDouble);
        return net;
    }

    at::Tensor input(const std::string& name) const {
        const Json& entry = inputs_.at(name);
        return hashed(entry.at("name").get<std::string>(), entry.at("shape").get<std::vector<int64_t>>(),
                      entry.at("lo").get<double>(), entry.at("hi").get<double>())
            .to(at::kDouble);
    }

    train::Critic critic() const {
        return [this](const at::Tensor& x) { return discriminator_->forward(x); };
    }

    at::Tensor restored() const {
        std::vector<at::Tensor> features;
        for (int i = 0; inputs_.contains("feature_" + std::to_string(i)); i++)
            features.push_back(input("feature_" + std::to_string(i)));
        return net_
            ->forward(input("lq"), std::move(features), input("w_plus"), net_->map(input("z")), DoubleNoise(salt_))
            .image;
    }

    at::Tensor restored_without_history() const {
        const at::NoGradGuard no_grad;
        return restored();
    }

    // The golden's numbers are float32; `relative` is of the tensor's largest magnitude.
    void expect_sampled(const std::string& name, const at::Tensor& actual, double relative) const {
        ASSERT_TRUE(golden_->has(name)) << name;
        const auto expected = to_doubles(golden_->at(name));
        const at::Tensor flat = actual.detach().to(at::kDouble).contiguous().flatten();
        const int64_t step = std::max<int64_t>(1, (flat.numel() + 63) / 64) | 1;
        ASSERT_EQ(static_cast<int64_t>(expected.size()), (flat.numel() + step - 1) / step) << name;
        const double largest = flat.abs().max().item<double>();
        double worst = 0;
        for (size_t i = 0; i < expected.size(); i++)
            worst = std::max(worst, std::abs(flat[static_cast<int64_t>(i) * step].item<double>() - expected[i]));
        EXPECT_LE(worst, relative * largest) << name << " of largest magnitude " << largest;
    }

    void expect_gradients(const std::string& tag, torch::nn::Module& net, double relative = 1e-6) const {
        size_t compared = 0;
        for (auto& item : net.named_parameters()) {
            const at::Tensor gradient = item.value().grad();
            if (!gradient.defined()) {
                EXPECT_FALSE(norms_.at(tag).contains(item.key())) << item.key();
                continue;
            }
            const double expected = norms_.at(tag).at(item.key()).get<double>();
            EXPECT_NEAR(gradient.norm().item<double>(), expected, relative * expected) << tag << " " << item.key();
            expect_sampled(tag + "/" + item.key(), gradient, relative);
            compared++;
            item.value().mutable_grad().reset();
        }
        EXPECT_EQ(compared, norms_.at(tag).size()) << tag;
    }

    void expect_scalar(const std::string& name, double actual) const {
        const double expected = scalars_.at(name).get<double>();
        EXPECT_NEAR(actual, expected, 1e-9 * std::abs(expected)) << name;
    }

    std::optional<std::filesystem::path> folder_;
    std::optional<SafetensorsFile> golden_;
    Json scalars_, norms_, inputs_;
    std::string salt_;
    static inline std::optional<nets::RestorationNet> net_;
    static inline std::optional<nets::Discriminator> discriminator_;
    static inline std::set<std::string> filled_with_;
};

TEST_F(TrainingStepParity, Discriminator) {
    const at::Tensor fake = restored_without_history(), real = input("real");
    expect_sampled("restored", fake, 1e-6);
    train::Values values;
    train::discriminator_step_loss(critic(), real, fake, values).backward();
    expect_scalar("d_logistic", values.at("discriminator"));
    expect_gradients("d_logistic", *discriminator_);

    train::penalty_loss(critic(), real, {}, values).backward();
    expect_scalar("d_r1", values.at("penalty"));
    expect_gradients("d_r1_weighted_80", *discriminator_);
}

TEST_F(TrainingStepParity, Generator) {
    const auto shared = testing::shared_dir();
    BFR_SKIP_WITHOUT("../shared (LPIPS's heads)", shared);
    const train::Judges judges = this->judges(*shared);
    train::freeze(*discriminator_);
    const train::PictureWeights weights{.pixel = 0, .perceptual = 0.5, .identity = 0.1, .summed = true};
    const double ratio = 4.0 / 5;
    train::Adam adam(train::parameters_of(*net_), {.rate = 0.002 * ratio, .beta1 = 0, .beta2 = std::pow(0.99, ratio)});
    const auto losses = [&](train::Values& values) {
        return train::restoration_loss(restored(), input("real"), critic(), 1, weights, judges, values);
    };
    std::map<std::string, at::Tensor> before;
    for (const auto& item : net_->named_parameters()) before[item.key()] = item.value().detach().clone();

    train::Values values;
    losses(values).backward();
    expect_scalar("g_nonsaturating", values.at("adversarial"));
    expect_scalar("g_lpips_vgg_sum", values.at("perceptual"));
    expect_scalar("g_identity_l1", values.at("identity"));
    expect_scalar("g_total", values.at("loss"));
    adam.step();
    expect_gradients("g_total", *net_);

    for (const auto& item : net_->named_parameters())
        expect_sampled("adam/" + item.key(), item.value().detach() - before.at(item.key()), 1e-6);
    const at::NoGradGuard no_grad;
    train::Values after;
    losses(after);
    expect_scalar("g_total_after_one_adam_step", after.at("loss"));
}

}  // namespace
}  // namespace bfr
