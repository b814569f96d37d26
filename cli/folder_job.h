// One loop for commands that make pictures of a folder's pictures: restore, align, degrade.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "cli/options.h"
#include "datasets/image.h"
#include "datasets/sample.h"
#include "restore/restorer.h"

namespace bfr {

// What became of one picture. A failure is a reason; there may be pictures nevertheless.
struct PictureOutcome {
    std::vector<std::pair<std::filesystem::path, ImagePtr>> pictures;  // where each is written
    std::vector<Json> lines;                                           // of the job's record file
    std::vector<std::string> failures;
    std::vector<std::pair<std::filesystem::path, FileContent>> extras = {};  // files beside the pictures
};

struct FolderJob {
    std::string what;         // "restored", for messages
    std::string record_file;  // below the output folder
    // The command with whatever decides what its pictures are, but for the folder that it reads (output_folder.h).
    Json job;
    // Further folders that pictures are written to, by the options that name them.
    std::map<std::string, std::filesystem::path> more_folders = {};
    // Called once before any work with the ids of the whole folder in their order, those beyond --limit too; may be
    // empty.
    std::function<void(const std::vector<std::string>& ids)> listed;
    // Runs on any thread; what it throws is the picture's failure.
    std::function<PictureOutcome(const std::string& id, const std::filesystem::path& file)> work;
    // Before the work on these pictures, sorted by id, which are at most `chunk` (0: all); false where Ctrl-C ended it.
    std::function<bool(std::span<const std::pair<std::string, std::filesystem::path>>)> prepare = {};
    uint64_t chunk = 0;
    // The record file's line of a picture whose work threw; empty: failures are told on stderr alone.
    std::function<Json(const std::string& id, const std::filesystem::path& file, const std::string& reason)>
        failure_line;
    // Pictures of an earlier start of this job that must not be taken for this one's where the id fails.
    std::function<std::vector<std::filesystem::path>(const std::string& id)> stale;
};

// Reads --in, --out, --pattern, --recursive, --limit, --jobs, --threads. Pictures are written atomically as they get
// done; the record file, sorted by id, once at the end. Returns the exit code. Throws Error where the output folder
// can't be written, UsageError before any work where it holds other pictures than this job's.
int run_folder_job(const Arguments& arguments, const FolderJob& job);

}  // namespace bfr
