// Milliseconds a face on one thread: the expression network alone (crops of its own size, and 512x512 which it
// resizes), the 68 points alone, and whole tasks on a fresh 512x512 pair. Needs the model files ($BFR_WEIGHTS).
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <opencv2/core.hpp>

#include "datasets/faces/models.h"
#include "downstream/task.h"
#include "nets/face_expression.h"
#include "weights/catalogue/catalogue.h"
#include "weights/formats/tfjs.h"

namespace bfr {
namespace {

constexpr int kSide = 512;

cv::Mat picture(uint64_t seed) {
    cv::Mat bgr(kSide, kSide, CV_8UC3);
    cv::RNG(seed).fill(bgr, cv::RNG::UNIFORM, 0, 256);
    return bgr;
}

FaceExpressionNet expression_net() {
    const WeightsLocator locator;
    const auto manifest = locator.find("face_expression_model-weights_manifest.json").path;
    const auto shard = locator.find("face_expression_model.bin").path;
    return FaceExpressionNet(TfjsWeights::open(manifest, shard.parent_path()).tensors());
}

void load_expression_net(benchmark::State& state) {
    for (auto _ : state) expression_net();
}

void expression(benchmark::State& state) {
    at::set_num_threads(1);
    const auto net = expression_net();
    const auto faces = torch::rand({state.range(0), 3, state.range(1), state.range(1)});
    for (auto _ : state) benchmark::DoNotOptimize(net.probabilities(faces).data_ptr<float>());
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

void points68(benchmark::State& state) {
    FaceModelFiles files;
    files.points68 = WeightsLocator().find("shape_predictor_68_face_landmarks.dat").path;
    const FaceModels models(files);
    const auto bgr = picture(1);
    const FaceBox box{0, 0, kSide - 1, kSide - 1};
    models.points68(*Image::from_bgr8(bgr, "first"), box);  // reads the model
    for (auto _ : state) benchmark::DoNotOptimize(models.points68(*Image::from_bgr8(bgr, "a"), box));
}

void task(benchmark::State& state, const std::string& spec) {
    at::set_num_threads(1);
    const auto task = tasks().make(Spec::parse(spec), {.weights = WeightsLocator()});
    const cv::Mat first = picture(1), second = picture(2);
    for (auto _ : state) {
        const auto restored = Image::from_bgr8(first, "restored"), reference = Image::from_bgr8(second, "reference");
        benchmark::DoNotOptimize(task->run(*restored, reference.get(), {}));
    }
}

BENCHMARK(load_expression_net)->Unit(benchmark::kMillisecond);
BENCHMARK(expression)->Args({1, 112})->Args({1, 512})->Args({16, 112})->Unit(benchmark::kMillisecond);
BENCHMARK(points68)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(task, size, "size")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(task, landmarks, "landmarks")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(task, emotion, "emotion")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(task, landmarks_hog, "landmarks:find=hog")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bfr

BENCHMARK_MAIN();
