// The kernels built once more without their variants for newer processors, in a namespace of their own
// (CMakeLists.txt), to be compared with the real ones bit by bit. Only plain types, so that both sides can include
// this.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace portable_kernels {

struct Size {
    int width = 0, height = 0;
};
using Values = std::vector<float>;

// `window`: "gaussian", "gaussian_of_single_sum", "gaussian_single" or "uniform".
double similarity(const Values& a, const Values& b, Size size, const std::string& window, bool full, bool cut_negative);
double squared_error(const Values& a, const Values& b);
Values yiq_y_rounded(const std::vector<uint8_t>& bgr, Size size);
// NIQE's features of every block, one after another.
std::vector<double> niqe_features(const Values& luma, Size size, bool single);
Values phase_congruency(const Values& responses, Size size);
Values gradients(const Values& luma, Size size);
Values matched(const Values& restored, const Values& reference, Size size);

}  // namespace portable_kernels
