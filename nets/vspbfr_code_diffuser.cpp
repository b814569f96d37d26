#include "nets/vspbfr_code_diffuser.h"

#include <torch/torch.h>

#include <cmath>

#include "base/error.h"
#include "nets/diffusion/vp_schedule.h"
#include "nets/linear.h"
#include "nets/ops/leaky.h"

namespace bfr::nets {

namespace {

std::shared_ptr<Linear> linear(int64_t in, int64_t out, bool bias) { return std::make_shared<Linear>(in, out, bias); }

Tensor normalised(const Tensor& x) { return at::layer_norm(x, {x.size(-1)}); }

// Linear, layer norm, scaled leaky ReLU, linear; children named as in a Sequential.
struct Perceptron : torch::nn::Module {
    Perceptron(int64_t in, int64_t width) {
        first_ = register_module("0", linear(in, width, true));
        norm_ = register_module("1", std::make_shared<torch::nn::LayerNormImpl>(torch::nn::LayerNormOptions({width})));
        second_ = register_module("3", linear(width, width, true));
    }
    Tensor forward(const Tensor& x) const {
        const Tensor hidden = scaled_leaky_relu(norm_->forward(first_->forward(x)));
        return second_->forward(hidden);
    }

  private:
    std::shared_ptr<Linear> first_, second_;
    std::shared_ptr<torch::nn::LayerNormImpl> norm_;
};

// Attention between the numbers of a code, over the codes: scores are (width, width).
struct TransposedAttention : torch::nn::Module {
    explicit TransposedAttention(int64_t width) : width_(width) {
        q_ = register_module("q_matrix", linear(width, width, false));
        k_ = register_module("k_matrix", linear(width + 1, width, false));
        v_ = register_module("v_matrix", linear(width, width, false));
    }
    Tensor forward(const Tensor& x, const Tensor& condition) const {
        const Tensor score =
            at::matmul(k_->forward(condition).transpose(1, 2), q_->forward(x)) / std::sqrt(static_cast<double>(width_));
        return normalised(at::matmul(v_->forward(x), at::softmax(score, 1)));
    }

  private:
    int64_t width_;
    std::shared_ptr<Linear> q_, k_, v_;
};

}  // namespace

struct TaccBlock : torch::nn::Module {
    explicit TaccBlock(int64_t width) {
        q_ = register_module("q_matrix", linear(width + 1, width, false));
        k_ = register_module("k_matrix", linear(width, width, false));
        v_ = register_module("v_matrix", linear(width, width, false));
        gamma_ = register_module("gamma_", std::make_shared<Perceptron>(width + 1, width));
        beta_ = register_module("beta_", std::make_shared<Perceptron>(width + 1, width));
        attention_ = register_module("attention_layer", std::make_shared<TransposedAttention>(width));
    }
    // condition: (B, codes, width + 1), the degraded face's codes with the time appended.
    Tensor forward(const Tensor& input, const Tensor& condition) const {
        const Tensor x = pixel_norm(input);  // over the codes, dimension 1, as the authors' shapes have it
        // sqrt(18) whatever the number of codes: the authors' constant
        const Tensor score = at::matmul(k_->forward(x), q_->forward(condition).transpose(1, 2)) / std::sqrt(18.0);
        const Tensor h =
            normalised(at::matmul(at::softmax(score, -1), v_->forward(x)) + attention_->forward(x, condition));
        return h * (1.0 + at::sigmoid(gamma_->forward(condition))) + scaled_leaky_relu(beta_->forward(condition));
    }

  private:
    std::shared_ptr<Linear> q_, k_, v_;
    std::shared_ptr<Perceptron> gamma_, beta_;
    std::shared_ptr<TransposedAttention> attention_;
};

CodeDiffuser::CodeDiffuser(const CodeDiffuserOptions& options) {
    const auto list = register_module("att_mapper", std::make_shared<torch::nn::Module>());
    for (int i = 0; i < options.blocks; i++) {
        blocks_.push_back(list->register_module(std::to_string(i), std::make_shared<TaccBlock>(options.width)));
    }
    if (options.residual) residual_ = register_parameter("residual", at::zeros({options.width}));
}

CodeDiffuser::~CodeDiffuser() = default;

Tensor CodeDiffuser::forward(const Tensor& x, const Tensor& condition, double time) const {
    BFR_CHECK(x.sizes() == condition.sizes() && x.dim() == 3,
              "noisy and conditioning codes must be (B, codes, width) both");
    if (x.size(0) > 1 && !at::GradMode::is_enabled()) {
        // A matrix product of more rows sums in another order, and a trajectory of steps amplifies that a hundredfold:
        // one code after another, a face's codes don't depend on its batch.
        std::vector<Tensor> each;
        for (int64_t i = 0; i < x.size(0); i++)
            each.push_back(forward(x.narrow(0, i, 1), condition.narrow(0, i, 1), time));
        return at::cat(each);
    }
    const Tensor with_time = at::cat({condition, at::full({x.size(0), x.size(1), 1}, time, x.options())}, 2);
    Tensor out = x;
    for (const auto& block : blocks_) out = block->forward(out, with_time);
    return residual_.defined() ? condition + residual_ * out : out;
}

CodeSchedule::CodeSchedule(int steps) {
    if (steps < 1 || steps > 1000)
        throw UsageError(fmt::format("the code diffuser takes 1 to 1000 steps, not {}", steps));
    const auto schedule = diffusion::VpSchedule::scaled_linear(steps, 0.1, 0.99);
    for (int t = 0; t < steps; t++) {
        const auto posterior = schedule.posterior(t);
        alpha_bar.push_back(schedule.alpha_bar(t));
        clean_weight.push_back(posterior.clean);
        noisy_weight.push_back(posterior.noisy);
    }
}

Tensor sample_codes(const CodeDiffuser& network, const CodeSchedule& schedule, Tensor x, const Tensor& condition,
                    const std::function<bool(int t, const Tensor& x0, const Tensor& mean)>& on_step) {
    for (int t = schedule.steps() - 1; t >= 0; t--) {
        const auto at_t = static_cast<size_t>(t);
        const Tensor x0 = network.forward(x, condition, static_cast<double>(t) / schedule.steps());
        // the authors keep their tables in float32
        const double clean = static_cast<float>(schedule.clean_weight[at_t]),
                     noisy = static_cast<float>(schedule.noisy_weight[at_t]);
        x = x0 * clean + x * noisy;
        if (on_step && !on_step(t, x0, x)) return x0;
    }
    return x;
}

}  // namespace bfr::nets
