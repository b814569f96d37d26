#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>

#include "restore/units.h"

namespace bfr {
namespace {

// Defaults: those of OpenCV's own tutorial; its documentation advises d = 9 for heavy noise.
struct BilateralOptions {
    int d = 9;                // diameter of the neighbourhood, pixels, odd
    double sigma_color = 75;  // 8-bit levels, summed over the three channels
    double sigma_space = 75;  // pixels
};

class OpencvBilateral : public Restorer {
  public:
    OpencvBilateral(const Spec& spec, const BilateralOptions& options) : options_(options) {
        info_.label = spec.canonical();
        info_.version = "1+opencv" + cv::getVersionString();
        info_.summary = "the bilateral filter, a classical smoother that keeps edges";
        info_.convention = fmt::format(
            "cv::bilateralFilter on 8-bit BGR with d = {}, sigma_color = {}, sigma_space = {}, reflected borders",
            options.d, options.sigma_color, options.sigma_space);
        info_.source = "Tomasi, Manduchi, \"Bilateral Filtering for Gray and Color Images\", ICCV 1998; OpenCV " +
                       cv::getVersionString() + ", modules/imgproc/src/bilateral_filter.dispatch.cpp";
        info_.parameters = 0;
    }

    const RestorerInfo& info() const override { return info_; }

    Restored restore(const RestoreInput& input) const override {
        cv::Mat result;
        cv::bilateralFilter(input.degraded.bgr8(), result, options_.d, options_.sigma_color, options_.sigma_space,
                            cv::BORDER_REFLECT_101);
        return {Image::from_bgr8(result, input.sample_id), Json::object()};
    }

  private:
    BilateralOptions options_;
    RestorerInfo info_;
};

}  // namespace

std::unique_ptr<Restorer> make_opencv_bilateral(SpecReader& reader, const UnitContext&) {
    BilateralOptions options;
    options.d = static_cast<int>(reader.integer("d", options.d, 1, 101));
    if (options.d % 2 == 0) throw UsageError(fmt::format("method opencv-bilateral: d={} must be odd", options.d));
    options.sigma_color = reader.number("sigma_color", options.sigma_color, 0.1, 1000);
    options.sigma_space = reader.number("sigma_space", options.sigma_space, 0.1, 1000);
    return std::make_unique<OpencvBilateral>(reader.spec(), options);
}

}  // namespace bfr
