// A metric of a picture, mostly against its reference.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/registry.h"
#include "base/unit.h"
#include "datasets/image.h"
#include "datasets/sample.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

// One restored picture, as a metric is shown it. Who restored what matters to a metric that looks its values up alone.
struct ScoredPicture {
    const Image& restored;
    const Image* reference = nullptr;  // null only where info().needs_reference is false
    std::string sample_id = {};
    std::string method = {};  // the row's label
    // Whether another method's picture is compared with this reference too: what is dear to keep is kept only then.
    bool reference_is_reused = true;
};

// What a run is over.
struct RunScope {
    std::span<const SampleFiles> samples;  // sorted by id
    std::span<const std::string> methods;  // labels
    // Canonical specs of methods of the run that aren't available: nothing is scored for them.
    std::span<const std::string> unavailable = {};
};

class SetMetric;

// score() is called by several threads at once. What depends on one picture alone goes through Image::memo, so that a
// reference's share is computed once for all methods. Throws Error where the pictures can't be compared (sizes differ,
// too small).
class ImageMetric {
  public:
    virtual ~ImageMetric() = default;
    virtual const ScorerInfo& info() const = 0;
    virtual Scores score(const ScoredPicture& picture) const = 0;
    Scores score(const Image& restored, const Image* reference) const {
        return score(ScoredPicture{restored, reference});
    }
    // Told once, before anything is scored. Throws UsageError where the metric can't serve such a run; returns what of
    // its own data has no place in it.
    virtual std::vector<LeftOut> left_out(const RunScope&) const { return {}; }
    // This, where it is a metric of a whole set (metrics/set_metric.h).
    virtual const SetMetric* of_set() const { return nullptr; }
};

using MetricRegistry = Registry<ImageMetric, UnitContext>;
const MetricRegistry& metrics();

}  // namespace bfr
