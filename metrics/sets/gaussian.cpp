#include "metrics/sets/gaussian.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace bfr {
namespace {

using at::Tensor;

void for_each_block(const Rows& rows, const std::function<void(int64_t first, const Tensor& block)>& use) {
    for (int64_t first = 0; first < rows.count; first += kRowsAtOnce) {
        use(first, rows.read(first, std::min(kRowsAtOnce, rows.count - first)));
    }
}

template <class Real>
Tensor mean_in(const Rows& rows, at::ScalarType type) {
    Tensor sum = at::zeros({rows.size}, type);
    Real* const sums = sum.data_ptr<Real>();
    for_each_block(rows, [&](int64_t, const Tensor& block) {
        const Tensor values = block.to(type).contiguous();
        const Real* row = values.template data_ptr<Real>();
        for (int64_t i = 0; i < values.size(0); i++, row += rows.size) {
            for (int64_t j = 0; j < rows.size; j++) sums[j] += row[j];
        }
    });
    return (sum / static_cast<double>(rows.count)).to(at::kDouble);
}

// F with F'F the covariance; undefined where there are no rows and Cholesky's factor doesn't exist.
Tensor factor(const Gaussian& gaussian) {
    if (gaussian.rows.defined()) return gaussian.rows;
    const auto [lower, failed] = at::linalg_cholesky_ex(gaussian.covariance);
    return failed.item<int>() == 0 ? lower.t() : Tensor();
}

// The same by the eigenvectors, for any covariance.
Tensor eigen_factor(const Tensor& covariance) {
    const auto [values, vectors] = at::linalg_eigh(covariance);
    return values.clamp_min(0).sqrt().unsqueeze(1) * vectors.t();
}

// Of (A B)^(1/2) where A = F'F: B's own factor is not needed.
double root_trace(const Tensor& f, const Tensor& b) {
    return at::linalg_eigvalsh(f.mm(b).mm(f.t())).clamp_min(0).sqrt().sum().item<double>();
}

double root_trace(const Gaussian& a, const Gaussian& b) {
    const Tensor f = factor(a), g = factor(b);
    if (f.defined() && g.defined()) return at::linalg_svdvals(f.mm(g.t())).sum().item<double>();
    if (f.defined()) return root_trace(f, b.covariance);
    if (g.defined()) return root_trace(g, a.covariance);
    return root_trace(eigen_factor(a.covariance), b.covariance);
}

}  // namespace

double Gaussian::trace() const {
    return rows.defined() ? rows.square().sum().item<double>() : covariance.trace().item<double>();
}

Tensor Gaussian::covariance_matrix() const { return rows.defined() ? rows.t().mm(rows) : covariance; }

int64_t Gaussian::largest_rank() const { return std::min(n - 1, size()); }

Gaussian gaussian_of(const Rows& rows, MeanPrecision precision) {
    if (rows.count < 2) throw Error(fmt::format("a covariance needs at least 2 pictures, not {}", rows.count));
    Gaussian result;
    result.n = rows.count;
    const Tensor mean = mean_in<double>(rows, at::kDouble);
    result.mean = precision == MeanPrecision::kSingle ? mean_in<float>(rows, at::kFloat) : mean;
    const auto degrees = static_cast<double>(rows.count - 1);
    if (rows.count <= rows.size) {
        result.rows = (all_rows(rows) - mean) / std::sqrt(degrees);
        return result;
    }
    result.covariance = at::zeros({rows.size, rows.size}, at::kDouble);
    for_each_block(rows, [&](int64_t, const Tensor& block) {
        const Tensor centred = block - mean;
        result.covariance.addmm_(centred.t(), centred);
    });
    result.covariance /= degrees;
    return result;
}

FrechetDistance frechet_distance(const Gaussian& a, const Gaussian& b) {
    BFR_CHECK(a.size() == b.size(), "features of {} and {} numbers", a.size(), b.size());
    FrechetDistance result;
    result.mean = (a.mean - b.mean).square().sum().item<double>();
    result.traces = a.trace() + b.trace() - 2 * root_trace(a, b);
    result.value = result.mean + result.traces;
    return result;
}

}  // namespace bfr
