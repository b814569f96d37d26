#include "datasets/degradations/kernel.h"

#include <algorithm>
#include <cmath>

namespace bfr {

cv::Mat gaussian_kernel(const Blur& blur) {
    const double ix = 1 / (blur.sigma_x * blur.sigma_x);
    const double iy = blur.type == KernelType::kIso ? ix : 1 / (blur.sigma_y * blur.sigma_y);
    const double c = blur.type == KernelType::kIso ? 1 : std::cos(blur.rotation);
    const double s = blur.type == KernelType::kIso ? 0 : std::sin(blur.rotation);
    const double xx = c * c * ix + s * s * iy, yy = s * s * ix + c * c * iy, xy = c * s * (ix - iy);
    const int radius = blur.size / 2;
    cv::Mat kernel(blur.size, blur.size, CV_64F);
    double sum = 0;
    for (int y = -radius; y <= radius; y++) {
        double* row = kernel.ptr<double>(y + radius) + radius;
        for (int x = -radius; x <= radius; x++) {
            row[x] = std::exp(-0.5 * (xx * x * x + 2 * xy * x * y + yy * y * y));
            sum += row[x];
        }
    }
    std::for_each(kernel.begin<double>(), kernel.end<double>(), [sum](double& k) { k /= sum; });
    return kernel;
}

}  // namespace bfr
