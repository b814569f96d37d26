#include "metrics/face_embedder.h"

#include <torch/torch.h>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/files.h"
#include "datasets/faces/arcface_chip.h"
#include "datasets/faces/training_sets.h"
#include "metrics/pictures.h"
#include "nets/arcface_irse50.h"
#include "nets/arcface_resnet18.h"
#include "nets/mobilefacenet.h"
#include "nets/published.h"
#include "weights/catalogue/unit_files.h"
#include "weights/formats/checkpoint.h"

namespace bfr {

namespace {

using Embedding = std::optional<std::vector<float>>;

std::vector<float> numbers(const at::Tensor& row) {
    const at::Tensor plain = row.contiguous();
    return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

// (1, C, H, W) in 0..255 from 8-bit pixels.
at::Tensor pixels_of(const cv::Mat& picture) {
    const cv::Mat plain = picture.isContinuous() ? picture : picture.clone();
    return at::from_blob(plain.data, {1, plain.rows, plain.cols, plain.channels()}, at::kByte)
        .to(at::kFloat)
        .permute({0, 3, 1, 2})
        .contiguous();
}

class Dlib : public FaceEmbedder {
  public:
    Dlib(const FaceEmbedderOptions& options, const WeightsLocator& weights) : find_(options.find) {
        FaceModelFiles files;
        files.points68 = use(weights.find("shape_predictor_68_face_landmarks.dat"));
        files.recognition = use(weights.find("dlib_face_recognition_resnet_model_v1.dat"));
        if (find_ == FaceFinding::kMmod) files.mmod = use(weights.find("mmod_human_face_detector.dat"));
        models_ = std::make_unique<FaceModels>(files);
        key_ = "identity dlib " + to_string(find_);
        for (const auto& file : weights_) key_ += " " + file.sha256;
        convention_ = fmt::format(
            "dlib's 128-number descriptors; {}; chip of 150 pixels, padding 0.25, by 68 points found on each picture; "
            "no jitter",
            describe(find_));
        source_ = "dlib dlib_face_recognition_resnet_model_v1";
        trained_on_ = training_sets_of(find_);
    }
    const Embedding& of(const Image& image) const override {
        return image.memo<Embedding>(key_, [&] { return models_->find_descriptor(image, find_); });
    }

  private:
    FaceFinding find_;
    std::unique_ptr<FaceModels> models_;
    std::string key_;
};

// What the other networks share.
template <class Net>
class Published : public FaceEmbedder {
  public:
    const Embedding& of(const Image& image) const final {
        return image.memo<Embedding>(key_, [&]() -> Embedding {
            const at::NoGradGuard no_grad;
            const auto input = input_of(image);
            if (!input) return std::nullopt;
            return numbers(embed(*input));
        });
    }

  protected:
    Published(const std::string& file, const std::string& network, const FaceEmbedderOptions& options,
              const WeightsLocator& weights) {
        const FoundFile found = find_unit_file(weights, "metric identity", {"weights", options.weights, file});
        file_ = use(found);
        net_ = nets::published<Net>(file_, network);
        key_ = fmt::format("identity {} {}", network, found.use.sha256);
    }
    // None where no face is found.
    virtual std::optional<at::Tensor> input_of(const Image& image) const = 0;
    virtual at::Tensor embed(const at::Tensor& input) const { return net_->forward(input); }

    std::filesystem::path file_;
    std::shared_ptr<const Net> net_;
    std::string key_;  // with all that an embedding depends on
};

class ArcFaceR18 final : public Published<nets::ArcFaceResNet18> {
  public:
    ArcFaceR18(const FaceEmbedderOptions& options, const WeightsLocator& weights)
        : Published(options.input == GrayInput::kVqfr ? "resnet18_110.pth" : "arcface_resnet18.pth",
                    "ArcFace ResNet-18", options, weights),
          input_(options.input) {
        if (input_ == GrayInput::kVqfr && !options.weights) check_vqfr_file();
        key_ += input_ == GrayInput::kVqfr ? " vqfr" : " restoreformer";
        const std::string what = "the 512 raw outputs of ArcFace's ResNet-18 for the whole picture in gray, ";
        if (input_ == GrayInput::kVqfr) {
            convention_ =
                what + "as OpenCV reads a file's gray, at 128x128 by OpenCV's bilinear in 8 bit, (v - 127.5) / 127.5";
            source_ =
                "TencentARC/VQFR at 239c77a, metric_paper/calculate_cos_dist.py, resnet18_110.pth (Deng et al., arXiv "
                "1801.07698; ronghuaiyang/arcface-pytorch)";
        } else {
            convention_ = what +
                          "0.2989 B + 0.5870 G + 0.1140 R of [0, 1] (the weights of R and B exchanged, as the script "
                          "does it), at 128x128 by PyTorch's bilinear without antialiasing";
            source_ =
                "wzhouxiff/RestoreFormerPlusPlus at 59d250f, scripts/metrics/cal_identity_distance.py, "
                "arcface_resnet18.pth";
        }
    }

  private:
    // The file of RestoreFormer has the same architecture, and nobody publishes either's hash. VQFR's script loads its
    // own strictly into a DataParallel: all of its names begin with "module.".
    void check_vqfr_file() const {
        const Checkpoint checkpoint = open_checkpoint(file_);
        for (const auto& tensor : checkpoint.tensors()) {
            if (tensor.path.starts_with("module.")) continue;
            throw Error(fmt::format(
                "{}: is not the file that VQFR's script reads: its tensor {} doesn't lie below 'module'; it may be "
                "arcface_resnet18.pth under that name. A file of your own is named by weights=FILE",
                printable(file_), tensor.path));
        }
    }

    std::optional<at::Tensor> input_of(const Image& image) const override {
        constexpr int kSide = nets::ArcFaceResNet18::kSide;
        if (input_ == GrayInput::kVqfr) {
            cv::Mat gray;
            cv::resize(image.decoder_gray8(), gray, {kSide, kSide}, 0, 0, cv::INTER_LINEAR);
            return (pixels_of(gray) - 127.5) / 127.5;
        }
        const at::Tensor rgb = image.rgb01();
        const at::Tensor gray =
            0.2989 * rgb.narrow(1, 2, 1) + 0.5870 * rgb.narrow(1, 1, 1) + 0.1140 * rgb.narrow(1, 0, 1);
        return at::upsample_bilinear2d(gray, {kSide, kSide}, false);
    }
    GrayInput input_;
};

class IrSe50 final : public Published<nets::ArcFaceIrSe50> {
  public:
    IrSe50(const FaceEmbedderOptions& options, const WeightsLocator& weights)
        : Published("model_ir_se50.pth", "ArcFace IR-SE50", options, weights) {
        convention_ =
            "ArcFace's IR-SE-50, 512 numbers of length one, as pSp's and e4e's identity loss uses it: the picture in "
            "[-1, 1] averaged down to 256x256, its rows 35 to 222 and columns 32 to 219 averaged to 112x112 "
            "(AdaptiveAvgPool2d); made for FFHQ-aligned crops";
        source_ = "eladrich/pixel2style2pixel at 5cfff38, criteria/id_loss.py, model_ir_se50.pth (TreB1eN)";
    }

  private:
    std::optional<at::Tensor> input_of(const Image& image) const override {
        constexpr int kFace = 256;
        if (std::min(image.width(), image.height()) < kFace) {
            throw Error(fmt::format("{}: {}x{} pixels; net=irse50 needs at least {} a side", image.name(),
                                    image.width(), image.height(), kFace));
        }
        const at::Tensor face = at::adaptive_avg_pool2d(image.rgb01() * 2 - 1, {kFace, kFace});
        return at::adaptive_avg_pool2d(face.narrow(2, 35, 188).narrow(3, 32, 188), {kArcFaceSide, kArcFaceSide});
    }
};

class MobileFace final : public Published<nets::MobileFaceNet> {
  public:
    MobileFace(const FaceEmbedderOptions& options, const WeightsLocator& weights)
        : Published("mobilefacenet.pt", "MobileFaceNet", options, weights), find_(options.find), align_(options.align) {
        FaceModelFiles files;
        if (align_) {
            files.points68 = use(weights.find("shape_predictor_68_face_landmarks.dat"));
            if (find_ == FaceFinding::kMmod) files.mmod = use(weights.find("mmod_human_face_detector.dat"));
            trained_on_ = training_sets_of(find_);
        }
        models_ = std::make_unique<FaceModels>(files);
        key_ += align_ ? " aligned " + to_string(find_) : " whole";
        for (const auto& file : weights_) key_ += " " + file.sha256;
        convention_ = fmt::format(
            "MobileFaceNet's 128 numbers for the face and for its mirror image, added up; {}; RGB of ImageNet's mean "
            "and deviation",
            align_ ? fmt::format("{}; turned and scaled to ArcFace's five points on 112x112 (least squares; eyes, nose "
                                 "and corners of the mouth from dlib's 68 points on each picture)",
                                 describe(find_))
                   : "the whole picture at 112x112 (OpenCV, area averages), not aligned");
        source_ = "foamliu/MobileFaceNet at a6cc903, lfw_eval.py, mobilefacenet.pt (Chen et al., arXiv 1804.07573)";
    }

  private:
    std::optional<at::Tensor> input_of(const Image& image) const override {
        cv::Mat chip;
        if (align_) {
            const auto points = models_->find_points68(image, find_);
            if (!points) return std::nullopt;
            const auto aligned = arcface_chip(image.rgb8(), *points);
            if (!aligned) return std::nullopt;
            chip = *aligned;
        } else {
            cv::resize(image.rgb8(), chip, {kArcFaceSide, kArcFaceSide}, 0, 0, cv::INTER_AREA);
        }
        const auto row = [](double r, double g, double b) {
            return at::tensor(std::vector<float>{static_cast<float>(r), static_cast<float>(g), static_cast<float>(b)})
                .view({1, 3, 1, 1});
        };
        return (pixels_of(chip) / 255 - row(.485, .456, .406)) / row(.229, .224, .225);
    }
    at::Tensor embed(const at::Tensor& input) const override {
        return net_->forward(input) + net_->forward(input.flip({3}));
    }
    FaceFinding find_;
    bool align_;
    std::unique_ptr<FaceModels> models_;
};

}  // namespace

std::unique_ptr<FaceEmbedder> make_face_embedder(const FaceEmbedderOptions& options, const WeightsLocator& weights) {
    switch (options.net) {
        case FaceNet::kDlib:
            return std::make_unique<Dlib>(options, weights);
        case FaceNet::kArcFaceR18:
            return std::make_unique<ArcFaceR18>(options, weights);
        case FaceNet::kIrSe50:
            return std::make_unique<IrSe50>(options, weights);
        case FaceNet::kMobileFaceNet:
            return std::make_unique<MobileFace>(options, weights);
    }
    BFR_CHECK(false, "no face network {}", static_cast<int>(options.net));
}

}  // namespace bfr
