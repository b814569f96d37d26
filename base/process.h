// Another program, run without a shell: its own process group, a time limit, and what it says kept within bounds.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bfr {

// Words of a command line: blanks separate, '...' and "..." keep blanks together, a backslash (not within '...') takes
// the next character as it is. Nothing else is special: no variables, patterns, pipes. Throws UsageError for a quote
// that isn't closed.
std::vector<std::string> split_words(std::string_view text);

// The file that `program` would run: as it is where it holds a '/' (relative to `folder`), else looked for in $PATH.
// None where there is no such file that may be executed.
std::optional<std::filesystem::path> find_program(const std::string& program, const std::filesystem::path& folder);

struct ProcessOptions {
    std::filesystem::path program;      // find_program's
    std::vector<std::string> argv;      // with the program's own name first
    std::filesystem::path folder = {};  // where it runs; empty: where we do
    std::chrono::duration<double> timeout = std::chrono::hours(24);
    std::chrono::duration<double> grace = std::chrono::seconds(5);  // from SIGTERM to SIGKILL
    uint64_t keep_bytes = uint64_t{1} << 20;  // of each stream's beginning, and as much of its end
    const std::atomic<bool>* stop = nullptr;  // ends it as the time limit does
};

// What a stream said: its beginning and its end, `left_out` bytes between them not kept.
struct StreamText {
    std::string head, tail;
    uint64_t left_out = 0;
    std::string whole() const;
    // The last lines that say something, at most so many.
    std::vector<std::string> last_lines(size_t most) const;
};

struct ProcessResult {
    enum class End { kExit, kSignal, kTimeout, kStopped } end = End::kExit;
    int status = 0;  // exit status, or the signal
    double seconds = 0;
    StreamText out, err;
    bool ok() const { return end == End::kExit && status == 0; }
};

// "exit status 3", "signal 11 (Segmentation fault)", "no end after 10 s".
std::string describe_end(const ProcessResult& result, const ProcessOptions& options);

// Runs it to its end; its stdin is empty. Whatever it started and left in its process group is killed after it, and all
// of the group by SIGTERM, then SIGKILL, once the time is over or `stop` is set. Throws Error where it can't be
// started.
ProcessResult run_process(const ProcessOptions& options);

// Kills the groups of all programs that run_process runs at this moment, in whatever thread. For a signal handler:
// async-signal-safe.
void kill_running_processes();

}  // namespace bfr
