// The files of papers/, which the build puts into the program.
#pragma once

#include <span>
#include <string_view>

namespace bfr {

struct EmbeddedPaper {
    std::string_view name, text;
};
std::span<const EmbeddedPaper> embedded_papers();

}  // namespace bfr
