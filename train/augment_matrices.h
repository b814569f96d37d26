// The transforms of train/augment.h as matrices.
#pragma once

#include <array>
#include <cstddef>

namespace bfr::train {

using Square3 = std::array<std::array<double, 3>, 3>;  // of (x, y, 1)
using Square4 = std::array<std::array<double, 4>, 4>;  // of (r, g, b, 1)

template <class Matrix>
Matrix identity() {
    Matrix matrix{};
    for (size_t i = 0; i < matrix.size(); i++) matrix[i][i] = 1;
    return matrix;
}

template <class Matrix>
Matrix times(const Matrix& a, const Matrix& b) {
    Matrix product{};
    for (size_t i = 0; i < a.size(); i++) {
        for (size_t j = 0; j < a.size(); j++) {
            for (size_t k = 0; k < a.size(); k++) product[i][j] += a[i][k] * b[k][j];
        }
    }
    return product;
}

Square3 scaled(double x, double y);
Square3 moved(double x, double y);
Square3 turned(double angle);  // radians; (1, 0) goes to (cos, sin)

Square4 brightness(double by);
Square4 contrast(double by);
Square4 luma_mirrored();            // what is along the gray axis changes its sign, the colour stays
Square4 hue_turned(double angle);   // radians, about the gray axis: red goes to green by a third of a turn
Square4 saturation(double amount);  // 0: gray

}  // namespace bfr::train
