// Against goldens/faces/dlib.json: what dlib 19.24 finds in ten pictures, built plainly (-O2, SSE2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "datasets/faces/descriptor_network.h"
#include "tests/datasets/faces/face_test_support.h"
#include "tests/support/support.h"

namespace bfr {

void PrintTo(const FaceBox& box, std::ostream* out) {
    *out << "[" << box.left << ", " << box.top << ", " << box.right << ", " << box.bottom << "]";
}

namespace {

using namespace bfr::testing;

// dlib.json's notes: mmod's and HOG's confidences move with the instruction set.
constexpr double kMmodConfidence = 1e-4, kHogConfidence = 0.03;
// The same notes: of each of the 128 numbers, which are about 0.1; OpenBLAS sums in another order on another CPU.
constexpr double kDescriptor = 1e-4;

double distance(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); i++) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    return std::sqrt(sum);
}

void expect_faces(const std::vector<DetectedFace>& found, const Json& wanted, double tolerance) {
    ASSERT_EQ(found.size(), wanted.size());
    for (size_t i = 0; i < found.size(); i++) {
        EXPECT_EQ(found[i].box, box_of(wanted[i].at("rect")));
        EXPECT_NEAR(found[i].confidence, wanted[i].at("confidence").get<double>(), tolerance);
    }
}

class FaceModelsParity : public ::testing::Test {
  protected:
    template <class Check>
    void each(Check check) {
        const auto faces = golden_faces();
        ASSERT_EQ(faces.size(), 10u);
        for (const auto& [name, values] : faces) {
            SCOPED_TRACE(name);
            check(*golden_picture(values), values);
        }
    }
};

TEST_F(FaceModelsParity, HasTheGoldensPixels) {
    BFR_NEED_GOLDEN_FACES();
    each([](const Image& picture, const Json& values) {
        const auto key = values.contains("reduced_to") ? "reduced_sha256_rgb" : "sha256_rgb";
        EXPECT_EQ(sha256_of_rgb(picture), values.at(key).get<std::string>());
    });
}

TEST_F(FaceModelsParity, IsFoundByHog) {
    BFR_NEED_GOLDEN_FACES();
    each([](const Image& picture, const Json& values) {
        expect_faces(face_models().detect_hog(picture, 0), values.at("hog"), kHogConfidence);
        expect_faces(face_models().detect_hog(picture, 1), values.at("hog_up1"), kHogConfidence);
        EXPECT_EQ(face_models().find_face(picture, FaceFinding::kHog), box_of(values["hog_up1"][0].at("rect")));
    });
}

TEST_F(FaceModelsParity, IsFoundByMmod) {
    BFR_NEED_GOLDEN_FACES();
    int doubled = 0;
    each([&](const Image& picture, const Json& values) {
        expect_faces(face_models().detect_mmod(picture, 0), values.at("mmod"), kMmodConfidence);
        EXPECT_EQ(face_models().find_face(picture, FaceFinding::kMmod), box_of(values["mmod"][0].at("rect")));
        if (!values.contains("mmod_up1")) return;
        expect_faces(face_models().detect_mmod(picture, 1), values["mmod_up1"], kMmodConfidence);
        doubled++;
    });
    EXPECT_EQ(doubled, 3);  // the LFW pictures
}

TEST_F(FaceModelsParity, HasTheSamePoints) {
    BFR_NEED_GOLDEN_FACES();
    each([](const Image& picture, const Json& values) {
        const FaceBox whole{0, 0, picture.width() - 1, picture.height() - 1};
        const std::pair<std::string, FaceBox> boxes[] = {{"whole", whole},
                                                         {"mmod", box_of(values.at("mmod")[0].at("rect"))},
                                                         {"hog_up1", box_of(values.at("hog_up1")[0].at("rect"))}};
        for (const auto& [from, box] : boxes) {
            SCOPED_TRACE(from);
            EXPECT_EQ(face_models().points5(picture, box), points_of(values.at("points5_" + from)));
            EXPECT_EQ(face_models().points68(picture, box), points_of(values.at("points68_" + from)));
        }
        EXPECT_EQ(face_models().find_points68(picture, FaceFinding::kWhole), points_of(values.at("points68_whole")));
    });
}

TEST_F(FaceModelsParity, HasTheSameChipsAndDescriptors) {
    BFR_NEED_GOLDEN_FACES();
    each([](const Image& picture, const Json& values) {
        for (const auto& [chip_key, points_key] : {std::pair{"chip5_mmod", "points5_mmod"},
                                                   {"chip68_mmod", "points68_mmod"},
                                                   {"chip5_hog_up1", "points5_hog_up1"}}) {
            SCOPED_TRACE(chip_key);
            const Json& wanted = values.at(chip_key);
            const auto points = points_of(values.at(points_key));
            const auto chip = extract_face_chip(dlib_image(picture), points);
            const double rect[] = {chip.left, chip.top, chip.right, chip.bottom};
            // The goldens have nine digits.
            for (size_t i = 0; i < 4; i++) EXPECT_NEAR(rect[i], wanted.at("rect")[i].get<double>(), 1e-5);
            EXPECT_NEAR(chip.angle, wanted.at("angle").get<double>(), 1e-8);
            uint64_t sum = 0;
            for (const auto& pixel : chip.pixels) sum += pixel.red + 2 * pixel.green + 3 * pixel.blue;
            EXPECT_EQ(sum, wanted.at("r_2g_3b_sum").get<uint64_t>());
            EXPECT_THAT(face_models().descriptor(picture, points),
                        ::testing::Pointwise(::testing::FloatNear(kDescriptor),
                                             wanted.at("descriptor").get<std::vector<float>>()));
        }
    });
}

TEST_F(FaceModelsParity, IsAsFarFromTheOthers) {
    BFR_NEED_GOLDEN_FACES();
    const Json& distances = dlib_goldens().at("distance_chip68_mmod");
    ASSERT_GE(distances.size(), 4u);
    const auto descriptor = [](const std::string& name) {
        const auto found =
            face_models().find_descriptor(*golden_picture(dlib_goldens().at("pictures").at(name)), FaceFinding::kMmod);
        return found.value();
    };
    for (const auto& [names, wanted] : distances.items()) {
        const auto space = names.find(' ');
        ASSERT_NE(space, std::string::npos);
        EXPECT_NEAR(distance(descriptor(names.substr(0, space)), descriptor(names.substr(space + 1))),
                    wanted.get<double>(), 1e-4)
            << names;
    }
}

TEST_F(FaceModelsParity, IsFoundOnAReducedCopy) {
    BFR_NEED_GOLDEN_FACES();
    const Json& values = dlib_goldens().at("pictures").at("london001n");
    const auto picture = Image::load(*shared_dir() / values.at("file").get<std::string>());
    ASSERT_EQ(picture->width(), 2 * values.at("reduced_to")[0].get<int>());
    const auto check = [&](const std::vector<DetectedFace>& found, const Json& wanted) {
        ASSERT_EQ(found.size(), 1u);
        const auto half = box_of(wanted[0].at("rect"));
        EXPECT_EQ(found[0].box, (FaceBox{half.left * 2, half.top * 2, half.right * 2 + 1, half.bottom * 2 + 1}));
    };
    const int side = picture->width() / 2;
    check(face_models().detect_mmod(*picture, 0, side), values.at("mmod"));
    check(face_models().detect_hog(*picture, 0, side), values.at("hog"));
    check(face_models().detect_hog(*picture, 1, side), values.at("hog_up1"));
}

}  // namespace
}  // namespace bfr
