#pragma once

#include <span>
#include <vector>

namespace bfr::testing {

// stb's decoder compiled without vector instructions; RGB. Empty where it refuses the file.
std::vector<unsigned char> plain_decoded(std::span<const unsigned char> jpeg);

}  // namespace bfr::testing
