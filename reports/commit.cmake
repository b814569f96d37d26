# Writes OUT, which says of which commit SOURCE is, "+changes" behind it where tracked files differ from that commit. Run
# at each build, for a commit moves without a word to CMake; OUT is touched only where it would change.
set(commit unknown)
if(GIT)
    execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse HEAD
        OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    execute_process(COMMAND ${GIT} -C ${SOURCE} --no-optional-locks status --porcelain --untracked-files=no
        OUTPUT_VARIABLE changes ERROR_QUIET)
    if(found)
        set(commit ${found})
    endif()
    if(found AND changes)
        string(APPEND commit "+changes")
    endif()
endif()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[
#include "reports/context.h"

namespace bfr {
std::string program_commit() { return "@commit@"; }
}  // namespace bfr
]])
