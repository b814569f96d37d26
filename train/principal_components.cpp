#include "train/principal_components.h"

#include <ATen/ATen.h>

#include <vector>

#include "base/error.h"

namespace bfr::train {

PrincipalComponents principal_components(const std::function<at::Tensor()>& next, int64_t kept) {
    constexpr double kLeast = 1e-5;  // of the largest variance: what is below it is rounding
    std::vector<at::Tensor> few;  // as long as they are fewer than their numbers: their inner products are the smaller
    at::Tensor sum, products;
    int64_t n = 0, numbers = 0;
    const auto add = [&](const at::Tensor& rows) {
        products = products.defined() ? products.addmm_(rows.t(), rows) : at::matmul(rows.t(), rows);
    };
    for (at::Tensor block = next(); block.defined(); block = next()) {
        const at::Tensor rows = block.to(at::kDouble);
        numbers = rows.size(1);
        sum = sum.defined() ? sum + rows.sum(0) : rows.sum(0);
        n += rows.size(0);
        if (!products.defined()) few.push_back(rows);
        if (n < numbers) continue;
        if (products.defined()) {
            add(rows);
        } else {
            for (const auto& one : few) add(one);
            few.clear();
        }
    }
    BFR_CHECK(n > 0 && kept <= numbers, "{} components of {} rows of {}", kept, n, numbers);
    const at::Tensor mean = sum / n;
    at::Tensor variance, basis;
    if (products.defined()) {
        const auto [values, vectors] = at::linalg_eigh(products / n - at::outer(mean, mean));
        variance = values.flip(0), basis = vectors.flip(1).t();
    } else {
        const at::Tensor rows = at::cat(few) - mean;
        const auto [values, vectors] = at::linalg_eigh(at::matmul(rows, rows.t()) / n);
        variance = values.flip(0), basis = at::matmul(vectors.flip(1).t(), rows);
        basis = basis / basis.norm(2, at::IntArrayRef{1}, true).clamp_min(1e-300);
        if (n < kept) {
            variance = at::constant_pad_nd(variance, {0, kept - n});
            basis = at::constant_pad_nd(basis, {0, 0, 0, kept - n});
        }
    }
    const at::Tensor real = (variance > kLeast * variance.max()).narrow(0, 0, kept);
    return {mean, basis.narrow(0, 0, kept) * real.unsqueeze(1), variance.clamp_min(0).sqrt().narrow(0, 0, kept) * real};
}

}  // namespace bfr::train
