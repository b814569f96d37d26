// Numbers that stand for a person's face, by one of the networks that the field's papers used, each on the pixels that
// it was given there.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/unit.h"
#include "datasets/faces/models.h"
#include "datasets/image.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

enum class FaceNet { kDlib, kArcFaceR18, kIrSe50, kMobileFaceNet };

enum class GrayInput {
    kVqfr,           // the decoder's gray, in [-1, 1]
    kRestoreFormer,  // RGB's weights on BGR's channels, in [0, 1]
};

struct FaceEmbedderOptions {
    FaceNet net = FaceNet::kDlib;
    FaceFinding find = FaceFinding::kCrop;              // dlib, and MobileFaceNet where it aligns
    GrayInput input = GrayInput::kVqfr;                 // ArcFace ResNet-18
    bool align = true;                                  // MobileFaceNet
    std::optional<std::filesystem::path> weights = {};  // a person's own file of that network
};

class FaceEmbedder {
  public:
    virtual ~FaceEmbedder() = default;
    // None where one is looked for and not found. Kept in the picture's memo. Throws Error for a
    // picture that is too small.
    virtual const std::optional<std::vector<float>>& of(const Image& image) const = 0;

    // What a unit says of itself: "the 512 numbers of ... from ...", files, data sets.
    const std::string& convention() const { return convention_; }
    const std::string& source() const { return source_; }
    const std::vector<WeightsUse>& weights() const { return weights_; }
    const std::vector<std::string>& trained_on() const { return trained_on_; }

  protected:
    std::filesystem::path use(const FoundFile& file) {
        weights_.push_back(file.use);
        return file.path;
    }
    std::string convention_, source_;
    std::vector<WeightsUse> weights_;
    std::vector<std::string> trained_on_;
};

// Throws NotAvailable where a model file is missing, Error where it holds another network.
std::unique_ptr<FaceEmbedder> make_face_embedder(const FaceEmbedderOptions& options, const WeightsLocator& weights);

}  // namespace bfr
