// VSPBFR in bfloat16, and what that costs in accuracy with the weights at hand.
#pragma once

#include <memory>

#include "restore/vspbfr/networks.h"

namespace bfr::vspbfr {

// Between two restorations of one picture, 8-bit levels before rounding, over all pixels and channels.
struct Deviation {
    double mean = 0, largest = 0;
};

struct ReducedNetworks {
    std::unique_ptr<const Networks> networks;
    Deviation deviation;  // from float32
};

// The networks as `placement` (of type kBFloat16) wants them. A smooth drawn picture is restored by them and, before
// they are loaded, by the same files in float32 on the same device. Throws as load_networks(), and NotAvailable where
// LibTorch can't compute them on this processor.
ReducedNetworks load_reduced(const Files& files, const Placement& placement);

}  // namespace bfr::vspbfr
