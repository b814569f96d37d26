#include "base/vectors.h"
#include "datasets/faces/models.h"
#include "datasets/faces/training_sets.h"
#include "metrics/pictures.h"
#include "metrics/units.h"

namespace bfr {
namespace {

struct IdentityOptions {
    bool distance = false;
    FaceFinding find = FaceFinding::kCrop;
};

class Identity : public ImageMetric {
  public:
    Identity(const IdentityOptions& options, const WeightsLocator& weights) : options_(options) {
        FaceModelFiles files;
        files.points68 = use(weights, "shape_predictor_68_face_landmarks.dat");
        files.recognition = use(weights, "dlib_face_recognition_resnet_model_v1.dat");
        if (options.find == FaceFinding::kMmod) files.mmod = use(weights, "mmod_human_face_detector.dat");
        models_ = std::make_unique<FaceModels>(files);

        info_.label = label_of("identity", {{"measure", options.distance ? "distance" : "cosine", "cosine"},
                                            {"find", to_string(options.find), "crop"}});
        info_.trained_on = training_sets_of(options.find);
        info_.version = "2";
        info_.summary = "Likeness of the restored face to the reference's by dlib's face descriptor";
        info_.convention = fmt::format(
            "{} of dlib's 128-number descriptors; {}; chip of 150 pixels, padding 0.25, by 68 points found "
            "on each picture; no "
            "jitter; {}",
            options.distance ? "Euclidean distance" : "cosine", describe(options.find),
            options.distance
                ? "0 is the same picture, under 0.6 dlib takes two faces for one person"
                : "1 is the same picture; 150 pairs of different people (LFW, aligned) have 0.83, deviation 0.04");
        info_.source =
            options.distance
                ? "dlib dlib_face_recognition_resnet_model_v1; the form of BFRBench's AFICS (arXiv 2206.03697, code)"
                : "dlib dlib_face_recognition_resnet_model_v1";
        info_.values = {{info_.label, "", options.distance ? Direction::kLowerIsBetter : Direction::kHigherIsBetter,
                         options.distance ? "distance of the face descriptors" : "cosine of the face descriptors", 4}};
    }

    const ScorerInfo& info() const override { return info_; }

    Scores score(const ScoredPicture& picture) const override {
        const Image &restored = picture.restored, *reference = picture.reference;
        const auto wanted = models_->find_descriptor(*reference, options_.find);
        if (!wanted) return {{Score::none("no face found in the reference")}};
        const auto found = models_->find_descriptor(restored, options_.find);
        if (!found) return {{Score::none("no face found in the restored picture")}};
        return {{options_.distance ? euclidean_distance(*found, *wanted) : cosine(*found, *wanted)}};
    }

  private:
    std::filesystem::path use(const WeightsLocator& weights, const std::string& name) {
        const FoundFile found = weights.find(name);
        info_.weights.push_back(found.use);
        return found.path;
    }

    IdentityOptions options_;
    std::unique_ptr<FaceModels> models_;
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_identity(SpecReader& reader, const UnitContext& context) {
    IdentityOptions options;
    const std::string measures[] = {"cosine", "distance"};
    options.distance = reader.choice("measure", "cosine", measures) == "distance";
    options.find = parse_face_finding(reader.text("find", "crop"));
    reader.finish();
    return std::make_unique<Identity>(options, context.weights);
}

}  // namespace bfr
