// Planes of pixel values, and the steps between a picture and the numbers compared. No Image, no OpenCV, no LibTorch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bfr {

// An 8-bit picture that belongs to somebody else: interleaved blue, green, red.
struct Bgr8View {
    const uint8_t* data = nullptr;
    int width = 0, height = 0;
    ptrdiff_t stride = 0;  // bytes from row to row

    const uint8_t* row(int y) const { return data + y * stride; }
    // Without `border` pixels at each side; 2 * border must be less than both sides.
    Bgr8View cropped(int border) const {
        return {row(border) + 3 * border, width - 2 * border, height - 2 * border, stride};
    }
};

// One channel, rows one after the other. Single precision holds every value that the metrics compare exactly: 8-bit
// levels, the tools' own single-precision Y, means of up to 256 levels.
struct Plane {
    int width = 0, height = 0;
    std::vector<float> values;

    Plane() = default;
    Plane(int w, int h) : width(w), height(h), values(static_cast<size_t>(w) * static_cast<size_t>(h)) {}
    const float* row(int y) const { return values.data() + static_cast<size_t>(y) * static_cast<size_t>(width); }
    float* row(int y) { return values.data() + static_cast<size_t>(y) * static_cast<size_t>(width); }
};

// Without `border` pixels at each side; 2 * border must be less than both sides.
Plane cropped(const Plane& plane, int border);

// Continued by `border` pixels at each side by reflection, the edge pixel not repeated (torch's "reflect"); border <
// both sides.
Plane reflected(const Plane& plane, int border);

// With `border` zeros at each side.
Plane surrounded_by_zeros(const Plane& plane, int border);

// Means of block x block pixels; rows and columns that fill no block are dropped (torch's avg_pool2d).
Plane block_means(const Plane& plane, int block);

// Means of 2x2 pixels; a side of odd length gets a row or column of zeros before it, which counts in the mean (torch's
// avg_pool2d with padding = side % 2, as pytorch-msssim and pyiqa halve).
Plane halved_after_zeros(const Plane& plane);

}  // namespace bfr
