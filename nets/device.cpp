#include "nets/device.h"

#include <ATen/Context.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include "base/error.h"

namespace bfr {

c10::Device device_of(const std::string& name) {
    if (name == "cpu") return c10::Device(c10::kCPU);
    if (!torch::cuda::is_available()) {
        throw NotAvailable(
            fmt::format("device {}: this program's LibTorch {} finds no CUDA device", name, TORCH_VERSION), "");
    }
    // As on the CPU: full float32, and the same sums each time.
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
    at::globalContext().setDeterministicCuDNN(true);
    const c10::Device device(name);
    if (device.has_index() && static_cast<size_t>(device.index()) >= torch::cuda::device_count()) {
        throw NotAvailable(
            fmt::format("device {}: there are {} CUDA devices, counted from 0", name, torch::cuda::device_count()), "");
    }
    return device;
}

}  // namespace bfr
