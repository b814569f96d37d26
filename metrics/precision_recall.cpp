#include "base/error.h"
#include "metrics/inception_features.h"
#include "metrics/pictures.h"
#include "metrics/sets/neighbours.h"
#include "metrics/units.h"

namespace bfr {
namespace {

struct PrecisionRecallOptions {
    InceptionConvention convention;
    int64_t k = 3;
    std::string weights;
};

class PrecisionRecallMetric : public SetMetric {
  public:
    PrecisionRecallMetric(const PrecisionRecallOptions& options, const UnitContext& context)
        : options_(options), features_(options.convention, options.weights, context) {
        info_.label = label_of("pr", {{"convention", options.convention.name, "torch-fidelity"},
                                      {"k", std::to_string(options.k), "3"},
                                      {"weights", options.weights, ""}});
        info_.version = "1";
        info_.summary = "which share of the restored pictures lies among the references, and the other way round";
        info_.convention = fmt::format(
            "{}; {}; a picture lies among a set where it is no farther from one of its pictures than that one's {}. "
            "nearest other picture is; Euclidean distances in double; ours of FID's Inception (torch-fidelity 0.4 "
            "takes "
            "VGG-16 unless told --feature-extractor inception-v3-compat)",
            options.convention.name, features_.description(), options.k);
        info_.source =
            "Kynkaanniemi et al., arXiv 1904.06991; toshas/torch-fidelity 0.4.0, metric_prc.py (input 1 the "
            "restored pictures); " +
            options.convention.source;
        info_.weights = {features_.weights()};
        info_.set_values = {{info_.label + ".precision", "", Direction::kHigherIsBetter,
                             "share of the restored pictures that lie among the references", 4},
                            {info_.label + ".recall", "", Direction::kHigherIsBetter,
                             "share of the references that lie among the restored pictures", 4}};
    }

    const ScorerInfo& info() const override { return info_; }
    const FeatureExtractor& features() const override { return features_; }

    SetSummary summarise(const PictureSet& set) const override {
        const auto n = static_cast<int64_t>(set.ids.size());
        SetSummary summary;
        for (const auto& value : info_.set_values) {
            summary.values.push_back(
                {value,
                 Score::none(fmt::format("a {}. neighbour needs more than {} pictures, and there {} {}", options_.k,
                                         options_.k, n == 1 ? "is" : "are", n)),
                 {set.ids.begin(), set.ids.end()}});
        }
        if (n <= options_.k) return summary;
        const auto found =
            precision_recall(rows_of(set.restored, n), rows_of(*set.reference, n), static_cast<int>(options_.k));
        summary.values[0].score = found.precision;
        summary.values[1].score = found.recall;
        summary.details = {{"n", n}};
        return summary;
    }

  private:
    PrecisionRecallOptions options_;
    InceptionFeatures features_;
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_precision_recall(SpecReader& reader, const UnitContext& context) {
    PrecisionRecallOptions options;
    options.convention = read_inception_convention(reader, {"torch-fidelity", "pytorch-fid", "clean", "torchmetrics"});
    options.k = reader.integer("k", options.k, 1, 1000);
    options.weights = reader.text("weights", "");
    reader.finish();
    return std::make_unique<PrecisionRecallMetric>(options, context);
}

}  // namespace bfr
