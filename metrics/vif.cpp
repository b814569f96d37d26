#include "metrics/kernels/vif.h"

#include "metrics/pictures.h"
#include "metrics/units.h"

namespace bfr {
namespace {

class Vif : public ImageMetric {
  public:
    Vif() {
        info_.label = "vif";
        info_.version = "1";
        info_.summary = "Share of the reference's visual information that the restored picture gives";
        info_.convention =
            "Y = 0.299 R + 0.587 G + 0.114 B in 0..255, rounded; two orientations of a steerable pyramid at four "
            "scales, "
            "3x3 blocks, borders reflected, noise variance 0.4; not symmetric; double, where pyiqa has single "
            "precision";
        info_.source = "IQA-PyTorch (pyiqa) 0.1.16 pyiqa/archs/vif_arch.py, after the authors' vifvec release";
        info_.values = {{info_.label, "", Direction::kHigherIsBetter, "visual information fidelity", 4}};
    }

    const ScorerInfo& info() const override { return info_; }

    Scores score(const ScoredPicture& picture) const override {
        const Image &restored = picture.restored, *reference = picture.reference;
        check_pair(info_.label, restored, *reference, 0, kVifMinSide);
        const auto& wanted = reference->memo<VifReference>(
            "metrics.vif", [&] { return vif_reference(planes_of(*reference, Colour::kYiqYRounded, 0)[0]); });
        const auto value =
            visual_information_fidelity(vif_bands(planes_of(restored, Colour::kYiqYRounded, 0)[0]), wanted);
        if (!value)
            return {{Score::none("undefined: the reference has no detail, so there is no information to keep")}};
        return {{*value}};
    }

  private:
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_vif(SpecReader& reader, const UnitContext&) {
    reader.finish();
    return std::make_unique<Vif>();
}

}  // namespace bfr
