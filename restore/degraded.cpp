#include "restore/units.h"

namespace bfr {
namespace {

class Degraded : public Restorer {
  public:
    explicit Degraded(const Spec& spec) {
        info_.label = spec.canonical();
        info_.version = "1";
        info_.summary = "the input itself, unchanged";
        info_.convention =
            "the degraded picture's 8-bit pixels; a method that scores below this row makes pictures worse";
        info_.source = "bfr";
        info_.parameters = 0;
        info_.gflop = 0;
    }

    const RestorerInfo& info() const override { return info_; }

    Restored restore(const RestoreInput& input) const override {
        return {Image::from_bgr8(input.degraded.bgr8(), input.sample_id), Json::object()};
    }

  private:
    RestorerInfo info_;
};

}  // namespace

std::unique_ptr<Restorer> make_degraded(SpecReader& reader, const UnitContext&) {
    return std::make_unique<Degraded>(reader.spec());
}

}  // namespace bfr
