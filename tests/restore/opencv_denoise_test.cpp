#include <gtest/gtest.h>

#include "tests/restore/support.h"

namespace bfr::testing {
namespace {

TEST(OpencvDenoise, TakesNoiseAway) {
    const ImagePtr clean = synthetic("input", 64, 64, 0), noisy = synthetic("input", 64, 64, 20);
    const ImagePtr output = restored(*make_restorer("opencv-denoise"), *noisy);
    EXPECT_LT(mean_abs_difference(*output, *clean), 0.6 * mean_abs_difference(*noisy, *clean));
}

TEST(OpencvDenoise, LeavesAFlatPictureNearlyAlone) {
    const ImagePtr flat = Image::from_bgr8(cv::Mat(40, 40, CV_8UC3, cv::Scalar(40, 120, 200)), "flat");
    // CIELAB in 8 bits and back costs up to 2 levels.
    EXPECT_LE(cv::norm(restored(*make_restorer("opencv-denoise"), *flat)->bgr8(), flat->bgr8(), cv::NORM_INF), 2);
}

TEST(OpencvDenoise, EveryOptionMatters) {
    const ImagePtr noisy = synthetic("input", 64, 64, 20);
    const std::string plain = restored(*make_restorer("opencv-denoise"), *noisy)->sha256();
    for (const char* spec :
         {"opencv-denoise:h=3", "opencv-denoise:h_color=3", "opencv-denoise:template=3", "opencv-denoise:search=7"}) {
        EXPECT_NE(restored(*make_restorer(spec), *noisy)->sha256(), plain) << spec;
    }
}

}  // namespace
}  // namespace bfr::testing
