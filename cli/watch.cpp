#include "cli/watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <thread>

#include "base/files.h"
#include "base/json.h"
#include "cli/command.h"
#include "reports/read.h"
#include "reports/text.h"

namespace bfr {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPause = std::chrono::milliseconds(500);
constexpr int kShare = 4;  // at most a fifth of the time goes to reports: the run needs the processor too

// "12 of 30 pictures": over all methods.
std::string progress_of(const Json& report) {
    uint64_t done = 0, all = 0;
    for (const Json& sample : member(report, "samples")) done += member(sample, "results").size();
    all = member(report, "rows").size() * count_of(member(report, "data"), "n");
    return fmt::format("{} of {}", done, count_text(all, "picture"));
}

}  // namespace

int watch_run(const RunFolder& folder, const std::function<Json()>& rebuild,
              const std::function<void(const Json& report)>& show) {
    const std::string name = visible(printable(folder.root));
    std::optional<std::uintmax_t> shown;  // how long records.jsonl was
    std::string progress = "nothing";
    while (true) {
        // Before the records are read: what a run wrote until its end is seen.
        const auto process = process_at_work(folder);
        std::error_code none_yet;
        const std::uintmax_t length = std::filesystem::file_size(folder.records(), none_yet);
        auto pause = std::chrono::duration_cast<Clock::duration>(kPause);
        if ((!none_yet || !process) && shown != length) {
            const auto start = Clock::now();
            const Json report = rebuild();
            show(report);
            std::fflush(stdout);
            shown = length;
            progress = progress_of(report);
            if (flag_of(report, "complete", false)) {
                fmt::print(stderr, "{}: {}: complete\n", name, progress);
                return kDone;
            }
            if (process) {
                fmt::print(stderr, "{}: {}; process {} is at work (Ctrl-C ends the watching, not the run)\n", name,
                           progress, visible(*process));
            }
            pause = std::max(pause, kShare * (Clock::now() - start));
        }
        if (!process) {
            fmt::print(
                stderr,
                "{}: {}: no process is at work here, and the run is not complete; the command that began it goes "
                "on with it\n",
                name, progress);
            return kSomeFailed;
        }
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace bfr
