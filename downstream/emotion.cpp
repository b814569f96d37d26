#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "downstream/class_agreement.h"
#include "downstream/expression_reader.h"
#include "downstream/faces.h"
#include "downstream/units.h"

namespace bfr {
namespace {

using Probabilities = std::vector<float>;

// To six decimals, which the records need not exceed.
Json compact(const Probabilities& probabilities) {
    Json list = Json::array();
    for (const float p : probabilities) list.push_back(std::round(static_cast<double>(p) * 1e6) / 1e6);
    return list;
}

// Which part of the picture the network is shown.
enum class Framing {
    kBox,     // the box of the face as it was found
    kPoints,  // the box of its 68 points, enlarged as the package does it once it has landmarks (FaceLandmarks.align)
};
constexpr double kPadding = 0.2;  // of the points' box, half of it on each side

std::string describe_framing(Framing framing) {
    if (framing == Framing::kBox) return "the network sees exactly that box";
    return fmt::format(
        "the network sees the bounding box of dlib's 68 points found in that box, {} times as wide and high",
        1 + kPadding);
}

// The package's rounding: every one of left, top, width and height down.
FaceBox enclosing_box(const FacePoints& points) {
    const auto [left, right] = std::ranges::minmax(points, {}, [](const auto& p) { return p[0]; });
    const auto [top, bottom] = std::ranges::minmax(points, {}, [](const auto& p) { return p[1]; });
    const double width = right[0] - left[0], height = bottom[1] - top[1];
    FaceBox box;
    box.left = static_cast<long>(std::floor(left[0] - kPadding * width / 2));
    box.top = static_cast<long>(std::floor(top[1] - kPadding * height / 2));
    box.right = box.left + static_cast<long>(std::floor(width + kPadding * width)) - 1;
    box.bottom = box.top + static_cast<long>(std::floor(height + kPadding * height)) - 1;
    return box;
}

class Emotion : public Task {
  public:
    Emotion(const Spec& spec, FaceFinding finding, Framing framing, std::unique_ptr<ExpressionReader> reader,
            const UnitContext& context)
        : finding_(finding),
          framing_(framing),
          models_(find_face_models(context, finding, framing == Framing::kPoints, info_.weights)),
          reader_(std::move(reader)) {
        info_.weights.insert(info_.weights.end(), reader_->weights().begin(), reader_->weights().end());
        info_.label = spec.canonical();
        info_.trained_on = training_sets_of(finding);
        info_.version = "3";
        info_.summary = "the expression that a network reads on the restored face";
        const size_t count = reader_->classes().size();
        info_.convention = fmt::format(
            "{} classes ({}) from 8-bit RGB; {}; {}, cut off at the picture's border, {}. js_divergence: "
            "Jensen-Shannon, base 2, of the {} probabilities. Means leave out faces that were not found; "
            "agreement_rate and accuracy count them as wrong",
            count, fmt::join(reader_->classes(), ", "), bfr::describe(finding), describe_framing(framing),
            reader_->convention(), count);
        info_.source = reader_->source();
        info_.needs_reference = false;  // a label does as well
        const auto value = [&](const char* name, const char* unit, Direction direction, const char* summary) {
            info_.values.push_back({info_.label + "." + name, unit, direction, summary, 4});
        };
        value("agreement", "", Direction::kHigherIsBetter, "1 where restored and reference get the same class, else 0");
        value("js_divergence", "bit", Direction::kLowerIsBetter,
              "Jensen-Shannon divergence of the classes' probabilities, restored and reference, 0 to 1");
        value("correct", "", Direction::kHigherIsBetter, "1 where the restored face gets the sample's label, else 0");
        const auto set_value = [&](const char* name, const char* summary) {
            info_.set_values.push_back({info_.label + "." + name, "", Direction::kHigherIsBetter, summary, 4});
        };
        set_value("agreement_rate",
                  "share of faces whose restored class is the reference's; a face not found on the restored picture is "
                  "wrong");
        set_value("accuracy",
                  "share of labelled samples whose restored face gets the label; a face not found is wrong");
        set_value("reference_accuracy", "the same of the reference: what a perfect restoration gets");
    }

    const ScorerInfo& info() const override { return info_; }

    Scores run(const Image& restored, const Image* reference, const SampleFiles& sample) const override {
        const auto label = reader_->class_index(sample.label);
        if (!reference && !label) {
            const auto none = Score::none("no reference");
            Json details = Json::object();
            if (!sample.label.empty()) details[kUnknownLabel] = printable(sample.label);
            return {{none, none, no_label(sample)}, std::move(details)};
        }
        const auto& on_restored = probabilities(restored);
        Json details{{"restored_found", on_restored.has_value()}};
        if (label) details["label"] = reader_->classes()[*label];
        if (!label && !sample.label.empty()) details[kUnknownLabel] = printable(sample.label);
        describe("restored", on_restored, details);
        Score agreement = Score::none("no reference"), divergence = agreement;
        if (reference) {
            const auto& on_reference = probabilities(*reference);
            details["reference_found"] = on_reference.has_value();
            describe("reference", on_reference, details);
            if (!on_reference) {
                agreement = divergence = Score::none("no face found on the reference");
            } else if (!on_restored) {
                agreement = divergence = Score::none(kNotFound);
            } else {
                agreement = most_likely(*on_restored) == most_likely(*on_reference) ? 1.0 : 0.0;
                divergence = js_divergence_bits(*on_restored, *on_reference);
            }
        }
        Score correct = no_label(sample);
        if (label && !on_restored) {
            correct = Score::none(kNotFound);
        } else if (label) {
            correct = most_likely(*on_restored) == *label ? 1.0 : 0.0;
        }
        return {{agreement, divergence, correct}, std::move(details)};
    }

    TaskSummary summarise(std::span<const TaskRecord> records) const override {
        const size_t count = reader_->classes().size();
        ConfusionMatrix from_reference(count), from_label(count), reference_from_label(count);
        uint64_t restored_not_found = 0, reference_not_found = 0;
        std::string no_labels = "no labels";
        std::vector<std::string> references, labels, labelled_references;  // samples with a class or label to be met
        for (const auto& record : records) {
            if (const auto unknown = detail_text(record.details, kUnknownLabel))
                no_labels = fmt::format("no label is a class of the network: '{}', for one", *unknown);
            const auto found = detail_flag(record.details, "restored_found");
            if (!found) continue;  // the task had nothing to compare, or never ran
            restored_not_found += !*found;
            const auto restored = class_of(record, "restored_class");
            const auto reference = class_of(record, "reference_class");
            const auto label = class_of(record, "label");
            const auto reference_found = detail_flag(record.details, "reference_found");
            reference_not_found += reference_found && !*reference_found;
            if (reference) references.push_back(record.sample_id);
            if (label) labels.push_back(record.sample_id);
            if (label && reference_found) labelled_references.push_back(record.sample_id);
            if (reference && restored) from_reference.add(*reference, *restored);
            if (label && restored) from_label.add(*label, *restored);
            if (label && reference) reference_from_label.add(*label, *reference);
        }
        TaskSummary summary;
        const auto add = [&](const ConfusionMatrix& matrix, const std::vector<std::string>& samples,
                             const std::string& none) {
            const auto hits = static_cast<double>(matrix.diagonal());
            const auto n = static_cast<double>(samples.size());
            summary.values.push_back(
                {info_.set_values.at(summary.values.size()), n > 0 ? Score(hits / n) : Score::none(none), samples});
        };
        add(from_reference, references, "no reference with a face");
        add(from_label, labels, no_labels);
        add(reference_from_label, labelled_references, "no labelled references");
        summary.details = {{"classes", reader_->classes()},
                           {"n_restored_not_found", restored_not_found},
                           {"n_reference_not_found", reference_not_found}};
        if (!references.empty()) summary.details["reference_to_restored"] = from_reference.counts();
        if (!labels.empty()) summary.details["label_to_restored"] = from_label.counts();
        if (!labelled_references.empty()) summary.details["label_to_reference"] = reference_from_label.counts();
        return summary;
    }

  private:
    static constexpr const char* kUnknownLabel = "unknown_label";  // a label that is none of the classes
    static constexpr const char* kNotFound = "no face found on the restored picture";

    static Score no_label(const SampleFiles& sample) {
        if (sample.label.empty()) return Score::none("no label");
        return Score::none(fmt::format("label '{}' is not a class of the network", printable(sample.label)));
    }

    std::optional<size_t> class_of(const TaskRecord& record, const char* key) const {
        const auto name = detail_text(record.details, key);
        return name ? reader_->class_index(*name) : std::nullopt;
    }

    void describe(const std::string& which, const std::optional<Probabilities>& found, Json& details) const {
        if (!found) return;
        details[which + "_class"] = reader_->classes()[most_likely(*found)];
        details[which + "_probabilities"] = compact(*found);
    }

    // None where no face is found. Kept in the picture's memo, for a reference is asked for by every method.
    const std::optional<Probabilities>& probabilities(const Image& image) const {
        std::string key =
            fmt::format("emotion {} {}", to_string(finding_), framing_ == Framing::kBox ? "box" : "points");
        for (const auto& file : info_.weights) key += " " + file.sha256;
        return image.memo<std::optional<Probabilities>>(key, [&] { return compute(image); });
    }

    std::optional<FaceBox> framed(const Image& image) const {
        if (framing_ == Framing::kBox) return models_.find_face(image, finding_);
        const auto points = models_.find_points68(image, finding_);
        if (!points) return std::nullopt;
        return enclosing_box(*points);
    }

    std::optional<Probabilities> compute(const Image& image) const {
        const auto box = framed(image);
        if (!box) return std::nullopt;
        const int64_t left = std::max(box->left, 0L), right = std::min<int64_t>(box->right, image.width() - 1);
        const int64_t top = std::max(box->top, 0L), bottom = std::min<int64_t>(box->bottom, image.height() - 1);
        if (left > right || top > bottom) return std::nullopt;
        const auto crop = image.rgb01().narrow(2, top, bottom - top + 1).narrow(3, left, right - left + 1);
        return reader_->probabilities(crop);
    }

    ScorerInfo info_;
    FaceFinding finding_;
    Framing framing_;
    FaceModels models_;
    std::unique_ptr<ExpressionReader> reader_;
};

}  // namespace

std::unique_ptr<Task> make_emotion(SpecReader& reader, const UnitContext& context) {
    static const std::vector<std::string> networks{"face-api", "hsemotion"}, framings{"box", "points"},
        models{"enet_b0_8_best_vgaf", "enet_b0_8_best_afew", "enet_b0_7"};
    const bool hsemotion = reader.choice("net", "face-api", networks) == "hsemotion";
    for (const char* key : {"model", "weights"}) {
        if (!hsemotion && reader.has(key)) throw UsageError(fmt::format("task emotion: {}= is for net=hsemotion", key));
    }
    const std::string model = hsemotion ? reader.choice("model", models[0], models) : "";
    std::optional<std::filesystem::path> weights;
    if (hsemotion && reader.has("weights")) weights = reader.text("weights", "");
    const FaceFinding finding = read_finding(reader, "crop");
    const std::string frame = reader.choice("frame", hsemotion ? "box" : "points", framings);
    reader.finish();
    auto network = hsemotion ? make_hsemotion_reader(context, model, weights) : make_face_api_reader(context);
    return std::make_unique<Emotion>(reader.spec(), finding, frame == "box" ? Framing::kBox : Framing::kPoints,
                                     std::move(network), context);
}

}  // namespace bfr
