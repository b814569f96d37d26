// Arithmetic on class probabilities: how far two distributions lie apart, and counts of which class became which.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bfr {

// Jensen-Shannon divergence to base 2: 0 for equal distributions, 1 for disjoint ones, symmetric. Both of one length,
// not negative, and with a positive sum; each is divided by its sum first.
double js_divergence_bits(std::span<const float> p, std::span<const float> q);

// The class of the largest probability; of several, the first.
size_t most_likely(std::span<const float> probabilities);

// counts[from][to]
class ConfusionMatrix {
  public:
    explicit ConfusionMatrix(size_t classes) : counts_(classes, std::vector<uint64_t>(classes)) {}
    void add(size_t from, size_t to) { counts_[from][to]++; }
    const std::vector<std::vector<uint64_t>>& counts() const { return counts_; }
    uint64_t total() const;
    uint64_t diagonal() const;

  private:
    std::vector<std::vector<uint64_t>> counts_;
};

}  // namespace bfr
