#include "nets/mean_code.h"

#include <ATen/ATen.h>

#include <cmath>

#include "base/error.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::nets {

namespace {

// e4e's own default is to start from the mean code; a file may say otherwise in its options.
bool starts_from_latent_avg(const Checkpoint& checkpoint) {
    const PickleValue* value = checkpoint.find("opts.start_from_latent_avg");
    return !value || !value->is(PickleValue::Kind::kBool) || value->integer != 0;
}

}  // namespace

at::Tensor mean_code(const Checkpoint& checkpoint, int64_t codes, int64_t width) {
    if (!starts_from_latent_avg(checkpoint)) return at::zeros({1, 1, width});
    const TensorBytes bytes = checkpoint.read(checkpoint.at("latent_avg"));
    const at::Tensor average = to_tensor(bytes.view, bytes.owner).to(at::kFloat).clone();
    const bool one = average.dim() == 1 && average.size(0) == width;
    if (!one && !(average.dim() == 2 && average.size(0) == codes && average.size(1) == width)) {
        throw Error(fmt::format("{}: latent_avg is {} where [{}, {}] or [{}] is expected", checkpoint.name(),
                                shape_text(bytes.view.shape), codes, width, width));
    }
    if (!std::isfinite(average.sum(at::kDouble).item<double>()))
        throw Error(fmt::format("{}: tensor latent_avg holds a value that is not a finite number", checkpoint.name()));
    return average.view({1, one ? 1 : codes, width});
}

}  // namespace bfr::nets
