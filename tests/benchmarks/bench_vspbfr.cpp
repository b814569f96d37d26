// One face through VSPBFR's networks, stage by stage:
// bench_vspbfr [--files DIR | --compact] [--threads N] [--repeats N] [--json]
// DIR: of the three files, .pt or .safetensors; without it the weights are drawn at the published sizes, or at those of
// compact-128: the arithmetic is the same. "the whole restoration" has what lies between the stages, and the draws. The
// rate that the machine reaches on a 512-channel 3x3 convolution at 32x32 is measured in the same run, between the
// stages, and each stage is given as a share of it. GFLOP are those of plain convolutions: Winograd's tiles do a
// quarter of the multiplications, so that a stage may exceed 100 %.
#include <fmt/format.h>
#include <sys/resource.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <functional>
#include <iostream>
#include <memory>

#include "base/json.h"
#include "nets/conv.h"
#include "nets/flop.h"
#include "nets/init.h"
#include "nets/prepare.h"
#include "reports/threads.h"
#include "restore/vspbfr/networks.h"
#include "restore/vspbfr/pipeline.h"
#include "train/vspbfr/system.h"

namespace {

using namespace bfr;

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
    double gflop;      // a multiply-add counted as two
    double megabytes;  // of weights
    std::function<void()> work;
    Time time = {};
};

std::string option(int argc, char** argv, const char* name, const char* fallback) {
    for (int i = 1; i + 1 < argc; i++) {
        if (std::strcmp(argv[i], name) == 0) return argv[i + 1];
    }
    return fallback;
}

class DrawnNoise final : public nets::NoiseSource {
  public:
    at::Tensor noise(const std::string&, int64_t batch, int64_t height, int64_t width) const override {
        return at::randn({batch, 1, height, width});
    }
};

template <class Net, class Options>
std::unique_ptr<Net> drawn(const Options& options) {
    auto net = std::make_unique<Net>(options);
    net->eval();
    nets::prepare_for_inference(*net);
    return net;
}

std::unique_ptr<nets::CodeEncoder> drawn_encoder(const nets::StyleEncoderOptions& options) {
    return drawn<nets::StyleEncoder>(options);
}
std::unique_ptr<nets::CodeEncoder> drawn_encoder(const nets::CompactStyleEncoderOptions& options) {
    return drawn<nets::CompactStyleEncoder>(options);
}

std::unique_ptr<const vspbfr::Networks> drawn_networks(bool compact) {
    auto all = std::make_unique<vspbfr::Networks>();
    all->sizes.bank.size = 1024;
    if (compact) {
        const train::SystemSizes sizes = train::compact_system();
        all->sizes = {sizes.encoder, sizes.diffuser, sizes.bank, sizes.restoration};
    }
    std::visit(
        [&](const auto& encoder) {
            all->encoder = drawn_encoder(encoder);
            all->encoder_size = encoder.input;
            all->codes = encoder.codes;
            all->width = encoder.style_width;
        },
        all->sizes.encoder);
    all->diffuser = drawn<nets::CodeDiffuser>(all->sizes.diffuser);
    all->bank = drawn<nets::StyleGan2>(all->sizes.bank);
    all->restoration = drawn<nets::RestorationNet>(all->sizes.restoration);
    all->size = all->sizes.restoration.size;
    all->latent_avg = at::zeros({1, 1, all->width});
    return all;
}

double numbers_of(const torch::nn::Module& net) {
    double numbers = 0;
    for (const auto& parameter : net.parameters()) numbers += static_cast<double>(parameter.numel());
    return numbers;
}

template <class Net, class Options>
double megabytes(const Options& options) {
    const nets::WithoutInit without_init;
    return 4e-6 * numbers_of(Net(options));
}
double megabytes_of(const nets::StyleEncoderOptions& options) { return megabytes<nets::StyleEncoder>(options); }
double megabytes_of(const nets::CompactStyleEncoderOptions& options) {
    return megabytes<nets::CompactStyleEncoder>(options);
}

vspbfr::Files files_in(const std::filesystem::path& folder) {
    const char* ending = std::filesystem::exists(folder / "code_diffuser.pt") ? ".pt" : ".safetensors";
    const auto file = [&](const char* name) { return folder / (std::string(name) + ending); };
    return {file("style_encoder_decoder"), file("code_diffuser"), file("restoration_net")};
}

double peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return 1e-6 * 1024 * static_cast<double>(usage.ru_maxrss);
}

}  // namespace

int main(int argc, char** argv) try {
    const int threads = std::stoi(option(argc, argv, "--threads", "1")),
              repeats = std::stoi(option(argc, argv, "--repeats", "5"));
    const std::filesystem::path files = option(argc, argv, "--files", "");
    const auto given = [&](const char* name) {
        return std::any_of(argv, argv + argc, [&](const char* word) { return std::strcmp(word, name) == 0; });
    };
    const bool json = given("--json");
    set_up_process_threads(1, threads);
    const at::NoGradGuard no_grad;
    at::manual_seed(1);
    Time loading;
    std::unique_ptr<const vspbfr::Networks> all;
    measure(loading,
            [&] { all = files.empty() ? drawn_networks(given("--compact")) : vspbfr::load_networks(files_in(files)); });
    const auto& sizes = all->sizes;
    const int64_t side = all->size, width = all->width, count = all->codes;
    const auto [encoding, encoder_megabytes] = std::visit(
        [](const auto& encoder) {
            return std::pair{nets::flop_of(encoder), megabytes_of(encoder)};
        },
        sizes.encoder);
    const int features = all->restoration->feature_count();
    const DrawnNoise noise;
    const nets::CodeSchedule schedule(4);
    const at::Tensor face = at::rand({1, 3, side, side}) * 2 - 1,
                     small = at::rand({1, 3, all->encoder_size, all->encoder_size}) * 2 - 1,
                     codes = at::randn({1, count, width}), z = at::randn({1, width});
    const auto bank = all->bank->forward(codes, noise, features, false).features;
    const at::Tensor x = at::randn({1, 512, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast),
                     w = at::randn({512, 512, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);

    std::vector<Stage> stages = {
        {"style encoder", 1e-9 * static_cast<double>(encoding), encoder_megabytes,
         [&] { all->encoder->forward(small); }},
        {"code diffuser, 4 steps", 4e-9 * static_cast<double>(nets::flop_of(sizes.diffuser, count)),
         megabytes<nets::CodeDiffuser>(sizes.diffuser),
         [&] { nets::sample_codes(*all->diffuser, schedule, codes, codes); }},
        {"feature bank", 1e-9 * static_cast<double>(nets::flop_of(sizes.bank, features, false)),
         megabytes<nets::StyleGan2>(sizes.bank), [&] { all->bank->forward(codes, noise, features, false); }},
        {"restoration net", 1e-9 * static_cast<double>(nets::flop_of(sizes.restoration)),
         megabytes<nets::RestorationNet>(sizes.restoration),
         [&] { all->restoration->forward(face, bank, codes, all->restoration->map(z), noise); }},
    };
    Stage peak{"convolution 512 -> 512, 3x3, 32x32", 2e-9 * 512 * 512 * 9 * 32 * 32, 4e-6 * 512 * 512 * 9, [&] {
                   nets::conv2d(x, w, {.padding = {1, 1}});
               }};
    const at::Tensor rgb01 = (face + 1) / 2;
    Stage whole{"the whole restoration", vspbfr::gflop_of(sizes, {}, 1), 0, [&] {
                    vspbfr::restore_face(*all, vspbfr::encode(*all, rgb01), {}, {1, "face"});
                }};
    for (int repeat = 0; repeat < repeats; repeat++) {
        measure(whole.time, whole.work);
        for (auto& stage : stages) {
            for (int i = 0; i < 5; i++) measure(peak.time, peak.work);
            measure(stage.time, stage.work);
        }
    }
    Stage total{"all", 0, 0, {}, {0, 0}};
    for (const auto& stage : stages) {
        total.gflop += stage.gflop;
        total.megabytes += stage.megabytes;
        total.time.wall += stage.time.wall;
        total.time.processor += stage.time.processor;
    }
    if (json) {
        Json result;
        for (const auto& stage : stages) result[stage.name] = stage.time.wall;
        std::cout << result << '\n';
        return 0;
    }
    fmt::print("{} threads, best of {}\n{:36}{:>10}{:>12}{:>10}{:>10}{:>10}{:>10}\n", threads, repeats, "", "GFLOP",
               "weights MB", "ms", "CPU ms", "GFLOP/s", "of peak");
    const double rate = peak.gflop / peak.time.wall;
    const auto print = [&](const Stage& stage) {
        fmt::print("{:36}{:10.2f}{:12.1f}{:10.1f}{:10.1f}{:10.1f}{:9.0f}%\n", stage.name, stage.gflop, stage.megabytes,
                   1e3 * stage.time.wall, 1e3 * stage.time.processor, stage.gflop / stage.time.wall,
                   100 * stage.gflop / stage.time.wall / rate);
    };
    print(peak);
    for (const auto& stage : stages) print(stage);
    print(total);
    print(whole);
    fmt::print("{} in {:.2f} s; peak resident memory {:.0f} MB\n", files.empty() ? "drawn" : "loaded", loading.wall,
               peak_megabytes());
    return 0;
} catch (const std::exception& error) {
    fmt::print(stderr, "bench_vspbfr: {}\n", error.what());
    return 2;
}
