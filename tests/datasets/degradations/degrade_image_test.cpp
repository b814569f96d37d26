// A picture degraded from a seed, recorded, and degraded again from its record.
#include "datasets/degradations/degrade_image.h"

#include <gtest/gtest.h>

#include <opencv2/core.hpp>

#include "base/json.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

ImagePtr clean_image() {
    const auto values = testing::hash_fill("test/degrade_image", 64 * 48 * 3, 0, 255);
    cv::Mat picture;
    cv::Mat(48, 64, CV_32FC3, const_cast<float*>(values.data())).convertTo(picture, CV_8U);
    return Image::from_bgr8(picture, "clean");
}

TEST(DegradeImage, ARecordReplaysThePicture) {
    const ImagePtr clean = clean_image();
    const auto& preset = find_degradation_preset("vspbfr");
    bool with_reference = false, without = false;
    for (int i = 0; i < 1000 && !(with_reference && without); i++) {
        const DegradedImage first = degrade_image(*clean, "id" + std::to_string(i), 9, preset);
        (first.reference ? with_reference : without) = true;
        const DegradationRecord record = degradation_record(first);
        EXPECT_EQ(record.sha256, first.degraded->sha256());
        EXPECT_EQ(record.reference_sha256.empty(), first.reference == nullptr);

        const DegradationRecord read = record_from_json(Json::parse(record_to_json(record).dump()), "line");
        EXPECT_EQ(read, record);
        EXPECT_EQ(degradation_record(degrade_image(*clean, read.parameters)), record);
    }
    EXPECT_TRUE(with_reference) << "no drawn id turns the reference gray";
    EXPECT_TRUE(without);
}

TEST(DegradeImage, SeedsAndIdsGiveOtherPictures) {
    const ImagePtr clean = clean_image();
    const auto& preset = find_degradation_preset("gfpgan");
    const auto hash = [&](const char* id, uint64_t seed) {
        return degrade_image(*clean, id, seed, preset).degraded->sha256();
    };
    EXPECT_EQ(hash("a", 1), hash("a", 1));
    EXPECT_NE(hash("a", 1), hash("a", 2));
    EXPECT_NE(hash("a", 1), hash("b", 1));
    EXPECT_NE(hash("a", 1), clean->sha256());
}

}  // namespace
}  // namespace bfr
