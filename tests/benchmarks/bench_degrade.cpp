// Milliseconds for one 512x512 picture: whole presets (256 ids, so that scales and optional steps are as drawn), then
// the parts that cost most at the smallest down-sampling, one OpenCV thread as in a run's jobs.
#include <benchmark/benchmark.h>

#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>

#include "base/random.h"
#include "datasets/degradations/degrade.h"
#include "datasets/degradations/presets.h"

namespace bfr {
namespace {

cv::Mat picture() {
    cv::Mat noise(512, 512, CV_32FC3), result;
    Draw(1, "bench", "picture").fill_normal({noise.ptr<float>(), noise.total() * 3});
    cv::GaussianBlur(noise, noise, {0, 0}, 3);
    noise.convertTo(result, CV_8U, 400, 128);
    return result;
}

void whole_preset(benchmark::State& state, const std::string& name) {
    cv::setNumThreads(1);
    const cv::Mat clean = picture();
    const auto& preset = find_degradation_preset(name);
    int id = 0;
    for (auto _ : state) {
        const auto parameters = draw_parameters(preset, 1, std::to_string(id++ % 256), 512, 512);
        benchmark::DoNotOptimize(degrade(clean, parameters).bgr8.data);
    }
}

void one_step(benchmark::State& state, const Step& step) {
    cv::setNumThreads(1);
    const cv::Mat clean = picture();
    const DegradationParameters parameters{"bench", 1, "a", 512, 512, ChannelOrder::kBgr, {step}};
    for (auto _ : state) benchmark::DoNotOptimize(degrade(clean, parameters).bgr8.data);
}

const Jitter kJitter{{{JitterKind::kHue, 0.05}, {JitterKind::kContrast, 0.9}, {JitterKind::kBrightness, 1.1}}};

BENCHMARK_CAPTURE(whole_preset, gfpgan, "gfpgan")->Unit(benchmark::kMillisecond)->Iterations(256);
BENCHMARK_CAPTURE(whole_preset, vspbfr, "vspbfr")->Unit(benchmark::kMillisecond)->Iterations(256);
BENCHMARK_CAPTURE(whole_preset, codeformer_stage2, "codeformer-stage2")->Unit(benchmark::kMillisecond)->Iterations(256);
BENCHMARK_CAPTURE(whole_preset, restoreformerpp, "restoreformer++")->Unit(benchmark::kMillisecond)->Iterations(256);
BENCHMARK_CAPTURE(whole_preset, difface, "difface")->Unit(benchmark::kMillisecond)->Iterations(256);
BENCHMARK_CAPTURE(one_step, none, Round{})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_step, blur, Blur{KernelType::kAniso, 41, 5, 2, 0.5})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_step, noise, Noise{10})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_step, jpeg, Jpeg{80, 80})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_step, jitter, kJitter)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bfr

BENCHMARK_MAIN();
