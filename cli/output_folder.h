// Which job's pictures a folder holds, so that those of two never lie in one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"

namespace bfr {

// The pictures in a folder, as paths below it, sorted; also those in folders below it where `recursive`. Nothing
// hidden, and nothing where the folder isn't there.
std::vector<std::string> pictures_in(const std::filesystem::path& folder, bool recursive);

// Before a command writes pictures to the folder, which is made where it isn't there. FOLDER/job.json is written, with
// `job` (whatever decides its pictures; "recursive" is read). Where the folder holds pictures of another job, or some
// that no job.json explains: UsageError saying how many, which is first, in what the jobs differ and what to do.
// `option` is what named the folder.
void enter_output_folder(const std::filesystem::path& folder, const std::string& option, const Json& job);

// UsageError where a command would write among what it reads: `out` is the folder `in`, or one below it that
// --recursive reads too.
void refuse_output_among_input(const std::string& option, const std::filesystem::path& in,
                               const std::filesystem::path& out, bool recursive);

}  // namespace bfr
