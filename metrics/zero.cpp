#include "metrics/units.h"

namespace bfr {
namespace {

class Zero : public ImageMetric {
  public:
    Zero() {
        info_.label = "zero";
        info_.version = "1";
        info_.summary = "Always 0: a baseline for timing and tests of the program itself";
        info_.convention = "0 for every picture, which is not read";
        info_.source = "this program";
        info_.needs_reference = false;
        info_.values = {{"zero", "", Direction::kNone, "always 0", 0}};
    }
    const ScorerInfo& info() const override { return info_; }
    Scores score(const ScoredPicture&) const override { return {{Score(0)}}; }

  private:
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_zero(SpecReader&, const UnitContext&) { return std::make_unique<Zero>(); }

}  // namespace bfr
