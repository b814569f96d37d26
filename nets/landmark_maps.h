// Points of a face from the heat maps of a landmark network, one map a point. No pictures, no network.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <optional>
#include <vector>

namespace bfr::nets {

using MapPoints = std::vector<std::array<double, 2>>;  // x, y in pixels of the maps, the first pixel from 0 to 1

// All of these take (points, side, side), float32, and find each map's largest value, of several the first in rows.

// VQFR's reading (TencentARC/VQFR at 239c77a, vqfr/archs/awing_arch.py, calculate_points): the middle of the pixel, and
// a quarter towards the larger neighbour in each direction. At the borders it is odd: where any point's map has its
// largest value in the last row, the lower neighbour of every point is taken to be its map's last pixel; where any has
// it in the first row (or in the first pixel of the second), the upper one the first pixel; a point in the first column
// has the pixel before it in memory as its left neighbour, that of the very first pixel being the last. None where a
// point lies in the very last pixel: VQFR's program fails there.
std::optional<MapPoints> vqfr_map_points(const at::Tensor& maps);

// The same, but that a point without a neighbour on one side isn't moved in that direction.
MapPoints clean_map_points(const at::Tensor& maps);

// face_alignment's reading (1adrianb/face-alignment at 608505f, face_alignment/utils.py, get_preds_fromhm): a point on
// the map's border isn't moved at all.
MapPoints face_alignment_map_points(const at::Tensor& maps);

}  // namespace bfr::nets
