// Tasks as the registry makes them, and records as they come back from a file.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "downstream/task.h"
#include "tests/support/support.h"

namespace bfr {

inline ImagePtr gray_picture(int width, int height) {
    return Image::from_bgr8(cv::Mat(height, width, CV_8UC3, cv::Scalar(127, 127, 127)), "gray");
}

// Hashed 8x8 blocks: no face, but not flat.
inline ImagePtr noise_picture(const std::string& name, int width, int height) {
    cv::Mat bgr(height, width, CV_8UC3);
    const auto values = testing::hash_fill(name, static_cast<size_t>(width) * height * 3, 0, 255);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width * 3; x++) {
            bgr.ptr(y)[x] = static_cast<uchar>(values[static_cast<size_t>(y / 8 * width * 3 + x / 24 * 3 + x % 3)]);
        }
    }
    return Image::from_bgr8(bgr, name);
}

inline UnitContext unit_context() { return {.weights = WeightsLocator()}; }

inline SampleFiles labelled(const std::string& id, const std::string& label = "") {
    SampleFiles sample;
    sample.id = id;
    sample.label = label;
    return sample;
}

inline SampleFiles annotated(const std::string& id, std::vector<std::array<double, 2>> points) {
    SampleFiles sample = labelled(id);
    sample.points = std::move(points);
    return sample;
}

inline TaskRecord to_record(const std::string& id, const Scores& scores) {
    TaskRecord record{id, "", {}, Json::parse(scores.details.dump())};
    for (const auto& score : scores.values) record.values.push_back(score.value);
    return record;
}

inline Score set_value(const TaskSummary& summary, const std::string& name) {
    for (const auto& value : summary.values) {
        if (value.info.name == name) return value.score;
    }
    return Score::none("no such value: " + name);
}

class TaskTest : public ::testing::Test {
  protected:
    // Null where model files are missing; the test has then been failed or skipped, and must return.
    std::unique_ptr<Task> make(const std::string& text) {
        const Spec spec = Spec::parse(text);
        try {
            return tasks().make(spec, unit_context());
        } catch (const NotAvailable& missing) {
            const char* required = std::getenv("BFR_REQUIRE_WEIGHTS");
            if (required && std::string(required) == "1") {
                ADD_FAILURE() << missing.what();
            } else {
                reason_ = missing.what();
            }
            return nullptr;
        }
    }
    std::string reason_;
};

}  // namespace bfr

// Declares `task`, or ends the test.
#define BFR_MAKE_TASK(task, spec)                        \
    const std::unique_ptr<Task> task = this->make(spec); \
    if (!task && this->HasFailure()) return;             \
    if (!task) GTEST_SKIP() << "SKIPPED: " << this->reason_
