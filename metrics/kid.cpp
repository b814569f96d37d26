#include <algorithm>

#include "base/error.h"
#include "metrics/pictures.h"
#include "metrics/set_reference.h"
#include "metrics/sets/kernel_distance.h"
#include "metrics/units.h"

namespace bfr {
namespace {

struct KidOptions {
    InceptionConvention convention;
    int64_t subsets = 100, subset_size = 1000, seed = 2020;
    std::string fewer;               // than subset_size: refuse, all
    std::string first = "restored";  // whose subset is drawn first: restored, reference
    ReferenceOptions reference;
    std::optional<std::filesystem::path> weights;
};

// clean-fid takes as many as there are; torch-fidelity refuses, and PMRF's script asks it for no more than there are.
std::string usual_fewer(const InceptionConvention& convention) { return convention.name == "clean" ? "all" : "refuse"; }

class Kid : public SetMetric {
  public:
    Kid(const KidOptions& options, const UnitContext& context)
        : options_(options),
          features_("metric kid", options.convention, options.weights, context),
          reference_("metric kid", options.reference, options.convention, features_, context.weights) {
        info_.label = label_of("kid", {{"convention", options.convention.name, "torch-fidelity"},
                                       {"order", options.convention.input.bgr ? "bgr" : "rgb", "rgb"},
                                       {"subsets", std::to_string(options.subsets), "100"},
                                       {"subset_size", std::to_string(options.subset_size), "1000"},
                                       {"seed", std::to_string(options.seed), "2020"},
                                       {"fewer", options.fewer, usual_fewer(options.convention)},
                                       {"first", options.first, "restored"},
                                       {"against", text_of(options.reference.against), ""},
                                       {"weights", text_of(options.weights), ""}});
        info_.version = "2";
        info_.summary = "Kernel Inception Distance of the restored pictures to the references";
        info_.convention = fmt::format(
            "{}; {}; {}; kernel (x.y / 2048 + 1)^3 in double; unbiased estimate of the squared maximum mean "
            "discrepancy: "
            "mean "
            "over {} subsets of {} pictures{}, drawn without replacement by numpy's RandomState({}), each time {} "
            "first, as torch-fidelity does "
            "where those are its input 1; not multiplied (papers often print 1000 times or 100 times the value)",
            options.convention.name, features_.description(), reference_.description(), options.subsets,
            options.subset_size, options.fewer == "all" ? ", or of all where there are fewer" : "", options.seed,
            options.first == "restored" ? "of the restored pictures" : "of the references");
        info_.source = "Binkowski et al., arXiv 1801.01401; toshas/torch-fidelity 0.4.0, metric_kid.py; " +
                       options.convention.source;
        info_.weights = {features_.weights()};
        reference_.add_to(info_);
        info_.set_values = {
            {info_.label, "", Direction::kLowerIsBetter, "mean over the subsets; may be slightly negative", 5},
            {info_.label + ".deviation", "", Direction::kNone,
             "standard deviation of the subsets, divided by their number", 5}};
    }

    const ScorerInfo& info() const override { return info_; }
    const FeatureExtractor& features() const override { return features_; }
    std::optional<std::filesystem::path> against() const override { return reference_.against(); }

    SetSummary summarise(const PictureSet& set) const override {
        const auto n = static_cast<int64_t>(set.ids.size());
        const int64_t m = set.reference->count(), fewest = std::min(n, m);
        const int64_t size = options_.fewer == "all" ? std::min(fewest, options_.subset_size) : options_.subset_size;
        SetSummary summary;
        for (const auto& value : info_.set_values) {
            summary.values.push_back(
                {value,
                 Score::none(fewest < 2
                                 ? fmt::format("a subset needs at least 2 pictures of each side, and there {} {}",
                                               fewest == 1 ? "is" : "are", fewest)
                                 : fmt::format("subsets of {} pictures can't be drawn from {}; subset_size=N makes "
                                               "them smaller, fewer=all takes them all",
                                               size, fewest)),
                 {set.ids.begin(), set.ids.end()}});
        }
        if (size < 2 || size > fewest) return summary;
        const bool references_first = options_.first == "reference";
        auto subsets = numpy_subsets(static_cast<uint32_t>(options_.seed), references_first ? m : n,
                                     references_first ? n : m, size, options_.subsets);
        if (references_first) {
            for (auto& subset : subsets) subset.restored.swap(subset.reference);
        }
        const KernelDistance distance = kernel_distance(rows_of(set.restored, n, set.stop),
                                                        rows_of(*set.reference, m, set.stop), subsets, set.stop);
        summary.values[0].score = distance.mean;
        summary.values[1].score = distance.deviation;
        std::string note = reference_.note(set, SetSums::kRows);
        if (size == n && size == m) {
            note += (note.empty() ? "" : "; ") +
                    fmt::format("every subset is the whole set of {} pictures: they don't differ", n);
        }
        summary.values[0].note = summary.values[1].note = note;
        summary.details = {{"n", n}, {"n_reference", m}, {"subset_size", size}, {"subsets", options_.subsets}};
        return summary;
    }

  private:
    KidOptions options_;
    InceptionFeatures features_;
    SetReference reference_;
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_kid(SpecReader& reader, const UnitContext& context) {
    KidOptions options;
    options.convention = read_inception_convention(reader, {"torch-fidelity", "clean"});
    options.subsets = reader.integer("subsets", options.subsets, 1, 100000);
    options.subset_size = reader.integer("subset_size", options.subset_size, 2, 1000000);
    options.seed = reader.integer("seed", options.seed, 0, UINT32_MAX);
    const std::string ways[] = {"refuse", "all"};
    options.fewer = reader.choice("fewer", usual_fewer(options.convention), ways);
    const std::string sides[] = {"restored", "reference"};
    options.first = reader.choice("first", options.first, sides);
    options.reference = read_reference(reader, false);
    options.weights = read_file(reader, "weights");
    reader.finish();
    require_reference("metric kid", options.reference, options.convention, options.weights, context.weights);
    return std::make_unique<Kid>(options, context);
}

}  // namespace bfr
