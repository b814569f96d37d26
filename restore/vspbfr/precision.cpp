#include "restore/vspbfr/precision.h"

#include <ATen/ATen.h>
#include <c10/util/Exception.h>
#include <malloc.h>

#include <numbers>

#include "base/error.h"
#include "base/random.h"
#include "restore/vspbfr/pipeline.h"

namespace bfr::vspbfr {

namespace {

constexpr uint64_t kSeed = 1;
constexpr const char* kPicture = "precision";

// (1, 3, size, size) in [0, 1]: waves of up to four periods a side.
at::Tensor drawn_picture(int64_t size) {
    constexpr int kWaves = 6;
    const Draw draw(kSeed, kPicture, "vspbfr/picture");
    const at::Tensor place =
        at::arange(size, at::TensorOptions(at::kFloat)) * (2 * std::numbers::pi / static_cast<double>(size));
    at::Tensor picture = at::full({1, 3, size, size}, 0.5, at::TensorOptions(at::kFloat));
    for (int64_t channel = 0; channel < 3; channel++) {
        for (int wave = 0; wave < kWaves; wave++) {
            const auto first = static_cast<uint64_t>(4 * (channel * kWaves + wave));
            const double across = draw.uniform(first, -4, 4), down = draw.uniform(first + 1, -4, 4);
            const double phase = draw.uniform(first + 2, 0, 2 * std::numbers::pi);
            const at::Tensor angle = (place * across).view({1, -1}) + (place * down).view({-1, 1}) + phase;
            picture.select(1, channel).add_(at::sin(angle), draw.uniform(first + 3, 0.02, 0.12));
        }
    }
    return picture.clamp(0, 1);
}

at::Tensor restored(const Networks& networks) {
    const EncodedFace face = encode(networks, drawn_picture(networks.size));
    return restore_face(networks, face, {}, {kSeed, kPicture}).rgb.clamp(-1, 1);
}

}  // namespace

ReducedNetworks load_reduced(const Files& files, const Placement& placement) {
    const at::Tensor wanted = restored(*load_networks(files, {placement.device, at::kFloat}));
#ifdef __GLIBC__
    ::malloc_trim(0);  // 1.7 GB, of which the allocator would keep much in small pieces
#endif
    ReducedNetworks reduced{load_networks(files, placement), {}};
    at::Tensor found;
    try {
        found = restored(*reduced.networks);
    } catch (const c10::Error& error) {
        throw NotAvailable(fmt::format("vspbfr: precision=bf16: LibTorch can't compute it on this machine: {}",
                                       error.what_without_backtrace()),
                           "precision=fp32");
    } catch (const Error& error) {
        throw Error(fmt::format("vspbfr: precision=bf16: in bfloat16 {}; use precision=fp32", error.what()));
    }
    const at::Tensor levels = (found - wanted).abs() * 127.5;
    reduced.deviation = {levels.mean().item<double>(), levels.max().item<double>()};
    return reduced;
}

}  // namespace bfr::vspbfr
