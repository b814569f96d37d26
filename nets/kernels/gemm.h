// The matrix product that the convolution kernels are made of.
#pragma once

#include <cstdint>
#include <vector>

namespace bfr::nets {

constexpr int64_t kPanel = 32;  // columns of a panel; the last one of a matrix may have 16

// c = a b, or c += a b. a: (rows, inner), row stride `lda`; b: a panel (inner, columns) without gaps, of 16 or 32
// columns; c: (rows, columns), row stride `ldc`. Each element is summed up in the order of `inner`, whatever `rows`.
void multiply_panel(const float* a, int64_t lda, int64_t rows, int64_t inner, const float* b, int64_t columns, float* c,
                    int64_t ldc, bool accumulate);

// The same by each instruction set that this processor has, the one that multiply_panel() takes first.
using MultiplyPanel = decltype(&multiply_panel);
std::vector<MultiplyPanel> panel_functions();

}  // namespace bfr::nets
