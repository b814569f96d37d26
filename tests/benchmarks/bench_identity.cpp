// One face through each of the networks that read faces, prepared for inference, with drawn weights:
//
//     bench_identity [--threads N] [--repeats N] [NETWORK ...]
//
// The least of N times, wall and processor. GFLOP are those of the convolutions and linear layers as LibTorch's own
// operations do them (a multiply-add counted as two); Winograd's tiles do fewer multiplications, so that a rate may
// exceed the processor's.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nets/arcface_irse50.h"
#include "nets/arcface_resnet18.h"
#include "nets/efficientnet.h"
#include "nets/face_alignment.h"
#include "nets/keep_points.h"
#include "nets/mobilefacenet.h"
#include "nets/prepare.h"

namespace bfr {
namespace {

double processor_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// A multiply-add is two; what an output's number takes is the size of a filter.
int64_t flop = 0;

std::unique_ptr<at::ObserverContext> count(const at::RecordFunction& call) {
    if (std::strcmp(call.name(), "aten::convolution") == 0) {
        const auto inputs = call.inputs();
        const auto &x = inputs[0].toTensor(), &weight = inputs[1].toTensor();
        const auto stride = inputs[3].toIntVector(), padding = inputs[4].toIntVector(),
                   dilation = inputs[5].toIntVector();
        int64_t outputs = x.size(0) * weight.size(0);
        for (int64_t i = 0; i < 2; i++) {
            const auto d = static_cast<size_t>(i) % stride.size();
            const int64_t reach = dilation[d % dilation.size()] * (weight.size(2 + i) - 1) + 1;
            outputs *= (x.size(2 + i) + 2 * padding[d % padding.size()] - reach) / stride[d] + 1;
        }
        flop += 2 * outputs * weight.numel() / weight.size(0);
    } else if (std::strcmp(call.name(), "aten::linear") == 0) {
        flop += 2 * call.inputs()[0].toTensor().numel() * call.inputs()[1].toTensor().size(0);
    }
    return nullptr;
}

struct Network {
    std::string name;
    std::shared_ptr<torch::nn::Module> module;
    at::Tensor input;
    std::function<void()> forward;
};

template <class Net, class... Options>
Network network(const std::string& name, int64_t channels, int64_t side, const Options&... options) {
    auto net = std::make_shared<Net>(options...);
    const at::Tensor x = at::rand({1, channels, side, side});
    return {name, net, x, [net, x] { net->forward(x); }};
}

std::vector<Network> networks() {
    using namespace nets;
    return {network<ArcFaceResNet18>("arcface-r18", 1, ArcFaceResNet18::kSide),
            network<ArcFaceIrSe50>("irse50", 3, ArcFaceIrSe50::kSide),
            network<MobileFaceNet>("mobilefacenet", 3, MobileFaceNet::kSide),
            network<FaceAlignmentNet>("fan98", 3, FaceAlignmentNet::kSide,
                                      FaceAlignmentOptions{.landmarks = 98, .boundary = true}),
            network<FaceAlignmentNet>("fan68", 3, FaceAlignmentNet::kSide, FaceAlignmentOptions{}),
            network<EfficientNetB0>("hsemotion", 3, EfficientNetB0::kSide, EfficientNetOptions{})};
}

void measure(const Network& network, int repeats) {
    flop = 0;
    network.module->eval();
    {
        const at::NoGradGuard no_grad;
        const auto handle = at::addThreadLocalCallback(at::RecordFunctionCallback(count).needsInputs(true));
        network.forward();
        at::removeCallback(handle);
    }
    int64_t numbers = 0;
    for (const auto& parameter : network.module->parameters()) numbers += parameter.numel();
    const at::NoGradGuard no_grad;
    nets::prepare_for_inference(*network.module);
    nets::keep_points(*network.module);  // as fill_published() does
    network.forward();
    double wall = 1e9, processor = 1e9;
    for (int i = 0; i < repeats; i++) {
        const auto start = std::chrono::steady_clock::now();
        const double before = processor_seconds();
        network.forward();
        processor = std::min(processor, processor_seconds() - before);
        wall = std::min(wall, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    const double gflop = 1e-9 * static_cast<double>(flop);
    fmt::print("{:16}{:10.1f}{:10.2f}{:12.2f}{:12.2f}{:12.1f}\n", network.name, 4e-6 * static_cast<double>(numbers),
               gflop, 1e3 * wall, 1e3 * processor, gflop / wall);
}

}  // namespace
}  // namespace bfr

int main(int argc, char** argv) {
    int threads = 1, repeats = 20;
    std::vector<std::string> wanted;
    for (int i = 1; i < argc; i++) {
        const bool number = i + 1 < argc;
        if (number && std::strcmp(argv[i], "--threads") == 0) {
            threads = std::max(1, std::atoi(argv[++i]));
        } else if (number && std::strcmp(argv[i], "--repeats") == 0) {
            repeats = std::max(1, std::atoi(argv[++i]));
        } else {
            wanted.emplace_back(argv[i]);
        }
    }
    at::set_num_threads(threads);
    fmt::print("{:16}{:>10}{:>10}{:>12}{:>12}{:>12}\n", "network", "MB", "GFLOP", "ms a face", "ms of CPU", "GFLOP/s");
    for (const auto& network : bfr::networks()) {
        if (wanted.empty() || std::ranges::find(wanted, network.name) != wanted.end()) bfr::measure(network, repeats);
    }
    return 0;
}
