#include "metrics/set_reference.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "datasets/sample.h"
#include "metrics/pictures.h"
#include "metrics/presets.h"
#include "weights/catalogue/pins.h"
#include "weights/catalogue/unit_files.h"

namespace bfr {

namespace {

namespace fs = std::filesystem;

// As BasicSR publishes it, whose name carries the beginning of its hash.
constexpr const char* kBasicSrStatistics = "inception_FFHQ_512-f7b384ab.pth";

std::string stats_command(const InceptionConvention& convention, const std::optional<fs::path>& inception,
                          const std::string& out) {
    return fmt::format("bfr stats DIR --convention {}{}{} --out {}", convention.name,
                       convention.input.bgr ? " --order bgr" : "",
                       inception ? " --inception " + printable(*inception) : "", out);
}

bool named_by_a_preset(const std::string& stats) {
    return std::ranges::any_of(presets(), [&](const Preset& preset) {
        return std::ranges::any_of(preset.values, [&](const PresetValue& value) {
            const auto options = Spec::parse(value.unit).options();
            const auto named = options.find("stats");
            return named != options.end() && named->second == stats;
        });
    });
}

// Nothing for a file that a preset names, which nobody mistyped, and that isn't here.
std::optional<fs::path> find_statistics(const std::string& unit, const std::string& stats,
                                        const InceptionConvention& convention, const std::optional<fs::path>& inception,
                                        const WeightsLocator& weights) {
    const fs::path path = stats;
    std::error_code code;
    if (fs::is_regular_file(path, code)) return path;
    const bool bare = !path.has_parent_path() && !fs::exists(path, code);
    if (bare) {
        if (const auto found = weights.path_of(stats)) return found;
        if (named_by_a_preset(stats)) return std::nullopt;
    }
    throw UsageError(fmt::format("{}: stats={}: there is no such file{}; {} makes one", unit, printable(path),
                                 bare ? ", nor one of that name in a weights folder" : "",
                                 stats_command(convention, inception, "FILE")));
}

// What a file of another tool leaves open: whoever names it says by the metric's convention how its pictures were
// resized. Its tool's usual way is known, and a difference from that moves FID by per cents.
std::string untyped_note(const std::string& file, StatisticsFormat format, const InceptionConvention& convention) {
    const std::string open =
        fmt::format("{} doesn't say of how many pictures, nor by which resizer and weights, its statistics are", file);
    constexpr InceptionInput kUsual{Resizer::kTorchBilinear, false, false};  // of pytorch-fid and BasicSR
    const InceptionInput& here = convention.input;
    const bool usual = here.resizer == kUsual.resizer && here.minus_128 == kUsual.minus_128 && here.bgr == kUsual.bgr;
    if (usual || format == StatisticsFormat::kStats) return open;
    const bool npz = format == StatisticsFormat::kNpz;
    if (npz && convention.name == "clean" && !here.bgr) {
        return open + fmt::format(
                          "; pytorch-fid's files look the same and are of {}: the value holds only where clean-fid "
                          "made this one",
                          to_string(kUsual));
    }
    return open + fmt::format(
                      "; WARNING: {} makes such files of {}, and this value's pictures are of {}: it holds only where "
                      "the file is of these too",
                      npz ? "pytorch-fid" : "BasicSR", to_string(kUsual), to_string(here));
}

// Before the run: what can be known then is not found out after hours.
void check_folder(const std::string& unit, const fs::path& folder) {
    const std::string option = fmt::format("{}: against={}: ", unit, printable(folder));
    std::error_code code;
    if (!fs::is_directory(folder, code)) {
        throw UsageError(option + (fs::exists(folder, code)
                                       ? "is no folder of pictures; a file of statistics (mean and "
                                         "covariance) serves fid and fid_infinity alone: stats=FILE"
                                       : "there is no such folder"));
    }
    size_t count = 0;
    try {
        count = list_folder(folder, "{id}", true).files.size();
    } catch (const UsageError& error) {
        throw UsageError(fmt::format("{}: against: {}", unit, error.what()));
    }
    if (count < 2) {
        throw UsageError(fmt::format("{}a set to compare with has at least 2 pictures, and there {} {}", option,
                                     count == 1 ? "is" : "are", count));
    }
}

}  // namespace

ReferenceOptions read_reference(SpecReader& reader, bool with_stats) {
    ReferenceOptions options;
    if (with_stats) options.stats = reader.text("stats", "");
    options.against = read_file(reader, "against");
    if (options.against && !options.stats.empty())
        throw UsageError("stats= and against= both name what the pictures are compared with; leave one out");
    return options;
}

void require_reference(const std::string& unit, const ReferenceOptions& options, const InceptionConvention& convention,
                       const std::optional<fs::path>& inception, const WeightsLocator& weights) {
    if (!options.stats.empty()) find_statistics(unit, options.stats, convention, inception, weights);
    if (options.against) check_folder(unit, *options.against);
}

SetReference::SetReference(const std::string& unit, const ReferenceOptions& options,
                           const InceptionConvention& convention, const InceptionFeatures& features,
                           const WeightsLocator& weights)
    : against_(options.against), features_(features.size()) {
    if (!options.stats.empty()) read_file(unit, options.stats, convention, features, weights);
}

void SetReference::read_file(const std::string& unit, const std::string& stats, const InceptionConvention& convention,
                             const InceptionFeatures& features, const WeightsLocator& weights) {
    const auto path = find_statistics(unit, stats, convention, features.own_file(), weights);
    if (!path) {
        throw NotAvailable(
            fmt::format("{} is neither here nor in a weights folder; it holds statistics of pictures, which their "
                        "authors give out by hand, or which you make",
                        printable(stats)),
            stats_command(convention, features.own_file(), printable(stats)));
    }
    const FoundFile file = own_file(unit, "stats", *path);
    const std::string name = printable(file.path);
    use_ = file.use;
    if (const std::string digits = name_digits(kBasicSrStatistics); use_.file == kBasicSrStatistics) {
        if (!use_.sha256.starts_with(digits)) {
            throw Error(fmt::format(
                "{}: is not the file that BasicSR publishes, whose SHA-256 begins with {} (this one's with {}); rename "
                "it where it is yours",
                name, digits, use_.sha256.substr(0, digits.size())));
        }
        use_.name_digits = digits;
    }
    statistics_ = read_statistics(file.path, features.size());
    if (statistics_->features.empty()) untyped_note_ = untyped_note(use_.file, statistics_->format, convention);
    const std::string mend =
        fmt::format("Make them anew with '{}'", stats_command(convention, features.own_file(), "FILE"));
    if (!statistics_->features.empty() && statistics_->features != features.key()) {
        throw Error(fmt::format("{}: its statistics are of other features: {}; this metric's are {}. {}", name,
                                statistics_->features, features.key(), mend));
    }
    // Equal features may be summed up in another precision.
    if (!statistics_->convention.empty() && statistics_->convention != convention.name) {
        throw Error(fmt::format("{}: its statistics are of the convention {}, and this metric is of {}. {}", name,
                                statistics_->convention, convention.name, mend));
    }
}

std::shared_ptr<const Gaussian> SetReference::gaussian(const PictureSet& set, int64_t limit,
                                                       MeanPrecision precision) const {
    if (statistics_) return {std::shared_ptr<const void>(), &statistics_->gaussian};
    return gaussian_.of(set.reference->identity(), [&] {
        return gaussian_of(rows_of(*set.reference, against_ ? set.reference->count() : limit, set.stop), precision);
    });
}

std::string SetReference::description() const {
    if (against_) return fmt::format("against all pictures of {}", printable(*against_));
    if (!statistics_) return "against the references of all samples, also where an output is missing";
    const int64_t n = statistics_->gaussian.n;
    return fmt::format("against the statistics of {} in {} (sha256 {})",
                       n > 0 ? fmt::format("{} pictures", n) : "an unknown number of pictures", use_.file, use_.sha256);
}

std::string SetReference::note(const PictureSet& set, SetSums sums, int64_t limit) const {
    if (against_) {
        const int64_t n = set.reference->count();
        const bool few = sums == SetSums::kCovariance && n <= features_;
        return fmt::format("against {} pictures of {}{}", n, printable(*against_),
                           few ? fmt::format(", not more than the {} features", features_) : "");
    }
    if (!statistics_) {
        const auto n = static_cast<int64_t>(set.ids.size());
        const int64_t references = set.reference->count();
        if (references == n) return "";
        if (limit >= std::max(n, references))
            return fmt::format("n = {} restored pictures against the {} references of all samples", n, references);
        return fmt::format(
            "the first {} of {} restored pictures by id against the first {} of the {} references of all samples",
            std::min(n, limit), n, std::min(references, limit), references);
    }
    if (!untyped_note_.empty()) return untyped_note_;
    const Gaussian& gaussian = statistics_->gaussian;
    return fmt::format(
        "against the statistics of {} pictures in {}{}", gaussian.n, use_.file,
        gaussian.n > gaussian.size() ? "" : fmt::format(", not more than the {} features", gaussian.size()));
}

void SetReference::add_to(ScorerInfo& info) const {
    info.needs_reference = !statistics_ && !against_;
    if (!statistics_) return;
    info.weights.push_back(use_);
    // Other statistics are other values: a run can't go on, nor a report be rebuilt, with a file that has changed.
    info.version += fmt::format(" (statistics {})", use_.sha256);
}

std::string small_set_note(const Gaussian& gaussian) {
    if (gaussian.n > gaussian.size() || gaussian.n == 0) return "";
    return fmt::format(
        "n = {}, not more than the {} features: the covariance has a rank of at most {}, and the distance is "
        "larger than that of more pictures would be; compare it only where n is the same",
        gaussian.n, gaussian.size(), gaussian.largest_rank());
}

}  // namespace bfr
