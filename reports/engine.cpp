#include "reports/engine.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "reports/ablation.h"
#include "reports/batches.h"
#include "reports/comparison.h"
#include "reports/context.h"
#include "reports/describe.h"
#include "reports/pipeline.h"
#include "reports/records.h"
#include "reports/report.h"
#include "reports/resume.h"
#include "reports/sample_run.h"
#include "reports/stored_sets.h"
#include "reports/threads.h"
#include "weights/catalogue/missing.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

UnitContext unit_context(const RunConfig& config) {
    return {WeightsLocator(config.weights), config.device, config.allow_commands};
}

template <class Unit>
std::vector<RunUnit<Unit>> make_all(const Registry<Unit, UnitContext>& registry, const std::vector<Spec>& specs,
                                    const UnitContext& context) {
    std::vector<RunUnit<Unit>> all;
    for (const auto& spec : specs) {
        RunUnit<Unit> one{spec.canonical(), nullptr, "", ""};
        try {
            one.unit = make_unit(registry, spec, context);
        } catch (const NotAvailable& error) {
            one.reason = error.reason();
            one.mend = error.mend();
        } catch (const UsageError&) {
            throw;
        } catch (const Error& error) {  // a file that is damaged, or another network's: the others can be had
            one.reason = error.what();
        }
        all.push_back(std::move(one));
    }
    return all;
}

std::vector<const Task*> available_tasks(const RunUnits& units) {
    std::vector<const Task*> all;
    for (const auto& task : units.tasks) {
        if (task.unit) all.push_back(task.unit.get());
    }
    return all;
}

std::vector<const SetMetric*> available_set_metrics(const RunUnits& units) {
    std::vector<const SetMetric*> all;
    for (const auto& metric : units.metrics) {
        if (metric.unit && metric.unit->of_set()) all.push_back(metric.unit->of_set());
    }
    return all;
}

template <class Unit>
void describe_scorers(const std::vector<RunUnit<Unit>>& units, const std::string& kind, Json& all) {
    for (const auto& one : units) {
        all.push_back(one.unit ? describe(one.unit->info(), kind)
                               : describe_missing_unit(kind, one.spec, one.reason, one.mend));
        if constexpr (std::is_same_v<Unit, ImageMetric>) {
            if (one.unit && one.unit->of_set()) all.back()["features"] = one.unit->of_set()->features().key();
        }
    }
}

void check_unique(const Json& units, const std::string& kind) {
    std::set<std::string> seen;
    for (const auto& unit : units) {
        const auto label = unit.at("label").get<std::string>();
        if (!seen.insert(label).second)
            throw UsageError(fmt::format("{} {} is given twice; leave one out", kind, label));
    }
}

// Refuses what makes no run, before anything is written.
void check_run(const RunDescription& description, const RunUnits& units) {
    if (description.config.out.empty()) throw UsageError("there is no output folder; name one with --out or \"out\"");
    if (description.ids.empty()) throw UsageError("there is no sample to work on; see the data folders or --limit");
    if (units.methods.empty()) throw UsageError("there is no method; name one with --method or \"methods\"");
    check_unique(description.methods, "method");
    check_unique(description.units, "unit");
    std::map<std::string, std::string> owners;
    for (const auto& unit : description.units) {
        const auto label = unit.at("label").get<std::string>();
        for (const auto& value : unit.at("values")) {
            const auto [found, fresh] = owners.emplace(value.at("name").get<std::string>(), label);
            if (!fresh) {
                throw UsageError(fmt::format("{} and {} both give a value named {}; leave one out", found->second,
                                             label, found->first));
            }
        }
    }
    std::string reasons;
    for (const auto& method : units.methods) {
        if (method.unit) return;
        reasons += fmt::format("\n  {}: {}{}", method.spec, method.reason,
                               method.mend.empty() ? "" : "; to mend it: " + method.mend);
    }
    throw UsageError("none of the methods is available:" + reasons);
}

RunPlan plan_run(const RunConfig& config, const RunUnits& units) {
    RunPlan plan{{config.out}, config.seed, config.save_images, {}, {}};
    for (const auto& one : units.methods) {
        if (one.unit) plan.methods.push_back(one.unit.get());
    }
    for (const auto& one : units.metrics) {
        if (!one.unit) continue;
        const ImageMetric& metric = *one.unit;
        plan.scorers.push_back(
            {&metric.info(),
             [&metric](const ScoredPicture& picture, const SampleFiles&) { return metric.score(picture); },
             metric.of_set()});
    }
    for (const auto& one : units.tasks) {
        if (!one.unit) continue;
        const Task& task = *one.unit;
        plan.scorers.push_back({&task.info(), [&task](const ScoredPicture& picture, const SampleFiles& sample) {
                                    return task.run(picture.restored, picture.reference, sample);
                                }});
    }
    return plan;
}

// Everything that is pending, in chunks where a method works in batches.
void run_pending(const RunPlan& plan, const std::vector<SampleFiles>& samples, std::span<const Resume::Pending> pending,
                 int jobs, const std::function<void(const std::vector<Record>&)>& done, const std::atomic<bool>& stop) {
    Batches batches(plan.methods, plan.folder, plan.seed, jobs, stop);
    while (!pending.empty() && !stop) {
        const auto chunk = pending.first(batches.chunk(pending.size()));
        pending = pending.subspan(chunk.size());
        std::vector<Batches::Wanted> wanted;
        for (const auto& [sample, methods] : chunk) {
            wanted.push_back({samples[sample].id, samples[sample].degraded, {}});
            for (const auto& one : methods) {
                if (!one.record) wanted.back().methods.push_back(one.method);
            }
        }
        if (!batches.prepare(wanted)) return;
        run_pipeline(
            chunk.size(), jobs,
            [&](uint64_t i) {
                const auto& [sample, methods] = chunk[i];
                std::vector<SampleRun::Work> work;
                for (const auto& one : methods) {
                    work.push_back(
                        {one.record ? plan.methods[one.method] : &batches.method(one.method, samples[sample].id),
                         one.record});
                }
                return std::make_unique<SampleRun>(plan, samples[sample], std::move(work), done);
            },
            stop);
    }
}

uint64_t peak_memory_bytes() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

// Told to the person at once, but for the first few only: all of them are in the report.
class FailureNotes {
  public:
    explicit FailureNotes(Progress& progress) : progress_(progress) {}

    void add(const Record& record) {
        constexpr uint64_t kMost = 5;
        if (record.failures.empty() || ++seen_ > kMost + 1) return;
        if (seen_ == kMost + 1) {
            progress_.note("more failures are in the report");
            return;
        }
        const Failure& first = record.failures.front();
        progress_.note(fmt::format("{} of {} failed ({}{}): {}", record.sample, record.method, first.stage,
                                   first.unit.empty() ? "" : " by " + first.unit, first.reason));
    }

  private:
    Progress& progress_;
    uint64_t seen_ = 0;
};

std::vector<Record> read_all(const RunFolder& folder, const Resume* resume) {
    std::vector<Record> records;
    read_records(folder.records(), [&](Record&& record) {
        if (!resume || resume->holds(record)) records.push_back(std::move(record));
    });
    return records;
}

uint64_t count_failed(const Json& report) {
    uint64_t failed = 0;
    for (const auto& row : report.at("rows")) failed += row.at("failed").get<uint64_t>();
    return failed;
}

// Each once, however many metrics compare with its folder.
uint64_t count_unread(const std::vector<StoredSet>& sets) {
    std::set<std::pair<fs::path, std::string>> unread;
    for (const auto& set : sets) {
        const auto folder = set.metric->against();
        if (!folder) continue;
        if (!set.against.none.empty()) unread.emplace(*folder, "");
        for (const auto& id : set.against.unreadable) unread.emplace(*folder, id);
    }
    return unread.size();
}

}  // namespace

RunUnits make_units(const RunConfig& config) {
    const UnitContext context = unit_context(config);
    check_ablations(config);
    return {make_all(restorers(), methods_of(config), context), make_all(metrics(), config.metrics, context),
            make_all(tasks(), config.tasks, context)};
}

RunDescription describe_run(const RunConfig& config, const RunUnits& units, const SampleList& samples) {
    RunDescription description{config, Json::array(), Json::array(), {}, samples.left_out, Json::array()};
    for (const auto& one : units.methods) {
        description.methods.push_back(one.unit ? describe(one.unit->info())
                                               : describe_missing_method(one.spec, one.reason, one.mend));
    }
    description.ablation = describe_ablations(config, description.methods);
    for (const auto& name : config.against) row_named(name, description.methods);  // before the work: it may be unknown
    describe_scorers(units.metrics, "metric", description.units);
    describe_scorers(units.tasks, "task", description.units);
    for (const auto& sample : samples.samples) description.ids.push_back(sample.id);
    std::vector<std::string> labels, unavailable;
    for (const auto& one : units.methods) {
        if (one.unit) {
            labels.push_back(one.unit->info().label);
        } else {
            unavailable.push_back(one.spec);
        }
    }
    for (const auto& one : units.metrics) {
        if (!one.unit) continue;
        const auto left_out = one.unit->left_out({samples.samples, labels, unavailable});
        description.left_out.insert(description.left_out.end(), left_out.begin(), left_out.end());
    }
    std::stable_sort(description.left_out.begin(), description.left_out.end(), [](const auto& a, const auto& b) {
        return std::tie(a.path, a.reason) < std::tie(b.path, b.reason);
    });
    return description;
}

RunOutcome run(const RunConfig& config, const std::vector<std::string>& command_line, Progress& progress,
               const std::atomic<bool>& stop) {
    set_up_process_threads(resolve_jobs(config.jobs), config.threads);
    const SampleList samples = samples_of(config);
    return run(config, make_units(config), samples, command_line, progress, stop);
}

RunOutcome run(const RunConfig& config, const RunUnits& units, const SampleList& samples,
               const std::vector<std::string>& command_line, Progress& progress, const std::atomic<bool>& stop) {
    const auto start = std::chrono::steady_clock::now();
    const int jobs = resolve_jobs(config.jobs);
    set_up_process_threads(jobs, config.threads);
    const RunDescription description = describe_run(config, units, samples);
    check_run(description, units);
    RunPlan plan = plan_run(config, units);
    FeatureStores features(plan.folder);
    plan.features = &features;
    Json context = make_context(config, command_line);

    const RunLock lock(plan.folder);
    enter_run(plan.folder, description);
    Resume resume(plan, samples.samples);
    resume.check(jobs, stop);
    if (resume.stale() > 0) {
        progress.note(fmt::format("{} records were of pictures that have changed since; they are computed again",
                                  resume.stale()));
    }
    if (resume.incomplete() > 0) {
        progress.note(
            fmt::format("{} records lack values of units that are new here; they are completed", resume.incomplete()));
    }
    context["resumed"] = resume.kept();

    RecordLog log(plan.folder.records(), resume.whole_bytes());
    FailureNotes notes(progress);
    progress.begin("run", samples.samples.size() * plan.methods.size(), resume.kept());
    const std::function<void(const std::vector<Record>&)> done = [&](const std::vector<Record>& records) {
        log.append(records);
        for (const auto& record : records) {
            resume.redone(record);
            notes.add(record);
        }
        progress.advance(records.size());
    };
    run_pending(plan, samples.samples, resume.pending(), jobs, done, stop);
    progress.end();
    const auto sets = stored_sets(available_set_metrics(units), features, config.feature_cache, jobs, progress, stop);

    context["finished"] = utc_now();
    const RunCost cost{std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
                       peak_memory_bytes()};
    RunOutcome outcome;
    outcome.report = build_report(description, read_all(plan.folder, &resume), available_tasks(units), sets,
                                  std::move(context), cost, &stop);
    outcome.failed = count_failed(outcome.report);
    outcome.unread = count_unread(sets);
    outcome.complete = outcome.report.at("complete").get<bool>();
    write_text(plan.folder.report(), report_text(outcome.report));
    return outcome;
}

namespace {

// What a description calls available must be so here too, as the same version: its values are computed again.
template <class Unit>
void check_available(const Json& unit, const Unit* here, const RunFolder& folder) {
    if (here && unit.at("label") == here->info().label && unit.at("version") == here->info().version) return;
    throw Error(fmt::format("{}: {} {} of version {} isn't available here", printable(folder.run_file()),
                            unit.at("kind").get<std::string>(), unit.at("label").get<std::string>(),
                            unit.at("version").get<std::string>()));
}

// Made into `units`, which must outlive them. The description's metrics stand in the order of the configuration's.
std::vector<const SetMetric*> set_metrics_of(const RunDescription& description, RunUnits& units,
                                             const RunFolder& folder) {
    const auto& specs = description.config.metrics;
    for (size_t i = 0; i < specs.size(); i++) {
        const Json& unit = description.units.at(i);
        if (!unit.contains("features") || !unit.at("available")) continue;
        auto made = make_all(metrics(), {specs[i]}, unit_context(description.config));
        const SetMetric* const metric = made[0].unit ? made[0].unit->of_set() : nullptr;
        check_available(unit, metric, folder);
        units.metrics.push_back(std::move(made[0]));
    }
    return available_set_metrics(units);
}

}  // namespace

Json rebuild_report(const std::filesystem::path& out, const std::vector<std::string>& command_line,
                    const std::filesystem::path& feature_cache, const std::vector<std::string>& against) {
    const RunFolder folder{out};
    RunDescription description = read_description(folder.run_file());
    if (!against.empty()) description.config.against = against;
    RunConfig config = description.config;
    config.allow_commands = false;  // a report is read, never run
    RunUnits units;
    units.tasks = make_all(tasks(), config.tasks, unit_context(config));
    const std::vector<const Task*> available = available_tasks(units);
    for (const auto& unit : description.units) {
        if (unit.at("kind") != "task" || !unit.at("available")) continue;
        const auto found =
            std::ranges::find_if(available, [&](const Task* task) { return unit.at("label") == task->info().label; });
        check_available(unit, found == available.end() ? nullptr : *found, folder);
    }
    FeatureStores features(folder);
    const auto sets = kept_sets(set_metrics_of(description, units, folder), features, feature_cache,
                                resolve_jobs(description.config.jobs));
    Json context = make_context(description.config, command_line);
    context["finished"] = utc_now();
    return build_report(description, read_all(folder, nullptr), available, sets, std::move(context),
                        {0, peak_memory_bytes()});
}

}  // namespace bfr
