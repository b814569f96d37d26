#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "datasets/faces/models.h"
#include "tests/downstream/task_fixture.h"

namespace bfr {
namespace {

using ::testing::HasSubstr;
using Emotion = TaskTest;
using EmotionParity = TaskTest;

TEST_F(EmotionParity, PackageOnTwelveCrops) {
    const auto folder = testing::goldens("faces", "emotion.json");
    BFR_SKIP_WITHOUT("goldens/faces", folder);
    const Json golden = testing::read_json(*folder / "emotion.json");
    if (!std::filesystem::exists(*folder / golden.at("crops").at(0).at("crop").get<std::string>())) {
        GTEST_SKIP() << "SKIPPED: the goldens' pictures of people are not here";
    }
    BFR_MAKE_TASK(task, "emotion:find=whole,frame=box");
    for (const auto& crop : golden.at("crops")) {
        const auto picture = Image::load(*folder / crop.at("crop").get<std::string>());
        const auto details = task->run(*picture, picture.get(), labelled("a")).details;
        const auto want = crop.at("probabilities").get<std::vector<double>>();
        for (size_t i = 0; i < want.size(); i++) {
            EXPECT_NEAR(details.at("restored_probabilities")[i].get<double>(), want[i], 1e-5) << crop.at("crop") << i;
        }
        const auto best = static_cast<size_t>(std::ranges::max_element(want) - want.begin());
        EXPECT_EQ(details.at("restored_class"), golden.at("classes")[best]);
    }
}

TEST_F(Emotion, DescribesItselfUnderItsSpec) {
    BFR_MAKE_TASK(task, "emotion:find=whole");
    EXPECT_EQ(task->info().label, "emotion:find=whole");
    EXPECT_EQ(task->info().values.at(0).name, "emotion:find=whole.agreement");
    EXPECT_EQ(task->info().weights.size(), 3u);
    EXPECT_FALSE(task->info().needs_reference);
}

TEST_F(Emotion, APictureAgreesWithItself) {
    BFR_MAKE_TASK(task, "emotion");
    const auto picture = noise_picture("a", 60, 90);
    const auto scores = task->run(*picture, picture.get(), labelled("a"));
    EXPECT_EQ(scores.values[0].value, 1.0);
    EXPECT_EQ(scores.values[1].value, 0.0);
    EXPECT_EQ(scores.values[2].reason, "no label");
    EXPECT_EQ(scores.details.at("restored_class"), scores.details.at("reference_class"));
    double sum = 0;
    for (const auto& p : scores.details.at("restored_probabilities")) sum += p.get<double>();
    EXPECT_NEAR(sum, 1, 1e-5);
}

TEST_F(Emotion, LabelsDoWithoutAReference) {
    BFR_MAKE_TASK(task, "emotion");
    const auto picture = noise_picture("a", 64, 64);
    const auto plain = task->run(*picture, picture.get(), labelled("a"));
    const std::string seen = plain.details.at("restored_class").get<std::string>();
    const auto right = task->run(*picture, nullptr, labelled("right", seen));
    const auto wrong = task->run(*picture, nullptr, labelled("wrong", seen == "sad" ? "happy" : "sad"));
    EXPECT_EQ(right.values[0].reason, "no reference");
    EXPECT_EQ(right.values[1].reason, "no reference");
    EXPECT_EQ(right.values[2].value, 1.0);
    EXPECT_EQ(wrong.values[2].value, 0.0);
    const auto unknown = task->run(*picture, nullptr, labelled("unknown", "smug\xFF"));
    EXPECT_THAT(unknown.values[2].reason, HasSubstr("is not a class of the network"));
    EXPECT_NO_THROW(Json(unknown.values[2].reason).dump());
    const auto summary = task->summarise(
        std::vector{to_record("right", right), to_record("wrong", wrong), to_record("unknown", unknown)});
    EXPECT_EQ(set_value(summary, "emotion.accuracy").value, 0.5);
    const auto alone = task->summarise(std::vector{to_record("unknown", unknown)});
    EXPECT_THAT(set_value(alone, "emotion.accuracy").reason,
                ::testing::StartsWith("no label is a class of the network: 'smug"));
    const auto compared = task->run(*picture, picture.get(), labelled("unknown", "smug"));
    EXPECT_THAT(set_value(task->summarise(std::vector{to_record("unknown", compared)}), "emotion.accuracy").reason,
                HasSubstr("'smug'"));
    EXPECT_FALSE(set_value(summary, "emotion.agreement_rate").value);
    EXPECT_FALSE(set_value(summary, "emotion.reference_accuracy").value);
}

TEST_F(Emotion, FacesNotFoundAreWrongAndCounted) {
    BFR_MAKE_TASK(task, "emotion:find=hog,frame=box");
    const auto gray = gray_picture(96, 96);
    const auto unseen = task->run(*gray, gray.get(), labelled("a", "happy"));
    EXPECT_EQ(unseen.values[0].reason, "no face found on the reference");
    EXPECT_EQ(unseen.values[2].reason, "no face found on the restored picture");
    const auto summary = task->summarise(std::vector{to_record("a", unseen)});
    EXPECT_EQ(set_value(summary, "emotion:find=hog,frame=box.accuracy").value, 0.0);
    EXPECT_EQ(set_value(summary, "emotion:find=hog,frame=box.reference_accuracy").value, 0.0);
    EXPECT_FALSE(set_value(summary, "emotion:find=hog,frame=box.agreement_rate").value);
    EXPECT_EQ(summary.details.at("n_restored_not_found"), 1);
    EXPECT_EQ(summary.details.at("n_reference_not_found"), 1);
}

TEST_F(Emotion, SummaryCountsClasses) {
    BFR_MAKE_TASK(task, "emotion");
    const auto record = [](bool found, const char* restored, const char* reference, const char* label) {
        Json details{{"restored_found", found}, {"reference_found", true}, {"reference_class", reference}};
        if (found) details["restored_class"] = restored;
        if (label) details["label"] = label;
        return TaskRecord{label ? label : "none", "", {}, details};
    };
    const std::vector<TaskRecord> records{
        record(true, "happy", "happy", "happy"),
        record(true, "neutral", "happy", "happy"),
        record(true, "neutral", "neutral", nullptr),
        record(false, "", "sad", "sad"),
        TaskRecord{"y", "", {}, {{"restored_found", true}, {"restored_class", "smug"}}},
        TaskRecord{"z", "", {}, Json::array()}};
    const auto summary = task->summarise(records);
    EXPECT_EQ(set_value(summary, "emotion.agreement_rate").value, 0.5);
    EXPECT_NEAR(*set_value(summary, "emotion.accuracy").value, 1.0 / 3, 1e-12);
    EXPECT_EQ(set_value(summary, "emotion.reference_accuracy").value, 1.0);
    const std::vector<std::string> labelled{"happy", "happy", "sad"};  // the ids of the records
    EXPECT_EQ(summary.values.at(0).samples, (std::vector<std::string>{"happy", "happy", "none", "sad"}));
    EXPECT_EQ(summary.values.at(1).samples, labelled);
    EXPECT_EQ(summary.values.at(2).samples, labelled);
    const auto& classes = summary.details.at("classes");
    ASSERT_EQ(classes.size(), 7u);
    EXPECT_EQ(classes[0], "neutral");
    EXPECT_EQ(classes[1], "happy");
    const auto& matrix = summary.details.at("reference_to_restored");
    EXPECT_EQ(matrix[1][1], 1);
    EXPECT_EQ(matrix[1][0], 1);
    EXPECT_EQ(matrix[0][1], 0);
    EXPECT_EQ(matrix[0][0], 1);
    EXPECT_EQ(summary.details.at("label_to_restored")[1][0], 1);
    EXPECT_EQ(summary.details.at("label_to_reference")[2][2], 1);
    EXPECT_EQ(summary.details.at("n_restored_not_found"), 1);
}

class EmotionFraming : public TaskTest {
  protected:
    // What `task` reads on the photo, and what the network reads on that part of it.
    void expect_sees(const Task& task, const Task& whole, const Image& photo, const cv::Rect& part) {
        const auto crop = Image::from_bgr8(photo.bgr8()(part).clone(), "crop");
        EXPECT_EQ(task.run(photo, &photo, {}).details.at("restored_probabilities"),
                  whole.run(*crop, crop.get(), {}).details.at("restored_probabilities"));
    }
};

TEST_F(EmotionFraming, BoxIsTheDetectorsAndPointsIsTheirsEnlarged) {
    const auto shared = testing::shared_dir();
    BFR_SKIP_WITHOUT("../shared/faces", shared);
    BFR_MAKE_TASK(by_box, "emotion:find=hog,frame=box");
    BFR_MAKE_TASK(by_points, "emotion:find=hog,frame=points");
    BFR_MAKE_TASK(whole, "emotion:find=whole,frame=box");
    EXPECT_EQ(by_points->info().label, "emotion:find=hog,frame=points");
    EXPECT_EQ(by_points->info().weights.size(), 3u);
    const auto photo = Image::load(*shared / "faces" / "lfw" / "Aaron_Eckhart" / "Aaron_Eckhart_0001.jpg");
    FaceModelFiles files;
    files.points68 = WeightsLocator().find("shape_predictor_68_face_landmarks.dat").path;
    const FaceModels models(files);
    const auto box = models.find_face(*photo, FaceFinding::kHog);
    ASSERT_TRUE(box);
    const auto side = [](long first, long last) { return static_cast<int>(last - first + 1); };
    expect_sees(*by_box, *whole, *photo,
                {static_cast<int>(box->left), static_cast<int>(box->top), side(box->left, box->right),
                 side(box->top, box->bottom)});

    const auto points = models.find_points68(*photo, FaceFinding::kHog);
    int left = 1000, top = 1000, right = 0, bottom = 0;
    for (const auto& [x, y] : *points) {
        left = std::min(left, static_cast<int>(x));
        right = std::max(right, static_cast<int>(x));
        top = std::min(top, static_cast<int>(y));
        bottom = std::max(bottom, static_cast<int>(y));
    }
    const int width = right - left, height = bottom - top;
    expect_sees(*by_points, *whole, *photo,
                {(10 * left - width) / 10, (10 * top - height) / 10, 12 * width / 10, 12 * height / 10});
}

}  // namespace
}  // namespace bfr
