#pragma once

#include <cstdint>
#include <string>

namespace bfr {

std::string grouped(int64_t number);   // 12500 -> "12,500"
std::string duration(double seconds);  // "40 s", "12 min", "3.2 h"

}  // namespace bfr
