#include "metrics/set_reference.h"

#include "base/error.h"
#include "base/files.h"

namespace bfr {

std::string find_statistics(const std::string& stats, const InceptionConvention& convention,
                            const WeightsLocator& weights) {
    const std::filesystem::path path = stats;
    std::error_code code;
    if (stats.empty() || path.has_parent_path() || std::filesystem::exists(path, code)) return stats;
    if (const auto found = weights.path_of(stats)) return found->native();
    throw NotAvailable(
        fmt::format("{} is neither here nor in a weights folder; it holds statistics of pictures, which their authors "
                    "give out by hand, or which you make",
                    printable(path)),
        fmt::format("bfr stats DIR --convention {} --out {}", convention.name, printable(path)));
}

SetReference::SetReference(const std::string& file, const InceptionConvention& convention,
                           const InceptionFeatures& features) {
    if (file.empty()) return;
    const std::filesystem::path path = file;
    statistics_ = read_statistics(path, features.size());
    use_ = {printable(path.filename()), sha256_of_weights(path), std::filesystem::file_size(path)};
    if (statistics_->features.empty()) return;
    if (statistics_->features != features.key()) {
        throw UsageError(
            fmt::format("{}: its statistics are of other features: {}; this metric's are {}. Make them anew with 'bfr "
                        "stats DIR --out "
                        "FILE --convention {}' and the same weights",
                        printable(path), statistics_->features, features.key(), convention.name));
    }
}

Gaussian SetReference::gaussian(const PictureSet& set, int64_t limit, MeanPrecision precision) const {
    if (statistics_) return statistics_->gaussian;
    return gaussian_of(rows_of(*set.reference, limit), precision);
}

std::string SetReference::description() const {
    if (!statistics_) return "against the references of the same samples";
    const int64_t n = statistics_->gaussian.n;
    return fmt::format("against the statistics of {} in {} (sha256 {})",
                       n > 0 ? fmt::format("{} pictures", n) : "an unknown number of pictures", use_.file, use_.sha256);
}

std::string SetReference::note() const {
    if (!statistics_) return "";
    const Gaussian& gaussian = statistics_->gaussian;
    if (gaussian.n > 0) {
        return gaussian.n > gaussian.size() ? ""
                                            : fmt::format("{} is of {} pictures alone, not more than the {} features",
                                                          use_.file, gaussian.n, gaussian.size());
    }
    return fmt::format("{} doesn't say of how many pictures, nor by which resizer and weights, its statistics are",
                       use_.file);
}

void SetReference::add_to(ScorerInfo& info) const {
    info.needs_reference = !statistics_;
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
