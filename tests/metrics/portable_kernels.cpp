#include "tests/metrics/portable_kernels.h"

#include "metrics/kernels/colour.h"
#include "metrics/kernels/squared_error.h"
#include "metrics/kernels/ssim.h"

namespace portable_kernels {
namespace {

bfr::Plane plane_of(const Values& values, Size size) {
    bfr::Plane plane(size.width, size.height);
    plane.values = values;
    return plane;
}

}  // namespace

double similarity(const Values& a, const Values& b, Size size, const std::string& name, bool full, bool cut_negative) {
    const bfr::SsimWindow window = name == "gaussian"                 ? bfr::SsimWindow::gaussian()
                                   : name == "gaussian_of_single_sum" ? bfr::SsimWindow::gaussian_of_single_sum()
                                   : name == "gaussian_single"        ? bfr::SsimWindow::gaussian_single()
                                                                      : bfr::SsimWindow::uniform();
    const bfr::Plane other = plane_of(b, size);
    return bfr::mean_similarity(plane_of(a, size), other, bfr::local_means(other, window), window,
                                full ? bfr::SsimTerm::kFull : bfr::SsimTerm::kContrastStructure, cut_negative);
}

double squared_error(const Values& a, const Values& b) {
    const Size row{static_cast<int>(a.size()), 1};
    return bfr::mean_squared_error(plane_of(a, row), plane_of(b, row));
}

Values yiq_y_rounded(const std::vector<uint8_t>& bgr, Size size) {
    return bfr::yiq_y_rounded({bgr.data(), size.width, size.height, 3 * size.width}).values;
}

Values matched(const Values& restored, const Values& reference, Size size) {
    bfr::Plane plane = plane_of(restored, size);
    bfr::match_mean_and_deviation(plane, plane_of(reference, size));
    return plane.values;
}

}  // namespace portable_kernels
