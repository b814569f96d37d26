// Phase congruency by log-Gabor filters: Kovesi, "Image features from phase congruency", Videre 1 (1999), with the
// filters and the noise estimate that FSIM uses (Zhang, Zhang, Mou and Zhang, IEEE TIP 20, 2011).
#pragma once

#include <array>
#include <vector>

#include "metrics/kernels/plane.h"

namespace bfr {

inline constexpr int kGaborScales = 4, kGaborOrientations = 4;

// The filters for pictures of one size: transfer functions with the zero frequency first, divided by the number of
// pixels, so that an inverse transform without a factor gives the response.
struct LogGabors {
    int width = 0, height = 0;
    std::vector<float> transfer;  // [orientation][scale][row][column]
    const float* orientation(int o) const {
        return transfer.data() + static_cast<size_t>(o) * (transfer.size() / kGaborOrientations);
    }
    // What the median amplitude at an orientation's finest scale is multiplied by to give its noise threshold.
    std::array<double, kGaborOrientations> threshold{};
};
LogGabors make_log_gabors(int width, int height);

// The sums over orientations, each added once.
class PhaseCongruency {
  public:
    // The filters must outlive this.
    explicit PhaseCongruency(const LogGabors& gabors);
    // `responses`: complex numbers (real, imaginary), [scale][row][column].
    void add(int orientation, const float* responses);
    Plane result() const;

  private:
    const LogGabors& gabors_;
    std::vector<float> energy_, finest_, energies_, amplitudes_;
};

}  // namespace bfr
