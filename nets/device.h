#pragma once

#include <c10/core/Device.h>

#include <string>

namespace bfr {

// "cpu", "cuda", "cuda:N". For CUDA, what LibTorch computes there is from then on deterministic and full float32 (no
// TF32). Throws NotAvailable where there is no such device.
c10::Device device_of(const std::string& name);

}  // namespace bfr
