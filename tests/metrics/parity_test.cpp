// Every value of goldens/nets/image_metrics.json that this program computes, beside the tool that gave it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/metrics/support.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

struct Row {
    std::string tool, metric;
    std::string settings;  // a part of the file's settings that tells rows of one name apart
    std::string spec;
    double relative;
};

constexpr double kDouble = 1e-6;  // what the tools that work in double are held to; 1e-7 at most was observed
constexpr double kSingle = 1e-4;  // the tool itself works in single precision
constexpr double kNiqe = 1e-4;    // a step of the shape's grid in one block shows; 6e-8 at most was observed
// pyiqa adds its covariances' quarter of a million terms in single precision, which moves its value by up to 1.2e-4
// from what its own code gives in double. ClassicalParity compares with that.
constexpr double kVif = 2e-4;

const std::vector<Row> kRows = {
    {"pyiqa", "psnr", "", "psnr:convention=pyiqa", kSingle},
    {"pyiqa", "psnry", "", "psnr:convention=pyiqa,space=y", kSingle},
    {"pyiqa", "ssim", "", "ssim:convention=pyiqa", kDouble},
    {"pyiqa", "ssimc", "", "ssim:convention=pyiqa,space=rgb", kDouble},
    {"pyiqa", "ms_ssim", "", "ms_ssim", kDouble},
    {"basicsr", "psnr", "RGB", "psnr", kDouble},
    {"basicsr", "ssim", "RGB", "ssim", kDouble},
    {"basicsr", "psnr_y", "crop 0", "psnr:space=y", kDouble},
    {"basicsr", "psnr_y", "crop 4", "psnr:space=y,crop=4", kDouble},
    {"basicsr", "ssim_y", "crop 0", "ssim:space=y", kDouble},
    {"basicsr", "ssim_y", "crop 4", "ssim:space=y,crop=4", kDouble},
    {"vqfr", "psnr", "RGB, correct_mean_var=True", "psnr:convention=vqfr", kDouble},
    {"vqfr", "ssim", "RGB, correct_mean_var=True", "ssim:convention=vqfr", kDouble},
    {"vqfr", "psnr", "Y, correct_mean_var=True", "psnr:convention=vqfr,space=y", kDouble},
    {"vqfr", "ssim", "Y, correct_mean_var=True", "ssim:convention=vqfr,space=y", kDouble},
    // Without its correction the script computes what BasicSR does.
    {"vqfr", "psnr", "RGB, correct_mean_var=False", "psnr", kDouble},
    {"vqfr", "ssim", "RGB, correct_mean_var=False", "ssim", kDouble},
    {"vqfr", "psnr", "Y, correct_mean_var=False", "psnr:space=y", kDouble},
    {"vqfr", "ssim", "Y, correct_mean_var=False", "ssim:space=y", kDouble},
    {"skimage", "psnr", "", "psnr:convention=skimage", kDouble},
    {"skimage", "ssim", "", "ssim:convention=skimage", kDouble},
    {"skimage", "ssim_gaussian", "", "ssim:convention=skimage,window=gaussian", kDouble},
    {"torchmetrics", "psnr", "", "psnr:convention=torchmetrics", kSingle},
    {"torchmetrics", "ssim", "", "ssim:convention=torchmetrics", kSingle},
    {"torchmetrics", "ssim_float64", "", "ssim:convention=torchmetrics", kDouble},
    {"torchmetrics", "ms_ssim", "", "ms_ssim:convention=torchmetrics", kSingle},
    {"pyiqa", "vif", "", "vif", kVif},
    {"pyiqa", "fsim", "", "fsim", kSingle},
    {"pyiqa", "gmsd", "", "gmsd", kSingle},
    {"basicsr", "niqe_reference", "", "niqe", kNiqe},
    {"basicsr", "niqe_distorted", "", "niqe", kNiqe},
    {"pyiqa", "niqe_reference", "", "niqe:convention=pyiqa", kNiqe},
    {"pyiqa", "niqe_distorted", "", "niqe:convention=pyiqa", kNiqe},
};

TEST(MetricsParity, EveryValueOfTheGoldenFile) {
    const auto folder = testing::goldens("nets", "image_metrics.json");
    BFR_SKIP_WITHOUT("goldens/nets", folder);
    const Json golden = testing::read_json(*folder / "image_metrics.json");
    std::map<std::string, double> worst;
    for (const Json& pair : golden["pairs"]) {
        const auto reference = Image::load(*folder / pair["reference"].get<std::string>());
        const auto restored = Image::load(*folder / pair["distorted"].get<std::string>());
        std::vector<bool> met(kRows.size(), false);
        for (const Json& entry : pair["values"]) {
            const std::string tool = entry["tool"], name = entry["metric"], settings = entry["settings"];
            SCOPED_TRACE(fmt::format("{} {} ({}) of {}", tool, name, settings, pair["distorted"].get<std::string>()));
            const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) {
                return r.tool == tool && r.metric == name && settings.find(r.settings) != std::string::npos;
            });
            ASSERT_NE(row, kRows.end());
            met[static_cast<size_t>(row - kRows.begin())] = true;
            std::string spec = row->spec;
            if (name.starts_with("niqe"))
                spec += fmt::format("{}weights=\"{}\"", spec == "niqe" ? ":" : ",",
                                    (*folder / "niqe_pris_params.safetensors").string());
            const Image& scored = name == "niqe_reference" ? *reference : *restored;
            if (entry["value"].is_null()) {
                EXPECT_THROW(testing::score(spec, scored, *reference), Error) << entry["why"];
                continue;
            }
            const double expected = entry["value"], found = testing::value(spec, scored, *reference);
            EXPECT_NEAR(found, expected, row->relative * std::abs(expected));
            double& error = worst[tool + " " + name + " as " + row->spec];
            error = std::max(error, std::abs(found / expected - 1));
        }
        for (size_t i = 0; i < met.size(); i++) EXPECT_TRUE(met[i]) << kRows[i].spec << " has no value in the file";
    }
    for (const auto& [name, error] : worst) std::printf("  %-64s %.1e\n", name.c_str(), error);
}

// Computed by scikit-image 0.26.0 on synthetic pictures (tests/benchmarks/compare_metrics.py --goldens): for a clone
// without the goldens above.
TEST(MetricsParity, ScikitImageOnSyntheticPictures) {
    const Json golden = testing::read_json(testing::data_dir() / "goldens" / "metrics" / "skimage.json");
    for (const Json& one : golden["pairs"]) {
        const int width = one["width"], height = one["height"];
        const auto bytes = [&](const std::string& name) {
            const size_t count = static_cast<size_t>(width) * static_cast<size_t>(height) * 3;
            const auto coarse = testing::hash_fill(name + "/level", 3, 60, 190),
                       fine = testing::hash_fill(name, count, -60, 60);
            cv::Mat bgr(height, width, CV_8UC3);
            for (size_t i = 0; i < count; i++) bgr.data[i] = static_cast<uchar>(coarse[2 - i % 3] + fine[i]);
            return bgr;
        };
        const cv::Mat a = bytes("a"), other = bytes("b");
        cv::Mat b(a.size(), CV_8UC3);
        for (size_t i = 0; i < a.total() * 3; i++) b.data[i] = static_cast<uchar>((3 * a.data[i] + other.data[i]) / 4);
        const auto reference = Image::from_bgr8(a, "a"), restored = Image::from_bgr8(b, "b");
        for (const auto& [spec, expected] : one["values"].items()) {
            EXPECT_NEAR(testing::value(spec, *restored, *reference), expected.get<double>(),
                        1e-9 * std::abs(expected.get<double>()))
                << spec << " of " << width << "x" << height;
        }
        EXPECT_GE(one["values"].size(), 3U);
    }
}

}  // namespace
}  // namespace bfr
