#include "metrics/kernels/gradient.h"
#include "metrics/pictures.h"
#include "metrics/units.h"

namespace bfr {
namespace {

constexpr int kMinSide = 4;  // two gradients a side

class Gmsd : public ImageMetric {
  public:
    Gmsd() {
        info_.label = "gmsd";
        info_.version = "1";
        info_.summary = "How unevenly the restored picture's gradients differ from the reference's";
        info_.convention =
            "Y = 0.299 R + 0.587 G + 0.114 B in 0..255, rounded; 2x2 means; Prewitt gradients divided by 3, zeros "
            "beyond "
            "the border; T = 170; standard deviation with n - 1";
        info_.source = "IQA-PyTorch (pyiqa) 0.1.16 pyiqa/archs/gmsd_arch.py";
        info_.values = {{info_.label, "", Direction::kLowerIsBetter, "gradient magnitude similarity deviation", 4}};
    }

    const ScorerInfo& info() const override { return info_; }

    Scores score(const ScoredPicture& picture) const override {
        const Image &restored = picture.restored, *reference = picture.reference;
        check_pair(info_.label, restored, *reference, 0, kMinSide);
        const auto gradients = [](const Image& image) {
            return prewitt_magnitudes(planes_of(image, Colour::kYiqYRounded, 0)[0]);
        };
        const auto& wanted = reference->memo<Plane>("metrics.gmsd", [&] { return gradients(*reference); });
        return {{similarity_deviation(gradients(restored), wanted)}};
    }

  private:
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_gmsd(SpecReader& reader, const UnitContext&) {
    reader.finish();
    return std::make_unique<Gmsd>();
}

}  // namespace bfr
