#include "base/error.h"

#include <string_view>

namespace bfr {

void throw_check_failure(const char* file, int line, const char* condition, const std::string& message) {
    std::string_view name = file;
    if (const auto slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
    throw Error(fmt::format("{} ({}:{}: {} does not hold)", message, name, line, condition));
}

}  // namespace bfr
