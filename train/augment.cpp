#include "train/augment.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/random.h"
#include "train/adam.h"
#include "train/augment_matrices.h"

namespace bfr::train {

namespace {

// Whether a transform happens to a picture, and its numbers.
class Chance {
  public:
    Chance(uint64_t seed, const std::string& name, int64_t iteration, int64_t picture)
        : uniform_(seed, std::to_string(iteration), "train/" + name + "/uniform", static_cast<uint32_t>(picture)),
          normal_(seed, std::to_string(iteration), "train/" + name + "/normal", static_cast<uint32_t>(picture)) {}

    bool happens(double probability) { return uniform_.uniform(next_++) < probability; }
    double uniform(double lo, double hi) { return uniform_.uniform(next_++, lo, hi); }
    double integer(uint64_t below) { return static_cast<double>(uniform_.integer(next_++, below)); }
    double normal() { return normal_.normal(next_++); }

  private:
    Draw uniform_, normal_;
    uint64_t next_ = 0;
};

constexpr double kPi = std::numbers::pi;

// Distributions: the paper's appendix B, and train code NVlabs/stylegan2-ada-pytorch at 765c7ee, training/augment.py.
Square3 draw_geometry(Chance& chance, double p, int64_t side) {
    constexpr double kScale = 0.2, kMove = 0.125;
    Square3 all = identity<Square3>();
    const auto add = [&](const Square3& one) { all = times(all, one); };
    // a rotation comes twice: together they happen with probability p
    const double p_turn = 1 - std::sqrt(1 - p);
    if (chance.happens(p)) add(scaled(chance.integer(2) == 1 ? -1 : 1, 1));
    if (chance.happens(p)) add(turned(kPi / 2 * chance.integer(4)));
    if (chance.happens(p)) {
        const auto whole = [&] {
            const auto pixels = static_cast<double>(side);
            return 2 * std::round(chance.uniform(-kMove, kMove) * pixels) / pixels;
        };
        const double x = whole();
        add(moved(x, whole()));
    }
    if (chance.happens(p)) {
        const double scale = std::exp2(kScale * chance.normal());
        add(scaled(1 / scale, 1 / scale));
    }
    if (chance.happens(p_turn)) add(turned(chance.uniform(-kPi, kPi)));
    if (chance.happens(p)) {
        const double scale = std::exp2(kScale * chance.normal());
        add(scaled(1 / scale, scale));
    }
    if (chance.happens(p_turn)) add(turned(chance.uniform(-kPi, kPi)));
    if (chance.happens(p)) {
        const double x = 2 * kMove * chance.normal();
        add(moved(x, 2 * kMove * chance.normal()));
    }
    return all;
}

Square4 draw_colour(Chance& chance, double p) {
    Square4 all = identity<Square4>();
    const auto add = [&](const Square4& one) { all = times(one, all); };
    if (chance.happens(p)) add(brightness(0.2 * chance.normal()));
    if (chance.happens(p)) add(contrast(std::exp2(0.5 * chance.normal())));
    if (chance.happens(p) && chance.integer(2) == 1) add(luma_mirrored());
    if (chance.happens(p)) add(hue_turned(chance.uniform(-kPi, kPi)));
    if (chance.happens(p)) add(saturation(std::exp2(chance.normal())));
    return all;
}

// A pixel's place mirrored into 0 .. side - 1, the border's own pixel once.
at::Tensor mirrored(const at::Tensor& place, int64_t side) {
    const int64_t period = 2 * side;
    const at::Tensor within = at::remainder(place, period);
    return at::where(within < side, within, period - 1 - within);
}

at::Tensor sampled(const at::Tensor& pictures, const at::Tensor& geometry) {
    const int64_t batch = pictures.size(0), channels = pictures.size(1), side = pictures.size(2);
    const double edge = 1 - 1 / static_cast<double>(side);
    const at::Tensor line = at::linspace(-edge, edge, side, geometry.options());
    const at::Tensor x = line.view({1, 1, side}), y = line.view({1, side, 1});
    const auto place = [&](int64_t row) {
        const auto factor = [&](int64_t column) {
            return geometry.select(1, row).select(1, column).view({batch, 1, 1});
        };
        const at::Tensor at = factor(0) * x + factor(1) * y + factor(2);
        return ((at + 1) * (static_cast<double>(side) / 2) - 0.5).to(pictures.scalar_type());
    };
    const at::Tensor column = place(0), row = place(1), left = column.floor(), top = row.floor();
    const at::Tensor right_share = column - left, bottom_share = row - top;
    const at::Tensor flat = pictures.flatten(2);
    const auto corner = [&](int64_t down, int64_t along, const at::Tensor& share) {
        const at::Tensor index =
            mirrored(top.to(at::kLong) + down, side) * side + mirrored(left.to(at::kLong) + along, side);
        const at::Tensor found = flat.gather(2, index.view({batch, 1, -1}).expand({batch, channels, side * side}));
        return found.view(pictures.sizes()) * share.unsqueeze(1);
    };
    return corner(0, 0, (1 - bottom_share) * (1 - right_share)) + corner(0, 1, (1 - bottom_share) * right_share) +
           corner(1, 0, bottom_share * (1 - right_share)) + corner(1, 1, bottom_share * right_share);
}

}  // namespace

Augmentation draw_augmentation(double probability, int64_t batch, int64_t side, uint64_t seed, const std::string& name,
                               int64_t iteration) {
    Augmentation result{at::empty({batch, 2, 3}), at::empty({batch, 3, 4})};
    auto geometry = result.geometry.accessor<float, 3>();
    auto colour = result.colour.accessor<float, 3>();
    for (int64_t picture = 0; picture < batch; picture++) {
        Chance of_place(seed, name + "/geometry", iteration, picture),
            of_colour(seed, name + "/colour", iteration, picture);
        const Square3 move = draw_geometry(of_place, probability, side);
        const Square4 paint = draw_colour(of_colour, probability);
        for (size_t i = 0; i < 2; i++) {
            for (size_t j = 0; j < 3; j++)
                geometry[picture][static_cast<int64_t>(i)][static_cast<int64_t>(j)] = static_cast<float>(move[i][j]);
        }
        for (size_t i = 0; i < 3; i++) {
            for (size_t j = 0; j < 4; j++)
                colour[picture][static_cast<int64_t>(i)][static_cast<int64_t>(j)] = static_cast<float>(paint[i][j]);
        }
    }
    return result;
}

at::Tensor augmented(const at::Tensor& pictures, const Augmentation& by) {
    const at::Tensor colour = by.colour.to(pictures.options());
    const at::Tensor placed = sampled(pictures, by.geometry.to(pictures.device(), at::kDouble));
    const at::Tensor painted = at::matmul(colour.narrow(2, 0, 3), placed.flatten(2)) + colour.narrow(2, 3, 1);
    return painted.view(pictures.sizes());
}

void AdaptiveProbability::learn(double sign, int64_t pictures) {
    if (options_.target <= 0) return;
    // float32, as a snapshot keeps them
    sum_ = static_cast<float>(sum_ + sign);
    if (++steps_ < options_.every) return;
    const double step = static_cast<double>(options_.every * pictures) / options_.length;
    const double mean = sum_ / static_cast<double>(steps_);
    probability_ = static_cast<float>(std::clamp(probability_ + (mean > options_.target ? step : -step), 0.0, 1.0));
    sum_ = 0;
    steps_ = 0;
}

void AdaptiveProbability::save(const std::string& name, StateDict& to) const {
    to[name] = at::tensor({probability_, sum_, static_cast<double>(steps_)}, at::kDouble);
}

void AdaptiveProbability::restore(const std::string& name, const StateDict& from, const std::string& source) {
    const at::Tensor saved = saved_tensor(from, name, at::zeros({3}), source).to(at::kCPU, at::kDouble);
    probability_ = saved[0].item<double>();
    sum_ = saved[1].item<double>();
    steps_ = saved[2].item<int64_t>();
}

}  // namespace bfr::train
