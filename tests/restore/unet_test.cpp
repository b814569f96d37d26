// The baseline U-Net as bfr train exports it.
#include "nets/unet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "base/random.h"
#include "base/sha256.h"
#include "restore/restorer.h"
#include "tests/restore/compact_vspbfr.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr int kSide = 32;

ImagePtr face(int side = kSide) {
    cv::Mat bgr(side, side, CV_8UC3);
    for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++)
            bgr.at<cv::Vec3b>(y, x) = {static_cast<uchar>(128 * x / side), static_cast<uchar>(200 * y / side), 90};
    }
    return Image::from_bgr8(bgr, "face");
}

class UNetMethod : public ::testing::Test {
  protected:
    UNetMethod() {
        torch::manual_seed(1);
        net_ = std::make_shared<nets::UNet>(nets::UNetOptions{.widths = {6, 10, 8}});
        add_tensors(*net_, "unet", tensors_);
        write();
    }
    void write(const FileMetadata& metadata = {{"bfr.side", "32"}}) const { write(tensors_, metadata); }
    void write(const std::vector<CheckpointTensor>& tensors, const FileMetadata& metadata) const {
        write_safetensors(file_, tensors, std::nullopt, metadata);
    }
    std::unique_ptr<Restorer> make(const std::map<std::string, std::string>& options = {}) const {
        Spec spec("unet");
        spec.set("file", file_.string());
        for (const auto& [key, value] : options) spec.set(key, value);
        return restorers().make(spec, UnitContext());
    }
    std::string refused() const {
        try {
            make();
        } catch (const Error& error) {
            return error.what();
        }
        return "accepted";
    }

    const Scratch folder_;
    const fs::path file_ = folder_ / "unet.safetensors";
    std::shared_ptr<nets::UNet> net_;
    std::vector<CheckpointTensor> tensors_;
};

TEST_F(UNetMethod, RestoresAsTheNetworkThatWasTrained) {
    const at::NoGradGuard no_grad;
    const auto method = make();
    const auto restored = method->restore({*face(), "a", 1}).image;
    const at::Tensor plain = (net_->forward(face()->rgb01() * 2 - 1).clamp(-1, 1) + 1) / 2;
    EXPECT_GT((plain - face()->rgb01()).abs().max().item<double>(), 0.02);  // it does something
    const at::Tensor levels = (restored->rgb01() - plain).abs() * 255;
    EXPECT_LE(levels.max().item<double>(), 0.51);  // what rounding to 8 bit moves, and the kernels of inference
    EXPECT_EQ(method->restore({*face(), "b", 2}).image->sha256(), restored->sha256());
}

TEST_F(UNetMethod, SaysWhatItIs) {
    const auto method = make();
    const RestorerInfo& info = method->info();
    EXPECT_EQ(info.label, "unet:file=" + file_.string());
    EXPECT_EQ(make({{"name", "x"}})->info().label, "unet:name=x[own]");
    EXPECT_THAT(info.convention, HasSubstr("32x32 aligned face"));
    ASSERT_EQ(info.weights.size(), 1U);
    EXPECT_TRUE(info.weights[0].own);
    EXPECT_EQ(info.weights[0].sha256, sha256_of_file(file_));
    int64_t numbers = 0;
    for (const auto& parameter : net_->parameters()) numbers += parameter.numel();
    EXPECT_EQ(info.parameters, static_cast<double>(numbers));
    EXPECT_GT(*info.gflop, 0);
    EXPECT_EQ(info.side, kSide);
    EXPECT_FALSE(info.draws);
}

TEST_F(UNetMethod, TakesFacesOfItsSizeAlone) {
    const auto method = make();
    EXPECT_THAT(
        [&] {
            method->restore({*face(64), "a", 1});
        },
        ThrowsMessage<Error>(AllOf(HasSubstr("64x64"), HasSubstr("bfr align --size 32"))));
    EXPECT_EQ(make({{"resize", "bicubic"}})->restore({*face(64), "a", 1}).image->width(), kSide);
}

TEST_F(UNetMethod, RefusesWhatItCantRun) {
    for (const std::string side : {"", "0", "-32", "30", "8192", "32 ", "x"}) {
        write({{"bfr.side", side}});
        EXPECT_THAT(refused(), AllOf(HasSubstr("unet.safetensors"), HasSubstr("bfr.side"))) << side;
    }
    write(FileMetadata{});
    EXPECT_THAT(refused(), AllOf(HasSubstr("don't say the size"), HasSubstr("bfr train vspbfr export unet")));
    write(trained_vspbfr_tensors().restoration, {{"bfr.side", "32"}});
    EXPECT_THAT(refused(), AllOf(HasSubstr("no tensors below 'unet'"), HasSubstr("VSPBFR's restoration net")));
    fs::remove(file_);
    EXPECT_THAT([&] { make(); }, ThrowsMessage<NotAvailable>(HasSubstr("is missing")));
    EXPECT_THAT([&] { restorers().make(Spec::parse("unet"), UnitContext()); },
                ThrowsMessage<UsageError>(HasSubstr("file= is missing")));
}

TEST_F(UNetMethod, AnyTensorIsNeededInItsShape) {
    for (size_t i = 0; i < tensors_.size(); i++) {
        auto fewer = tensors_, flat = tensors_;
        fewer.erase(fewer.begin() + static_cast<long>(i));
        write(fewer, {{"bfr.side", "32"}});
        EXPECT_THAT(refused(), HasSubstr("unet.safetensors")) << tensors_[i].path;
        auto& shape = flat[i].stored.shape;
        if (shape.size() == 1) continue;
        shape = {flat[i].stored.count()};
        flat[i].stored.strides = dense_strides(shape);
        write(flat, {{"bfr.side", "32"}});
        EXPECT_THAT(refused(), HasSubstr("unet.safetensors")) << tensors_[i].path;
    }
}

}  // namespace
}  // namespace bfr::testing
