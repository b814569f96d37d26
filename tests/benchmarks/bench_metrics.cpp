// One 512x512 pair on one thread. "fresh": the reference's own share is computed too; "known": it's at hand, as for
// every method after the first. compare_metrics.py sets these beside scikit-image.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cmath>
#include <opencv2/core.hpp>

#include "metrics/kernels/colour.h"
#include "metrics/kernels/squared_error.h"
#include "metrics/kernels/ssim.h"
#include "metrics/metric.h"

namespace bfr {
namespace {

constexpr int kSide = 512;

cv::Mat picture(int seed) {
    cv::Mat bgr(kSide, kSide, CV_8UC3), noise(kSide, kSide, CV_8UC3);
    for (int y = 0; y < kSide; y++) {
        for (int x = 0; x < 3 * kSide; x++)
            bgr.ptr(y)[x] = static_cast<uchar>(128 + 60 * std::sin(x / 90.0) + 50 * std::cos(y / 17.0));
    }
    cv::RNG(static_cast<uint64>(seed)).fill(noise, cv::RNG::UNIFORM, 0, 16);
    return bgr + noise;
}

void score(benchmark::State& state, const std::string& spec, bool known) {
    std::unique_ptr<ImageMetric> metric;
    try {
        metric = metrics().make(Spec::parse(spec), UnitContext());
    } catch (const NotAvailable& missing) {
        state.SkipWithError(missing.what());
        return;
    }
    const cv::Mat restored_bgr = picture(1), reference_bgr = picture(2);
    const auto restored = Image::from_bgr8(restored_bgr, "restored");
    auto reference = Image::from_bgr8(reference_bgr, "reference");
    for (auto _ : state) {
        if (!known) reference = Image::from_bgr8(reference_bgr, "reference");
        benchmark::DoNotOptimize(metric->score(*restored, reference.get()));
    }
}

void psnr_and_ssim(benchmark::State& state) {
    const auto psnr = metrics().make(Spec::parse("psnr"), UnitContext()),
               ssim = metrics().make(Spec::parse("ssim"), UnitContext());
    const cv::Mat restored_bgr = picture(1), reference_bgr = picture(2);
    for (auto _ : state) {
        const auto restored = Image::from_bgr8(restored_bgr, "restored"),
                   reference = Image::from_bgr8(reference_bgr, "reference");
        benchmark::DoNotOptimize(psnr->score(*restored, reference.get()));
        benchmark::DoNotOptimize(ssim->score(*restored, reference.get()));
    }
}

void kernel_planes(benchmark::State& state) {
    const cv::Mat bgr = picture(1);
    for (auto _ : state) benchmark::DoNotOptimize(rgb_planes({bgr.data, kSide, kSide, 3 * kSide}));
}

void kernel_local_means(benchmark::State& state) {
    const cv::Mat bgr = picture(1);
    const Plane plane = rgb_planes({bgr.data, kSide, kSide, 3 * kSide})[0];
    for (auto _ : state) benchmark::DoNotOptimize(local_means(plane, SsimWindow::gaussian()));
}

void kernel_similarity(benchmark::State& state) {
    const cv::Mat a = picture(1), b = picture(2);
    const Plane plane_a = rgb_planes({a.data, kSide, kSide, 3 * kSide})[0],
                plane_b = rgb_planes({b.data, kSide, kSide, 3 * kSide})[0];
    const SsimWindow window = SsimWindow::gaussian();
    const LocalMeans means = local_means(plane_b, window);
    for (auto _ : state)
        benchmark::DoNotOptimize(mean_similarity(plane_a, plane_b, means, window, SsimTerm::kFull, false));
}

BENCHMARK(kernel_planes)->Unit(benchmark::kMillisecond);
BENCHMARK(kernel_local_means)->Unit(benchmark::kMillisecond);
BENCHMARK(kernel_similarity)->Unit(benchmark::kMillisecond);
BENCHMARK(psnr_and_ssim)->Unit(benchmark::kMillisecond);

const bool kRegistered = [] {
    for (const std::string spec : {"psnr",
                                   "psnr:space=y",
                                   "psnr:convention=basicsr-pt",
                                   "psnr:convention=pyiqa",
                                   "psnr:convention=pyiqa,space=y",
                                   "psnr:convention=skimage",
                                   "psnr:convention=torchmetrics",
                                   "psnr:convention=vqfr",
                                   "ssim",
                                   "ssim:space=y",
                                   "ssim:convention=pyiqa",
                                   "ssim:convention=pyiqa,space=rgb",
                                   "ssim:convention=pyiqa,downsample=true",
                                   "ssim:convention=skimage",
                                   "ssim:convention=skimage,window=gaussian",
                                   "ssim:convention=torchmetrics",
                                   "ssim:convention=vqfr",
                                   "ms_ssim",
                                   "ms_ssim:space=rgb",
                                   "ms_ssim:convention=torchmetrics",
                                   "ms_ssim:convention=pytorch-msssim",
                                   "vif",
                                   "fsim",
                                   "gmsd",
                                   "niqe",
                                   "niqe:convention=pyiqa"}) {
        for (const bool known : {false, true}) {
            benchmark::RegisterBenchmark(("score/" + spec + (known ? "/known" : "/fresh")).c_str(),
                                         [spec, known](benchmark::State& state) { score(state, spec, known); })
                ->Unit(benchmark::kMillisecond);
        }
    }
    return true;
}();

}  // namespace
}  // namespace bfr

int main(int argc, char** argv) {
    // as set_up_process_threads() has it: else every picture's memory is new to the process
    ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
    ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
