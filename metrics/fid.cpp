#include <algorithm>
#include <limits>

#include "base/error.h"
#include "metrics/pictures.h"
#include "metrics/set_reference.h"
#include "metrics/units.h"

namespace bfr {
namespace {

struct FidOptions {
    InceptionConvention convention;
    ReferenceOptions reference;
    std::optional<std::filesystem::path> weights;
    int64_t num_sample = 0;  // 0: all
};

class Fid : public SetMetric {
  public:
    Fid(const FidOptions& options, const UnitContext& context)
        : options_(options),
          features_("metric fid", options.convention, options.weights, context),
          reference_("metric fid", options.reference, options.convention, features_, context.weights) {
        info_.label = label_of("fid", {{"convention", options.convention.name, "pytorch-fid"},
                                       {"order", options.convention.input.bgr ? "bgr" : "rgb", "rgb"},
                                       {"stats", options.reference.stats, ""},
                                       {"against", text_of(options.reference.against), ""},
                                       {"num_sample", std::to_string(options.num_sample), "0"},
                                       {"weights", text_of(options.weights), ""}});
        info_.version = "2";
        info_.summary = "Frechet distance of the restored pictures' features to the references'";
        info_.convention = fmt::format(
            "{}; {}{}; mean {}, covariance in double, divided by n - 1; |difference of the means|^2 + tr(A) + tr(B) - "
            "2 tr((A B)^(1/2)), the last term by singular values, nothing added to a diagonal; {}",
            options.convention.name, features_.description(),
            options.num_sample > 0 ? fmt::format("; the first {} pictures by id", options.num_sample) : "",
            options.convention.mean == MeanPrecision::kSingle ? "in single precision" : "in double",
            reference_.description());
        info_.source = "Heusel et al., arXiv 1706.08500; " + options.convention.source;
        info_.weights = {features_.weights()};
        reference_.add_to(info_);
        info_.set_values = {{info_.label, "", Direction::kLowerIsBetter, info_.summary, 3}};
    }

    const ScorerInfo& info() const override { return info_; }
    const FeatureExtractor& features() const override { return features_; }
    std::optional<std::filesystem::path> against() const override { return reference_.against(); }

    SetSummary summarise(const PictureSet& set) const override {
        const auto all = static_cast<int64_t>(set.ids.size());
        const int64_t n = options_.num_sample > 0 ? std::min(all, options_.num_sample) : all;
        SetValue value{info_.set_values[0],
                       Score::none(fmt::format("a covariance needs at least 2 pictures, and there {} {}",
                                               n == 1 ? "is" : "are", n)),
                       {set.ids.begin(), set.ids.begin() + n}};
        if (n < 2) return {{std::move(value)}};
        const Gaussian restored = gaussian_of(rows_of(set.restored, n, set.stop), options_.convention.mean);
        const int64_t limit = options_.num_sample > 0 ? options_.num_sample : kAllReferences;
        const auto kept = reference_.gaussian(set, limit, options_.convention.mean);
        const Gaussian& reference = *kept;
        const FrechetDistance distance = frechet_distance(restored, reference);
        value.score = distance.value;
        value.note = small_set_note(restored);
        if (const std::string more = reference_.note(set, SetSums::kCovariance, limit); !more.empty())
            value.note += (value.note.empty() ? "" : "; ") + more;
        Json details = {{"n", n},
                        {"n_reference", reference.n > 0 ? Json(reference.n) : Json()},
                        {"rank_at_most", restored.largest_rank()},
                        {"rank_at_most_reference", reference.n > 0 ? Json(reference.largest_rank()) : Json()},
                        {"mean_term", distance.mean},
                        {"covariance_term", distance.traces}};
        return {{std::move(value)}, std::move(details)};
    }

  private:
    FidOptions options_;
    InceptionFeatures features_;
    SetReference reference_;
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_fid(SpecReader& reader, const UnitContext& context) {
    FidOptions options;
    options.convention = read_inception_convention(reader);
    options.reference = read_reference(reader, true);
    options.num_sample = reader.integer("num_sample", 0, 0, std::numeric_limits<int32_t>::max());
    options.weights = read_file(reader, "weights");
    reader.finish();
    require_reference("metric fid", options.reference, options.convention, options.weights, context.weights);
    return std::make_unique<Fid>(options, context);
}

}  // namespace bfr
