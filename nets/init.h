// What a network's parameters begin with: drawn numbers, as training wants them, or nothing, where a file's values
// take their place.
#pragma once

#include <ATen/core/Tensor.h>

namespace bfr::nets {

// While one lives, parameters that are made in this thread are left as their memory is found: it's then not even
// touched.
class WithoutInit {
  public:
    WithoutInit();
    ~WithoutInit();
    WithoutInit(const WithoutInit&) = delete;
    WithoutInit& operator=(const WithoutInit&) = delete;

  private:
    bool before_;
};

at::Tensor initial_normal(at::IntArrayRef shape);                 // N(0, 1)
at::Tensor initial_uniform(at::IntArrayRef shape, double bound);  // [-bound, bound)

}  // namespace bfr::nets
