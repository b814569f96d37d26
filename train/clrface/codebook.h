// How a codebook is learnt that its network looks up: by moving averages of what falls to each code (van den Oord,
// Vinyals and Kavukcuoglu, "Neural Discrete Representation Learning", NeurIPS 2017, appendix A.1), with codes that
// nothing falls to moved to where the data are (Dhariwal et al., arXiv 2005.00341, section 3.3).
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "weights/state_dict/state_dict.h"

namespace bfr::train {

struct CodebookOptions {
    double decay = 0.99;               // of the averages
    double dead = 0.05;                // times the mean use: what a code is used less than makes it dead
    int64_t revive_every = 50;         // iterations
    int64_t revive_until = 1'000'000;  // iteration after which nothing is moved any more
    uint64_t seed = 1;
};

// The nearest code of each row: (N, width), (codes, width) -> (N) int64. No gradient.
at::Tensor nearest_codes(const at::Tensor& rows, const at::Tensor& codes);

class CodebookAverages {
  public:
    CodebookAverages(int64_t codes, int64_t width, const CodebookOptions& options, at::Device device);

    // `codes`, (codes, width), move in place towards `rows`, (N, width), which fell to `indices`. The first call puts
    // them onto rows. Returns how many dead ones were moved.
    int64_t learn(at::Tensor codes, const at::Tensor& rows, const at::Tensor& indices, int64_t iteration);

    // PREFIX + "counts", "sums".
    void save(const std::string& prefix, StateDict& to) const;
    void restore(const std::string& prefix, const StateDict& from, const std::string& source);

  private:
    // `count` rows, drawn by the iteration.
    at::Tensor drawn(const at::Tensor& rows, int64_t count, int64_t iteration) const;

    CodebookOptions options_;
    at::Tensor counts_, sums_;  // (codes), (codes, width)
};

// How a codebook was used.
struct CodebookUse {
    at::Tensor counts;  // (codes) double
    explicit CodebookUse(int64_t codes);
    void add(const at::Tensor& indices);
    double share() const;       // of codes that were used at all
    double perplexity() const;  // exp of the entropy of their frequencies
};

}  // namespace bfr::train
