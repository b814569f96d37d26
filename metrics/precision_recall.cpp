#include "base/error.h"
#include "metrics/pictures.h"
#include "metrics/set_reference.h"
#include "metrics/sets/neighbours.h"
#include "metrics/units.h"

namespace bfr {
namespace {

struct PrecisionRecallOptions {
    InceptionConvention convention;
    int64_t k = 3;
    ReferenceOptions reference;
    std::optional<std::filesystem::path> weights;
};

class PrecisionRecallMetric : public SetMetric {
  public:
    PrecisionRecallMetric(const PrecisionRecallOptions& options, const UnitContext& context)
        : options_(options),
          features_("metric pr", options.convention, options.weights, context),
          reference_("metric pr", options.reference, options.convention, features_, context.weights) {
        info_.label = label_of("pr", {{"convention", options.convention.name, "torch-fidelity"},
                                      {"order", options.convention.input.bgr ? "bgr" : "rgb", "rgb"},
                                      {"k", std::to_string(options.k), "3"},
                                      {"against", text_of(options.reference.against), ""},
                                      {"weights", text_of(options.weights), ""}});
        info_.version = "2";
        info_.summary = "which share of the restored pictures lies among the references, and the other way round";
        info_.convention = fmt::format(
            "{}; {}; {}; a picture lies among a set where it is no farther from one of its pictures than that one's "
            "{}. "
            "nearest other picture is; Euclidean distances in double; of FID's Inception (torch-fidelity takes "
            "VGG-16's fc2 "
            "unless told --feature-extractor inception-v3-compat: other values)",
            options.convention.name, features_.description(), reference_.description(), options.k);
        info_.source =
            "Kynkaanniemi et al., arXiv 1904.06991; toshas/torch-fidelity 0.4.0, metric_prc.py (input 1 the "
            "restored pictures); " +
            options.convention.source;
        info_.weights = {features_.weights()};
        reference_.add_to(info_);
        info_.set_values = {{info_.label + ".precision", "", Direction::kHigherIsBetter,
                             "share of the restored pictures that lie among the references", 4},
                            {info_.label + ".recall", "", Direction::kHigherIsBetter,
                             "share of the references that lie among the restored pictures", 4}};
    }

    const ScorerInfo& info() const override { return info_; }
    const FeatureExtractor& features() const override { return features_; }
    std::optional<std::filesystem::path> against() const override { return reference_.against(); }

    SetSummary summarise(const PictureSet& set) const override {
        const auto n = static_cast<int64_t>(set.ids.size());
        const int64_t m = set.reference->count(), fewest = std::min(n, m);
        SetSummary summary;
        for (const auto& value : info_.set_values) {
            summary.values.push_back(
                {value,
                 Score::none(fmt::format("a {}. neighbour needs more than {} pictures, and there {} {}", options_.k,
                                         options_.k, fewest == 1 ? "is" : "are", fewest)),
                 {set.ids.begin(), set.ids.end()}});
        }
        if (fewest <= options_.k) return summary;
        const Rows restored = rows_of(set.restored, n, set.stop), reference = rows_of(*set.reference, m, set.stop);
        const int k = static_cast<int>(options_.k);
        const auto radii = radii_.of(set.reference->identity(), [&] { return neighbour_radii(reference, k); });
        const PrecisionRecall found = precision_recall(restored, reference, k, *radii);
        summary.values[0].score = found.precision;
        summary.values[1].score = found.recall;
        summary.values[0].note = summary.values[1].note = reference_.note(set, SetSums::kRows);
        summary.details = {{"n", n}, {"n_reference", m}};
        return summary;
    }

  private:
    PrecisionRecallOptions options_;
    InceptionFeatures features_;
    SetReference reference_;
    KeptOfRows<std::vector<double>> radii_;  // of the references
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_precision_recall(SpecReader& reader, const UnitContext& context) {
    PrecisionRecallOptions options;
    options.convention = read_inception_convention(reader, {"torch-fidelity", "pytorch-fid", "clean", "torchmetrics"});
    options.k = reader.integer("k", options.k, 1, 1000);
    options.reference = read_reference(reader, false);
    options.weights = read_file(reader, "weights");
    reader.finish();
    require_reference("metric pr", options.reference, options.convention, options.weights, context.weights);
    return std::make_unique<PrecisionRecallMetric>(options, context);
}

}  // namespace bfr
