#include "nets/kernels/gemm.h"

#include "base/error.h"
#include "nets/kernels/lanes.h"

namespace bfr::nets {

namespace {

// A template's argument loses its type's attributes, alignment among them: copies of constant size are what the
// compiler makes unaligned loads and stores of.
template <class Vector>
BFR_INLINE void load_vector(Vector& to, const float* from) {
    std::memcpy(&to, from, sizeof(Vector));
}

template <class Vector>
BFR_INLINE void store_vector(float* to, const Vector& from) {
    std::memcpy(to, &from, sizeof(Vector));
}

// kRows rows and kVectors vectors of columns stay in registers while `inner` goes by.
// `ahead`: what is soon to be read, `inner` cache lines of it. Few rows have no time for that.
template <class Vector, int kRows, int kVectors, int kPanelColumns>
BFR_INLINE void tile(const float* a, int64_t lda, int64_t inner, const float* b, float* c, int64_t ldc, bool accumulate,
                     const float* ahead = nullptr) {
    constexpr int64_t kWidth = sizeof(Vector) / sizeof(float);
    Vector sums[kRows][kVectors];
    for (int row = 0; row < kRows; row++) {
        for (int v = 0; v < kVectors; v++) {
            sums[row][v] = Vector{};
            if (accumulate) load_vector(sums[row][v], c + row * ldc + v * kWidth);
        }
    }
    for (int64_t i = 0; i < inner; i++) {
        if (kRows > 4) __builtin_prefetch(ahead + i * kLanes, 0, 2);
        Vector columns[kVectors];
        for (int v = 0; v < kVectors; v++) load_vector(columns[v], b + i * kPanelColumns + v * kWidth);
#pragma GCC unroll 16
        for (int row = 0; row < kRows; row++) {
            const float factor = a[row * lda + i];
#pragma GCC unroll 4
            for (int v = 0; v < kVectors; v++) sums[row][v] += factor * columns[v];
        }
    }
    for (int row = 0; row < kRows; row++) {
        for (int v = 0; v < kVectors; v++) store_vector(c + row * ldc + v * kWidth, sums[row][v]);
    }
}

template <class Vector, int kRows, int kVectors, int kPanelColumns>
BFR_INLINE void strip(const float* a, int64_t lda, int64_t rows, int64_t inner, const float* b, float* c, int64_t ldc,
                      bool accumulate) {
    // Panels follow each other as they are wanted: the first tiles fetch the next one from memory.
    const float* const next = b + inner * kPanelColumns;
    int64_t row = 0;
    for (; row + kRows <= rows; row += kRows) {
        const float* const ahead = next + (row / kRows % 2) * inner * kLanes;
        tile<Vector, kRows, kVectors, kPanelColumns>(a + row * lda, lda, inner, b, c + row * ldc, ldc, accumulate,
                                                     ahead);
    }
    if (rows - row >= 4) {
        tile<Vector, 4, kVectors, kPanelColumns>(a + row * lda, lda, inner, b, c + row * ldc, ldc, accumulate);
        row += 4;
    }
    if (rows - row >= 2) {
        tile<Vector, 2, kVectors, kPanelColumns>(a + row * lda, lda, inner, b, c + row * ldc, ldc, accumulate);
        row += 2;
    }
    for (; row < rows; row++) {
        tile<Vector, 1, kVectors, kPanelColumns>(a + row * lda, lda, inner, b, c + row * ldc, ldc, accumulate);
    }
}

// Tiles of kVectors vectors side by side fill a panel.
template <class Vector, int kRows, int kVectors>
BFR_INLINE void panel(const float* a, int64_t lda, int64_t rows, int64_t inner, const float* b, int64_t columns,
                      float* c, int64_t ldc, bool accumulate) {
    constexpr int64_t kStep = kVectors * static_cast<int64_t>(sizeof(Vector) / sizeof(float));
    for (int64_t column = 0; column < columns; column += kStep) {
        if (columns == kPanel) {
            strip<Vector, kRows, kVectors, kPanel>(a, lda, rows, inner, b + column, c + column, ldc, accumulate);
        } else {
            strip<Vector, kRows, kVectors, kPanel / 2>(a, lda, rows, inner, b + column, c + column, ldc, accumulate);
        }
    }
}

typedef float Vector4 __attribute__((vector_size(16)));

void panel_of_4(const float* a, int64_t lda, int64_t rows, int64_t inner, const float* b, int64_t columns, float* c,
                int64_t ldc, bool accumulate) {
    panel<Vector4, 4, 2>(a, lda, rows, inner, b, columns, c, ldc, accumulate);
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(BFR_ONE_INSTRUCTION_SET)

typedef float Vector8 __attribute__((vector_size(32)));

__attribute__((target("arch=x86-64-v3"))) void panel_of_8(const float* a, int64_t lda, int64_t rows, int64_t inner,
                                                          const float* b, int64_t columns, float* c, int64_t ldc,
                                                          bool accumulate) {
    panel<Vector8, 6, 2>(a, lda, rows, inner, b, columns, c, ldc, accumulate);
}

// Eight rows by two vectors fill half of the registers: no more are needed to keep both multipliers busy, and eight
// divides the numbers of rows at hand.
__attribute__((target("arch=x86-64-v4"))) void panel_of_16(const float* a, int64_t lda, int64_t rows, int64_t inner,
                                                           const float* b, int64_t columns, float* c, int64_t ldc,
                                                           bool accumulate) {
    if (columns == kPanel) {
        strip<Lanes, 8, 2, kPanel>(a, lda, rows, inner, b, c, ldc, accumulate);
    } else {
        strip<Lanes, 16, 1, kPanel / 2>(a, lda, rows, inner, b, c, ldc, accumulate);
    }
}

#define BFR_WIDER_PANELS
#endif

const MultiplyPanel kBest = panel_functions().front();

}  // namespace

std::vector<MultiplyPanel> panel_functions() {
    std::vector<MultiplyPanel> found;
#ifdef BFR_WIDER_PANELS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) found.push_back(panel_of_16);
    if (__builtin_cpu_supports("x86-64-v3")) found.push_back(panel_of_8);
#endif
    found.push_back(panel_of_4);
    return found;
}

void multiply_panel(const float* a, int64_t lda, int64_t rows, int64_t inner, const float* b, int64_t columns, float* c,
                    int64_t ldc, bool accumulate) {
    kBest(a, lda, rows, inner, b, columns, c, ldc, accumulate);
}

}  // namespace bfr::nets
