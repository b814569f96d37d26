// Landmark detection on the restored face. Normalisers as in Sagonas et al., "300 Faces in-the-wild challenge" (2016):
// the outer eye corners (interocular), and the box of the points, which large poses spoil less.
#include <cmath>
#include <limits>

#include "base/error.h"
#include "downstream/faces.h"
#include "downstream/landmark_errors.h"
#include "downstream/point_finder.h"
#include "downstream/units.h"

namespace bfr {
namespace {

constexpr double kFailure = 0.08;      // of the interocular distance; 300-W's threshold
constexpr size_t kCurvePoints = 17;    // of the cumulative curve in the report: every 0.005
constexpr size_t kNmeInterocular = 0;  // place among the values

// x0, y0, x1, y1 ... to a hundredth of a pixel: dlib's are integers, annotated ones need not be.
Json compact(std::span<const std::array<double, 2>> points) {
    Json list = Json::array();
    for (const auto& point : points) {
        for (const double coordinate : point) {
            const double rounded = std::round(coordinate * 100) / 100;
            if (rounded == std::floor(rounded) && std::abs(rounded) < 1e9) {
                list.push_back(static_cast<int64_t>(rounded));
            } else {
                list.push_back(rounded);
            }
        }
    }
    return list;
}

class Landmarks : public Task {
  public:
    // `twice`: landmark_errors()'s.
    Landmarks(const Spec& spec, FaceFinding finding, std::unique_ptr<PointFinder> finder, const std::string& version,
              std::span<const size_t> twice)
        : finder_(std::move(finder)), twice_(twice) {
        info_.label = spec.canonical();
        info_.weights = finder_->weights();
        info_.trained_on = training_sets_of(finding);
        info_.version = version;
        info_.summary = "error of 68 points on the restored face";
        info_.convention = fmt::format(
            "68 points of iBUG 300-W by {} on the restored and on the reference picture (8-bit RGB, equal sizes); {}; "
            "annotated points, where a sample has them, stand for the reference's. NME: mean Euclidean distance / "
            "outer eye corners (points 36, 45) of the reference, as a fraction; nme_box: / sqrt(width * height) of the "
            "reference points' box. Means leave out faces that were not found; auc and failure_rate count a face that "
            "is not found on the restored picture as a failure, and leave out samples whose reference has none{}",
            finder_->convention(), describe(finding),
            twice.empty() ? ""
                          : "; the means are over the 72 points that face_recognition lists: the mouth's corners (48, "
                            "54, 60, 64) count twice");
        info_.source = finder_->source();
        info_.needs_reference = false;  // annotated points do as well
        const auto add = [&](const std::string& name, const char* unit, const std::string& summary, int decimals = 4) {
            info_.values.push_back({info_.label + "." + name, unit, Direction::kLowerIsBetter, summary, decimals});
        };
        add("nme_interocular", "", "mean distance of the points / distance of the reference's outer eye corners");
        add("nme_box", "", "mean distance of the points / square root of the area of the reference points' box");
        add("error_px", "px", "mean distance of the points", 2);
        for (const auto& region : kLandmarkRegions) {
            add(std::string(region.name), "", fmt::format("nme_interocular over the points of the {}", region.name));
        }
        info_.set_values = {
            {info_.label + ".auc", "", Direction::kHigherIsBetter,
             "area under the cumulative curve of nme_interocular up to 0.08, / 0.08; a face not found is a failure", 4},
            {info_.label + ".failure_rate", "", Direction::kLowerIsBetter,
             "share of faces not found or with nme_interocular over 0.08", 4}};
    }

    const ScorerInfo& info() const override { return info_; }

    Scores run(const Image& restored, const Image* reference, const SampleFiles& sample) const override {
        if (!reference && !sample.points) return nothing("no reference and no annotated points", Json::object());
        if (reference && (restored.width() != reference->width() || restored.height() != reference->height())) {
            throw Error(fmt::format(
                "the restored picture is {}x{}, its reference {}x{}; points of different frames can't be compared",
                restored.width(), restored.height(), reference->width(), reference->height()));
        }
        const auto expected = sample.points ? annotated(sample) : finder_->find(*reference);
        const auto found = finder_->find(restored);
        Json details{{"restored_found", found.has_value()},
                     {"reference_found", expected.has_value()},
                     {"reference_points_from", sample.points ? "annotation" : finder_->name()}};
        if (found) details["restored_points"] = compact(*found);
        if (expected) details["reference_points"] = compact(*expected);
        if (!expected) return nothing("no face found on the reference", std::move(details));
        if (!found) return nothing("no face found on the restored picture", std::move(details));

        const auto errors = landmark_errors(Points68(*found), Points68(*expected), twice_);
        if (!(errors.interocular > 0 && errors.box > 0)) {
            return nothing("the reference's points have no extent", std::move(details));
        }
        Scores scores{{errors.mean / errors.interocular, errors.mean / errors.box, errors.mean}, std::move(details)};
        for (const double region : errors.regions) scores.values.emplace_back(region / errors.interocular);
        return scores;
    }

    TaskSummary summarise(std::span<const TaskRecord> records) const override {
        std::vector<double> errors;
        std::vector<std::string> judged;  // the samples of the errors
        uint64_t restored_not_found = 0, reference_not_found = 0;
        for (const auto& record : records) {
            const auto reference = detail_flag(record.details, "reference_found");
            const auto restored = detail_flag(record.details, "restored_found");
            if (!reference || !restored) continue;  // the task had nothing to compare, or never ran
            if (!*reference) {
                reference_not_found++;
            } else if (!*restored) {
                restored_not_found++;
                errors.push_back(std::numeric_limits<double>::infinity());
                judged.push_back(record.sample_id);
            } else if (kNmeInterocular < record.values.size() && record.values[kNmeInterocular]) {
                errors.push_back(*record.values[kNmeInterocular]);
                judged.push_back(record.sample_id);
            }
        }
        TaskSummary summary;
        summary.details = {{"n", errors.size()},
                           {"n_restored_not_found", restored_not_found},
                           {"n_reference_not_found", reference_not_found},
                           {"failure_threshold", kFailure}};
        const auto none = Score::none("no sample with points on its reference");
        const auto curve = errors.empty() ? ErrorCurve{} : error_curve(errors, kFailure, kCurvePoints);
        for (const double value : {curve.area, curve.failure_rate}) {
            summary.values.push_back(
                {info_.set_values.at(summary.values.size()), errors.empty() ? none : Score(value), judged});
        }
        if (!errors.empty())
            summary.details["curve"] = {{"nme_interocular", curve.thresholds}, {"share", curve.shares}};
        return summary;
    }

  private:
    Scores nothing(const std::string& why, Json details) const {
        return {std::vector<Score>(info_.values.size(), Score::none(why)), std::move(details)};
    }

    static std::optional<FacePoints> annotated(const SampleFiles& sample) {
        const auto& points = *sample.points;
        const auto finite = [](const auto& p) { return std::isfinite(p[0]) && std::isfinite(p[1]); };
        if (points.size() != kPoints68 || !std::ranges::all_of(points, finite)) {
            throw Error(fmt::format("{}: {} annotated points; the task needs {} with finite coordinates", sample.id,
                                    points.size(), kPoints68));
        }
        return points;
    }

    ScorerInfo info_;
    std::unique_ptr<PointFinder> finder_;
    const std::span<const size_t> twice_;
};

}  // namespace

std::unique_ptr<Task> make_landmarks(SpecReader& reader, const UnitContext& context) {
    static const std::vector<std::string> networks{"dlib", "fan68"}, archives{"torchscript", "state-dict"},
        decodings{"package", "exact"};
    const bool fan = reader.choice("net", "dlib", networks) == "fan68";
    for (const char* key : {"archive", "decoding", "weights"}) {
        if (!fan && reader.has(key)) throw UsageError(fmt::format("task landmarks: {}= is for net=fan68", key));
    }
    FanOptions options;
    if (fan) {
        if (reader.choice("archive", archives[0], archives) == "state-dict") options.archive = FanArchive::kStateDict;
        options.exact = reader.choice("decoding", decodings[0], decodings) == "exact";
        if (reader.has("weights")) options.weights = reader.text("weights", "");
    }
    const FaceFinding finding = read_finding(reader, "crop");
    static const std::vector<std::string> counts{"68", "72"};
    const bool corners_twice = reader.choice("points", counts[0], counts) == "72";
    reader.finish();
    if (options.weights && options.archive == FanArchive::kTorchScript)
        throw UsageError("task landmarks: weights= is a file of tensors, for archive=state-dict");
    const bool own_fan = fan && options.archive == FanArchive::kStateDict;
    return std::make_unique<Landmarks>(
        reader.spec(), finding, fan ? make_fan_points(context, finding, options) : make_dlib_points(context, finding),
        own_fan ? "3" : "2", corners_twice ? std::span<const size_t>(kMouthCorners) : std::span<const size_t>());
}

}  // namespace bfr
