#include "cli/scoring.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "cli/command.h"
#include "cli/output_folder.h"
#include "cli/start.h"
#include "cli/stop.h"
#include "reports/engine.h"
#include "reports/html.h"
#include "reports/report.h"
#include "reports/run_folder.h"
#include "reports/table.h"
#include "reports/text.h"
#include "reports/threads.h"

namespace bfr {
namespace {

// What can't be computed here, each with what mends it; before the work, so that nobody waits for it in vain.
template <class Unit>
bool tell_unavailable(const std::vector<RunUnit<Unit>>& units) {
    bool any = false;
    for (const auto& one : units) {
        if (one.unit) continue;
        any = true;
        fmt::print(stderr, "bfr: warning: {} is not available: {}{}\n", visible(one.spec),
                   visible(on_one_line(one.reason)), one.mend.empty() ? "" : "; to mend it: " + visible(one.mend));
    }
    return any;
}

// Where nothing but restored pictures was named and every unit wants more.
void refuse_without_references(const RunConfig& config, const RunUnits& units) {
    const auto& data = config.data;
    if (!data.manifest.empty() || !data.reference.empty() || !data.degraded.empty()) return;
    const auto needs = [](const auto& one) { return one.unit && one.unit->info().needs_reference; };
    const auto any = [](const auto& one) { return one.unit != nullptr; };
    const bool none = units.metrics.empty() && units.tasks.empty();  // presets of nothing else
    if (!none && !std::ranges::any_of(units.metrics, any) && !std::ranges::any_of(units.tasks, any)) return;
    const bool all = std::ranges::all_of(units.metrics, [&](const auto& one) { return !one.unit || needs(one); }) &&
                     std::ranges::all_of(units.tasks, [&](const auto& one) { return !one.unit || needs(one); });
    if (all)
        throw UsageError(
            "all that is to be computed needs references: name them with --reference DIR or --manifest FILE");
}

}  // namespace

int run_and_report(const RunConfig& config, const std::vector<std::string>& line, const RunHooks& hooks) {
    if (config.out.empty()) throw UsageError("there is no output folder; name one with --out DIR");
    warn_of_slow_blas();
    warn_of_missing_weights();
    const auto& stop = stop_on_signals();
    const auto progress = terminal_progress();

    tell_code(units_that_run_code(config));
    set_up_process_threads(resolve_jobs(config.jobs), config.threads);
    const SampleList samples = samples_of(config);
    for (const auto& [option, folder] :
         {std::pair{"degraded", config.data.degraded}, std::pair{"reference", config.data.reference}}) {
        if (!folder.empty()) refuse_output_among_input(option, folder, config.out, config.data.recursive);
    }
    const RunUnits units = make_units(config);
    if (units.metrics.empty() && units.tasks.empty() && config.presets.empty()) {
        throw UsageError(
            "there is neither a metric nor a task: name one with --metric or --task (bfr list metrics); `bfr restore` "
            "writes pictures without measuring them");
    }
    refuse_without_references(config, units);
    const bool no_method = tell_unavailable(units.methods), no_metric = tell_unavailable(units.metrics),
               no_task = tell_unavailable(units.tasks);
    if (!samples.left_out.empty()) {
        fmt::print(stderr, "bfr: {} left out; the report lists them with the reasons\n",
                   count_text(samples.left_out.size(), "file"));
    }
    if (hooks.before) hooks.before(describe_run(config, units, samples), samples);
    RunOutcome outcome = run(config, units, samples, line, *progress, stop);

    const RunFolder folder{config.out};
    if (hooks.amend) {
        hooks.amend(outcome.report);
        write_text(folder.report(), report_text(outcome.report));
    }
    write_text(folder.markdown(), markdown_table(outcome.report));
    write_text(folder.html(), html_page(outcome.report, folder.root));
    fmt::print("{}", text_table(outcome.report));

    if (!outcome.complete) {
        fmt::print(stderr, "bfr: stopped before everything was done; the same command goes on from here\n");
        return kSomeFailed;
    }
    if (outcome.failed > 0) {
        fmt::print(
            stderr, "bfr: {} failed; the reasons are in {}\n",
            outcome.failed == 1 ? "1 restoration or score" : fmt::format("{} restorations or scores", outcome.failed),
            printable(folder.report()));
    }
    if (outcome.unread > 0) {
        fmt::print(stderr,
                   "bfr: of the pictures that metrics compare with, {} can't be read; the values' notes say which\n",
                   outcome.unread);
    }
    return outcome.failed > 0 || outcome.unread > 0 || no_method || no_metric || no_task ? kSomeFailed : kDone;
}

}  // namespace bfr
