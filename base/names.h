#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bfr {

// Up to three of `known` that `given` may have been meant for, nearest first; empty where nothing is near.
std::vector<std::string> near_names(std::string_view given, std::span<const std::string> known);

// "unknown metric 'pnsr'; did you mean psnr?" or, where nothing is near, the whole list.
std::string unknown_name(std::string_view kind, std::string_view given, std::span<const std::string> known);

}  // namespace bfr
