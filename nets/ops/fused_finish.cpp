#include "nets/ops/fused_finish.h"

#include <torch/torch.h>

#include "nets/ops/picture_finish.h"

namespace bfr::nets {

namespace {

bool learns(const Tensor& tensor) { return tensor.defined() && tensor.requires_grad(); }

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

Tensor rows_of(const Tensor& picture) { return picture.contiguous(at::MemoryFormat::ChannelsLast); }

Tensor forward_pass(const Tensor& x, const Finish& with) {
    const Tensor from = rows_of(x), result = at::empty_like(from);
    finish_into(result, from, with);
    return result;
}

struct Wanted {
    bool scale, first_bias, noise_weight, bias;
};

struct Gradients {
    Tensor x, scale, first_bias, noise_weight, bias;
};

Gradients backward_pass(const Tensor& x, const Finish& with, const Tensor& gradient, const Wanted& wanted) {
    const Tensor from = rows_of(x), back = rows_of(gradient.to(x.scalar_type()));
    const int64_t batch = x.size(0), channels = x.size(1), height = x.size(2), lanes = whole_lanes(channels);
    const auto zeros = [&](bool is_wanted, int64_t each) {
        return is_wanted ? at::zeros({batch, height, each}, at::kFloat) : Tensor();
    };
    const Tensor of_scale = zeros(wanted.scale, lanes), of_first_bias = zeros(wanted.first_bias, lanes),
                 of_bias = zeros(wanted.bias, lanes), of_noise_weight = zeros(wanted.noise_weight, 1);
    Gradients result{at::empty_like(from), {}, {}, {}, {}};
    for_each_row(from, with, [&]<class T>(const Epilogue<T>& epilogue, const PictureRow& row, int64_t offset) {
        const auto at = [&](const Tensor& sums) {
            return sums.defined() ? sums.data_ptr<float>() + offset / (row.width * row.channels) * sums.size(2)
                                  : nullptr;
        };
        gradient_of_row(epilogue, row, memory<const T>(from, offset), memory<const T>(back, offset),
                        memory<T>(result.x, offset),
                        {at(of_scale), at(of_first_bias), at(of_bias), at(of_noise_weight)});
    });
    const auto whole = [](const Tensor& sums, at::IntArrayRef over, int64_t count) {
        return sums.defined() ? sums.sum(over, false, at::kDouble).to(at::kFloat).narrow(-1, 0, count) : Tensor();
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
    const Tensor noise_weight = with.noise.defined() ? with.noise_weight : Tensor();
    return FusedFinish::apply(x, given(with.scale), given(with.first_bias), given(with.noise), given(noise_weight),
                              given(with.bias), given(with.slope), with.activate, at::TensorList(add));
}

}  // namespace bfr::nets
