#pragma once

#include <vector>

#include "datasets/degradations/parameters.h"

namespace bfr {

// k(x, y) = exp(-(x, y) C^-1 (x, y)^T / 2) / sum, x (columns) and y (rows) counted from the centre,
// C = U diag(sigma_x^2, sigma_y^2) U^T, U the rotation. size x size numbers, row by row, that add up to 1.
// Source: XPixelGroup/BasicSR 8d56e3a basicsr/data/degradations.py, bivariate_Gaussian.
std::vector<double> gaussian_kernel(const Blur& blur);

}  // namespace bfr
