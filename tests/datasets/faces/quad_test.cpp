// FFHQ's own square, as Pillow cuts it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "datasets/faces/align.h"
#include "tests/datasets/faces/align_goldens.h"

namespace bfr {
namespace {

using namespace bfr::testing;
using ::testing::HasSubstr;

// The same where the golden says nothing of reducing and cutting: london001n_full is the whole picture.
ImagePtr quad_photo_of(const Json& face) {
    Json whole = face;
    for (const char* key : {"reduced_to", "cut_ltrb"}) {
        if (!whole.contains(key)) whole[key] = nullptr;
    }
    return photo_of(whole);
}

// Largest and mean.
std::pair<double, double> difference(const cv::Mat& a, const cv::Mat& b) {
    BFR_CHECK(a.size() == b.size() && a.type() == b.type(), "{}x{} and {}x{}", a.cols, a.rows, b.cols, b.rows);
    cv::Mat off;
    cv::absdiff(a, b, off);
    double worst = 0;
    cv::minMaxLoc(off.reshape(1), nullptr, &worst);
    return {worst, cv::mean(off.reshape(1))[0]};
}

// align.json's tolerances: corners 1e-9; crops 2 levels at most, 0.2 on average.
class QuadParity : public ::testing::TestWithParam<std::string> {
  protected:
    void SetUp() override {
        BFR_SKIP_WITHOUT("goldens/faces", goldens("faces", "align.json"));
        face_ = align_goldens().at("faces").at(GetParam());
    }
    Json face_;
};

TEST_P(QuadParity, PlacesTheGoldenSquare) {
    BFR_SKIP_WITHOUT("../shared/faces", shared_dir());
    const Json& wanted = face_.at("quad_alignment");
    const auto photo = quad_photo_of(face_);
    const auto found =
        quad_alignment(points_of(face_.at("points68")), photo->width(), photo->height(), face_.at("size"));
    ASSERT_TRUE(found);
    for (size_t i = 0; i < 4; i++) {
        for (size_t axis = 0; axis < 2; axis++) {
            EXPECT_NEAR(found->quad[i][axis], wanted["quad"][i][axis].get<double>(), 1e-9);
            EXPECT_NEAR(found->quad_in_crop[i][axis], wanted["quad_in_crop"][i][axis].get<double>(), 1e-9);
        }
    }
    EXPECT_NEAR(found->side, wanted["qsize"].get<double>(), 1e-9);
    EXPECT_EQ(found->shrink, wanted["shrink"].get<int>());
    EXPECT_EQ(Json({found->shrunk.width, found->shrunk.height}), wanted["shrunk_to"]);
    EXPECT_EQ(found->border, wanted["border"].get<int>());
    EXPECT_EQ(Json({found->crop.x, found->crop.y, found->crop.br().x, found->crop.br().y}), wanted["crop"]);
}

TEST_P(QuadParity, CutsTheGoldenCrop) {
    BFR_SKIP_WITHOUT("../shared/faces", shared_dir());
    const int size = face_.at("size");
    const auto photo = quad_photo_of(face_);
    const auto alignment = quad_alignment(points_of(face_.at("points68")), photo->width(), photo->height(), size);
    ASSERT_TRUE(alignment);
    const Json& wanted = face_.at("quad_crop");
    const auto golden = Image::load(*goldens("faces", "align.json") / wanted.at("file").get<std::string>());
    ASSERT_EQ(sha256_of_rgb(*golden), wanted.at("sha256_rgb").get<std::string>());
    const auto [worst, mean] = difference(quad_crop(photo->bgr8(), *alignment, size), golden->bgr8());
    RecordProperty("largest_difference", fmt::format("{}, mean {}", worst, mean));
    EXPECT_LE(worst, 2);
    EXPECT_LE(mean, 0.2);
}

INSTANTIATE_TEST_SUITE_P(Faces, QuadParity,
                         ::testing::Values("lfw1", "lfw3", "lfw1_cut", "london001n", "london003s", "lq2",
                                           "london001n_full"),
                         [](const auto& info) { return info.param; });

// A photo made of its own coordinates: the matrix must say where each aligned pixel comes from.
TEST(Quad, TheMatrixIsWhereThePixelsComeFrom) {
    cv::Mat photo(1000, 1200, CV_8UC3);
    for (int y = 0; y < photo.rows; y++) {
        for (int x = 0; x < photo.cols; x++) {
            photo.at<cv::Vec3b>(y, x) = cv::Vec3b(static_cast<uchar>(x / 6), static_cast<uchar>(y / 6), 77);
        }
    }
    // Eyes and mouth of a face that is turned and moved.
    FacePoints points(68, {600, 500});
    for (size_t i = 36; i < 42; i++) points[i] = {520, 420};
    for (size_t i = 42; i < 48; i++) points[i] = {680, 440};
    points[48] = {530, 600};
    points[54] = {650, 615};
    for (const int size : {96, 400}) {  // shrunk three times, and not
        const auto alignment = quad_alignment(points, photo.cols, photo.rows, size);
        ASSERT_TRUE(alignment);
        EXPECT_EQ(alignment->shrink > 1, size == 96);
        const cv::Mat crop = quad_crop(photo, *alignment, size);
        const auto& m = alignment->photo_from_crop;
        for (int y = 2; y < size - 2; y += 7) {
            for (int x = 2; x < size - 2; x += 7) {
                const auto p = m * cv::Vec3d(x, y, 1);
                if (p[0] < 20 || p[1] < 20 || p[0] > 1180 || p[1] > 980) continue;
                // A step of a level each six pixels, rounded down, truncated once more.
                EXPECT_NEAR(crop.at<cv::Vec3b>(y, x)[0], (p[0] - 2.5) / 6, 0.9) << x << " " << y;
                EXPECT_NEAR(crop.at<cv::Vec3b>(y, x)[1], (p[1] - 2.5) / 6, 0.9) << x << " " << y;
            }
        }
        const auto eye = inverse(m) * cv::Vec3d(520, 420, 1);
        EXPECT_LT(eye[0], size / 2.0);
    }
}

TEST(Quad, BlackOutsideThePhoto) {
    const cv::Mat photo(60, 60, CV_8UC3, cv::Scalar(10, 20, 30));
    FacePoints points(68, {30, 30});
    for (size_t i = 36; i < 42; i++) points[i] = {20, 25};
    for (size_t i = 42; i < 48; i++) points[i] = {45, 25};
    points[48] = {25, 50};
    points[54] = {40, 50};
    const auto alignment = quad_alignment(points, 60, 60, 64);
    ASSERT_TRUE(alignment);
    const cv::Mat crop = quad_crop(photo, *alignment, 64);
    EXPECT_EQ(crop.at<cv::Vec3b>(0, 0), cv::Vec3b(0, 0, 0));
    EXPECT_EQ(crop.at<cv::Vec3b>(32, 32), cv::Vec3b(10, 20, 30));
    EXPECT_EQ(quad_crop(photo, *alignment, 4096).size(), cv::Size(4096, 4096));
}

// Filters of thousands of pixels keep their sums exact.
TEST(Quad, AStripShrunkHundredsOfTimesKeepsItsColour) {
    const cv::Mat photo(2400, 12000, CV_8UC3, cv::Scalar(255, 254, 3));
    FacePoints points(68, {6000, 1200});
    for (size_t i = 36; i < 42; i++) points[i] = {4500, 1190};
    for (size_t i = 42; i < 48; i++) points[i] = {7500, 1190};
    points[48] = {5500, 1210};
    points[54] = {6500, 1210};
    const auto alignment = quad_alignment(points, photo.cols, photo.rows, 16);
    ASSERT_TRUE(alignment);
    EXPECT_GT(alignment->shrink, 200);
    const cv::Mat crop = quad_crop(photo, *alignment, 16);
    cv::Scalar most(0, 0, 0);
    for (int y = 0; y < 16; y++) {
        const auto& pixel = crop.at<cv::Vec3b>(y, 8);
        for (int c = 0; c < 3; c++) most[c] = std::max<double>(most[c], pixel[c]);
    }
    EXPECT_NEAR(most[0], 255, 3);
    EXPECT_NEAR(most[1], 254, 3);
    EXPECT_NEAR(most[2], 3, 1);
}

TEST(Quad, PointsThatFixNoSquareGiveNone) {
    EXPECT_FALSE(quad_alignment(FacePoints(68, {20, 30}), 100, 100, 512));
    FacePoints points(68, {-900, -900});
    for (size_t i = 42; i < 48; i++) points[i] = {-880, -900};
    points[48] = points[54] = {-890, -880};
    EXPECT_FALSE(quad_alignment(points, 100, 100, 512)) << "a square outside the photo";
}

TEST(Quad, FindsAndCutsTheGoldenFaceItself) {
    BFR_NEED_GOLDEN_FACES();
    const Json& face = align_goldens().at("faces").at("london001n");
    AlignOptions options;
    options.method = AlignMethod::kQuad;
    options.detector = FaceFinding::kHog;
    options.size = face.at("size");
    const auto photo = photo_of(face);
    const auto aligned = align_faces(*photo, face_models(), options);
    ASSERT_EQ(aligned.size(), 1u);
    EXPECT_EQ(aligned[0].points, points_of(face.at("points68")));
    const auto golden =
        Image::load(*goldens("faces", "align.json") / face.at("quad_crop").at("file").get<std::string>());
    EXPECT_LE(difference(aligned[0].crop->bgr8(), golden->bgr8()).first, 2);
    const Json line = Json::parse(align_manifest_line("a", "a.jpg", *photo, aligned[0], options).dump());
    EXPECT_EQ(line.at("method"), "quad");
    EXPECT_EQ(line.at("quad").at("shrink"), 0);
    EXPECT_EQ(line.at("points68").size(), 68u);
    EXPECT_FALSE(line.contains("template"));
    for (size_t i = 0; i < 4; i++) {
        EXPECT_NEAR(line["quad"]["corners"][i][0].get<double>(),
                    face.at("quad_alignment").at("quad")[i][0].get<double>(), 1e-9);
    }
    const auto product =
        aligned[0].crop_from_photo * cv::Vec3d(aligned[0].photo_from_crop(0, 2), aligned[0].photo_from_crop(1, 2), 1);
    EXPECT_NEAR(product[0], 0, 1e-9);
    EXPECT_NEAR(product[1], 0, 1e-9);
}

}  // namespace
}  // namespace bfr
