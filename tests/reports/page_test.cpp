// The page as a browser shows it. Skipped, with the reason, where Chromium isn't installed.
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <opencv2/imgcodecs.hpp>

#include "base/files.h"
#include "reports/html.h"
#include "tests/reports/html_fixture.h"

namespace bfr {
namespace {

class Page : public HtmlTest {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(kChromium)) GTEST_SKIP() << "SKIPPED: " << kChromium << " is not here";
        report_["samples"][0]["label"] = R"("><img src=x onerror=alert(1)>)";
        add_task_values();
        write_text(file_, html_page(report_, run_.root));
    }

    // A value without direction, one that is 0 everywhere, and curves over several numbers of faces.
    void add_task_values() {
        for (Json& unit : report_["units"]) {
            if (unit["label"] != "landmarks") continue;
            unit["values"].push_back(
                {{"name", "landmarks.tilt"}, {"unit", "degrees"}, {"direction", "none"}, {"decimals", 1}});
            unit["set_values"].push_back({{"name", "landmarks.failure_rate"}, {"direction", "lower"}, {"decimals", 4}});
        }
        for (size_t i = 0; i < 3; i++) {
            Json& row = report_["rows"][i];
            row["values"]["landmarks.tilt"] = {{"n", 3}, {"mean", 1.5}, {"interval", nullptr}};
            row["set_values"]["landmarks.failure_rate"] = {
                {"n", 3}, {"value", 0}, {"interval", {{"low", 0}, {"high", 0}, {"level", 0.95}}}};
            if (i == 2) continue;
            row["details"]["landmarks"]["n"] = 3 - i;
            row["details"]["landmarks"]["curve"] = {{"nme_interocular", {0, 0.04, 0.08}}, {"share", {0, 0.5, 0.9}}};
        }
    }

    testing::Ran browse(std::vector<std::string> options) const {
        std::vector<std::string> argv = {kChromium,
                                         "--headless",
                                         "--no-sandbox",
                                         "--disable-gpu",
                                         "--disable-quic",
                                         "--no-first-run",
                                         "--disable-background-networking",
                                         "--disable-component-update",
                                         "--disable-sync",
                                         "--hide-scrollbars",
                                         "--enable-logging=stderr",
                                         "--user-data-dir=" + (scratch_ / "profile").string()};
        argv.insert(argv.end(), options.begin(), options.end());
        argv.push_back("file://" + file_.string());
        return testing::run(argv);
    }

    cv::Mat screenshot(int width, bool dark) const {
        const std::filesystem::path png = scratch_ / "page.png";
        browse({"--window-size=" + std::to_string(width) + ",1600", "--screenshot=" + png.string(),
                std::string("--blink-settings=preferredColorScheme=") + (dark ? "0" : "1")});
        return cv::imread(png.string());
    }

    static constexpr const char* kChromium = "/usr/bin/chromium";
    std::filesystem::path file_ = scratch_ / "report.html";
};

TEST_F(Page, ABrowserShowsItAndHandsAndKeysMoveIt) {
    const testing::Ran ran = testing::run(
        {BFR_NODE, (testing::source_dir() / "web" / "tests" / "report_page.mjs").string(), file_.string(), kChromium});
    EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
}

TEST_F(Page, ThousandsOfSamplesStayUsable) {
    constexpr size_t kSamples = 3000;
    const Json sample = report_["samples"][1];
    report_["samples"] = Json::array();
    for (size_t i = 0; i < kSamples; i++) {
        report_["samples"].push_back(sample);
        report_["samples"].back()["id"] = "sample " + std::to_string(i);
    }
    write_text(file_, html_page(report_, run_.root));
    const testing::Ran ran =
        testing::run({BFR_NODE, (testing::source_dir() / "web" / "tests" / "long_report_page.mjs").string(),
                      file_.string(), kChromium, std::to_string(kSamples)});
    EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
    std::cout << std::filesystem::file_size(file_) << " bytes, " << ran.out;
}

// Each sample has a picture of its own brightness: what a row shows is its own.
TEST_F(Page, PicturesBesideItAreShown) {
    constexpr size_t kSamples = 100;
    const Json sample = report_["samples"][1];
    report_["samples"] = Json::array();
    for (size_t i = 0; i < kSamples; i++) {
        report_["samples"].push_back(sample);
        const std::string id = "s" + std::to_string(100 + i);
        report_["samples"].back()["id"] = id;
        save(data_ / "degraded" / (id + ".png"), 10);
        save(data_ / "reference" / (id + ".png"), 20);
        // their own, so that none gives back the input
        for (size_t m = 0; m < 3; m++) save(run_.image(label(m), id), static_cast<int>(50 + i + 20 * m));
    }
    const std::filesystem::path page = run_.root / "report.html";
    write_text(page, html_page(report_, run_.root, PageFiles::kThumbnails));
    const auto browsed = [&](const char* there) {
        return testing::run({BFR_NODE, (testing::source_dir() / "web" / "tests" / "thumbnails_page.mjs").string(),
                             page.string(), kChromium, there});
    };
    const testing::Ran ran = browsed("there");
    EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
    std::filesystem::remove_all(run_.thumbnails());
    const testing::Ran lost = browsed("lost");
    EXPECT_EQ(lost.code, 0) << lost.out << lost.err;
}

TEST_F(Page, NothingSticksOutAtAnyWidthAndDarkIsDark) {
    for (const bool dark : {false, true}) {
        for (const int width : {400, 1280}) {
            const cv::Mat shot = screenshot(width, dark);
            ASSERT_EQ(shot.cols, width);
            const cv::Vec3b paper = shot.at<cv::Vec3b>(0, 0);
            EXPECT_EQ(paper[0] < 128, dark);
            double low = 0, high = 0;
            cv::minMaxLoc(shot.reshape(1), &low, &high);
            EXPECT_GT(high - low, 150) << "no text";
            const cv::Mat margin = shot.colRange(width - 8, width);
            EXPECT_EQ(cv::norm(margin, cv::Mat(margin.size(), CV_8UC3, cv::Scalar(paper)), cv::NORM_INF), 0)
                << "width " << width;
        }
    }
}

}  // namespace
}  // namespace bfr
