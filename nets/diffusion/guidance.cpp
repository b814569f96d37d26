#include "nets/diffusion/guidance.h"

#include <ATen/ATen.h>

#include "base/error.h"

namespace bfr::nets::diffusion {

Prediction guided(const VpSchedule& schedule, int i, const Tensor& x, const Prediction& said, const Guide& guide) {
    const Tensor clean = guide(x, said.clean, schedule.time(i));
    if (!clean.defined()) return said;
    BFR_CHECK(clean.sizes() == x.sizes(), "a guide gave a picture of another shape");
    Prediction result = from_clean(schedule, i, x, clean, false);
    result.variance = said.variance;
    return result;
}

Tensor gradient(const std::function<Tensor(const Tensor&)>& loss, const Tensor& at) {
    const at::AutoGradMode recorded(true);
    const Tensor point = at.detach().clone().requires_grad_(true);
    const Tensor value = loss(point);
    BFR_CHECK(value.dim() == 1 && value.size(0) == at.size(0), "a guiding loss is one number a picture");
    value.sum().backward({}, false, false, at::TensorList(point));
    return point.grad();
}

}  // namespace bfr::nets::diffusion
