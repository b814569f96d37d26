// Lines of restore.jsonl, and the files that a method leaves beside its pictures.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/folder_job.h"
#include "reports/run_folder.h"
#include "restore/restorer.h"

namespace bfr {

// What decides the pictures of a restoration (FolderJob::job).
Json restore_job(const Spec& method, const RestorerInfo& info, uint64_t seed);
Json restore_line(const std::string& id, const std::filesystem::path& source, const std::string& status,
                  const std::string& method);
Json restore_failure_line(const std::string& id, const std::filesystem::path& source, const std::string& method,
                          const std::string& reason);
// Size, hashes, seconds, details. `degraded_sha256`: of the picture that was restored.
void add_restored(Json& line, const std::string& degraded_sha256, const Restored& restored, double seconds);
// Checks the method's extras, names them in the line and moves them to `outcome`.
void add_extras(Json& line, PictureOutcome& outcome, const RestorerInfo& info, const RunFolder& folder,
                const std::string& id, Restored& restored);

// Where the extras of `id` are written.
std::vector<std::filesystem::path> extra_files(const RestorerInfo& info, const RunFolder& folder,
                                               const std::string& id);
// UsageError for pictures that would lie among the extras.
void refuse_extras_folder(const std::vector<std::string>& ids);

}  // namespace bfr
