#include "nets/ops/fused_finish.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "nets/kernels/lanes.h"
#include "nets/ops/picture_finish.h"

namespace bfr::nets {

namespace {

bool learns(const Tensor& tensor) { return tensor.defined() && tensor.requires_grad(); }

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr float kSqrt2 = 1.41421356237309504880F, kLeak = 0.2F;

// Of one picture; arrays over channels have a whole number of Lanes, null pointers have no part.
struct Row {
    const float *scale, *first_bias, *bias, *noise, *slope;
    float noise_weight, gain;  // as in Epilogue
    int64_t width, channels;
};

BFR_INLINE const Lanes& values_at(const float* values, int64_t channel) {
    return *reinterpret_cast<const Lanes*>(values + channel);
}

// `slope`: a number or Lanes, below zero.
template <class Slope>
BFR_INLINE void activate(Lanes& v, const Slope& slope, float gain) {
    v = gain * (v > Lanes{} ? v : slope * v);
}

template <class Slope>
BFR_INLINE void through_activation(Lanes& gradient, const Lanes& v, const Slope& slope, float gain) {
    gradient = gain * (v > Lanes{} ? gradient : slope * gradient);
}

// x becomes what the second activation gets; `first`: what the first one gets.
BFR_INLINE void inner(const Row& row, Lanes& x, Lanes& first, int64_t channel, int64_t pixel) {
    if (row.scale) x *= values_at(row.scale, channel);
    if (row.first_bias) {
        x += values_at(row.first_bias, channel);
        first = x;
        activate(x, kLeak, kSqrt2);
    }
    if (row.noise) x += row.noise_weight * row.noise[pixel];
    if (row.bias) x += values_at(row.bias, channel);
}

template <class T>
BFR_INLINE void forward_row(const Row& row, const T* from, T* to, const T* const* add, int64_t adds) {
    for (int64_t x = 0; x < row.width; x++) {
        for (int64_t c = 0; c < row.channels; c += kLanes) {
            const int64_t at = x * row.channels + c, count = std::min(kLanes, row.channels - c);
            Lanes v, more;
            load(v, from + at, count);
            inner(row, v, more, c, x);
            if (row.slope) activate(v, values_at(row.slope, c), row.gain);
            for (int64_t i = 0; i < adds; i++) {
                load(more, add[i] + at, count);
                v += more;
            }
            store(to + at, v, count);
        }
    }
}

// Sums over the row's pixels, each `channels` of a whole number of Lanes.
struct RowSums {
    float *scale, *first_bias, *bias;  // zeros before; null where they aren't wanted
    float* noise_weight;
};

template <class T>
BFR_INLINE void backward_row(const Row& row, const T* from, const T* gradient, T* to, const RowSums& sums) {
    const auto add = [](float* values, int64_t channel, const Lanes& more) {
        *reinterpret_cast<Lanes*>(values + channel) += more;
    };
    Lanes of_weight = {};
    for (int64_t x = 0; x < row.width; x++) {
        for (int64_t c = 0; c < row.channels; c += kLanes) {
            const int64_t at = x * row.channels + c, count = std::min(kLanes, row.channels - c);
            Lanes given, second, first = {}, g;
            load(given, from + at, count);
            load(g, gradient + at, count);
            second = given;
            inner(row, second, first, c, x);
            if (row.slope) through_activation(g, second, values_at(row.slope, c), row.gain);
            if (sums.bias) add(sums.bias, c, g);
            if (sums.noise_weight) of_weight += g * row.noise[x];
            if (row.first_bias) through_activation(g, first, kLeak, kSqrt2);
            if (sums.first_bias) add(sums.first_bias, c, g);
            if (sums.scale) add(sums.scale, c, g * given);
            if (row.scale) g *= values_at(row.scale, c);
            store(to + at, g, count);
        }
    }
    if (sums.noise_weight) {
        for (int64_t i = 0; i < kLanes; i++) *sums.noise_weight += of_weight[i];
    }
}

BFR_TARGET_CLONES void forward_floats(const Row& row, const float* from, float* to, const float* const* add,
                                      int64_t adds) {
    forward_row(row, from, to, add, adds);
}
BFR_TARGET_CLONES void forward_halves(const Row& row, const BFloat16Bits* from, BFloat16Bits* to,
                                      const BFloat16Bits* const* add, int64_t adds) {
    forward_row(row, from, to, add, adds);
}
BFR_TARGET_CLONES void backward_floats(const Row& row, const float* from, const float* gradient, float* to,
                                       const RowSums& sums) {
    backward_row(row, from, gradient, to, sums);
}
BFR_TARGET_CLONES void backward_halves(const Row& row, const BFloat16Bits* from, const BFloat16Bits* gradient,
                                       BFloat16Bits* to, const RowSums& sums) {
    backward_row(row, from, gradient, to, sums);
}

void forward_of(const Row& row, const float* from, float* to, const std::vector<const float*>& add) {
    forward_floats(row, from, to, add.data(), std::ssize(add));
}
void forward_of(const Row& row, const BFloat16Bits* from, BFloat16Bits* to,
                const std::vector<const BFloat16Bits*>& add) {
    forward_halves(row, from, to, add.data(), std::ssize(add));
}
void backward_of(const Row& row, const float* from, const float* gradient, float* to, const RowSums& sums) {
    backward_floats(row, from, gradient, to, sums);
}
void backward_of(const Row& row, const BFloat16Bits* from, const BFloat16Bits* gradient, BFloat16Bits* to,
                 const RowSums& sums) {
    backward_halves(row, from, gradient, to, sums);
}

Tensor rows_of(const Tensor& picture) { return picture.contiguous(at::MemoryFormat::ChannelsLast); }

// The parameters on plain memory, for each picture of a batch.
class Parameters {
  public:
    Parameters(const Tensor& x, const Finish& with) : channels_(x.size(1)), height_(x.size(2)), width_(x.size(3)) {
        if (with.scale.defined()) {
            for (int64_t i = 0; i < x.size(0); i++) scale_.push_back(lane_values(with.scale[i].to(at::kFloat)));
        }
        if (with.first_bias.defined()) first_bias_ = lane_values(with.first_bias.to(at::kFloat));
        if (with.bias.defined()) bias_ = lane_values(with.bias.to(at::kFloat));
        if (with.noise.defined()) {
            noise_ = with.noise.to(at::kFloat).expand({x.size(0), 1, height_, width_}).contiguous();
            noise_weight_ = with.noise_weight.item<float>();
        }
        if (with.slope.defined()) {
            slope_ = lane_values(with.slope.to(at::kFloat).expand({channels_}));
        } else if (with.activate) {
            slope_.assign(static_cast<size_t>(whole_lanes(channels_)), kLeak);
            gain_ = kSqrt2;
        }
    }
    Row row(int64_t item, int64_t y) const {
        const auto values = [](const std::vector<float>& v) { return v.empty() ? nullptr : v.data(); };
        return {scale_.empty() ? nullptr : scale_[static_cast<size_t>(item)].data(),
                values(first_bias_),
                values(bias_),
                noise_.defined() ? noise_.data_ptr<float>() + (item * height_ + y) * width_ : nullptr,
                values(slope_),
                noise_weight_,
                gain_,
                width_,
                channels_};
    }

  private:
    int64_t channels_, height_, width_;
    std::vector<std::vector<float>> scale_;
    std::vector<float> first_bias_, bias_, slope_;
    Tensor noise_;
    float noise_weight_ = 0, gain_ = 1;
};

// Calls `work` with a null pointer of the type that the tensor's memory is seen as.
template <class Work>
void with_type_of(const Tensor& x, const Work& work) {
    if (x.scalar_type() == at::kFloat) {
        work(static_cast<float*>(nullptr));
    } else {
        work(static_cast<BFloat16Bits*>(nullptr));
    }
}

template <class Work>
void for_rows(const Tensor& x, const Work& work) {
    const int64_t height = x.size(2);
    at::parallel_for(0, x.size(0) * height, 8, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; i++) work(i / height, i % height, i * x.size(3) * x.size(1));
    });
}

Tensor forward_pass(const Tensor& x, const Finish& with) {
    const Parameters parameters(x, with);
    const Tensor from = rows_of(x), result = at::empty_like(from);
    std::vector<Tensor> add;
    for (const auto& other : with.add) add.push_back(rows_of(other));
    with_type_of(x, [&]<class T>(T*) {
        for_rows(x, [&](int64_t item, int64_t y, int64_t offset) {
            std::vector<const T*> rows;
            for (const auto& other : add) rows.push_back(static_cast<const T*>(other.data_ptr()) + offset);
            forward_of(parameters.row(item, y), static_cast<const T*>(from.data_ptr()) + offset,
                       static_cast<T*>(result.data_ptr()) + offset, rows);
        });
    });
    return result;
}

struct Wanted {
    bool scale, first_bias, noise_weight, bias;
};

struct Gradients {
    Tensor x, scale, first_bias, noise_weight, bias;
};

Gradients backward_pass(const Tensor& x, const Finish& with, const Tensor& gradient, const Wanted& wanted) {
    const Parameters parameters(x, with);
    const Tensor from = rows_of(x), back = rows_of(gradient.to(x.scalar_type()));
    const int64_t batch = x.size(0), channels = x.size(1), height = x.size(2);
    Gradients result{at::empty_like(from), {}, {}, {}, {}};
    const auto sums = [&](bool is_wanted, int64_t each) {
        return is_wanted ? at::zeros({batch, height, each}, at::kFloat) : Tensor();
    };
    const int64_t lanes = whole_lanes(channels);
    const Tensor of_scale = sums(wanted.scale, lanes), of_first_bias = sums(wanted.first_bias, lanes),
                 of_bias = sums(wanted.bias, lanes), of_noise_weight = sums(wanted.noise_weight, 1);
    with_type_of(x, [&]<class T>(T*) {
        for_rows(x, [&](int64_t item, int64_t y, int64_t offset) {
            const auto at = [&](const Tensor& kept) {
                return kept.defined() ? kept.data_ptr<float>() + (item * height + y) * kept.size(2) : nullptr;
            };
            backward_of(parameters.row(item, y), static_cast<const T*>(from.data_ptr()) + offset,
                        static_cast<const T*>(back.data_ptr()) + offset, static_cast<T*>(result.x.data_ptr()) + offset,
                        {at(of_scale), at(of_first_bias), at(of_bias), at(of_noise_weight)});
        });
    });
    const auto whole = [&](const Tensor& kept, at::IntArrayRef over, int64_t count) {
        return kept.defined() ? kept.sum(over, false, at::kDouble).to(at::kFloat).narrow(-1, 0, count) : Tensor();
    };
    result.scale = whole(of_scale, {1}, channels);
    result.first_bias = whole(of_first_bias, {0, 1}, channels);
    result.bias = whole(of_bias, {0, 1}, channels);
    result.noise_weight = whole(of_noise_weight, {0, 1}, 1);
    return result;
}

class FusedFinish : public torch::autograd::Function<FusedFinish> {
  public:
    using Optional = c10::optional<Tensor>;  // apply() can't take undefined tensors as such

    static Tensor forward(AutogradContext* context, const Tensor& x, const Optional& scale, const Optional& first_bias,
                          const Optional& noise, const Optional& noise_weight, const Optional& bias,
                          const Optional& slope, bool activate, at::TensorList add) {
        const auto given = [](const Optional& one) { return one.value_or(Tensor()); };
        const Finish with{given(scale), given(first_bias), given(noise), given(noise_weight),
                          given(bias),  activate,          given(slope), add.vec()};
        context->save_for_backward(
            {x, with.scale, with.first_bias, with.noise, with.noise_weight, with.bias, with.slope});
        context->saved_data["activate"] = activate;
        context->saved_data["adds"] = static_cast<int64_t>(add.size());
        return forward_pass(x, with);
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const Finish with{saved[1], saved[2], saved[3], saved[4], saved[5], context->saved_data["activate"].toBool(),
                          saved[6], {}};
        const Gradients found = at::GradMode::is_enabled() ? differentiable(saved[0], with, gradients[0])
                                                           : backward_pass(saved[0], with, gradients[0], wanted(with));
        variable_list result = {found.x, found.scale, found.first_bias, {}, found.noise_weight, found.bias, {}, {}};
        result.insert(result.end(), static_cast<size_t>(context->saved_data["adds"].toInt()), gradients[0]);
        return result;
    }

  private:
    static Wanted wanted(const Finish& with) {
        return {learns(with.scale), learns(with.first_bias), learns(with.noise_weight), learns(with.bias)};
    }

    // Under a graph of its own: the caller will take the gradient's gradient.
    static Gradients differentiable(const Tensor& x, const Finish& with, const Tensor& gradient) {
        const std::vector<Tensor> all = {x, with.scale, with.first_bias, with.noise_weight, with.bias};
        variable_list inputs;
        for (const auto& one : all) {
            if (learns(one)) inputs.push_back(one);
        }
        if (inputs.empty()) return {};
        const auto found = torch::autograd::grad({plain_finish(x, with)}, inputs, {gradient}, true, true);
        size_t next = 0;
        const auto of = [&](size_t i) { return learns(all[i]) ? found[next++] : Tensor(); };
        return {of(0), of(1), of(2), of(3), of(4)};
    }
};

}  // namespace

bool can_fuse(const Tensor& x, const Finish& with) {
    return x.device().is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) && x.dim() == 4 &&
           !learns(with.slope) && !learns(with.noise);
}

Tensor fused_finish(const Tensor& x, const Finish& with) {
    std::vector<Tensor> add;
    for (const auto& other : with.add) add.push_back(other.to(x.scalar_type()).expand_as(x));
    const auto given = [](const Tensor& one) { return one.defined() ? c10::make_optional(one) : c10::nullopt; };
    const Tensor scale = with.scale.defined() ? with.scale.expand({x.size(0), x.size(1)}) : with.scale;
    const Tensor noise_weight = with.noise.defined() ? with.noise_weight : Tensor();
    return FusedFinish::apply(x, given(scale), given(with.first_bias), given(with.noise), given(noise_weight),
                              given(with.bias), given(with.slope), with.activate, at::TensorList(add));
}

}  // namespace bfr::nets
