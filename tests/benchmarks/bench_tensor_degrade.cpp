// Milliseconds for one face through the degradations in tensor operations, on one thread: 256 ids, so that scales and
// optional steps are as drawn. And a face out of a pack.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <malloc.h>

#include "base/random.h"
#include "datasets/degradations/presets.h"
#include "train/degrade/degrade.h"
#include "train/pack/jpeg.h"

namespace bfr::train {
namespace {

at::Tensor face(int64_t side) {
    at::Tensor noise = at::empty({1, 3, side / 8, side / 8});
    Draw(1, "bench", "face").fill_normal({noise.data_ptr<float>(), static_cast<size_t>(noise.numel())});
    return on_8bit_grid(at::upsample_bilinear2d(noise, {side, side}, false).squeeze(0) * 0.2 + 0.5);
}

void whole_preset(benchmark::State& state, const char* name, int side) {
    at::set_num_threads(1);
    const at::Tensor clean = face(side);
    const auto& preset = find_degradation_preset(name);
    int id = 0;
    for (auto _ : state) {
        const auto parameters = draw_parameters(preset, 1, std::to_string(id++ % 256), side, side);
        benchmark::DoNotOptimize(degrade(clean, parameters).picture.data_ptr());
    }
}

void one_step(benchmark::State& state, const Step& step) {
    at::set_num_threads(1);
    const at::Tensor clean = face(128);
    const DegradationParameters parameters{"bench", 1, "a", 128, 128, ChannelOrder::kRgb, {step}};
    for (auto _ : state) benchmark::DoNotOptimize(degrade(clean, parameters).picture.data_ptr());
}

void decode(benchmark::State& state) {
    const at::Tensor rgb = (face(128) * 255).round().to(at::kByte).permute({1, 2, 0}).contiguous();
    std::vector<unsigned char> pixels(128 * 128 * 3);
    const auto jpeg = encode_jpeg({rgb.data_ptr<unsigned char>(), pixels.size()}, 128, 95);
    for (auto _ : state) {
        decode_jpeg(jpeg, 128, pixels);
        benchmark::DoNotOptimize(pixels.data());
    }
}

BENCHMARK_CAPTURE(whole_preset, vspbfr_128, "vspbfr", 128)->Unit(benchmark::kMillisecond)->Iterations(1024);
BENCHMARK_CAPTURE(whole_preset, gfpgan_128, "gfpgan", 128)->Unit(benchmark::kMillisecond)->Iterations(1024);
BENCHMARK_CAPTURE(whole_preset, vspbfr_256, "vspbfr", 256)->Unit(benchmark::kMillisecond)->Iterations(256);
BENCHMARK_CAPTURE(whole_preset, vspbfr_512, "vspbfr", 512)->Unit(benchmark::kMillisecond)->Iterations(64);
BENCHMARK_CAPTURE(one_step, none, Round{})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_step, blur, Blur{KernelType::kAniso, 11, 1.2, 0.5, 0.5})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_step, noise, Noise{10})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_step, jpeg, Jpeg{80, 80})->Unit(benchmark::kMillisecond);
BENCHMARK(decode)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bfr::train

int main(int argc, char** argv) {
    // as set_up_process_threads() has it: else every picture's memory is new to the process
    ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
    ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
