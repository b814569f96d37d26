#include <fmt/format.h>

#include "cli/command.h"
#include "reports/context.h"
#include "reports/threads.h"

namespace bfr {

std::string version_text() {
    std::string text = fmt::format("bfr {} ({})\n", program_version(), program_commit());
    const Json versions = library_versions();
    for (const auto& [library, version] : versions.items()) {
        text += fmt::format("{:17}{}\n", library, version.is_string() ? version.get<std::string>() : version.dump());
    }
    return text + fmt::format("{:17}{}\n{:17}{}\n{:17}{}\n", "BLAS", blas_name(), "instruction set", instruction_set(),
                              "CPU", cpu_model());
}

}  // namespace bfr
