#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "datasets/image.h"
#include "reports/run_folder.h"
#include "tests/reports/hand_made.h"

namespace bfr {

// The hand-made report with its pictures: three samples, the third method failed at the first.
class HtmlTest : public ::testing::Test {
  protected:
    HtmlTest() : report_(hand_made()), run_{scratch_ / "run"} {
        data_ = scratch_ / "data";
        report_["context"]["config"] = {
            {"data", {{"degraded", (data_ / "degraded").string()}, {"reference", (data_ / "reference").string()}}}};
        const std::vector<std::string> ids = {"a", "b", "c<i>"};
        for (size_t i = 0; i < ids.size(); i++) {
            report_["samples"][i]["id"] = ids[i];
            save(data_ / "degraded" / (ids[i] + ".png"), 10);
            save(data_ / "reference" / (ids[i] + ".png"), 20);
            for (size_t m = 0; m < 3; m++) {
                if (i == 0 && m == 2) continue;
                save(run_.image(label(m), ids[i]), m == 0 ? 10 : 30);
            }
        }
    }

    std::string label(size_t method) const { return report_["methods"][method]["label"]; }

    static void save(const std::filesystem::path& path, int gray) {
        save_png(*Image::from_bgr8(cv::Mat(48, 64, CV_8UC3, cv::Scalar::all(gray)), "test"), path);
    }

    testing::Scratch scratch_;
    Json report_;
    RunFolder run_;
    std::filesystem::path data_;
};

}  // namespace bfr
