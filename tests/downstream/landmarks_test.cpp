#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>
#include <set>

#include "tests/downstream/task_fixture.h"

namespace bfr {
namespace {

using ::testing::HasSubstr;
using Landmarks = TaskTest;

std::vector<std::array<double, 2>> annotation() {
    std::vector<std::array<double, 2>> points(68);
    for (size_t i = 0; i < points.size(); i++)
        points[i] = {10.0 + static_cast<double>(i), 20.25 + static_cast<double>(i % 7)};
    return points;
}

TEST_F(Landmarks, DescribesItselfUnderItsSpec) {
    BFR_MAKE_TASK(task, "landmarks");
    EXPECT_EQ(task->info().label, "landmarks");
    EXPECT_EQ(task->info().values.at(0).name, "landmarks.nme_interocular");
    EXPECT_EQ(task->info().weights.size(), 1u);
    BFR_MAKE_TASK(other, "landmarks:find=hog");
    EXPECT_EQ(other->info().values.at(0).name, "landmarks:find=hog.nme_interocular");
    std::set<std::string> names;
    for (const auto& value : task->info().values) EXPECT_TRUE(names.insert(value.name).second) << value.name;
    for (const auto& value : task->summarise({}).values)
        EXPECT_TRUE(names.insert(value.info.name).second) << value.info.name;
    EXPECT_THROW(tasks().make(Spec::parse("landmarks:find=nose"), unit_context()), UsageError);
    EXPECT_THROW(tasks().make(Spec::parse("landmarks:fnd=hog"), unit_context()), UsageError);
}

TEST_F(Landmarks, APictureAgainstItselfHasNoError) {
    BFR_MAKE_TASK(task, "landmarks");
    const auto picture = noise_picture("a", 128, 128);
    const auto scores = task->run(*picture, picture.get(), labelled("a"));
    ASSERT_EQ(scores.values.size(), task->info().values.size());
    for (const auto& score : scores.values) EXPECT_EQ(score.value, 0.0);
    EXPECT_EQ(scores.details.at("restored_points").size(), 136u);
    EXPECT_EQ(scores.details.at("reference_points_from"), "dlib");
    const auto summary = task->summarise(std::vector{to_record("a", scores)});
    EXPECT_EQ(set_value(summary, "landmarks.auc").value, 1.0);
    EXPECT_EQ(set_value(summary, "landmarks.failure_rate").value, 0.0);
}

TEST_F(Landmarks, AnnotatedPointsStandForTheReference) {
    BFR_MAKE_TASK(task, "landmarks");
    const auto picture = noise_picture("a", 128, 128);
    const SampleFiles sample = annotated("a", annotation());
    const auto scores = task->run(*picture, nullptr, sample);
    ASSERT_TRUE(scores.values[2].value);
    EXPECT_EQ(scores.details.at("reference_points_from"), "annotation");
    EXPECT_EQ(scores.details.at("reference_points")[1], 20.25);
    // the definition again, from the details
    double sum = 0;
    const auto found = scores.details.at("restored_points").get<std::vector<double>>();
    for (size_t i = 0; i < 68; i++)
        sum += std::hypot(found[2 * i] - (*sample.points)[i][0], found[2 * i + 1] - (*sample.points)[i][1]);
    EXPECT_NEAR(*scores.values[2].value, sum / 68, 1e-9);
    const double interocular = std::hypot(45.0 - 36, 45 % 7 - 36 % 7);
    EXPECT_NEAR(*scores.values[0].value, sum / 68 / interocular, 1e-9);
    EXPECT_NEAR(*scores.values[1].value, sum / 68 / std::sqrt(67.0 * 6), 1e-9);
}

TEST_F(Landmarks, FacesNotFoundAreCounted) {
    BFR_MAKE_TASK(task, "landmarks:find=hog");
    const auto gray = gray_picture(96, 96);
    const auto unseen = task->run(*gray, nullptr, annotated("annotated", annotation()));
    for (const auto& score : unseen.values) EXPECT_EQ(score.reason, "no face found on the restored picture");
    const auto no_reference_face = task->run(*gray, gray.get(), labelled("both"));
    for (const auto& score : no_reference_face.values) EXPECT_EQ(score.reason, "no face found on the reference");
    TaskRecord good{
        "good", "", std::vector<std::optional<double>>(8, 0.02), {{"restored_found", true}, {"reference_found", true}}};
    const std::vector<TaskRecord> records{to_record("annotated", unseen), to_record("both", no_reference_face), good};
    const auto summary = task->summarise(records);
    EXPECT_EQ(summary.details.at("n"), 2);
    EXPECT_EQ(summary.details.at("n_restored_not_found"), 1);
    EXPECT_EQ(summary.details.at("n_reference_not_found"), 1);
    EXPECT_NEAR(*set_value(summary, "landmarks:find=hog.failure_rate").value, 0.5, 1e-12);
    EXPECT_NEAR(*set_value(summary, "landmarks:find=hog.auc").value, 0.375, 1e-12);
    EXPECT_EQ(summary.details.at("curve").at("share").back(), 0.5);
    for (const auto& value : summary.values) {
        EXPECT_EQ(value.samples, (std::vector<std::string>{"annotated", "good"})) << value.info.name;
    }
}

TEST_F(Landmarks, WithoutAnythingToCompareThereIsAReason) {
    BFR_MAKE_TASK(task, "landmarks");
    const auto picture = gray_picture(64, 64);
    const auto scores = task->run(*picture, nullptr, labelled("a"));
    for (const auto& score : scores.values) EXPECT_THAT(score.reason, HasSubstr("no reference"));
    const auto summary = task->summarise(std::vector{to_record("a", scores)});
    EXPECT_FALSE(set_value(summary, "landmarks.auc").value);
    EXPECT_FALSE(set_value(summary, "landmarks.failure_rate").value);
}

TEST_F(Landmarks, WhatCannotBeComparedIsAnError) {
    BFR_MAKE_TASK(task, "landmarks");
    const auto small = gray_picture(64, 64), large = gray_picture(64, 65);
    EXPECT_THROW(task->run(*small, large.get(), labelled("a")), Error);
    auto points = annotation();
    points.pop_back();
    EXPECT_THROW(task->run(*small, nullptr, annotated("a", points)), Error);
    points.push_back({std::nan(""), 0});
    EXPECT_THROW(task->run(*small, nullptr, annotated("a", points)), Error);
    const std::vector<std::array<double, 2>> collapsed(68, {5, 5});
    const auto scores = task->run(*small, nullptr, annotated("a", collapsed));
    EXPECT_THAT(scores.values[0].reason, HasSubstr("no extent"));
}

TEST_F(Landmarks, RecordsOfAnotherMakeAreTaken) {
    BFR_MAKE_TASK(task, "landmarks");
    const std::vector<TaskRecord> records{{"a", "", {}, Json()},
                                          {"b", "", {0.1}, {{"restored_found", 1}, {"reference_found", "yes"}}},
                                          {"c", "", {}, {{"restored_found", true}, {"reference_found", true}}}};
    EXPECT_EQ(task->summarise(records).details.at("n"), 0);
}

TEST_F(Landmarks, BlurMovesThePointsOfARealFace) {
    const auto shared = testing::shared_dir();
    BFR_SKIP_WITHOUT("../shared/faces", shared);
    BFR_MAKE_TASK(task, "landmarks");
    const auto photo = Image::load(*shared / "faces" / "lfw" / "Aaron_Eckhart" / "Aaron_Eckhart_0001.jpg");
    const auto face = Image::from_bgr8(photo->bgr8()({72, 67, 96, 96}).clone(), "face");
    double last = 0;
    for (const double sigma : {1.0, 6.0}) {
        cv::Mat blurred;
        cv::GaussianBlur(face->bgr8(), blurred, {}, sigma);
        const auto scores = task->run(*Image::from_bgr8(blurred, "blurred"), face.get(), labelled("a"));
        ASSERT_TRUE(scores.values[0].value);
        EXPECT_GT(*scores.values[0].value, last);
        last = *scores.values[0].value;
    }
    EXPECT_LT(last, 0.5);
}

}  // namespace
}  // namespace bfr
