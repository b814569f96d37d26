// LPIPS and DISTS on one 512x512 pair, by all of the threads of $BFR_BENCH_THREADS (2). "fresh": the reference's
// features are computed too; "known": they're at hand, as for every method after the first. Networks of random weights.
// compare_lpips.py sets these beside the Python packages.
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <opencv2/core.hpp>

#include "metrics/metric.h"
#include "nets/dists.h"
#include "nets/lpips.h"
#include "tests/support/support.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr {
namespace {

cv::Mat picture(int seed) {
    cv::Mat bgr(512, 512, CV_8UC3);
    cv::RNG(static_cast<uint64>(seed)).fill(bgr, cv::RNG::UNIFORM, 0, 256);
    return bgr;
}

std::string written(const std::filesystem::path& file, const torch::nn::Module& module, bool positive) {
    std::vector<CheckpointTensor> tensors;
    for (const auto& item : module.named_parameters())
        tensors.push_back(to_checkpoint(item.key(), positive ? at::rand_like(item.value()) : item.value()));
    write_safetensors(file, tensors, std::nullopt, {});
    return file.string();
}

std::string spec_of(const std::string& name, const std::filesystem::path& folder) {
    const bool dists = name == "dists";
    const nets::FeatureTrunk trunk(name == "alex"      ? nets::TrunkNet::kAlexNet
                                   : name == "squeeze" ? nets::TrunkNet::kSqueezeNet
                                                       : nets::TrunkNet::kVgg16);
    const std::string file = written(folder / (name + ".safetensors"), trunk, false);
    const auto heads = folder / (name + "-heads.safetensors");
    if (dists) return fmt::format("dists:trunk={},weights={}", file, written(heads, nets::DistsWeights(), true));
    return fmt::format("lpips:net={},trunk={},heads={}", name, file,
                       written(heads, nets::LpipsHeads(trunk.channels()), true));
}

void score(benchmark::State& state, const std::string& name, bool known) {
    const testing::Scratch folder;
    const auto metric = metrics().make(Spec::parse(spec_of(name, folder.path())), UnitContext());
    const cv::Mat restored_bgr = picture(1), reference_bgr = picture(2);
    const auto restored = Image::from_bgr8(restored_bgr, "restored");
    auto reference = Image::from_bgr8(reference_bgr, "reference");
    metric->score(*restored, reference.get());
    for (auto _ : state) {
        if (!known) reference = Image::from_bgr8(reference_bgr, "reference");
        benchmark::DoNotOptimize(metric->score(*restored, reference.get()));
    }
}

}  // namespace
}  // namespace bfr

int main(int argc, char** argv) {
    const char* const threads = std::getenv("BFR_BENCH_THREADS");
    at::set_num_threads(threads ? std::max(1, std::atoi(threads)) : 2);
    for (const std::string name : {"alex", "squeeze", "vgg", "dists"}) {
        for (const bool known : {false, true}) {
            benchmark::RegisterBenchmark((name + (known ? "/known" : "/fresh")).c_str(), bfr::score, name, known)
                ->Unit(benchmark::kMillisecond)
                ->MeasureProcessCPUTime()
                ->UseRealTime();
        }
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
