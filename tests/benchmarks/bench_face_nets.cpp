// One 512x512 face through the networks of the published restorers, weights drawn: the arithmetic is the same.
// bench_face_nets [--threads N] [--repeats N] [--only NAME] [--json]
// The rate that the machine reaches on a 512-channel 3x3 convolution at 32x32 is measured in the same run, between the
// networks, and each is given as a share of it. GFLOP are those of plain convolutions: Winograd's tiles do a quarter of
// the multiplications, so that a network may exceed 100 %. Memory is the process's most so far.
#include <fmt/format.h>
#include <sys/resource.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <functional>
#include <iostream>
#include <string>

#include "base/json.h"
#include "nets/adm_unet.h"
#include "nets/codeformer.h"
#include "nets/conv.h"
#include "nets/gfpgan.h"
#include "nets/gpen.h"
#include "nets/parsenet.h"
#include "nets/psfrgan.h"
#include "nets/restoreformer.h"
#include "nets/swinir.h"
#include "reports/threads.h"

namespace {

using namespace bfr;

double seconds_of(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double processor_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return 1e-6 * 1024 * static_cast<double>(usage.ru_maxrss);
}

std::string option(int argc, char** argv, const char* name, const char* fallback) {
    for (int i = 1; i + 1 < argc; i++) {
        if (std::strcmp(argv[i], name) == 0) return argv[i + 1];
    }
    return fallback;
}

struct Subject {
    std::string name;
    double parameters, gflop;
    std::function<void(const at::Tensor&)> restore;
};

template <class Net>
std::shared_ptr<Net> prepared(std::shared_ptr<Net> net, double& parameters) {
    for (const auto& parameter : net->parameters()) parameters += static_cast<double>(parameter.numel());
    net->eval();
    nets::vqgan::prepare(*net);
    return net;
}

Subject restoreformer(const std::string& name, const nets::RestoreFormerOptions& options) {
    double parameters = 0;
    const auto net = prepared(std::make_shared<nets::RestoreFormer>(options), parameters);
    return {name, parameters, 1e-9 * static_cast<double>(net->flop()),
            [net](const at::Tensor& face) { net->forward(face); }};
}

Subject codeformer(double w) {
    double parameters = 0;
    const auto net = prepared(std::make_shared<nets::CodeFormer>(nets::CodeFormerOptions()), parameters);
    return {fmt::format("codeformer:w={:g}", w), parameters, 1e-9 * static_cast<double>(net->flop(w)),
            [net, w](const at::Tensor& face) { net->forward(face, w, true); }};
}

template <class Net>
std::shared_ptr<Net> prepared(double& parameters) {
    const auto net = std::make_shared<Net>();
    for (const auto& parameter : net->parameters()) parameters += static_cast<double>(parameter.numel());
    net->eval();
    nets::prepare(*net);
    return net;
}

Subject psfrgan() {
    double parameters = 0;
    const auto parser = prepared<nets::ParseNet>(parameters);
    const auto net = prepared<nets::PsfrGan>(parameters);
    return {"psfrgan", parameters, 1e-9 * static_cast<double>(net->flop() + parser->flop()),
            [=](const at::Tensor& face) { net->forward(face, nets::ParseNet::one_hot(parser->forward(face))); }};
}

// DifFace runs the first once and the second a hundred times.
Subject difface_swinir() {
    double parameters = 0;
    const auto net = prepared(std::make_shared<nets::SwinIr>(nets::SwinIrOptions()), parameters);
    return {"difface_swinir", parameters, 1e-9 * static_cast<double>(net->flop(512, 512)),
            [net](const at::Tensor& face) { net->forward((face + 1) / 2); }};
}

Subject difface_unet() {
    double parameters = 0;
    const auto net = prepared(std::make_shared<nets::AdmUnet>(nets::AdmUnetOptions()), parameters);
    return {"difface_unet", parameters, 1e-9 * static_cast<double>(net->flop()),
            [net](const at::Tensor& face) { net->forward(face, at::full({1}, 396.0)); }};
}

// A generator of StyleGAN2's layers.
template <class Net, class Options>
std::shared_ptr<Net> prepared_gan(double& parameters, const Options& options) {
    const auto net = std::make_shared<Net>(options);
    for (const auto& parameter : net->parameters()) parameters += static_cast<double>(parameter.numel());
    net->eval();
    nets::prepare_for_inference(*net);
    return net;
}

Subject gfpgan(const std::string& name, const nets::GfpganOptions& options) {
    double parameters = 0;
    const auto net = prepared_gan<nets::Gfpgan>(parameters, options);
    return {name, parameters, 1e-9 * static_cast<double>(net->flop()),
            [net](const at::Tensor& face) { net->forward(face, net->stored_noise()); }};
}

Subject gpen() {
    double parameters = 0;
    const auto net = prepared_gan<nets::Gpen>(parameters, nets::GpenOptions());
    return {"gpen", parameters, 1e-9 * static_cast<double>(net->flop()),
            [net](const at::Tensor& face) { net->forward(face); }};
}

}  // namespace

int main(int argc, char** argv) try {
    const int threads = std::stoi(option(argc, argv, "--threads", "1")),
              repeats = std::stoi(option(argc, argv, "--repeats", "5"));
    const std::string only = option(argc, argv, "--only", "");
    const bool json = std::any_of(argv, argv + argc, [](const char* word) { return std::strcmp(word, "--json") == 0; });
    set_up_process_threads(1, threads);
    const at::NoGradGuard no_grad;
    at::manual_seed(1);
    const std::pair<std::string, std::function<Subject()>> subjects[] = {
        {"restoreformer", [] { return restoreformer("restoreformer", {}); }},
        {"restoreformer_pp", [] { return restoreformer("restoreformer_pp", nets::RestoreFormerOptions::plus_plus()); }},
        {"codeformer", [] { return codeformer(0.5); }},
        {"psfrgan", psfrgan},
        {"difface_swinir", difface_swinir},
        {"difface_unet", difface_unet},
        {"gpen", gpen},
        {"gfpgan", [] { return gfpgan("gfpgan", {}); }},
        {"gfpgan_v1", [] { return gfpgan("gfpgan:version=1", nets::GfpganOptions::v1()); }}};
    const at::Tensor face = at::rand({1, 3, 512, 512}) * 2 - 1,
                     x = at::randn({1, 512, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast),
                     w = at::randn({512, 512, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);
    if (!json)
        std::cout << fmt::format("{:20}{:>10}{:>10}{:>10}{:>12}{:>10}{:>10}\n", "", "M numbers", "GFLOP", "ms",
                                 "GFLOP/s", "% of peak", "peak MB");
    Json result = Json::object();
    for (const auto& [name, make] : subjects) {
        if (!only.empty() && only != name) continue;
        const Subject subject = make();
        double best = 1e30, processor = 1e30, peak = 1e30;
        for (int repeat = 0; repeat < repeats; repeat++) {
            for (int i = 0; i < 5; i++)
                peak = std::min(peak, seconds_of([&] { nets::conv2d(x, w, {.padding = {1, 1}}); }));
            const double before = processor_seconds();
            best = std::min(best, seconds_of([&] { subject.restore(face); }));
            processor = std::min(processor, processor_seconds() - before);
        }
        const double rate = subject.gflop / best, peak_rate = 2e-9 * 512 * 512 * 9 * 32 * 32 / peak;
        result[name] = {{"wall", best}, {"processor", processor}};
        if (!json)
            std::cout << fmt::format("{:20}{:10.2f}{:10.1f}{:10.1f}{:12.1f}{:10.1f}{:10.0f}\n", subject.name,
                                     1e-6 * subject.parameters, subject.gflop, 1e3 * best, rate, 100 * rate / peak_rate,
                                     peak_megabytes());
    }
    if (json) std::cout << result << '\n';
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
}
