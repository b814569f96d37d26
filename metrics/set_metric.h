// A metric of a whole set of restored pictures: it keeps some numbers of each picture, and sums them up at the end.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/set_summary.h"
#include "metrics/metric.h"

namespace bfr {

// What is kept of a picture: numbers that depend on that picture alone. Metrics whose keys are equal share them.
class FeatureExtractor {
  public:
    virtual ~FeatureExtractor() = default;
    // Network, weights' hash, resizer, version: equal keys mean equal numbers.
    virtual const std::string& key() const = 0;
    virtual int64_t size() const = 0;
    // `size()` finite numbers. Called by several threads at once. Throws Error for a picture that has none.
    virtual std::vector<float> of(const Image& image) const = 0;
};

// The stored numbers of a set's pictures, in the order of the samples' ids. Reads from the disk: nothing of it is held
// in memory.
class FeatureRows {
  public:
    virtual ~FeatureRows() = default;
    virtual int64_t count() const = 0;
    virtual int64_t size() const = 0;  // of a row
    // Of one extractor, rows of equal identity are equal; empty: nothing is known.
    virtual std::string identity() const { return ""; }
    // Rows [first, first + count), one after the other. Thread-safe.
    virtual void read(int64_t first, int64_t count, float* to) const = 0;
};

// The person wants to end: nothing is wrong, and nothing was computed.
class Stopped : public Error {
  public:
    explicit Stopped(const std::string& what = "stopped before it was computed; the same command computes it")
        : Error(what) {}
};

// The samples of one method that were restored and have features: the restored pictures and, where info() says that it
// needs references, those of all samples, restored or not; or all pictures of the folder that against() names, by
// their ids.
struct PictureSet {
    std::span<const std::string> ids;  // sorted
    const FeatureRows& restored;
    const FeatureRows* reference = nullptr;
    // Set: summarise() throws Stopped, after the step in hand (at most a decomposition of a 2,048 x 2,048 matrix).
    const std::atomic<bool>* stop = nullptr;
};

// A sample without features (not restored, no reference, an error) isn't in the set; the report counts it and says why.
class SetMetric : public ImageMetric {
  public:
    const SetMetric* of_set() const final { return this; }
    Scores score(const ScoredPicture&) const final { return {}; }
    virtual const FeatureExtractor& features() const = 0;
    // A folder of pictures that take the references' place; none: the run's own references, or no pictures at all.
    virtual std::optional<std::filesystem::path> against() const { return std::nullopt; }
    // As info().set_values, a Score::none() where the set gives no value. A pure function of the set: the same bits
    // however the work was divided.
    virtual SetSummary summarise(const PictureSet& set) const = 0;
};

}  // namespace bfr
