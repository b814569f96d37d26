#include "train/clrface/codebook.h"

#include <ATen/ATen.h>

#include "base/random.h"
#include "train/adam.h"

namespace bfr::train {

at::Tensor nearest_codes(const at::Tensor& rows, const at::Tensor& codes) {
    const at::NoGradGuard no_grad;
    constexpr int64_t kAtOnce = 1024;  // rows whose distances stay in the cache
    const at::Tensor squares = codes.square().sum(1), turned = codes.t().contiguous();
    std::vector<at::Tensor> found;
    for (const auto& some : rows.detach().split(kAtOnce))
        found.push_back(at::addmm(squares, some, turned, 1, -2).argmin(1));
    return at::cat(found);
}

CodebookAverages::CodebookAverages(int64_t codes, int64_t width, const CodebookOptions& options, at::Device device)
    : options_(options),
      counts_(at::zeros({codes}, at::TensorOptions(device))),
      sums_(at::zeros({codes, width}, at::TensorOptions(device))) {}

at::Tensor CodebookAverages::drawn(const at::Tensor& rows, int64_t count, int64_t iteration) const {
    const Draw draw(options_.seed, std::to_string(iteration), "train/codebook");
    std::vector<int64_t> which;
    for (int64_t i = 0; i < count; i++)
        which.push_back(
            static_cast<int64_t>(draw.integer(static_cast<uint64_t>(i), static_cast<uint64_t>(rows.size(0)))));
    return rows.index_select(0, at::tensor(which, at::TensorOptions(at::kLong)).to(rows.device()));
}

int64_t CodebookAverages::learn(at::Tensor codes, const at::Tensor& given, const at::Tensor& given_indices,
                                int64_t iteration) {
    const at::NoGradGuard no_grad;
    const at::Tensor rows = given.detach();
    at::Tensor indices = given_indices;
    const int64_t many = counts_.size(0);
    if (counts_.sum().item<float>() == 0) {
        codes.copy_(drawn(rows, many, iteration));
        indices = nearest_codes(rows, codes);
        counts_.fill_(static_cast<double>(rows.size(0)) / static_cast<double>(many));
        sums_.copy_(codes * counts_.unsqueeze(1));
    }
    const at::Tensor used = at::zeros_like(counts_).index_add_(0, indices, at::ones({rows.size(0)}, counts_.options()));
    counts_.mul_(options_.decay).add_(used, 1 - options_.decay);
    sums_.mul_(options_.decay).add_(at::zeros_like(sums_).index_add_(0, indices, rows), 1 - options_.decay);
    int64_t moved = 0;
    const double mean = counts_.sum().item<double>() / static_cast<double>(many);
    if (iteration % options_.revive_every == 0 && iteration > 0 && iteration <= options_.revive_until) {
        const at::Tensor dead = (counts_ < options_.dead * mean).nonzero().squeeze(1);
        moved = dead.size(0);
        if (moved > 0) {
            const at::Tensor places = drawn(rows, moved, iteration);
            counts_.index_fill_(0, dead, mean);
            sums_.index_copy_(0, dead, places * mean);
        }
    }
    // a code that nothing fell to for long stays where it is: both averages are next to nothing
    codes.copy_(at::where((counts_ > 1e-6).unsqueeze(1), sums_ / counts_.clamp_min(1e-6).unsqueeze(1), codes));
    return moved;
}

void CodebookAverages::save(const std::string& prefix, StateDict& to) const {
    to[prefix + "counts"] = counts_;
    to[prefix + "sums"] = sums_;
}

void CodebookAverages::restore(const std::string& prefix, const StateDict& from, const std::string& source) {
    counts_.copy_(saved_tensor(from, prefix + "counts", counts_, source));
    sums_.copy_(saved_tensor(from, prefix + "sums", sums_, source));
}

CodebookUse::CodebookUse(int64_t codes) : counts(at::zeros({codes}, at::kDouble)) {}

void CodebookUse::add(const at::Tensor& indices) { counts += at::bincount(indices.cpu(), {}, counts.size(0)); }

double CodebookUse::share() const { return (counts > 0).to(at::kDouble).mean().item<double>(); }

double CodebookUse::perplexity() const {
    const at::Tensor share = counts / counts.sum();
    return std::exp(-(share * at::log(share.clamp_min(1e-300))).sum().item<double>());
}

}  // namespace bfr::train
