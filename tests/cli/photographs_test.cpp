// Whole photographs through `bfr restore --align`: two people of LFW side by side.
#include <cstdlib>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/files.h"
#include "tests/cli/support.h"
#include "tests/datasets/odd_pictures.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

cv::Mat read(const fs::path& file) { return cv::imread(file.string(), cv::IMREAD_COLOR); }

double largest_difference(const cv::Mat& a, const cv::Mat& b) {
    EXPECT_EQ(a.size(), b.size());
    return a.size() == b.size() ? cv::norm(a, b, cv::NORM_INF) : INFINITY;
}

TEST(PhotographOptions, ThatNeedAnotherSaySo) {
    const Scratch scratch;
    write_picture(scratch / "in" / "a.png", "a", 40, 0);
    const auto restore = [&](const std::vector<std::string>& more) {
        return bfr(std::vector<std::string>{"restore", "--in", scratch / "in", "--method", "degraded", "--out",
                                            scratch / "out"} +
                   more);
    };
    for (const auto& [words, what] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"--paste"}, "--paste has a meaning with --align alone"},
             {{"--size", "128"}, "--size has a meaning with --align alone"},
             {{"--align", "--upscale", "2"}, "--upscale has a meaning with --paste alone"},
             {{"--align", "--faceless", "copy"}, "--faceless has a meaning with --paste alone"},
             {{"--align", "--paste", "--faceless", "copied"}, "copy"},
             {{"--align", "--paste", "--upscale", "9"}, "from 1 to 8"},
             {{"--align", "--paste"}, "shape_predictor_5_face_landmarks.dat"}}) {
        const Ran ran = restore(words);
        EXPECT_EQ(ran.code, 2) << words[0];
        EXPECT_THAT(ran.err, HasSubstr(what));
    }
    EXPECT_FALSE(fs::exists(scratch / "out" / "a.png"));
}

class Photographs : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto shared = shared_dir();
        BFR_SKIP_WITHOUT("../shared/faces", shared);
        const fs::path lfw = *shared / "faces" / "lfw";
        const cv::Mat small = read(lfw / "Aaron_Eckhart" / "Aaron_Eckhart_0001.jpg");
        cv::Mat large;
        cv::resize(read(lfw / "Abel_Pacheco" / "Abel_Pacheco_0001.jpg"), large, {}, 1.28, 1.28, cv::INTER_CUBIC);
        group_ = cv::Mat(360, 620, CV_8UC3, cv::Scalar(90, 90, 90));
        small.copyTo(group_({30, 60, 250, 250}));
        large.copyTo(group_({290, 20, 320, 320}));
        write("group.png", encoded(".png", group_));
        const Ran ran = restore("trial", {});
        if (ran.code == 2 && ran.err.find("to mend it") != std::string::npos) {
            if (const char* required = std::getenv("BFR_REQUIRE_WEIGHTS"); required && *required == '1')
                FAIL() << ran.err;
            GTEST_SKIP() << "SKIPPED: " << ran.err;
        }
        ASSERT_EQ(ran.code, 0) << ran.err;
    }
    void write(const std::string& name, const std::vector<unsigned char>& bytes) const {
        write_file(scratch_ / "photos" / name, bytes);
    }
    // Into the folder `out`, faces of 128 pixels.
    Ran restore(const std::string& out, const std::vector<std::string>& more,
                const std::string& method = "degraded") const {
        return testing::run(std::vector<std::string>{program(), "restore", "--in", scratch_ / "photos", "--method",
                                                     method, "--align", "--detector", "hog", "--size", "128", "--out",
                                                     scratch_ / out} +
                            more);
    }
    std::vector<Json> lines(const std::string& out) const { return json_lines(scratch_ / out / "restore.jsonl"); }
    cv::Mat picture(const std::string& out, const std::string& name) const {
        return read(scratch_ / out / (name + ".png"));
    }

    const Scratch scratch_;
    cv::Mat group_;
};

TEST_F(Photographs, FacesComeOutOneFileEachAsAlignCutsThem) {
    const Ran aligned = testing::run({program(), "align", "--in", scratch_ / "photos", "--out", scratch_ / "aligned",
                                      "--detector", "hog", "--size", "128", "--face", "all"});
    ASSERT_EQ(aligned.code, 0) << aligned.err;
    const auto manifest = json_lines(scratch_ / "aligned" / "manifest.jsonl"), found = lines("trial");
    ASSERT_EQ(manifest.size(), 2);
    ASSERT_EQ(found.size(), 2);
    for (size_t i = 0; i < 2; i++) {
        const std::string name = "group.face" + std::to_string(i + 1);
        EXPECT_EQ(found[i]["id"], name);
        EXPECT_EQ(found[i]["status"], "ok");
        EXPECT_EQ(found[i]["width"], 128);
        for (const char* key : {"box", "confidence", "crop_from_photo", "points5", "detector", "size"})
            EXPECT_EQ(found[i]["face"][key], manifest[i][key]) << key;
        EXPECT_EQ(largest_difference(picture("trial", name), picture("aligned", manifest[i]["id"].get<std::string>())),
                  0);
    }
}

TEST_F(Photographs, AlignTakesCropsAwayThatAreNoFaceAnyMore) {
    const auto align = [&](const std::string& face) {
        return testing::run({program(), "align", "--in", scratch_ / "photos", "--out", scratch_ / "aligned",
                             "--detector", "hog", "--size", "128", "--face", face});
    };
    ASSERT_EQ(align("all").code, 0);
    EXPECT_TRUE(fs::exists(scratch_ / "aligned" / "group_01.png"));
    const Ran other = align("largest");
    EXPECT_EQ(other.code, 2);
    EXPECT_THAT(other.err, HasSubstr("options.face: \"all\" there, \"largest\" now"));
    write("group.png", encoded(".png", group_.colRange(0, 300)));
    ASSERT_EQ(align("all").code, 0);
    EXPECT_TRUE(fs::exists(scratch_ / "aligned" / "group_00.png"));
    EXPECT_FALSE(fs::exists(scratch_ / "aligned" / "group_01.png"));
}

TEST_F(Photographs, PastedFacesThatNothingRestoredGiveThePhotographAgain) {
    const Ran ran = restore("out", {"--paste"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    const cv::Mat result = picture("out", "group");
    // The crops have half the photo's resolution: what is finer than they are is gone.
    EXPECT_LE(cv::norm(result, group_, cv::NORM_L1) / static_cast<double>(group_.total() * 3), 1.5);
    EXPECT_FALSE(fs::exists(scratch_ / "out" / "group.face1.png"));
    const auto found = lines("out");
    ASSERT_EQ(found.size(), 1);
    EXPECT_EQ(found[0]["status"], "ok");
    EXPECT_EQ(found[0]["width"], 620);
    ASSERT_EQ(found[0]["faces"].size(), 2);
    EXPECT_EQ(found[0]["faces"][1]["id"], "group.face2");

    // Where no crop reaches, every bit is the photo's.
    cv::Mat reached = cv::Mat::zeros(group_.size(), CV_8U);
    for (const auto& face : found[0]["faces"]) {
        const auto rows = face["face"]["photo_from_crop"].get<std::vector<std::vector<double>>>();
        std::vector<cv::Point> corners;
        for (const auto& [u, v] : {std::pair{-0.5, -0.5}, {127.5, -0.5}, {127.5, 127.5}, {-0.5, 127.5}}) {
            corners.emplace_back(static_cast<int>(std::lround(rows[0][0] * u + rows[0][1] * v + rows[0][2])),
                                 static_cast<int>(std::lround(rows[1][0] * u + rows[1][1] * v + rows[1][2])));
        }
        cv::fillConvexPoly(reached, corners, 255);
    }
    cv::dilate(reached, reached, cv::Mat::ones(5, 5, CV_8U));
    cv::Mat outside_result, outside_photo;
    result.copyTo(outside_result, reached == 0);
    group_.copyTo(outside_photo, reached == 0);
    EXPECT_GT(cv::countNonZero(reached == 0), 50000);
    EXPECT_EQ(largest_difference(outside_result, outside_photo), 0);
}

TEST_F(Photographs, ResultsDependOnNeitherJobsNorBatches) {
    write("second.png", encoded(".png", group_.colRange(0, 300)));
    EXPECT_EQ(restore("one", {"--paste", "--jobs", "1"}, "opencv-denoise").code, 0);
    EXPECT_EQ(restore("three", {"--paste", "--jobs", "3"}, "opencv-denoise").code, 0);
    for (const char* name : {"group.png", "second.png"})
        EXPECT_EQ(read_text(scratch_ / "one" / name), read_text(scratch_ / "three" / name));

    EXPECT_EQ(restore("plain", {"--paste"}).code, 0);
    const Ran ran = restore("batched", {"--paste"}, "command:batch=1,argv=\"cp -r {in}/. {out}\"");
    EXPECT_EQ(ran.code, 0) << ran.err;
    for (const char* name : {"group", "second"})
        EXPECT_EQ(largest_difference(picture("batched", name), picture("plain", name)), 0);
    EXPECT_FALSE(fs::exists(scratch_ / "batched" / ".faces"));
}

TEST_F(Photographs, WithoutAFaceFailOrAreCopied) {
    write_picture(scratch_ / "photos" / "hills.png", "hills", 160, 0);
    ASSERT_EQ(restore("out", {"--paste", "--limit", "1"}).code, 0);
    write_picture(scratch_ / "out" / "hills.png", "of an earlier start", 8, 0);
    const Ran failed = restore("out", {"--paste"});
    EXPECT_EQ(failed.code, 1);
    EXPECT_THAT(failed.err, HasSubstr("failed: hills: no face found"));
    EXPECT_FALSE(fs::exists(scratch_ / "out" / "hills.png"));
    EXPECT_TRUE(fs::exists(scratch_ / "out" / "group.png"));
    EXPECT_EQ(lines("out")[1]["status"], "failed");
    EXPECT_EQ(lines("out")[1]["reason"], "no face found");

    EXPECT_THAT(restore("out", {"--paste", "--faceless", "copy"}).err,
                HasSubstr("faceless: \"fail\" there, \"copy\" now"));
    const Ran copied = restore("copied", {"--paste", "--faceless", "copy"});
    EXPECT_EQ(copied.code, 0) << copied.err;
    EXPECT_EQ(lines("copied")[1]["status"], "copied");
    EXPECT_EQ(lines("copied")[1]["reason"], "no face found");
    EXPECT_EQ(largest_difference(picture("copied", "hills"), read(scratch_ / "photos" / "hills.png")), 0);
}

TEST_F(Photographs, AFaceThatFailsStaysAsItIsAndCounts) {
    fs::remove(scratch_ / "trial" / "group.face1.png");
    cv::imwrite((scratch_ / "trial" / "group.face2.png").string(), cv::Mat(256, 256, CV_8UC3, cv::Scalar(0, 255, 0)));
    const std::string method = "outputs:dir=\"" + (scratch_ / "trial").string() + "\"";
    const Ran ran = restore("out", {"--paste"}, method);
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, HasSubstr("failed: group: face1: "));
    const auto found = lines("out");
    EXPECT_EQ(found[0]["status"], "incomplete");
    EXPECT_EQ(found[0]["faces"][0]["status"], "failed");
    EXPECT_EQ(found[0]["faces"][1]["status"], "ok");
    const cv::Mat result = picture("out", "group");
    const auto middle = [&](size_t face) {
        const auto box = found[0]["faces"][face]["face"]["box"].get<std::vector<int>>();
        return cv::Point((box[0] + box[2]) / 2, (box[1] + box[3]) / 2);
    };
    EXPECT_EQ(result.at<cv::Vec3b>(middle(1)), cv::Vec3b(0, 255, 0));
    EXPECT_EQ(result.at<cv::Vec3b>(middle(0)), group_.at<cv::Vec3b>(middle(0)));

    cv::imwrite((scratch_ / "trial" / "group.face2.png").string(), cv::Mat(100, 256, CV_8UC3));
    const Ran none = restore("out", {"--paste"}, method);
    EXPECT_EQ(none.code, 1);
    EXPECT_THAT(none.err, AllOf(HasSubstr("face2: the restored face is 256x100"), HasSubstr("0 of 1 picture")));
    EXPECT_EQ(lines("out")[0]["status"], "failed");
    EXPECT_FALSE(fs::exists(scratch_ / "out" / "group.png"));
}

TEST_F(Photographs, AreUpscaledAroundTheirFaces) {
    ASSERT_EQ(restore("out", {"--paste", "--upscale", "2"}).code, 0);
    cv::Mat larger;
    cv::resize(group_, larger, {}, 2, 2, cv::INTER_CUBIC);
    const cv::Mat result = picture("out", "group");
    ASSERT_EQ(result.size(), larger.size());
    EXPECT_LE(cv::norm(result, larger, cv::NORM_L1) / static_cast<double>(larger.total() * 3), 1.5);
    EXPECT_EQ(lines("out")[0]["upscale"], 2);
}

TEST_F(Photographs, StandUprightWhateverTheirExifSays) {
    fs::remove(scratch_ / "photos" / "group.png");
    cv::Mat lying;
    cv::rotate(group_, lying, cv::ROTATE_90_COUNTERCLOCKWISE);
    write("group.jpg", jpeg_with_exif(encoded(".jpg", lying, {cv::IMWRITE_JPEG_QUALITY, 98}), 6));
    const auto upright = lines("trial");
    ASSERT_EQ(restore("out", {"--paste"}).code, 0);
    EXPECT_EQ(picture("out", "group").size(), group_.size());
    const auto found = lines("out");
    ASSERT_EQ(found[0]["faces"].size(), 2);
    const auto box = [](const Json& face) { return face["face"]["box"].get<std::vector<int>>(); };
    for (size_t i = 0; i < 2; i++) EXPECT_NEAR(box(found[0]["faces"][i])[0], box(upright[i])[0], 10);
}

TEST_F(Photographs, FacesOfAnEarlierStartAreNotTakenForThisOnes) {
    write("group.png", encoded(".png", group_.colRange(0, 300)));
    ASSERT_EQ(restore("trial", {}).code, 0);
    EXPECT_TRUE(fs::exists(scratch_ / "trial" / "group.face1.png"));
    EXPECT_FALSE(fs::exists(scratch_ / "trial" / "group.face2.png"));
    // One that lies behind a gap, and what isn't this photograph's.
    for (const char* name : {"group.face4.png", "group.face.png", "group.face4", "other.face1.png"})
        write_text(scratch_ / "trial" / name, "of an earlier start");
    write_picture(scratch_ / "photos" / "group.png", "no face", 160, 0);
    EXPECT_EQ(restore("trial", {}).code, 1);
    EXPECT_FALSE(fs::exists(scratch_ / "trial" / "group.face1.png"));
    EXPECT_FALSE(fs::exists(scratch_ / "trial" / "group.face4.png"));
    for (const char* name : {"group.face.png", "group.face4", "other.face1.png"})
        EXPECT_TRUE(fs::exists(scratch_ / "trial" / name)) << name;
}

}  // namespace
}  // namespace bfr::testing
