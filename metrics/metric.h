// A metric of a picture, mostly against its reference.
#pragma once

#include <memory>

#include "base/registry.h"
#include "base/unit.h"
#include "datasets/image.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

// score() is called by several threads at once. What depends on one picture alone goes through Image::memo, so that a
// reference's share is computed once for all methods. Throws Error where the pictures can't be compared (sizes differ,
// too small).
class ImageMetric {
  public:
    virtual ~ImageMetric() = default;
    virtual const ScorerInfo& info() const = 0;
    // `reference` is null only where info().needs_reference is false.
    virtual Scores score(const Image& restored, const Image* reference) const = 0;
};

using MetricRegistry = Registry<ImageMetric, UnitContext>;
const MetricRegistry& metrics();

}  // namespace bfr
