// The descriptor itself is tested with datasets/faces; here is what the metric makes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <opencv2/imgproc.hpp>

#include "datasets/faces/models.h"
#include "tests/metrics/support.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using ::testing::HasSubstr;

// Faces and models, or why not.
class IdentityTest : public ::testing::Test {
  protected:
    void SetUp() override {
        try {
            cosine_ = testing::metric("identity");
            distance_ = testing::metric("identity:measure=distance");
        } catch (const NotAvailable& missing) {
            const char* required = std::getenv("BFR_REQUIRE_WEIGHTS");
            if (required != nullptr && std::string(required) == "1") FAIL() << missing.what();
            GTEST_SKIP() << "SKIPPED: " << missing.what();
        }
    }
    std::unique_ptr<ImageMetric> cosine_, distance_;
};

double only(const ImageMetric& unit, const Image& restored, const Image& reference) {
    return unit.score(restored, &reference).values.at(0).value.value();
}

TEST_F(IdentityTest, SaysWhatItUses) {
    EXPECT_EQ(cosine_->info().label, "identity");
    EXPECT_EQ(cosine_->info().values.at(0).direction, Direction::kHigherIsBetter);
    EXPECT_EQ(distance_->info().label, "identity:measure=distance");
    EXPECT_EQ(distance_->info().values.at(0).direction, Direction::kLowerIsBetter);
    ASSERT_EQ(cosine_->info().weights.size(), 2U);
    for (const auto& use : cosine_->info().weights) EXPECT_EQ(use.sha256.size(), 64U) << use.file;
    EXPECT_EQ(testing::metric("identity:find=mmod")->info().weights.size(), 3U);
}

TEST_F(IdentityTest, SamePictureIsTheSamePerson) {
    const auto a = testing::picture("a", 128, 128), same = testing::fresh(*a);
    EXPECT_NEAR(only(*cosine_, *same, *a), 1, 1e-12);
    EXPECT_NEAR(only(*distance_, *same, *a), 0, 1e-12);
}

TEST_F(IdentityTest, IsSymmetricAndTheMeasuresAgree) {
    const auto a = testing::picture("a", 128, 128), b = testing::noisy(*a, 60);
    const double cosine = only(*cosine_, *b, *a), distance = only(*distance_, *b, *a);
    EXPECT_NEAR(only(*cosine_, *a, *b), cosine, 1e-12);
    EXPECT_NEAR(only(*distance_, *a, *b), distance, 1e-12);
    EXPECT_GT(distance, 0);
    EXPECT_LT(cosine, 1);
}

TEST_F(IdentityTest, NoFaceIsAReason) {
    const auto unit = testing::metric("identity:find=hog");
    const auto flat = testing::constant(128, 128, 128);
    const Score none = unit->score(*flat, flat.get()).values.at(0);
    EXPECT_FALSE(none.value);
    EXPECT_EQ(none.reason, "no face found in the reference");
}

TEST_F(IdentityTest, TellsPeopleApart) {
    const auto shared = testing::shared_dir();
    BFR_SKIP_WITHOUT("../shared/faces", shared);
    const auto neutral = Image::load(*shared / "faces" / "london" / "neutral" / "001.jpg");
    const auto smiling = Image::load(*shared / "faces" / "london" / "smiling" / "001.jpg");
    const auto other = Image::load(*shared / "faces" / "london" / "neutral" / "007.jpg");
    const auto hog = testing::metric("identity:find=hog"),
               hog_distance = testing::metric("identity:find=hog,measure=distance");
    EXPECT_LT(only(*hog_distance, *smiling, *neutral), 0.6) << "dlib's threshold for one person";
    EXPECT_GT(only(*hog_distance, *other, *neutral), 0.6);
    EXPECT_GT(only(*hog, *smiling, *neutral), only(*hog, *other, *neutral));
    const auto flat = testing::constant(128, 128, 128);
    EXPECT_EQ(hog->score(*flat, neutral.get()).values.at(0).reason, "no face found in the restored picture");
}

class IdentityParity : public IdentityTest {};

TEST_F(IdentityParity, DlibsOwnDistances) {
    const auto shared = testing::shared_dir();
    const auto folder = testing::goldens("faces", "dlib.json");
    BFR_SKIP_WITHOUT("goldens/faces", folder);
    BFR_SKIP_WITHOUT("../shared/faces", shared);
    const Json golden = testing::read_json(*folder / "dlib.json");
    std::map<std::string, ImagePtr> pictures;
    const auto load = [&](const std::string& name) -> const Image& {
        auto& image = pictures[name];
        if (!image) {
            image = Image::load(*shared / golden["pictures"][name]["file"].get<std::string>());
            if (name.starts_with("london")) {  // halved, as the goldens' README says
                cv::Mat half;
                cv::resize(image->bgr8(), half, {675, 675}, 0, 0, cv::INTER_AREA);
                image = Image::from_bgr8(half, name);
            }
        }
        return *image;
    };
    const auto mmod = testing::metric("identity:find=mmod,measure=distance");
    int compared = 0;
    for (const auto& [names, expected] : golden["distance_chip68_mmod"].items()) {
        const size_t gap = names.find(' ');
        EXPECT_NEAR(only(*mmod, load(names.substr(gap + 1)), load(names.substr(0, gap))), expected.get<double>(), 1e-4)
            << names;
        compared++;
    }
    EXPECT_GE(compared, 4);
}

}  // namespace
}  // namespace bfr
