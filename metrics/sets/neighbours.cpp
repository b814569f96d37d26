#include "metrics/sets/neighbours.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "base/error.h"

namespace bfr {
namespace {

using at::Tensor;

constexpr int64_t kBlock = 1024;

// Of each row of x to each of y. Equal rows are 0 apart: what rounding leaves of them is below any real distance.
Tensor distances(const Tensor& x, const Tensor& y) {
    const Tensor squares = x.square().sum(1).unsqueeze(1) + y.square().sum(1).unsqueeze(0);
    const Tensor apart = squares - 2 * x.mm(y.t());
    return at::where(apart > 1e-13 * squares, apart, at::zeros({}, at::kDouble)).sqrt();
}

template <class Use>
void for_each_block(const Rows& rows, const Use& use) {
    for (int64_t first = 0; first < rows.count; first += kBlock)
        use(first, rows.read(first, std::min(kBlock, rows.count - first)));
}

}  // namespace

std::vector<double> neighbour_radii(const Rows& rows, int k) {
    BFR_CHECK(k >= 1 && rows.count > k, "the {}. neighbour of {} rows", k, rows.count);
    std::vector<double> radii;
    for_each_block(rows, [&](int64_t, const Tensor& block) {
        Tensor nearest;  // of each row the k + 1 shortest distances, its own 0 among them
        for_each_block(rows, [&](int64_t, const Tensor& others) {
            Tensor found = distances(block, others);
            if (nearest.defined()) found = at::cat({nearest, found}, 1);
            nearest = std::get<0>(found.topk(std::min<int64_t>(k + 1, found.size(1)), 1, /*largest=*/false));
        });
        const Tensor radius = std::get<0>(nearest.max(1));
        radii.insert(radii.end(), radius.data_ptr<double>(), radius.data_ptr<double>() + radius.size(0));
    });
    return radii;
}

double covered_share(const Rows& rows, const Rows& others, const std::vector<double>& radii_of_others) {
    int64_t covered = 0;
    for_each_block(rows, [&](int64_t, const Tensor& block) {
        Tensor within = at::zeros({block.size(0)}, at::kBool);
        for_each_block(others, [&](int64_t first, const Tensor& other) {
            Tensor radii = at::empty({other.size(0)}, at::kDouble);
            std::copy_n(radii_of_others.begin() + first, other.size(0), radii.data_ptr<double>());
            within |= (distances(block, other) <= radii).any(1);
        });
        covered += within.sum().item<int64_t>();
    });
    return static_cast<double>(covered) / static_cast<double>(rows.count);
}

PrecisionRecall precision_recall(const Rows& restored, const Rows& reference, int k) {
    return precision_recall(restored, reference, k, neighbour_radii(reference, k));
}

PrecisionRecall precision_recall(const Rows& restored, const Rows& reference, int k,
                                 const std::vector<double>& radii_of_reference) {
    return {covered_share(restored, reference, radii_of_reference),
            covered_share(reference, restored, neighbour_radii(restored, k))};
}

}  // namespace bfr
