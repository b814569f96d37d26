#include <opencv2/core/utility.hpp>
#include <opencv2/photo.hpp>

#include "restore/units.h"

namespace bfr {
namespace {

// Defaults: those of OpenCV's own tutorial for colour pictures. The function's signature has h = 3 for both strengths,
// which leaves the noise of the field's degradations (deviations up to 25 levels) nearly as it was.
struct DenoiseOptions {
    double h = 10;        // strength for lightness (CIE L*, 8 bit)
    double h_color = 10;  // strength for a* and b*
    int patch = 7;        // side of the patches that are compared, pixels, odd
    int search = 21;      // side of the window that is searched, pixels, odd
};

class OpencvDenoise : public Restorer {
  public:
    OpencvDenoise(const Spec& spec, const DenoiseOptions& options) : options_(options) {
        info_.label = spec.canonical();
        info_.version = "1+opencv" + cv::getVersionString();
        info_.summary = "non-local means, a classical denoiser";
        info_.convention = fmt::format(
            "cv::fastNlMeansDenoisingColored on 8-bit BGR (filtered in CIELAB) with h = {}, h_color = {}, template = "
            "{}, search = {}",
            options.h, options.h_color, options.patch, options.search);
        info_.source = "Buades, Coll, Morel, \"Non-Local Means Denoising\", IPOL 1, 2011; OpenCV " +
                       cv::getVersionString() + ", modules/photo/src/denoising.cpp";
        info_.parameters = 0;
    }

    const RestorerInfo& info() const override { return info_; }

    Restored restore(const RestoreInput& input) const override {
        cv::Mat result;
        cv::fastNlMeansDenoisingColored(input.degraded.bgr8(), result, static_cast<float>(options_.h),
                                        static_cast<float>(options_.h_color), options_.patch, options_.search);
        return {Image::from_bgr8(result, input.sample_id), Json::object()};
    }

  private:
    DenoiseOptions options_;
    RestorerInfo info_;
};

int odd_side(SpecReader& reader, const std::string& key, int fallback, int most) {
    const auto side = reader.integer(key, fallback, 1, most);
    if (side % 2 == 0) throw UsageError(fmt::format("method opencv-denoise: {}={} must be odd", key, side));
    return static_cast<int>(side);
}

}  // namespace

std::unique_ptr<Restorer> make_opencv_denoise(SpecReader& reader, const UnitContext&) {
    DenoiseOptions options;
    options.h = reader.number("h", options.h, 0.1, 100);
    options.h_color = reader.number("h_color", options.h_color, 0.1, 100);
    options.patch = odd_side(reader, "template", options.patch, 31);
    options.search = odd_side(reader, "search", options.search, 101);
    return std::make_unique<OpencvDenoise>(reader.spec(), options);
}

}  // namespace bfr
