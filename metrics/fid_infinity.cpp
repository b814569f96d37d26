#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "metrics/pictures.h"
#include "metrics/set_reference.h"
#include "metrics/sets/infinity.h"
#include "metrics/units.h"

namespace bfr {
namespace {

constexpr int64_t kAuthorsSmallest = 5000;
constexpr double kLargestResidual = 0.1;  // of the value, a point may lie off the line

struct InfinityOptions {
    InceptionConvention convention;
    int64_t points = 15, smallest = kAuthorsSmallest, seed = 1;
    ReferenceOptions reference;
    std::optional<std::filesystem::path> weights;
};

// `count` of the numbers below `among`, in their order.
std::vector<int64_t> drawn_rows(const InfinityOptions& options, uint32_t point, int64_t among, int64_t count) {
    std::vector<int64_t> numbers(static_cast<size_t>(among));
    std::iota(numbers.begin(), numbers.end(), 0);
    const Draw draw(static_cast<uint64_t>(options.seed), "", "fid_infinity/rows", point);
    for (size_t i = 0; i < static_cast<size_t>(count); i++)
        std::swap(numbers[i], numbers[i + draw.integer(i, numbers.size() - i)]);
    numbers.resize(static_cast<size_t>(count));
    std::ranges::sort(numbers);
    return numbers;
}

class FidInfinity : public SetMetric {
  public:
    FidInfinity(const InfinityOptions& options, const UnitContext& context)
        : options_(options),
          features_("metric fid_infinity", options.convention, options.weights, context),
          reference_("metric fid_infinity", options.reference, options.convention, features_, context.weights) {
        info_.label =
            label_of("fid_infinity", {{"convention", options.convention.name, "pytorch-fid"},
                                      {"order", options.convention.input.bgr ? "bgr" : "rgb", "rgb"},
                                      {"points", std::to_string(options.points), "15"},
                                      {"smallest", std::to_string(options.smallest), std::to_string(kAuthorsSmallest)},
                                      {"seed", std::to_string(options.seed), "1"},
                                      {"stats", options.reference.stats, ""},
                                      {"against", text_of(options.reference.against), ""},
                                      {"weights", text_of(options.weights), ""}});
        info_.version = "2";
        info_.summary = "FID as it would be of endless pictures, by a line over 1 / n";
        info_.convention = fmt::format(
            "{}; {}; FID of {} random subsets of the restored pictures, evenly spaced from {} to all, all {}; least "
            "squares over 1 / n, read off at 0; no value where a point lies farther off the line than {} of the value; "
            "the subsets drawn from seed {}. The references' own number keeps its "
            "bias",
            options.convention.name, features_.description(), options.points, options.smallest,
            reference_.description(), kLargestResidual, options.seed);
        info_.source =
            "Chong and Forsyth, arXiv 1911.07023; mchong6/FID_IS_infinity, score_infinity.py (from 5,000 "
            "pictures on); " +
            options.convention.source;
        info_.weights = {features_.weights()};
        reference_.add_to(info_);
        info_.set_values = {{info_.label, "", Direction::kLowerIsBetter, info_.summary, 3}};
    }

    const ScorerInfo& info() const override { return info_; }
    const FeatureExtractor& features() const override { return features_; }
    std::optional<std::filesystem::path> against() const override { return reference_.against(); }

    SetSummary summarise(const PictureSet& set) const override {
        const auto n = static_cast<int64_t>(set.ids.size());
        const int64_t smallest = options_.smallest;
        SetValue value{info_.set_values[0],
                       Score::none(fmt::format(
                           "{} different sizes from {} on need more than {} pictures{}", options_.points, smallest, n,
                           smallest == kAuthorsSmallest
                               ? ": of fewer, FID lies on no line over 1 / n (its authors begin at 5,000); smallest=N "
                                 "tries all the same"
                               : "")),
                       {set.ids.begin(), set.ids.end()}};
        if (n < smallest + options_.points - 1) return {{std::move(value)}};
        const auto kept = reference_.gaussian(set, kAllReferences, options_.convention.mean);
        const Gaussian& reference = *kept;
        const Rows rows = rows_of(set.restored, n, set.stop);
        std::vector<SizedDistance> points;
        Json distances = Json::array();
        for (const int64_t size : even_sizes(smallest, n, options_.points)) {
            const auto chosen = drawn_rows(options_, static_cast<uint32_t>(points.size()), n, size);
            const double distance =
                frechet_distance(gaussian_of(chosen_rows(rows, chosen), options_.convention.mean), reference).value;
            points.push_back({size, distance});
            distances.push_back({{"n", size}, {"fid", distance}});
        }
        const InfinityLine line = infinity_line(points);
        value.score = line.intercept;
        if (line.residual > kLargestResidual * line.intercept) {
            value.score = Score::none(fmt::format(
                "its {} points lie on no line over 1 / n: up to {:.4g} off it, and it would give {:.4g}; a value needs "
                "points within {} of it",
                points.size(), line.residual, line.intercept, kLargestResidual));
        }
        if (smallest <= rows.size) {
            value.note = fmt::format(
                "the line begins at {} pictures, not more than the {} features, where FID does not "
                "lie on a line yet; its points lie up to {:.3g} off it",
                smallest, rows.size, line.residual);
        }
        if (const std::string more = reference_.note(set, SetSums::kCovariance); !more.empty())
            value.note += (value.note.empty() ? "" : "; ") + more;
        return {{std::move(value)},
                {{"n", n},
                 {"n_reference", reference.n > 0 ? Json(reference.n) : Json()},
                 {"intercept", line.intercept},
                 {"slope", line.slope},
                 {"residual", line.residual},
                 {"points", distances}}};
    }

  private:
    InfinityOptions options_;
    InceptionFeatures features_;
    SetReference reference_;
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_fid_infinity(SpecReader& reader, const UnitContext& context) {
    InfinityOptions options;
    options.convention = read_inception_convention(reader);
    options.points = reader.integer("points", options.points, 2, 1000);
    options.smallest = reader.integer("smallest", options.smallest, 2, INT32_MAX);
    options.seed = reader.integer("seed", options.seed, 0, INT64_MAX);
    options.reference = read_reference(reader, true);
    options.weights = read_file(reader, "weights");
    reader.finish();
    require_reference("metric fid_infinity", options.reference, options.convention, options.weights, context.weights);
    return std::make_unique<FidInfinity>(options, context);
}

}  // namespace bfr
