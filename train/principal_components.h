#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace bfr::train {

struct PrincipalComponents {
    at::Tensor mean;       // (numbers), double
    at::Tensor basis;      // (kept, numbers), rows of length one, the strongest first; zeros beyond the data's rank
    at::Tensor deviation;  // (kept); 0 beyond the data's rank
};

// Of rows that come in blocks: next() gives (n, numbers), or an undefined tensor at the end. Memory doesn't grow with
// the number of rows beyond that of `numbers` squared.
PrincipalComponents principal_components(const std::function<at::Tensor()>& next, int64_t kept);

}  // namespace bfr::train
