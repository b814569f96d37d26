#include <gtest/gtest.h>

#include "tests/restore/support.h"

namespace bfr::testing {
namespace {

TEST(Degraded, IsTheInputPixelForPixel) {
    const ImagePtr input = synthetic("input", 31, 18, 20);
    EXPECT_EQ(restored(*make_restorer("degraded"), *input)->sha256(), input->sha256());
}

TEST(Degraded, IsScoredAsThePictureThatASavedOneIs) {
    const Scratch scratch;
    const ImagePtr output = restored(*make_restorer("degraded"), *synthetic("input", 31, 18, 20));
    save_png(*output, scratch / "a.png");
    const ImagePtr read = Image::load(scratch / "a.png");
    EXPECT_EQ(cv::norm(output->bgr8(), read->bgr8(), cv::NORM_INF), 0);
    EXPECT_EQ(cv::norm(output->decoder_gray8(), read->decoder_gray8(), cv::NORM_INF), 0);
}

}  // namespace
}  // namespace bfr::testing
