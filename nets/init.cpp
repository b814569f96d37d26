#include "nets/init.h"

#include <ATen/ATen.h>

namespace bfr::nets {

namespace {

thread_local bool without_init = false;

}  // namespace

WithoutInit::WithoutInit() : before_(without_init) { without_init = true; }
WithoutInit::~WithoutInit() { without_init = before_; }

at::Tensor initial_normal(at::IntArrayRef shape) {
    return without_init ? at::empty(shape, at::TensorOptions()) : at::randn(shape, at::TensorOptions());
}

at::Tensor initial_uniform(at::IntArrayRef shape, double bound) {
    at::Tensor values = at::empty(shape, at::TensorOptions());
    return without_init ? values : values.uniform_(-bound, bound);
}

}  // namespace bfr::nets
