#pragma once

namespace bfr {

// RestorerInfo::device of a method that starts another program. Whether that one draws nobody knows here;
// RestorerInfo:: draws says only whether it is told the seed.
inline constexpr const char* kProgramsDevice = "the program's";

}  // namespace bfr
