#include "datasets/faces/models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <opencv2/core.hpp>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "datasets/faces/align.h"
#include "datasets/faces/descriptor_network.h"
#include "datasets/faces/point_predictor.h"
#include "tests/datasets/faces/face_test_support.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using namespace bfr::testing;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr FaceFinding kFindings[] = {FaceFinding::kWhole, FaceFinding::kHog, FaceFinding::kMmod};

ImagePtr noise(int width, int height) {
    cv::Mat pixels(height, width, CV_8UC3);
    const Draw draw(1, fmt::format("{}x{}", width, height), "pixels");
    for (size_t i = 0; i < pixels.total() * 3; i++) pixels.data[i] = static_cast<unsigned char>(draw.integer(i, 256));
    return Image::from_bgr8(pixels, fmt::format("noise {}x{}", width, height));
}

TEST(FaceFindingNames, AreReadAndWritten) {
    for (const auto finding : kFindings) EXPECT_EQ(parse_face_finding(to_string(finding)), finding);
    EXPECT_THAT([] { parse_face_finding("mmdo"); }, ThrowsMessage<UsageError>(HasSubstr("mmod")));
}

TEST(FaceModels, NameTheFileThatIsMissingOrWrong) {
    const Scratch scratch;
    const auto picture = noise(64, 64);
    const FaceBox box{0, 0, 63, 63};
    EXPECT_THAT([&] { FaceModels({}).points68(*picture, box); }, ThrowsMessage<Error>(HasSubstr("68-point")));
    EXPECT_THAT([&] { FaceModels({}).detect_mmod(*picture, 0); }, ThrowsMessage<Error>(HasSubstr("mmod")));

    FaceModelFiles files;
    files.mmod = files.points5 = files.points68 = files.recognition = scratch / "absent.dat";
    const FaceModels absent(files);
    EXPECT_THAT([&] { absent.detect_mmod(*picture, 0); }, ThrowsMessage<Error>(HasSubstr("absent.dat")));
    EXPECT_THAT([&] { absent.points5(*picture, box); }, ThrowsMessage<Error>(HasSubstr("absent.dat")));
    EXPECT_THAT(
        [&] {
            absent.descriptor(*picture, FacePoints(5, {3, 4}));
        },
        ThrowsMessage<Error>(HasSubstr("one place")));
    EXPECT_TRUE(absent.detect_hog(*picture, 0).empty());  // part of dlib itself

    for (const std::string& bytes :
         {std::string(), std::string("a text file"), std::string(4096, '\xff'), std::string(4096, '\1')}) {
        write_text(scratch / "wrong.dat", bytes);
        files.mmod = files.points5 = files.points68 = files.recognition = scratch / "wrong.dat";
        const FaceModels wrong(files);
        EXPECT_THAT([&] { wrong.detect_mmod(*picture, 0); }, ThrowsMessage<Error>(HasSubstr("wrong.dat")));
        EXPECT_THAT([&] { wrong.points68(*picture, box); }, ThrowsMessage<Error>(HasSubstr("wrong.dat")));
        EXPECT_THAT([&] { DescriptorNetwork(files.recognition); }, ThrowsMessage<Error>(HasSubstr("wrong.dat")));
    }
}

TEST(FaceModels, RefuseTruncatedAndExchangedFiles) {
    BFR_NEED_FACE_MODELS();
    const Scratch scratch;
    const auto picture = noise(64, 64);
    auto files = *face_files().files;
    const auto bytes = read_file(files.mmod);
    write_file(scratch / "short.dat", std::span(bytes).first(bytes.size() - 100));
    write_file(scratch / "long.dat", [&] {
        auto longer = bytes;
        longer.push_back(0);
        return longer;
    }());
    for (const char* name : {"short.dat", "long.dat"}) {
        files.mmod = scratch / name;
        EXPECT_THAT([&] { FaceModels(files).detect_mmod(*picture, 0); }, ThrowsMessage<Error>(HasSubstr(name)));
    }
    files.points68 = files.points5;
    EXPECT_THAT(
        [&] {
            FaceModels(files).points68(*picture, {0, 0, 63, 63});
        },
        ThrowsMessage<Error>(HasSubstr("5 points")));
    files.points5 = files.recognition;
    EXPECT_THAT(
        [&] {
            FaceModels(files).points5(*picture, {0, 0, 63, 63});
        },
        ThrowsMessage<Error>(HasSubstr(files.recognition.filename().string())));
}

TEST(FaceModels, FindNothingWhereNothingIs) {
    BFR_NEED_FACE_MODELS();
    const auto picture = noise(200, 160);
    for (const auto finding : {FaceFinding::kHog, FaceFinding::kMmod}) {
        EXPECT_EQ(face_models().find_face(*picture, finding), std::nullopt);
        EXPECT_EQ(face_models().find_points68(*picture, finding), std::nullopt);
        EXPECT_EQ(face_models().find_descriptor(*picture, finding), std::nullopt);
    }
}

// A descriptor may be refused where the points fall into one place; nothing may crash, and what is found is of the
// right size.
TEST(FaceModels, SurviveOddPictures) {
    BFR_NEED_FACE_MODELS();
    for (const auto& [width, height] :
         {std::pair{1, 1}, {2, 1}, {1, 2}, {3, 3}, {1, 300}, {300, 1}, {5, 400}, {79, 79}, {17, 33}}) {
        SCOPED_TRACE(fmt::format("{}x{}", width, height));
        const auto picture = noise(width, height);
        for (int up = 0; up < 2; up++) {
            EXPECT_TRUE(face_models().detect_hog(*picture, up).empty());
            EXPECT_TRUE(face_models().detect_mmod(*picture, up).empty());
        }
        EXPECT_TRUE(face_models().detect_mmod(*picture, 0, 50).empty());
        EXPECT_EQ(face_models().find_face(*picture, FaceFinding::kWhole), (FaceBox{0, 0, width - 1, height - 1}));
        EXPECT_EQ(face_models().find_points68(*picture, FaceFinding::kWhole).value().size(), 68u);
        try {
            EXPECT_EQ(face_models().find_descriptor(*picture, FaceFinding::kWhole).value().size(), 128u);
        } catch (const Error& refused) {
            EXPECT_THAT(refused.what(), HasSubstr("one place"));
        }
    }
}

TEST(FaceModels, RefuseOddBoxesAndPoints) {
    BFR_NEED_FACE_MODELS();
    const auto picture = noise(64, 48);
    EXPECT_THROW(face_models().points5(*picture, {10, 10, 9, 20}), Error);
    EXPECT_THROW(face_models().points68(*picture, {10, 10, 20, 9}), Error);
    EXPECT_EQ(face_models().points5(*picture, {-500, -500, -400, -400}).size(), 5u);
    EXPECT_EQ(face_models().points5(*picture, {-100000, -100000, 100000, 100000}).size(), 5u);

    EXPECT_THROW(face_models().descriptor(*picture, FacePoints(6)), Error);
    EXPECT_THROW(face_models().descriptor(*picture, FacePoints(68, {7, 7})), Error);
    EXPECT_THROW(face_models().descriptor(*picture, FacePoints(5, {NAN, 0})), Error);
    EXPECT_THROW(face_models().descriptor(*picture, FacePoints(5, {1e300, 0})), Error);
    auto far = face_models().points68(*picture, {0, 0, 63, 47});
    EXPECT_EQ(face_models().descriptor(*picture, far).size(), 128u);
    for (auto& point : far) point[0] += 5000;
    EXPECT_THROW(face_models().descriptor(*picture, far), Error);
}

TEST(FaceModels, RefuseSearchesThatAreTooLarge) {
    const auto picture = Image::from_bgr8(cv::Mat::zeros(2000, 3000, CV_8UC3), "wide");
    const FaceModels models({});
    EXPECT_THAT([&] { models.detect_hog(*picture, 1); }, ThrowsMessage<Error>(HasSubstr("wide")));
    EXPECT_TRUE(models.detect_hog(*picture, 1, 300).empty());
    EXPECT_THROW(models.detect_hog(*picture, 5), UsageError);
    EXPECT_THROW(models.detect_hog(*picture, -1), UsageError);
    EXPECT_THROW(models.detect_hog(*picture, 0, -1), UsageError);
}

struct Everything {
    std::optional<FaceBox> boxes[3];
    std::optional<FacePoints> points[3];
    std::optional<std::vector<float>> descriptors[3];
    bool operator==(const Everything&) const = default;
};

Everything find_everything(const Image& picture, const FaceModels& models) {
    Everything found;
    for (size_t i = 0; i < 3; i++) {
        found.boxes[i] = models.find_face(picture, kFindings[i]);
        found.points[i] = models.find_points68(picture, kFindings[i]);
        found.descriptors[i] = models.find_descriptor(picture, kFindings[i]);
    }
    return found;
}

TEST(FaceModels, GiveThreadsWhatTheyGiveOneAfterAnother) {
    BFR_NEED_GOLDEN_FACES();
    std::vector<Json> chosen;
    for (const auto& [name, values] : golden_faces()) {
        if (name.starts_with("lfw")) chosen.push_back(values);
    }
    ASSERT_EQ(chosen.size(), 3u);
    std::vector<Everything> alone;
    for (const auto& values : chosen) alone.push_back(find_everything(*golden_picture(values), face_models()));
    EXPECT_FALSE(alone[0] == alone[1]);

    const FaceModels fresh(*face_files().files);
    std::vector<Everything> together(2 * chosen.size());
    std::vector<std::thread> threads;
    for (size_t t = 0; t < 2; t++) {
        threads.emplace_back([&, t] {
            for (size_t i = 0; i < chosen.size(); i++) {
                const size_t which = t == 0 ? i : chosen.size() - 1 - i;
                together[t * chosen.size() + which] = find_everything(*golden_picture(chosen[which]), fresh);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (size_t i = 0; i < together.size(); i++) EXPECT_TRUE(together[i] == alone[i % chosen.size()]) << i;
}

TEST(FaceModels, ShareOnePictureBetweenThreads) {
    BFR_NEED_GOLDEN_FACES();
    const auto values = golden_faces().at(0).values;
    const auto picture = golden_picture(values);
    Everything found[3];
    std::vector<std::thread> threads;
    for (auto& mine : found) threads.emplace_back([&] { mine = find_everything(*picture, face_models()); });
    for (auto& thread : threads) thread.join();
    EXPECT_TRUE(found[0] == found[1] && found[1] == found[2]);
    EXPECT_TRUE(found[0] == find_everything(*golden_picture(values), face_models()));
}

TEST(FaceModels, DescribeTheFaceTheyFind) {
    BFR_NEED_GOLDEN_FACES();
    const auto picture = golden_picture(golden_faces().at(0).values);
    for (const auto finding : kFindings) {
        const auto box = face_models().find_face(*picture, finding).value();
        const auto points = face_models().points68(*picture, box);
        EXPECT_EQ(face_models().find_points68(*picture, finding), points);
        EXPECT_EQ(face_models().find_descriptor(*picture, finding), face_models().descriptor(*picture, points));
    }
}

TEST(FixedFaceBox, LiesWhereTheTemplatePutsTheFace) {
    EXPECT_EQ(fixed_face_box(FaceFinding::kCrop, 512, 512), (FaceBox{98, 134, 419, 455}));
    EXPECT_EQ(fixed_face_box(FaceFinding::kCrop, 128, 256), (FaceBox{25, 67, 104, 227}));
    EXPECT_EQ(fixed_face_box(FaceFinding::kCrop, 1, 1), (FaceBox{0, 0, 0, 0}));
    EXPECT_EQ(fixed_face_box(FaceFinding::kWhole, 30, 20), (FaceBox{0, 0, 29, 19}));
    EXPECT_FALSE(fixed_face_box(FaceFinding::kHog, 512, 512));
    EXPECT_FALSE(fixed_face_box(FaceFinding::kMmod, 512, 512));
}

// On crops that our own alignment cuts, the fixed box must be near the detector's, or the points start in the wrong
// place.
TEST(FixedFaceBox, IsNearTheDetectorsOnAlignedCrops) {
    BFR_NEED_GOLDEN_FACES();
    int compared = 0;
    for (const auto& face : golden_faces()) {
        const auto aligned = align_faces(*golden_picture(face.values), face_models(), {});
        if (aligned.empty()) continue;
        const auto found = face_models().find_face(*aligned[0].crop, FaceFinding::kHog);
        if (!found) continue;
        const FaceBox fixed = *fixed_face_box(FaceFinding::kCrop, 512, 512);
        EXPECT_NEAR(found->left + found->right, fixed.left + fixed.right, 2 * 40) << face.name;
        EXPECT_NEAR(found->top + found->bottom, fixed.top + fixed.bottom, 2 * 40) << face.name;
        EXPECT_NEAR(found->right - found->left, fixed.right - fixed.left, 0.25 * 321) << face.name;
        compared++;
    }
    EXPECT_GE(compared, 7);
}

}  // namespace
}  // namespace bfr
