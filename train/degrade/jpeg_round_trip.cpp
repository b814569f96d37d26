// Sources: ITU-T T.81 (annex K: tables), libjpeg-turbo 2.1.5 as documentation of its arithmetic: jccolor.c, jcsample.c,
// jfdctint.c, jcdctmgr.c, jidctint.c, jdsample.c, jdcolor.c. All its sums are of whole numbers below 2^53, so doubles
// hold them exactly, and a transform of eight numbers that rounds once at its end is a product with a matrix.
#include "train/degrade/jpeg_round_trip.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace bfr::train {
namespace {

using Table = std::array<int, 64>;

constexpr Table kLuma = {16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
                         14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
                         18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
                         49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};
constexpr Table kChroma = {17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
                           99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
                           99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

at::Tensor quantisers(const Table& table, int quality, const at::Device& device) {
    const int q = std::clamp(quality, 1, 100), percent = q < 50 ? 5000 / q : 200 - 2 * q;
    std::vector<double> values;
    for (const int value : table) values.push_back(std::clamp((value * percent + 50) / 100, 1, 255));
    return at::tensor(values).view({8, 8}).to(device);
}

// The transform of eight numbers, times 2^13. Row k holds frequency k; libjpeg adds up its constants in this way.
at::Tensor transform(const at::Device& device) {
    constexpr double kOne = 8192, k0298 = 2446, k0390 = 3196, k0541 = 4433, k0765 = 6270, k0899 = 7373, k1175 = 9633,
                     k1501 = 12299, k1847 = 15137, k1961 = 16069, k2053 = 16819, k2562 = 20995, k3072 = 25172;
    const double even2 = k0541 + k0765, even6 = k0541 - k1847;
    // of the differences of the ends 0 - 7, 1 - 6, 2 - 5, 3 - 4
    const double odd[4][4] = {{k1501 - k0899 - k0390 + k1175, k1175, k1175 - k0390, k1175 - k0899},
                              {k1175, k3072 - k2562 - k1961 + k1175, k1175 - k2562, k1175 - k1961},
                              {k1175 - k0390, k1175 - k2562, k2053 - k2562 - k0390 + k1175, k1175},
                              {k1175 - k0899, k1175 - k1961, k1175, k0298 - k0899 - k1961 + k1175}};
    const double even[4][4] = {{kOne, kOne, kOne, kOne},
                               {even2, k0541, -k0541, -even2},
                               {kOne, -kOne, -kOne, kOne},
                               {k0541, even6, -even6, -k0541}};
    std::vector<double> values(64);
    for (size_t k = 0; k < 4; k++) {
        for (size_t i = 0; i < 4; i++) {
            values[16 * k + i] = values[16 * k + 7 - i] = even[k][i];
            values[16 * k + 8 + i] = odd[k][i];
            values[16 * k + 8 + 7 - i] = -odd[k][i];
        }
    }
    return at::tensor(values).view({8, 8}).to(device);
}

// x / 2^bits to the nearest whole number, halves up: a right shift after half a unit is added. In place.
at::Tensor shifted(at::Tensor x, int bits) {
    const double unit = std::ldexp(1.0, bits);
    return x.add_(unit / 2).mul_(1 / unit).floor_();
}

at::Tensor in_blocks(const at::Tensor& plane) {
    const int64_t h = plane.size(0) / 8, w = plane.size(1) / 8;
    return plane.view({h, 8, w, 8}).permute({0, 2, 1, 3}).reshape({h * w, 8, 8});
}

at::Tensor from_blocks(const at::Tensor& blocks, int64_t height, int64_t width) {
    return blocks.view({height / 8, width / 8, 8, 8}).permute({0, 2, 1, 3}).reshape({height, width});
}

// The lower edge repeated up to a whole multiple of rows.
at::Tensor with_rows(const at::Tensor& planes, int64_t multiple) {
    const int64_t below = (multiple - planes.size(1) % multiple) % multiple;
    return below == 0 ? planes : at::replication_pad2d(planes, {0, 0, 0, below});
}

at::Tensor to_ycc(const at::Tensor& rgb) {
    // 2^16 times each factor, rounded
    const at::Tensor factors =
        at::tensor({19595.0, 38470.0, 7471.0, -11059.0, -21709.0, 32768.0, 32768.0, -27439.0, -5329.0})
            .view({3, 3})
            .to(rgb.device());
    at::Tensor ycc = at::matmul(factors, rgb.reshape({3, -1})).view_as(rgb);
    ycc.narrow(0, 1, 2).add_(128 * 65536.0 - 1);
    return shifted(ycc, 16);
}

// (2, H, W) to (2, H / 2, W / 2); columns round down and up in turn.
at::Tensor halved(const at::Tensor& chroma) {
    const int64_t h = chroma.size(1) / 2, w = chroma.size(2) / 2;
    const at::Tensor four = chroma.reshape({2, h, 2, w, 2}).sum({2, 4});
    const at::Tensor bias = at::arange(w, four.options()).remainder_(2).add_(1);
    return four.add(bias).mul_(0.25).floor_();
}

// (2, h, w) to (2, 2 h, 2 w): three parts of the nearer sample and one of the next, both ways, edges repeated.
at::Tensor doubled(const at::Tensor& chroma) {
    const int64_t h = chroma.size(1), w = chroma.size(2);
    constexpr int64_t kLeastSmooth = 3;  // libjpeg only repeats the samples of narrower pictures
    if (w < kLeastSmooth) return chroma.repeat_interleave(2, 1).repeat_interleave(2, 2);
    const at::Tensor around = at::replication_pad2d(chroma, {1, 1, 1, 1});
    const at::Tensor nearer = around.narrow(1, 1, h) * 3;
    const at::Tensor rows =
        at::stack({nearer + around.narrow(1, 0, h), nearer + around.narrow(1, 2, h)}, 2).view({2, 2 * h, w + 2});
    const at::Tensor middle = rows.narrow(2, 1, w) * 3;
    const at::Tensor left = middle.add(rows.narrow(2, 0, w)).add_(8), right = middle.add(rows.narrow(2, 2, w)).add_(7);
    return at::stack({left, right}, 3).view({2, 2 * h, 2 * w}).mul_(1.0 / 16).floor_();
}

at::Tensor to_rgb(const at::Tensor& luma, const at::Tensor& chroma) {
    const at::Tensor centred = chroma - 128, blue = centred[0], red = centred[1];
    const at::Tensor r = shifted(red * 91881, 16), b = shifted(blue * 116130, 16);
    const at::Tensor g = shifted((blue * -22554).add_(red, -46802), 16);
    return at::stack({r, g, b}).add_(luma).clamp_(0, 255);
}

// Levels 0..255 of blocks (n, 8, 8) through transform, quantiser and back.
at::Tensor coded(const at::Tensor& blocks, const at::Tensor& quantiser, const at::Tensor& forward) {
    constexpr int kConstantBits = 13, kExtraBits = 2;  // of the transform's factors, and kept between its passes
    const at::Tensor inverse = forward.t();
    const at::Tensor rows = shifted(at::matmul(blocks - 128, inverse), kConstantBits - kExtraBits);
    const at::Tensor frequencies = shifted(at::matmul(forward, rows), kConstantBits + kExtraBits);  // 8 times too large
    const at::Tensor steps = frequencies.abs().add_(quantiser * 4).div_(quantiser * 8).floor_();
    const at::Tensor kept = at::copysign(steps, frequencies).mul_(quantiser);
    const at::Tensor columns = shifted(at::matmul(inverse, kept), kConstantBits - kExtraBits);
    return shifted(at::matmul(columns, forward), kConstantBits + kExtraBits + 3).add_(128).clamp_(0, 255);
}

}  // namespace

at::Tensor jpeg_round_trip(const at::Tensor& rgb, int quality) {
    BFR_CHECK(rgb.dim() == 3 && rgb.size(0) == 3 && rgb.numel() > 0, "a picture of {} dimensions", rgb.dim());
    const int64_t height = rgb.size(1), width = rgb.size(2);
    // Pixels are repeated to the right, samples of each plane downwards.
    const int64_t right = -width & 15;
    const at::Tensor wide =
        right == 0 ? rgb.to(at::kDouble) : at::replication_pad2d(rgb.to(at::kDouble), {0, right, 0, 0});
    const at::Tensor ycc = to_ycc(wide), forward = transform(rgb.device());
    const auto coded_planes = [&](const at::Tensor& planes, const Table& table) {
        const at::Tensor whole = with_rows(planes, 8);
        const auto sizes = whole.sizes();
        // one below the other
        const at::Tensor column = whole.reshape({sizes[0] * sizes[1], sizes[2]});
        const at::Tensor blocks = coded(in_blocks(column), quantisers(table, quality, rgb.device()), forward);
        return from_blocks(blocks, column.size(0), sizes[2]).view(sizes).narrow(1, 0, planes.size(1));
    };
    const at::Tensor luma = coded_planes(ycc.narrow(0, 0, 1), kLuma)[0];
    const at::Tensor half = halved(with_rows(ycc.narrow(0, 1, 2), 2));
    const at::Tensor chroma = coded_planes(half, kChroma).narrow(2, 0, (width + 1) / 2);
    return to_rgb(luma.narrow(1, 0, width), doubled(chroma).narrow(1, 0, height).narrow(2, 0, width));
}

}  // namespace bfr::train
