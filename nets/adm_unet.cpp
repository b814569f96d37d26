#include "nets/adm_unet.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nets/adm_blocks.h"
#include "nets/ops/channelwise.h"
#include "nets/ops/rearrange.h"

namespace bfr::nets {

namespace {

std::shared_ptr<AdmBlock> add_block(torch::nn::Module& list, size_t at) {
    return list.register_module(std::to_string(at), std::make_shared<AdmBlock>());
}

}  // namespace

AdmUnet::AdmUnet(const AdmUnetOptions& options)
    : options_(options), channels_(options.width * options.widths.front()), side_(options.side) {
    const auto levels = static_cast<int64_t>(options.widths.size());
    BFR_CHECK(options.blocks.size() == options.widths.size() && options.side % (int64_t{1} << (levels - 1)) == 0 &&
                  options.width % 2 == 0,
              "{} levels with {} numbers of blocks, of pictures of {} pixels", levels, options.blocks.size(),
              options.side);
    const auto time = add_holder(*this, "time_embed");
    time_first_ = time->register_module("0", std::make_shared<Linear>(options.width, options.time_width()));
    time_second_ = time->register_module("2", std::make_shared<Linear>(options.time_width(), options.time_width()));
    add_down();
    middle_ = register_module("middle_block", std::make_shared<AdmBlock>());
    middle_->add_residual(channels_, channels_, options.time_width());
    middle_->add_attention(channels_, options.head_width);
    middle_->add_residual(channels_, channels_, options.time_width());
    flop_ += middle_->flop(side_);
    add_up();
    const auto last = add_holder(*this, "out");
    last_norm_ = last->register_module("0", std::make_shared<AdmNorm>(channels_));
    last_ = vqgan::add_conv(*last, "2", channels_, options.out, 3);
    flop_ += vqgan::conv_flop(channels_, options.out, 3, side_);
}

AdmUnet::~AdmUnet() = default;

void AdmUnet::add_down() {
    const auto list = add_holder(*this, "input_blocks");
    const auto add = [&](const auto& fill) {
        inputs_.push_back(add_block(*list, inputs_.size()));
        fill(*inputs_.back());
        flop_ += inputs_.back()->flop(side_);
        kept_.push_back(channels_);
    };
    add([&](AdmBlock& block) { block.add_conv(options_.in, channels_); });
    for (size_t level = 0; level < options_.widths.size(); level++) {
        const int64_t width = options_.width * options_.widths[level];
        const bool attends = std::ranges::count(options_.attention, side_) > 0;
        for (int64_t i = 0; i < options_.blocks[level]; i++) {
            add([&](AdmBlock& block) {
                block.add_residual(channels_, width, options_.time_width());
                channels_ = width;
                if (attends) block.add_attention(width, options_.head_width);
            });
        }
        if (level + 1 == options_.widths.size()) break;
        add([&](AdmBlock& block) { block.add_downsample(channels_); });
        side_ /= 2;
    }
}

void AdmUnet::add_up() {
    const auto list = add_holder(*this, "output_blocks");
    for (size_t level = options_.widths.size(); level-- > 0;) {
        const int64_t width = options_.width * options_.widths[level];
        const bool attends = std::ranges::count(options_.attention, side_) > 0;
        for (int64_t i = 0; i <= options_.blocks[level]; i++) {
            outputs_.push_back(add_block(*list, outputs_.size()));
            AdmBlock& block = *outputs_.back();
            block.add_residual(channels_ + kept_.back(), width, options_.time_width());
            kept_.pop_back();
            channels_ = width;
            if (attends) block.add_attention(width, options_.head_width);
            const bool grows = level > 0 && i == options_.blocks[level];
            if (grows) block.add_upsample(width);
            flop_ += block.flop(side_);
            if (grows) side_ *= 2;
        }
    }
}

Tensor AdmUnet::embed(const Tensor& times) const {
    const int64_t half = options_.width / 2;
    // in float32, as the authors have it: by time 999 a rate's last digit is 1e-4 of a turn
    const Tensor rates =
        at::exp(at::arange(half, at::TensorOptions(at::kFloat)) * (-std::log(10000.0) / static_cast<double>(half)));
    const Tensor turns = times.to(at::kFloat).unsqueeze(1) * rates.to(times.device()).unsqueeze(0);
    const Tensor waves = at::cat({at::cos(turns), at::sin(turns)}, 1).to(last_norm_->weight.scalar_type());
    return time_second_->forward(swish(time_first_->forward(waves)));
}

Tensor AdmUnet::forward(const Tensor& given, const Tensor& times, Steps* steps) const {
    const int64_t whole = int64_t{1} << (options_.widths.size() - 1);
    BFR_CHECK(given.dim() == 4 && given.size(1) == options_.in && given.size(2) % whole == 0 &&
                  given.size(3) % whole == 0 && times.dim() == 1 && times.size(0) == given.size(0),
              "pictures of {} channels whose sides are multiples of {} are needed, and a time for each", options_.in,
              whole);
    const Tensor embedded = embed(times), time = swish(embedded);
    std::vector<Tensor> kept;
    Tensor x = given.contiguous(at::MemoryFormat::ChannelsLast);
    for (const auto& block : inputs_) kept.push_back(x = block->forward(x, time));
    if (steps) steps->time = embedded, steps->inputs = kept;
    x = middle_->forward(x, time);
    if (steps) steps->middle = x;
    for (const auto& block : outputs_) {
        x = joined(x, kept.back());
        kept.pop_back();
        x = block->forward(x, time);
    }
    return last_->forward(last_norm_->with_swish(x));
}

}  // namespace bfr::nets
