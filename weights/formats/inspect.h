// What a checkpoint holds, for people.
#pragma once

#include <string>
#include <string_view>

#include "weights/formats/checkpoint.h"

namespace bfr {

// The container and totals; which known networks it looks like; what lies at the top, or below `path` (a sub-tree,
// "g_ema"); then each tensor's path, dtype, shape and bytes. A view that shares its storage or isn't row-major says so.
// Throws Error where nothing has that path.
std::string inspect_text(const Checkpoint& checkpoint, std::string_view path = "");

}  // namespace bfr
