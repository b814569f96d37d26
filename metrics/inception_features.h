// What FID and its kin keep of a picture: the 2,048 numbers of FID's Inception.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/spec.h"
#include "metrics/inception_input.h"
#include "metrics/set_metric.h"
#include "metrics/sets/gaussian.h"
#include "nets/inception_fid.h"

namespace bfr {

// How one tool comes to its features and their mean.
struct InceptionConvention {
    std::string name;
    InceptionInput input;
    MeanPrecision mean = MeanPrecision::kDouble;
    std::string source;  // repository, version and file
};

// pytorch-fid, basicsr, clean, torch-fidelity, torchmetrics
const std::vector<InceptionConvention>& inception_conventions();
// Option `convention`, one of `allowed` (by name; all where it is empty), the first of which is the default, and option
// `order`: rgb, or bgr.
InceptionConvention read_inception_convention(SpecReader& reader, std::vector<std::string> allowed = {});

inline constexpr const char* kInceptionFile = "pt_inception-2015-12-05-6726825d.pth";

class InceptionFeatures : public FeatureExtractor {
  public:
    // `unit`: "metric fid". `weights`: a file of the user's own (weights/catalogue/unit_files.h), else the published
    // one. Throws Error where it holds no such network.
    InceptionFeatures(const std::string& unit, const InceptionConvention& convention,
                      const std::optional<std::filesystem::path>& weights, const UnitContext& context);

    const std::string& key() const override { return key_; }
    int64_t size() const override { return nets::InceptionFid::kFeatures; }
    std::vector<float> of(const Image& image) const override;

    const WeightsUse& weights() const { return weights_; }
    // Of the user's own; none: the published one.
    const std::optional<std::filesystem::path>& own_file() const { return own_file_; }
    // "Inception v3 of 2015-12-05, 2,048 numbers before the classes; torch-bilinear to 299, 2x - 1; float32"
    std::string description() const;

  private:
    InceptionInput input_;
    WeightsUse weights_;
    std::optional<std::filesystem::path> own_file_;
    std::string key_;
    std::shared_ptr<const nets::InceptionFid> net_;
};

}  // namespace bfr
