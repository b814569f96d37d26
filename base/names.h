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

// A text as the name of a file or folder: itself where it has only letters, digits and "._-", else with the others
// replaced by '_' and eight digits of its hash behind, so that two texts never share a name. Neither '.' nor '-' begins
// it; at most 109 bytes.
std::string file_slug(const std::string& text);

}  // namespace bfr
