// What a set of restored pictures is compared with: the run's references, or a file of statistics.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "base/spec.h"
#include "metrics/inception_features.h"
#include "metrics/sets/kept.h"
#include "metrics/sets/statistics_file.h"

namespace bfr {

// What stands in the references' place; neither: the run's own.
struct ReferenceOptions {
    std::string stats;                             // a file of statistics, or its name in a weights folder
    std::optional<std::filesystem::path> against;  // a folder of pictures
};
// Option `against`, and `stats` where `with_stats`. UsageError where both are given.
ReferenceOptions read_reference(SpecReader& reader, bool with_stats);

// For a unit's factory, before any model file is looked for: UsageError where an option names nothing that is here,
// something else or a folder of fewer than 2 pictures. A file of statistics may lie in a weights folder; one that a
// preset names may be missing. `unit`: "metric fid". `inception`: the user's own file of that, for the command that
// makes statistics.
void require_reference(const std::string& unit, const ReferenceOptions& options, const InceptionConvention& convention,
                       const std::optional<std::filesystem::path>& inception, const WeightsLocator& weights);

// Whether a metric's value suffers from a set of fewer pictures than features.
enum class SetSums { kCovariance, kRows };

inline constexpr int64_t kAllReferences = std::numeric_limits<int64_t>::max();

class SetReference {
  public:
    // After require_reference(). Throws NotAvailable where a preset's statistics are missing, Error where the file is
    // damaged or of another convention.
    SetReference(const std::string& unit, const ReferenceOptions& options, const InceptionConvention& convention,
                 const InceptionFeatures& features, const WeightsLocator& weights);

    // Of the file; of all pictures of the folder; of the set's first `limit` references, or of all. Kept for the next
    // set that has the same references; a metric asks for one limit and precision.
    std::shared_ptr<const Gaussian> gaussian(const PictureSet& set, int64_t limit, MeanPrecision precision) const;
    const std::optional<std::filesystem::path>& against() const { return against_; }
    // "against the run's references", "against the statistics of 50000 pictures in FILE (sha256 ...)"
    std::string description() const;
    // What a reader must know beside a value of the set's first `limit` pictures; empty where there is nothing.
    std::string note(const PictureSet& set, SetSums sums, int64_t limit = kAllReferences) const;
    void add_to(ScorerInfo& info) const;  // needs_reference, and the file beside the weights

  private:
    void read_file(const std::string& unit, const std::string& stats, const InceptionConvention& convention,
                   const InceptionFeatures& features, const WeightsLocator& weights);

    std::optional<SetStatistics> statistics_;
    std::string untyped_note_;  // where they don't say of what they are
    KeptOfRows<Gaussian> gaussian_;
    WeightsUse use_;
    std::optional<std::filesystem::path> against_;
    int64_t features_ = 0;
};

// Fewer pictures than features: said beside a Frechet distance. Empty where there is nothing to say.
std::string small_set_note(const Gaussian& gaussian);

}  // namespace bfr
