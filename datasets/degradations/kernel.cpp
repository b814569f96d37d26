#include "datasets/degradations/kernel.h"

#include <cmath>

namespace bfr {

std::vector<double> gaussian_kernel(const Blur& blur) {
    const double ix = 1 / (blur.sigma_x * blur.sigma_x);
    const double iy = blur.type == KernelType::kIso ? ix : 1 / (blur.sigma_y * blur.sigma_y);
    const double c = blur.type == KernelType::kIso ? 1 : std::cos(blur.rotation);
    const double s = blur.type == KernelType::kIso ? 0 : std::sin(blur.rotation);
    const double xx = c * c * ix + s * s * iy, yy = s * s * ix + c * c * iy, xy = c * s * (ix - iy);
    const int radius = blur.size / 2;
    std::vector<double> kernel;
    kernel.reserve(static_cast<size_t>(blur.size) * static_cast<size_t>(blur.size));
    double sum = 0;
    for (int y = -radius; y <= radius; y++) {
        for (int x = -radius; x <= radius; x++) {
            kernel.push_back(std::exp(-0.5 * (xx * x * x + 2 * xy * x * y + yy * y * y)));
            sum += kernel.back();
        }
    }
    for (double& k : kernel) k /= sum;
    return kernel;
}

}  // namespace bfr
