#include "datasets/faces/align.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <thread>

#include "base/error.h"
#include "base/random.h"
#include "tests/datasets/faces/align_goldens.h"

namespace bfr {
namespace {

using namespace bfr::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

// align.json's notes: OpenCV 4.6 and 5.0 differ by 2e-5.
constexpr double kMatrix = 1e-4;

double largest_difference(const cv::Matx23d& found, const Json& wanted) {
    double worst = 0;
    for (int r = 0; r < 2; r++) {
        for (int c = 0; c < 3; c++) worst = std::max(worst, std::abs(found(r, c) - wanted.at(r).at(c).get<double>()));
    }
    return worst;
}

void expect_crop(const Image& crop, const Json& wanted) {
    const auto golden = Image::load(*goldens("faces", "align.json") / wanted.at("file").get<std::string>());
    ASSERT_EQ(sha256_of_rgb(*golden), wanted.at("sha256_rgb").get<std::string>());
    ASSERT_EQ(crop.bgr8().size(), golden->bgr8().size());
    cv::Mat difference;
    cv::absdiff(crop.bgr8(), golden->bgr8(), difference);
    double worst = 0;
    cv::minMaxLoc(difference.reshape(1), nullptr, &worst);
    EXPECT_LE(worst, 2);  // OpenCV 5.0 made the goldens: its bilinear weights are rounded otherwise
    EXPECT_LE(cv::mean(difference.reshape(1))[0], 0.1);
}

template <class Check>
void each_golden(Check check) {
    int faces = 0;
    for (const auto& [name, face] : align_goldens().at("faces").items()) {
        if (!face.contains("points5")) continue;
        SCOPED_TRACE(name);
        check(name, face);
        faces++;
    }
    EXPECT_EQ(faces, 6);
}

TEST(AlignParity, FindsTheGoldenMatrices) {
    BFR_SKIP_WITHOUT("goldens/faces", goldens("faces", "align.json"));
    double worst = 0;
    each_golden([&](const std::string&, const Json& face) {
        const auto points = points_of(face.at("points5"));
        for (const auto& [size, key] : {std::pair{512, "matrix_512"}, {face.at("size").get<int>(), "matrix"}}) {
            const auto matrix = crop_from_points(points, ffhq_template(), size);
            ASSERT_TRUE(matrix);
            worst = std::max(worst, largest_difference(*matrix, face.at(key)));
        }
    });
    EXPECT_LE(worst, kMatrix);
    RecordProperty("largest_difference", fmt::format("{}", worst));
}

TEST(AlignParity, CutsTheGoldenCrops) {
    BFR_SKIP_WITHOUT("goldens/faces", goldens("faces", "align.json"));
    BFR_SKIP_WITHOUT("../shared/faces", shared_dir());
    each_golden([&](const std::string&, const Json& face) {
        const int size = face.at("size");
        const auto matrix = crop_from_points(points_of(face.at("points5")), ffhq_template(), size);
        ASSERT_TRUE(matrix);
        expect_crop(*warp_crop(*photo_of(face), *matrix, size), face.at("five_point_crop"));
    });
}

TEST(AlignParity, FindsAndCutsTheGoldenFacesItself) {
    BFR_NEED_GOLDEN_FACES();
    each_golden([&](const std::string& name, const Json& face) {
        if (!face.at("cut_ltrb").is_null()) return;  // its points are those of the whole picture
        const auto photo = photo_of(face);
        AlignOptions options;
        options.size = face.at("size");
        std::vector<std::string> failures;
        const auto aligned = align_faces(*photo, face_models(), options, &failures);
        EXPECT_THAT(failures, IsEmpty());
        ASSERT_EQ(aligned.size(), 1u);
        const Json& found = dlib_goldens().at("pictures").at(name).at("mmod")[0];
        EXPECT_EQ(aligned[0].box, box_of(found.at("rect")));
        EXPECT_NEAR(aligned[0].confidence.value(), found.at("confidence").get<double>(), 1e-4);
        EXPECT_EQ(aligned[0].points, points_of(face.at("points5")));
        EXPECT_LE(largest_difference(aligned[0].crop_from_photo, face.at("matrix")), kMatrix);
        expect_crop(*aligned[0].crop, face.at("five_point_crop"));
    });
}

// The published tool leaves the photo at full size for the crop: a search on a reduced copy moves the crop by what the
// box's rounding moves the points.
TEST(Align, OfAReducedSearchIsNearThatOfTheWhole) {
    BFR_NEED_GOLDEN_FACES();
    const auto photo =
        Image::load(*shared_dir() / dlib_goldens().at("pictures").at("london001n").at("file").get<std::string>());
    AlignOptions options;
    options.size = 128;
    options.max_side = 0;
    const auto whole = align_faces(*photo, face_models(), options);
    options.max_side = 512;
    const auto reduced = align_faces(*photo, face_models(), options);
    ASSERT_EQ(whole.size(), 1u);
    ASSERT_EQ(reduced.size(), 1u);
    for (size_t i = 0; i < 5; i++) {
        for (size_t axis = 0; axis < 2; axis++) {
            EXPECT_NEAR(whole[0].points[i][axis], reduced[0].points[i][axis], 0.02 * photo->width());
        }
    }
}

TEST(Align, MapsPointsOntoTheTemplate) {
    const auto ffhq = ffhq_template();
    const auto to = ffhq.scaled_to(512);
    // Points that are the template turned, scaled and moved: the fit must undo exactly that.
    const cv::Matx23d photo_from_crop(0.8, -0.3, 100, 0.3, 0.8, 50);
    FacePoints points;
    for (const auto& [x, y] : to) {
        const auto p = photo_from_crop * cv::Vec3d(x, y, 1);
        points.push_back({p[0], p[1]});
    }
    const auto matrix = crop_from_points(points, ffhq, 512);
    ASSERT_TRUE(matrix);
    const auto back = inverse(*matrix);
    // OpenCV fits in single precision coordinates.
    EXPECT_LE(cv::norm(back - photo_from_crop, cv::NORM_INF), 1e-3);
    const cv::Matx33d full(back(0, 0), back(0, 1), back(0, 2), back(1, 0), back(1, 1), back(1, 2), 0, 0, 1);
    const auto product = *matrix * full;
    EXPECT_LE(cv::norm(product - cv::Matx23d(1, 0, 0, 0, 1, 0), cv::NORM_INF), 1e-9);
}

TEST(Align, RefusesPointsInOnePlace) {
    EXPECT_EQ(crop_from_points(FacePoints(5, {20, 30}), ffhq_template(), 512), std::nullopt);
}

TEST(Align, DependsOnNeitherThreadNorRandomState) {
    FacePoints points;
    const Draw draw(7, "align", "points");
    // Far from any similarity of the template, so that the robust fit has a choice to make.
    for (uint64_t i = 0; i < 5; i++) points.push_back({draw.uniform(2 * i, 0, 100), draw.uniform(2 * i + 1, 0, 100)});
    const auto alone = crop_from_points(points, ffhq_template(), 512);
    ASSERT_TRUE(alone);
    std::vector<std::optional<cv::Matx23d>> found(4);
    std::vector<std::thread> threads;
    for (size_t t = 0; t < found.size(); t++) {
        threads.emplace_back([&, t] {
            cv::theRNG().state = 12345 + t;
            for (int i = 0; i < 100; i++) {
                found[t] = crop_from_points(points, ffhq_template(), 512);
                if (found[t] != alone) return;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (const auto& matrix : found) EXPECT_EQ(matrix, alone);
}

TEST(Align, FillsWhatLiesOutsideThePhoto) {
    const auto photo = Image::from_bgr8(cv::Mat(20, 20, CV_8UC3, cv::Scalar(10, 20, 30)), "small");
    const auto crop = warp_crop(*photo, {1, 0, 40, 0, 1, 40}, 100);
    EXPECT_EQ(crop->bgr8().at<cv::Vec3b>(5, 5), cv::Vec3b(135, 133, 132));
    EXPECT_EQ(crop->bgr8().at<cv::Vec3b>(50, 50), cv::Vec3b(10, 20, 30));
    const auto wide = Image::from_bgr8(cv::Mat::zeros(1, 40000, CV_8UC3), "panorama");
    EXPECT_THAT([&] { warp_crop(*wide, {1, 0, 0, 0, 1, 0}, 64); }, ThrowsMessage<Error>(HasSubstr("panorama")));
}

class AlignAGroup : public ::testing::Test {
  protected:
    // Two faces side by side, the right one enlarged: found faces differ in place and size.
    void SetUp() override {
        BFR_NEED_GOLDEN_FACES();
        const auto& pictures = dlib_goldens().at("pictures");
        const auto small = golden_picture(pictures.at("lfw1")), large = golden_picture(pictures.at("lfw2"));
        cv::Mat group(400, 900, CV_8UC3, cv::Scalar(90, 90, 90)), enlarged;
        small->bgr8().copyTo(group({330, 75, 250, 250}));
        cv::resize(large->bgr8(), enlarged, {}, 1.28, 1.28, cv::INTER_CUBIC);
        enlarged.copyTo(group({580, 40, 320, 320}));
        group_ = Image::from_bgr8(group, "group");
        options_.size = 64;
    }
    std::vector<AlignedFace> align(FaceChoice choice) {
        options_.choice = choice;
        failures_.clear();
        return align_faces(*group_, face_models(), options_, &failures_);
    }
    ImagePtr group_;
    AlignOptions options_;
    std::vector<std::string> failures_;
};

TEST_F(AlignAGroup, ChoosesAsTold) {
    const auto all = align(FaceChoice::kAll);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_GE(all[0].confidence, all[1].confidence);
    const auto left_first = all[0].box.left < all[1].box.left;
    const auto& left = all[left_first ? 0 : 1];
    const auto& right = all[left_first ? 1 : 0];
    ASSERT_LT(left.box.right - left.box.left, right.box.right - right.box.left);

    const auto only = [&](FaceChoice choice) {
        const auto faces = align(choice);
        EXPECT_EQ(faces.size(), 1u);
        return faces.at(0);
    };
    EXPECT_EQ(only(FaceChoice::kLargest).box, right.box);
    EXPECT_EQ(only(FaceChoice::kBest).box, all[0].box);
    EXPECT_EQ(only(FaceChoice::kCentre).box, left.box);
    EXPECT_EQ(only(FaceChoice::kCentre).crop->sha256(), left.crop->sha256());
}

TEST_F(AlignAGroup, LeavesSmallFacesOut) {
    auto all = align(FaceChoice::kAll);
    ASSERT_EQ(all.size(), 2u);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.box.left < b.box.left; });
    options_.min_face = static_cast<int>(all[1].box.right - all[1].box.left + 1);
    const auto large = align(FaceChoice::kCentre);
    ASSERT_EQ(large.size(), 1u);
    EXPECT_EQ(large[0].box, all[1].box);
    EXPECT_THAT(failures_, IsEmpty());
    options_.min_face++;
    EXPECT_THAT(align(FaceChoice::kAll), IsEmpty());
    EXPECT_THAT(failures_, ElementsAre(HasSubstr("2 smaller")));
}

TEST_F(AlignAGroup, WritesWhatItDid) {
    const auto faces = align(FaceChoice::kBest);
    ASSERT_EQ(faces.size(), 1u);
    const Json line = align_manifest_line("group", "photos/gr\xffoup.jpg", *group_, faces[0], options_);
    EXPECT_NO_THROW((void)line.dump());  // a file name need not be UTF-8
    const Json read = Json::parse(line.dump());
    EXPECT_EQ(read.at("id"), "group");
    EXPECT_EQ(read.at("source_size"), Json({900, 400}));
    EXPECT_EQ(read.at("size"), 64);
    EXPECT_EQ(largest_difference(faces[0].crop_from_photo, read.at("crop_from_photo")), 0);
    EXPECT_EQ(largest_difference(faces[0].photo_from_crop, read.at("photo_from_crop")), 0);
    EXPECT_EQ(box_of(read.at("box")), faces[0].box);
    EXPECT_EQ(points_of(read.at("points5")), faces[0].points);
    EXPECT_EQ(read.at("confidence").get<double>(), faces[0].confidence);
    EXPECT_EQ(read.at("template").at("name"), "ffhq");
    EXPECT_EQ(read.at("detector"), Json({{"name", "mmod"}, {"up", 0}, {"max_side", 1024}}));
    // The transform alone gives the crop again.
    EXPECT_EQ(warp_crop(*group_, faces[0].crop_from_photo, 64)->sha256(), faces[0].crop->sha256());
}

TEST(Align, SaysWhyThereIsNoCrop) {
    BFR_NEED_FACE_MODELS();
    const auto photo = Image::from_bgr8(cv::Mat::zeros(120, 160, CV_8UC3), "black");
    AlignOptions options;
    for (const auto detector : {FaceFinding::kMmod, FaceFinding::kHog}) {
        options.detector = detector;
        std::vector<std::string> failures;
        EXPECT_THAT(align_faces(*photo, face_models(), options, &failures), IsEmpty());
        EXPECT_THAT(failures, ElementsAre("no face found"));
        EXPECT_THAT(align_faces(*photo, face_models(), options), IsEmpty());
    }
    options.detector = FaceFinding::kWhole;
    const auto whole = align_faces(*photo, face_models(), options);
    ASSERT_EQ(whole.size(), 1u);
    EXPECT_EQ(whole[0].box, (FaceBox{0, 0, 159, 119}));
    EXPECT_FALSE(whole[0].confidence);
    EXPECT_TRUE(align_manifest_line("black", "black.png", *photo, whole[0], options).at("confidence").is_null());

    const auto dot = Image::from_bgr8(cv::Mat::zeros(1, 1, CV_8UC3), "dot");
    std::vector<std::string> failures;
    EXPECT_THAT(align_faces(*dot, face_models(), options, &failures), IsEmpty());
    EXPECT_THAT(failures, ElementsAre(HasSubstr("fix no position")));
    const Json line = align_failure_line("dot", "dot.png", failures[0]);
    EXPECT_EQ(line.at("failure"), failures[0]);
}

TEST(AlignOptions, AreChecked) {
    AlignOptions options;
    EXPECT_NO_THROW(check(options));
    options.size = 15;
    EXPECT_THROW(check(options), UsageError);
    options = {};
    options.up = 5;
    EXPECT_THROW(check(options), UsageError);
    options = {};
    options.max_side = -1;
    EXPECT_THROW(check(options), UsageError);
    options = {};
    options.min_face = -1;
    EXPECT_THROW(check(options), UsageError);
    for (const auto choice : {FaceChoice::kLargest, FaceChoice::kBest, FaceChoice::kCentre, FaceChoice::kAll}) {
        EXPECT_EQ(parse_face_choice(to_string(choice)), choice);
    }
    for (const auto method : {AlignMethod::kFivePoints, AlignMethod::kQuad}) {
        EXPECT_EQ(parse_align_method(to_string(method)), method);
    }
    EXPECT_THAT([] { parse_align_method("quads"); }, ThrowsMessage<UsageError>(HasSubstr("quad")));
    EXPECT_THAT([] { parse_face_choice("center"); }, ThrowsMessage<UsageError>(HasSubstr("centre")));
}

TEST(CropIds, NeverCollide) {
    AlignOptions options;
    EXPECT_EQ(crop_id("a/b", options, 0), "a/b");
    options.choice = FaceChoice::kAll;
    EXPECT_EQ(crop_id("a/b", options, 3), "a/b_03");
    EXPECT_EQ(crop_id("a", options, 100), "a_100");
    EXPECT_NE(crop_id("a", options, 0), crop_id("a_00", options, 0));
}

}  // namespace
}  // namespace bfr
