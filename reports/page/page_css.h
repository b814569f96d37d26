#pragma once

#include <string_view>

namespace bfr {

// page.css, built into the program.
std::string_view page_css();

}  // namespace bfr
