#include "restore/vspbfr/draws.h"

#include <ATen/ATen.h>

#include "base/error.h"
#include "base/random.h"

namespace bfr::vspbfr {

at::Tensor draw_normal(const DrawId& id, const std::string& name, at::IntArrayRef shape, uint32_t layer) {
    at::Tensor values = at::empty(shape, at::TensorOptions());
    Draw(id.run_seed, id.sample_id, "vspbfr/" + name, layer, id.repeat)
        .fill_normal({values.data_ptr<float>(), static_cast<size_t>(values.numel())});
    return values;
}

Mixing draw_mixing(const DrawId& id, int64_t width, int64_t codes, double probability) {
    const Draw choice(id.run_seed, id.sample_id, "vspbfr/mixing", 0, id.repeat);
    Mixing mixing{draw_normal(id, "z", {1, width}, 0), {}, codes};
    if (choice.uniform(0) >= probability) return mixing;
    mixing.second = draw_normal(id, "z", {1, width}, 1);
    mixing.from = 1 + static_cast<int64_t>(choice.integer(1, static_cast<uint64_t>(codes - 1)));
    return mixing;
}

at::Tensor DrawnNoise::noise(const std::string& layer, int64_t batch, int64_t height, int64_t width) const {
    BFR_CHECK(batch == 1, "noise is drawn for one sample at a time");
    return draw_normal(id_, network_ + "/" + layer, {1, 1, height, width}).to(wanted_);
}

}  // namespace bfr::vspbfr
