#include "cli/scoring.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "cli/command.h"
#include "cli/start.h"
#include "cli/stop.h"
#include "reports/engine.h"
#include "reports/html.h"
#include "reports/run_folder.h"
#include "reports/table.h"
#include "reports/text.h"

namespace bfr {
namespace {

// Methods and units that can't be computed here; each with what mends it, on stderr.
uint64_t tell_unavailable(const Json& report) {
    uint64_t count = 0;
    for (const char* kind : {"methods", "units"}) {
        for (const auto& unit : report.at(kind)) {
            if (unit.at("available").get<bool>()) continue;
            count++;
            const auto text = [&](const char* key) {
                return unit.at(key).is_string() ? unit.at(key).get<std::string>() : "";
            };
            const std::string mend = text("mend");
            fmt::print(stderr, "bfr: warning: {} is not available: {}{}\n", visible(text("label")),
                       visible(text("reason")), mend.empty() ? "" : "; to mend it: " + visible(mend));
        }
    }
    return count;
}

}  // namespace

int run_and_report(const RunConfig& config, const std::vector<std::string>& line) {
    if (config.out.empty()) throw UsageError("there is no output folder; name one with --out DIR");
    warn_of_slow_blas();
    const auto& stop = stop_on_signals();
    const auto progress = terminal_progress();
    const RunOutcome outcome = run(config, line, *progress, stop);

    const RunFolder folder{config.out};
    const std::string table = markdown_table(outcome.report);
    write_text(folder.markdown(), table);
    write_text(folder.html(), html_page(outcome.report, folder.root));
    fmt::print("{}", table);

    const uint64_t unavailable = tell_unavailable(outcome.report);
    if (!outcome.complete) {
        fmt::print(stderr, "bfr: stopped before every sample was done; the same command goes on from here\n");
        return kSomeFailed;
    }
    if (outcome.failed > 0) {
        fmt::print(stderr, "bfr: {} failed; the reasons are in {}\n",
                   count_text(outcome.failed, "restoration or score"), printable(folder.report()));
    }
    return outcome.failed > 0 || unavailable > 0 ? kSomeFailed : kDone;
}

}  // namespace bfr
