#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/vectors.h"
#include "metrics/face_embedder.h"
#include "metrics/pictures.h"
#include "metrics/units.h"

namespace bfr {
namespace {

enum class Measure { kCosine, kDistance, kDegrees, kRadians };
const std::string kMeasures[] = {"cosine", "distance", "degrees", "radians"};
const std::string kNets[] = {"dlib", "arcface-r18", "irse50", "mobilefacenet"};

struct IdentityOptions {
    FaceEmbedderOptions face;
    Measure measure = Measure::kCosine;
    double exclude_below = 0;  // values under it have no place in a mean; 0: none
    std::string label;
};

double angle(double cosine) { return std::acos(std::clamp(cosine, -1.0, 1.0)); }

double length(std::span<const float> values) {
    double sum = 0;
    for (const float v : values) sum += static_cast<double>(v) * v;
    return std::sqrt(sum);
}

class Identity : public ImageMetric {
  public:
    Identity(const IdentityOptions& options, const WeightsLocator& weights)
        : options_(options), faces_(make_face_embedder(options.face, weights)) {
        info_.label = options.label;
        info_.weights = faces_->weights();
        info_.trained_on = faces_->trained_on();
        const bool keeps_points = options.face.net == FaceNet::kIrSe50 || options.face.net == FaceNet::kArcFaceR18;
        info_.version = keeps_points ? "5" : "4";
        info_.summary = "Likeness of the restored face to the reference's by a face recognition network";
        info_.convention = fmt::format("{} of {}; {}", measured(), faces_->convention(), range());
        if (options.exclude_below > 0) {
            info_.convention += fmt::format(
                "; a value under {} is left out, as VQFR's script leaves out pictures that are nearly the same",
                options.exclude_below);
        }
        info_.source = faces_->source();
        if (is_dlib() && options.measure == Measure::kDistance)
            info_.source += "; the form of BFRBench's AFICS (arXiv 2206.03697, code)";
        const bool higher = options.measure == Measure::kCosine;
        const char* const units[] = {"", "", "degree", "rad"};
        info_.values = {{info_.label, units[static_cast<size_t>(options.measure)],
                         higher ? Direction::kHigherIsBetter : Direction::kLowerIsBetter,
                         measured() + " of the two faces' descriptors", 4}};
    }

    const ScorerInfo& info() const override { return info_; }

    Scores score(const ScoredPicture& picture) const override {
        const auto& wanted = faces_->of(*picture.reference);
        if (!wanted) return {{Score::none("no face found in the reference")}};
        const auto& found = faces_->of(picture.restored);
        if (!found) return {{Score::none("no face found in the restored picture")}};
        if (length(*wanted) == 0 || length(*found) == 0)
            return {{Score::none("undefined: a face's descriptor has no length")}};
        const double value = compare(*found, *wanted);
        if (options_.exclude_below > 0 && value < options_.exclude_below)
            return {{Score::excluded(fmt::format("exclude_below={}", options_.exclude_below))}};
        return {{value}};
    }

  private:
    bool is_dlib() const { return options_.face.net == FaceNet::kDlib; }

    std::string measured() const {
        switch (options_.measure) {
            case Measure::kCosine:
                return "cosine";
            case Measure::kDistance:
                return is_dlib() ? "Euclidean distance" : "Euclidean distance, each at length one,";
            case Measure::kDegrees:
                return "angle in degrees";
            case Measure::kRadians:
                return "angle in radians";
        }
        BFR_CHECK(false, "no measure {}", static_cast<int>(options_.measure));
    }

    std::string range() const {
        if (is_dlib() && options_.measure == Measure::kCosine)
            return "1 is the same picture; 150 pairs of different people (LFW, aligned) have 0.83, deviation 0.04";
        if (is_dlib() && options_.measure == Measure::kDistance)
            return "0 is the same picture, under 0.6 dlib takes two faces for one person";
        return options_.measure == Measure::kCosine ? "-1 to 1, 1 is the same picture" : "0 is the same picture";
    }

    double compare(std::span<const float> found, std::span<const float> wanted) const {
        const double likeness = cosine(found, wanted);
        switch (options_.measure) {
            case Measure::kCosine:
                return likeness;
            case Measure::kDistance:
                return is_dlib() ? euclidean_distance(found, wanted) : std::sqrt(std::max(0.0, 2 - 2 * likeness));
            case Measure::kDegrees:
                return angle(likeness) * 180 / std::numbers::pi;
            case Measure::kRadians:
                return angle(likeness);
        }
        BFR_CHECK(false, "no measure {}", static_cast<int>(options_.measure));
    }

    IdentityOptions options_;
    std::unique_ptr<FaceEmbedder> faces_;
    ScorerInfo info_;
};

// An option that some networks alone have.
void only_for(SpecReader& reader, const std::string& key, bool wanted, const std::string& whom) {
    if (!wanted && reader.has(key)) throw UsageError(fmt::format("metric identity: {}= is for {}", key, whom));
}

template <class Value, size_t kCount>
Value chosen(const std::string& text, const std::string (&names)[kCount]) {
    return static_cast<Value>(std::find(std::begin(names), std::end(names), text) - std::begin(names));
}

}  // namespace

std::unique_ptr<ImageMetric> make_identity(SpecReader& reader, const UnitContext& context) {
    IdentityOptions options;
    const std::string net = reader.choice("net", "dlib", kNets);
    options.face.net = chosen<FaceNet>(net, kNets);
    const bool r18 = options.face.net == FaceNet::kArcFaceR18, mobile = options.face.net == FaceNet::kMobileFaceNet,
               dlib = options.face.net == FaceNet::kDlib;

    const std::string inputs[] = {"vqfr", "restoreformer"}, aligns[] = {"points", "none"};
    only_for(reader, "input", r18, "net=arcface-r18");
    const std::string input = r18 ? reader.choice("input", "vqfr", inputs) : "";
    if (input == "restoreformer") options.face.input = GrayInput::kRestoreFormer;
    only_for(reader, "align", mobile, "net=mobilefacenet");
    const std::string align = mobile ? reader.choice("align", "points", aligns) : "";
    options.face.align = align == "points";
    const bool finds = dlib || options.face.align;
    only_for(reader, "find", finds, "net=dlib, and net=mobilefacenet where it aligns");
    if (finds) options.face.find = parse_face_finding(reader.text("find", "crop"));
    only_for(reader, "weights", !dlib, "the networks other than dlib's");
    if (!dlib) options.face.weights = read_file(reader, "weights");

    const std::string usual = r18 ? (input == "vqfr" ? "degrees" : "radians") : "cosine";
    const std::string measure = reader.choice("measure", usual, kMeasures);
    options.measure = chosen<Measure>(measure, kMeasures);
    const bool is_angle = options.measure == Measure::kDegrees || options.measure == Measure::kRadians;
    only_for(reader, "exclude_below", is_angle, "angles");
    if (is_angle) options.exclude_below = reader.number("exclude_below", 0, 0, 180);
    options.label = label_of("identity", {{"net", net, "dlib"},
                                          {"input", input, r18 ? "vqfr" : ""},
                                          {"align", align, mobile ? "points" : ""},
                                          {"find", to_string(options.face.find), "crop"},
                                          {"measure", measure, usual},
                                          {"exclude_below", fmt::format("{}", options.exclude_below), "0"},
                                          {"weights", text_of(options.face.weights), ""}});
    reader.finish();
    return std::make_unique<Identity>(options, context.weights);
}

}  // namespace bfr
