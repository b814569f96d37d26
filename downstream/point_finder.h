// Networks and trees that mark the 68 points of iBUG 300-W on a face.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/unit.h"
#include "datasets/faces/models.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

class PointFinder {
  public:
    virtual ~PointFinder() = default;
    // 68 points in pixels of the picture; none where no face is found. Kept in the picture's memo.
    virtual std::optional<FacePoints> find(const Image& image) const = 0;

    const std::string& name() const { return name_; }  // "dlib", "fan68"
    // By what they are found, and on what.
    const std::string& convention() const { return convention_; }
    const std::string& source() const { return source_; }
    const std::vector<WeightsUse>& weights() const { return weights_; }

  protected:
    std::string name_, convention_, source_;
    std::vector<WeightsUse> weights_;
};

std::unique_ptr<PointFinder> make_dlib_points(const UnitContext& context, FaceFinding finding);

// face_alignment's 2D FAN with four hourglasses. Its archives hold the same network.
enum class FanArchive {
    kTorchScript,  // 2DFAN4-cd938726ad.zip, as LibTorch runs it: no other file is, for that would run what is in it
    kStateDict,    // 2DFAN4-11f355bf06.pth.tar, on this program's own network
};
struct FanOptions {
    FanArchive archive = FanArchive::kTorchScript;
    bool exact = false;                                 // not truncated to whole pixels as the package does it
    std::optional<std::filesystem::path> weights = {};  // a person's own file of tensors (kStateDict)
};
std::unique_ptr<PointFinder> make_fan_points(const UnitContext& context, FaceFinding finding,
                                             const FanOptions& options);

// The same around a network at hand: float32 (1, 3, 256, 256) RGB in [0, 1] -> (1, 68, 64, 64).
using HeatMaps = std::function<at::Tensor(const at::Tensor&)>;
std::optional<FacePoints> fan_points(const Image& image, const FaceBox& box, const HeatMaps& network, bool exact);

}  // namespace bfr
