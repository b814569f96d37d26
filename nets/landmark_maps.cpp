#include "nets/landmark_maps.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "base/error.h"

namespace bfr::nets {

namespace {

constexpr double kQuarter = 0.25;

double sign(float difference) { return difference > 0 ? 1 : difference < 0 ? -1 : 0; }

// Maps of one size on plain memory.
class Maps {
  public:
    explicit Maps(const at::Tensor& maps) : maps_(maps.contiguous()), side_(maps.size(-1)) {
        BFR_CHECK(maps.dim() == 3 && maps.size(1) == maps.size(2) && maps.scalar_type() == at::kFloat,
                  "square float32 maps are needed, one a point");
    }
    int64_t count() const { return maps_.size(0); }
    int64_t side() const { return side_; }
    int64_t pixels() const { return side_ * side_; }
    const float* map(int64_t point) const { return maps_.data_ptr<float>() + point * pixels(); }
    int64_t largest(int64_t point) const { return std::max_element(map(point), map(point) + pixels()) - map(point); }

  private:
    at::Tensor maps_;
    int64_t side_;
};

// `x`, `y`: which way the point moves from its pixel's middle, in quarters.
std::array<double, 2> moved(int64_t index, int64_t side, double x, double y) {
    return {static_cast<double>(index % side) + 0.5 + kQuarter * x,
            static_cast<double>(index / side) + 0.5 + kQuarter * y};
}

}  // namespace

std::optional<MapPoints> vqfr_map_points(const at::Tensor& given) {
    const Maps maps(given);
    const int64_t side = maps.side(), last = maps.pixels() - 1;
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < maps.count(); i++) indices.push_back(maps.largest(i));
    if (std::ranges::any_of(indices, [&](int64_t index) { return index == last; })) return std::nullopt;
    const bool at_bottom = std::ranges::any_of(indices, [&](int64_t index) { return index + side > last; });
    const bool at_top = std::ranges::any_of(indices, [&](int64_t index) { return index - side <= 0; });
    MapPoints points;
    for (int64_t i = 0; i < maps.count(); i++) {
        const int64_t index = indices[static_cast<size_t>(i)];
        const float* const map = maps.map(i);
        const float right = map[index + 1], left = map[index == 0 ? last : index - 1];
        const float below = map[at_bottom ? last : index + side], above = map[at_top ? 0 : index - side];
        points.push_back(moved(index, side, sign(right - left), sign(below - above)));
    }
    return points;
}

MapPoints clean_map_points(const at::Tensor& given) {
    const Maps maps(given);
    const int64_t side = maps.side();
    MapPoints points;
    for (int64_t i = 0; i < maps.count(); i++) {
        const float* const map = maps.map(i);
        const int64_t index = maps.largest(i), column = index % side, row = index / side;
        const bool in_x = column > 0 && column + 1 < side, in_y = row > 0 && row + 1 < side;
        points.push_back(moved(index, side, in_x ? sign(map[index + 1] - map[index - 1]) : 0,
                               in_y ? sign(map[index + side] - map[index - side]) : 0));
    }
    return points;
}

MapPoints face_alignment_map_points(const at::Tensor& given) {
    const Maps maps(given);
    const int64_t side = maps.side();
    MapPoints points;
    for (int64_t i = 0; i < maps.count(); i++) {
        const float* const map = maps.map(i);
        const int64_t index = maps.largest(i), column = index % side, row = index / side;
        const bool inside = column > 0 && column + 1 < side && row > 0 && row + 1 < side;
        points.push_back(moved(index, side, inside ? sign(map[index + 1] - map[index - 1]) : 0,
                               inside ? sign(map[index + side] - map[index - side]) : 0));
    }
    return points;
}

}  // namespace bfr::nets
