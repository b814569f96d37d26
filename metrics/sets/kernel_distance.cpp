#include "metrics/sets/kernel_distance.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "base/error.h"
#include "base/statistics.h"

namespace bfr {
namespace {

using at::Tensor;

constexpr int64_t kMostKernelValues = int64_t{1} << 26;

Tensor kernel(const Tensor& x, const Tensor& y) { return (x.mm(y.t()) / static_cast<double>(x.size(1)) + 1).pow(3); }

// All values, a block of rows at a time.
Tensor kernel(const Rows& x, const Rows& y) {
    Tensor all = at::empty({x.count, y.count}, at::kDouble);
    for (int64_t i = 0; i < x.count; i += kRowsAtOnce) {
        const Tensor some = x.read(i, std::min(kRowsAtOnce, x.count - i));
        for (int64_t j = 0; j < y.count; j += kRowsAtOnce) {
            const Tensor others = y.read(j, std::min(kRowsAtOnce, y.count - j));
            all.narrow(0, i, some.size(0)).narrow(1, j, others.size(0)).copy_(kernel(some, others));
        }
    }
    return all;
}

double off_diagonal_mean(const Tensor& kernel) {
    const auto n = static_cast<double>(kernel.size(0));
    return (kernel.sum() - kernel.trace()).item<double>() / (n * (n - 1));
}

double distance(const Tensor& xx, const Tensor& yy, const Tensor& xy) {
    return off_diagonal_mean(xx) + off_diagonal_mean(yy) - 2 * xy.mean().item<double>();
}

Tensor index(const std::vector<int64_t>& numbers) {
    Tensor tensor = at::empty({static_cast<int64_t>(numbers.size())}, at::kLong);
    std::ranges::copy(numbers, tensor.data_ptr<int64_t>());
    return tensor;
}

Tensor part(const Tensor& kernel, const std::vector<int64_t>& rows, const std::vector<int64_t>& columns) {
    return kernel.index_select(0, index(rows)).index_select(1, index(columns));
}

// numpy's legacy generator: std::mt19937 is seeded as RandomState is, and permutation() is Fisher and Yates's shuffle
// from the end with numbers masked to the next power of two (numpy/random, _legacy and distributions.c,
// random_interval).
class NumpyRandomState {
  public:
    explicit NumpyRandomState(uint32_t seed) : generator_(seed) {}

    std::vector<int64_t> choice(int64_t among, int64_t count) {
        std::vector<int64_t> numbers(static_cast<size_t>(among));
        std::iota(numbers.begin(), numbers.end(), 0);
        for (size_t i = numbers.size(); i-- > 1;) std::swap(numbers[i], numbers[interval(static_cast<uint32_t>(i))]);
        numbers.resize(static_cast<size_t>(count));
        return numbers;
    }

  private:
    size_t interval(uint32_t largest) {
        uint32_t mask = largest;
        for (const int shift : {1, 2, 4, 8, 16}) mask |= mask >> shift;
        for (;;) {
            const auto value = static_cast<uint32_t>(generator_()) & mask;
            if (value <= largest) return value;
        }
    }

    std::mt19937 generator_;
};

}  // namespace

std::vector<Subset> numpy_subsets(uint32_t seed, int64_t restored, int64_t reference, int64_t size, int64_t count) {
    BFR_CHECK(size >= 2 && size <= std::min(restored, reference), "subsets of {} of {} and {}", size, restored,
              reference);
    NumpyRandomState random(seed);
    std::vector<Subset> subsets;
    for (int64_t i = 0; i < count; i++) {
        auto of_restored = random.choice(restored, size);
        subsets.push_back({std::move(of_restored), random.choice(reference, size)});
    }
    return subsets;
}

KernelDistance kernel_distance(const Rows& restored, const Rows& reference, const std::vector<Subset>& subsets,
                               const std::atomic<bool>* stop) {
    BFR_CHECK(!subsets.empty(), "there is no subset");
    const int64_t n = restored.count, m = reference.count;
    const bool at_once = n * n + m * m + n * m <= kMostKernelValues;
    Tensor xx, yy, xy;
    if (at_once) {
        xx = kernel(restored, restored);
        yy = kernel(reference, reference);
        xy = kernel(restored, reference);
    }
    KernelDistance result;
    for (const auto& subset : subsets) {
        if (stop && *stop) throw Stopped();
        if (at_once) {
            result.of_subsets.push_back(distance(part(xx, subset.restored, subset.restored),
                                                 part(yy, subset.reference, subset.reference),
                                                 part(xy, subset.restored, subset.reference)));
            continue;
        }
        const Tensor x = all_rows(chosen_rows(restored, subset.restored)),
                     y = all_rows(chosen_rows(reference, subset.reference));
        result.of_subsets.push_back(distance(kernel(x, x), kernel(y, y), kernel(x, y)));
    }
    result.mean = mean(result.of_subsets);
    double squares = 0;
    for (const double value : result.of_subsets) squares += (value - result.mean) * (value - result.mean);
    result.deviation = std::sqrt(squares / static_cast<double>(subsets.size()));
    return result;
}

double kernel_distance(const Rows& restored, const Rows& reference) {
    return distance(kernel(restored, restored), kernel(reference, reference), kernel(restored, reference));
}

}  // namespace bfr
