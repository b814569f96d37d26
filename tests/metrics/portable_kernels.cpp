#include "tests/metrics/portable_kernels.h"

#include "metrics/kernels/colour.h"
#include "metrics/kernels/gradient.h"
#include "metrics/kernels/niqe.h"
#include "metrics/kernels/phase_congruency.h"
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

std::vector<double> niqe_features(const Values& luma, Size size, bool single) {
    std::vector<double> all;
    for (const auto& block : bfr::niqe_features(plane_of(luma, size),
                                                single ? bfr::NiqeArithmetic::basicsr() : bfr::NiqeArithmetic::pyiqa()))
        all.insert(all.end(), block.begin(), block.end());
    return all;
}

Values phase_congruency(const Values& responses, Size size) {
    const auto gabors = bfr::make_log_gabors(size.width, size.height);
    bfr::PhaseCongruency congruency(gabors);
    for (int o = 0; o < bfr::kGaborOrientations; o++) congruency.add(o, responses.data() + o);
    return congruency.result().values;
}

Values gradients(const Values& luma, Size size) { return bfr::prewitt_magnitudes(plane_of(luma, size)).values; }

Values matched(const Values& restored, const Values& reference, Size size) {
    bfr::Plane plane = plane_of(restored, size);
    bfr::match_mean_and_deviation(plane, plane_of(reference, size));
    return plane.values;
}

}  // namespace portable_kernels
