#include "train/augment_matrices.h"

#include <cmath>

namespace bfr::train {

Square3 scaled(double x, double y) { return {{{x, 0, 0}, {0, y, 0}, {0, 0, 1}}}; }
Square3 moved(double x, double y) { return {{{1, 0, x}, {0, 1, y}, {0, 0, 1}}}; }
Square3 turned(double angle) {
    const double c = std::cos(angle), s = std::sin(angle);
    return {{{c, -s, 0}, {s, c, 0}, {0, 0, 1}}};
}

Square4 brightness(double by) {
    Square4 matrix = identity<Square4>();
    for (size_t i = 0; i < 3; i++) matrix[i][3] = by;
    return matrix;
}

Square4 contrast(double by) {
    Square4 matrix = identity<Square4>();
    for (size_t i = 0; i < 3; i++) matrix[i][i] = by;
    return matrix;
}

Square4 luma_mirrored() {
    Square4 matrix = identity<Square4>();
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++) matrix[i][j] -= 2.0 / 3;
    }
    return matrix;
}

// amount * I + (1 - amount) v v^T of the colours, v the gray axis
Square4 saturation(double amount) {
    Square4 matrix = identity<Square4>();
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++) matrix[i][j] = (i == j ? amount : 0) + (1 - amount) / 3;
    }
    return matrix;
}

// Rodrigues' formula
Square4 hue_turned(double angle) {
    const double c = std::cos(angle), s = std::sin(angle) / std::sqrt(3.0);
    Square4 matrix = saturation(c);
    for (size_t i = 0; i < 3; i++) {
        matrix[i][(i + 2) % 3] += s;
        matrix[i][(i + 1) % 3] -= s;
    }
    return matrix;
}

}  // namespace bfr::train
