// What a set of restored pictures is compared with: the run's references, or a file of statistics.
#pragma once

#include <optional>
#include <string>

#include "base/spec.h"
#include "metrics/inception_features.h"
#include "metrics/sets/statistics_file.h"

namespace bfr {

// Where the option `stats` leads: as it is where it names a folder or a file that is here, else to the file of that
// name in the weights folders. NotAvailable where there is none; empty for "".
std::string find_statistics(const std::string& stats, const InceptionConvention& convention,
                            const WeightsLocator& weights);

class SetReference {
  public:
    SetReference() = default;  // the run's references
    // Throws Error where the file is none, or is of other features.
    SetReference(const std::string& file, const InceptionConvention& convention, const InceptionFeatures& features);

    // Of the file, or of the set's first `limit` references.
    Gaussian gaussian(const PictureSet& set, int64_t limit, MeanPrecision precision) const;
    // "against the run's references", "against the statistics of 50000 pictures in FILE (sha256 ...)"
    std::string description() const;
    // What a reader must know of it; empty where there is nothing.
    std::string note() const;
    void add_to(ScorerInfo& info) const;  // needs_reference, and the file beside the weights

  private:
    std::optional<SetStatistics> statistics_;
    WeightsUse use_;
};

// Fewer pictures than features: said beside a Frechet distance. Empty where there is nothing to say.
std::string small_set_note(const Gaussian& gaussian);

}  // namespace bfr
