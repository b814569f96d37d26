// One face through VSPBFR's networks at the published size, stage by stage: bench_vspbfr [--threads N] [--repeats N].
// Weights are drawn, not trained: the arithmetic is the same. The rate that the machine reaches on a 512-channel 3x3
// convolution at 32x32 is measured in the same run, between the stages, and each stage is given as a share of it.
#include <fmt/format.h>
#include <torch/torch.h>

#include <chrono>
#include <cstring>
#include <ctime>
#include <functional>

#include "nets/conv.h"
#include "nets/style_encoder.h"
#include "nets/stylegan2_generator.h"
#include "nets/vspbfr_code_diffuser.h"
#include "nets/vspbfr_restoration.h"

namespace {

using namespace bfr::nets;

struct Time {
    double wall = 1e30, processor = 1e30;  // seconds, the least of several
};

double processor_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void measure(Time& best, const std::function<void()>& work) {
    const double before = processor_seconds();
    const auto start = std::chrono::steady_clock::now();
    work();
    best.wall = std::min(best.wall, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    best.processor = std::min(best.processor, processor_seconds() - before);
}

struct Stage {
    std::string name;
    double gflop;  // a multiply-add counted as two
    std::function<void()> work;
    Time time;
};

int option(int argc, char** argv, const char* name, int fallback) {
    for (int i = 1; i + 1 < argc; i++) {
        if (std::strcmp(argv[i], name) == 0) return std::atoi(argv[i + 1]);
    }
    return fallback;
}

class DrawnNoise final : public NoiseSource {
  public:
    at::Tensor noise(const std::string&, int64_t batch, int64_t height, int64_t width) const override {
        return at::randn({batch, 1, height, width});
    }
};

}  // namespace

int main(int argc, char** argv) {
    const int threads = option(argc, argv, "--threads", 1), repeats = option(argc, argv, "--repeats", 5);
    at::set_num_threads(threads);
    const at::NoGradGuard no_grad;
    at::manual_seed(1);
    StyleEncoder encoder({});
    CodeDiffuser diffuser({});
    StyleGan2 bank({.size = 1024});
    RestorationNet net({.size = 512});
    for (torch::nn::Module* module : std::initializer_list<torch::nn::Module*>{&encoder, &diffuser, &bank, &net}) {
        module->eval();
        prepare_for_inference(*module);
    }
    const DrawnNoise noise;
    const CodeSchedule schedule(4);
    const at::Tensor face = at::rand({1, 3, 512, 512}) * 2 - 1, small = at::rand({1, 3, 256, 256}) * 2 - 1,
                     codes = at::randn({1, 18, 512}), z = at::randn({1, 512});
    const auto features = bank.forward(codes, noise, 8, false).features;
    const at::Tensor x = at::randn({1, 512, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast),
                     w = at::randn({512, 512, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);

    std::vector<Stage> stages = {
        {"style encoder", 66, [&] { encoder.forward(small); }, {}},
        {"code diffuser, 4 steps", 1, [&] { sample_codes(diffuser, schedule, codes, codes); }, {}},
        {"feature bank to 512 px", 100, [&] { bank.forward(codes, noise, 8, false); }, {}},
        {"restoration net", 405, [&] { net.forward(face, features, codes, net.map(z), noise); }, {}},
    };
    Stage peak{"convolution 512 -> 512, 3x3, 32x32",
               2.0 * 512 * 512 * 9 * 32 * 32 / 1e9,
               [&] {
                   conv2d(x, w, {.padding = {1, 1}});
               },
               {}};
    for (int repeat = 0; repeat < repeats; repeat++) {
        for (auto& stage : stages) {
            for (int i = 0; i < 5; i++) measure(peak.time, peak.work);
            measure(stage.time, stage.work);
        }
    }
    Stage all{"all", 0, {}, {0, 0}};
    fmt::print("{} threads, best of {}\n{:36}{:>10}{:>10}{:>10}{:>10}{:>10}\n", threads, repeats, "", "GFLOP", "ms",
               "CPU ms", "GFLOP/s", "of peak");
    const double rate = peak.gflop / peak.time.wall;
    const auto print = [&](const Stage& stage) {
        fmt::print("{:36}{:10.1f}{:10.1f}{:10.1f}{:10.1f}{:9.0f}%\n", stage.name, stage.gflop, 1e3 * stage.time.wall,
                   1e3 * stage.time.processor, stage.gflop / stage.time.wall,
                   100 * stage.gflop / stage.time.wall / rate);
    };
    print(peak);
    for (const auto& stage : stages) {
        print(stage);
        all.gflop += stage.gflop;
        all.time.wall += stage.time.wall;
        all.time.processor += stage.time.processor;
    }
    print(all);
    return 0;
}
