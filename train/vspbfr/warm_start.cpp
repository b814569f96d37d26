#include "train/vspbfr/warm_start.h"

#include <torch/torch.h>

#include <cmath>

#include "base/error.h"

namespace bfr::train {

namespace {

using Parameters = torch::OrderedDict<std::string, at::Tensor>;

constexpr double kOtherStyles = 0.1;  // of what noise codes and the picture's global code have to say at first

class WarmStart {
  public:
    WarmStart(const Parameters& to, const Parameters& from) : to_(to), from_(from) {}

    void modulation(const std::string& layer, const std::string& generators) {
        const at::Tensor weight = find(to_, layer + ".weight"), known = find(from_, generators + ".weight");
        const int64_t width = known.size(1);
        weight.mul_(kOtherStyles);
        // both are scaled by 1 / sqrt(inputs) at run time
        weight.narrow(1, 0, width)
            .copy_(known * std::sqrt(static_cast<double>(weight.size(1)) / static_cast<double>(width)));
        find(to_, layer + ".bias").copy_(find(from_, generators + ".bias"));
    }
    void modulation(const std::string& layer) { modulation(layer, layer); }
    void styled(const std::string& layer) {
        copy(layer + ".conv.weight");
        copy(layer + ".activate.bias");
        modulation(layer + ".conv.modulation");
    }
    void to_rgb(const std::string& layer) {
        copy(layer + ".conv.weight");
        copy(layer + ".bias");
        modulation(layer + ".conv.modulation");
    }
    void smart(const std::string& layer, size_t branches) {
        const auto parts = find(from_, layer + ".conv.weight").chunk(static_cast<int64_t>(branches), 1);
        for (size_t i = 0; i < branches; i++)
            find(to_, fmt::format("{}.ModulatedConv2ds.{}.weight", layer, i)).copy_(parts[i]);
        const at::Tensor fusion = find(to_, layer + ".fusion.0.weight");
        const int64_t channels = fusion.size(0);
        // its input is a sum of three maps where the generator had one, and two activations follow where it had one
        const double gain = 0.5 / std::sqrt(2.0);
        fusion.mul_(kOtherStyles);
        fusion.select(3, 1).select(2, 1).add_(at::eye(channels) *
                                              (gain * std::sqrt(static_cast<double>(9 * channels))));
        find(to_, layer + ".activate.bias").copy_(find(from_, layer + ".activate.bias") * gain);
        modulation(layer + ".modulation", layer + ".conv.modulation");
    }

  private:
    static at::Tensor find(const Parameters& parameters, const std::string& name) {
        const at::Tensor* found = parameters.find(name);
        BFR_CHECK(found, "no parameter {}", name);
        return found->detach();
    }
    void copy(const std::string& name) { find(to_, name).copy_(find(from_, name)); }

    const Parameters &to_, &from_;
};

}  // namespace

void begin_as_generator(nets::RestorationNet& net, const nets::StyleGan2& generator) {
    const at::NoGradGuard no_grad;
    const Parameters to = net.named_parameters(), from = generator.named_parameters();
    size_t branches = 0;
    while (to.find(fmt::format("conv1.ModulatedConv2ds.{}.weight", branches))) branches++;
    WarmStart start(to, from);
    start.smart("conv1", branches);
    start.to_rgb("to_rgb1");
    for (int level = 0; to.find(fmt::format("to_rgbs.{}.conv.weight", level)); level++) {
        start.styled(fmt::format("convs.{}", 2 * level));
        start.smart(fmt::format("convs.{}", 2 * level + 1), branches);
        start.to_rgb(fmt::format("to_rgbs.{}", level));
    }
}

}  // namespace bfr::train
