#include "cli/reproduce_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "datasets/known_sets.h"
#include "datasets/sample.h"
#include "downstream/task.h"
#include "metrics/metric.h"
#include "reports/text.h"
#include "restore/restorer.h"
#include "weights/catalogue/missing.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

std::string field(const std::string& name, const std::string& text) {
    return text.empty() ? "" : fmt::format("{:12}{}\n", name, visible(text));
}

// "here", with the files that it reads, or why it isn't.
struct State {
    std::string text;
    bool here = false;
};

template <class Unit>
State state_of(const Registry<Unit, UnitContext>& registry, const Spec& spec, const UnitContext& context) {
    try {
        const auto unit = make_unit(registry, spec, context);
        std::vector<std::string> files;
        for (const auto& file : unit->info().weights)
            files.push_back(fmt::format("{} (sha256 {})", file.file, short_hash(file.sha256)));
        return {files.empty() ? "here" : fmt::format("here: {}", fmt::join(files, ", ")), true};
    } catch (const NotAvailable& error) {
        return {fmt::format("missing: {}{}", on_one_line(error.reason()),
                            error.mend().empty() ? "" : "; to mend it: " + error.mend()),
                false};
    } catch (const Error& error) {  // a file that is another, or damaged
        return {"missing: " + on_one_line(error.what()), false};
    }
}

class Page {
  public:
    Page(const PublishedData& data, const Reproduction& plan, const RunConfig& config, const UnitContext& context)
        : data_(data), plan_(plan), config_(config), context_(context) {}

    PlanText make(const PaperTable& table) {
        out_.complete = true;
        out_.text = field("table", table.id + ": " + table.title) + field("source", table.source);
        for (const auto& note : table.notes) out_.text += field("note", note);
        pictures();
        out_.text += "\nMethods\n";
        bool folders = false;
        for (const auto& method : plan_.methods) {
            folders = folders || !method.folder.empty();
            tell(method.name, method.folder.empty() ? method.spec.canonical() : printable(method.folder),
                 state_of(method));
        }
        if (folders) {
            out_.text +=
                "  A method that bfr doesn't have, or whose folder is there, is read as finished pictures from "
                "RESULTS/METHOD (--results), named as the degraded ones.\n";
        }
        for (const auto& spec : plan_.more_methods)
            tell("(yours)", spec.canonical(), bfr::state_of(restorers(), spec, context_));
        out_.text += "\nMetrics\n";
        for (const auto& [metric, spec] : plan_.units) {
            State state =
                metric->task ? bfr::state_of(tasks(), spec, context_) : bfr::state_of(metrics(), spec, context_);
            if (metric->agreement == Agreement::kGuess) state.text += "; a guess: " + metric->reason;
            tell(metric->name, spec.canonical(), state);
        }
        statistics();
        std::string none;
        for (const size_t i : data_.metrics) {
            const PublishedMetric& metric = table.metrics[i];
            if (metric.agreement == Agreement::kNone) none += line(metric.name, metric.reason);
        }
        if (!none.empty()) out_.text += "\nCan't be measured again\n" + none;
        out_.text +=
            "\nConfiguration (--json prints it alone; bfr run takes it)\n" + short_json(config_).dump(2) + '\n';
        return std::move(out_);
    }

  private:
    State state_of(const PlannedMethod& method) const {
        if (method.folder.empty()) return bfr::state_of(restorers(), method.spec, context_);
        std::error_code code;
        if (fs::is_directory(method.folder, code)) return {"here", true};
        return {"missing: there is no such folder", false};
    }

    static std::string line(const std::string& name, const std::string& text) {
        return fmt::format("  {:17} {}\n", visible(name), visible(text));
    }

    void tell(const std::string& name, const std::string& what, const State& state) {
        out_.complete = out_.complete && state.here;
        out_.text += line(name, fmt::format("{}: {}", what, state.text));
    }

    // Files that metrics compare with, each once.
    void statistics() {
        std::map<std::string, State> files;
        for (const auto& [metric, spec] : plan_.units) {
            const auto found = spec.options().find("stats");
            if (found == spec.options().end()) continue;
            const std::string& file = found->second;
            std::error_code code;
            if (fs::is_regular_file(file, code) || context_.weights.path_of(file)) {
                files[file] = {"here", true};
                continue;
            }
            const auto convention = spec.options().find("convention");
            files[file] = {fmt::format("missing; of {}: its authors give it out by hand, for a weights folder; or 'bfr "
                                       "stats DIR{} --out FILE' makes "
                                       "one of your pictures, for --stats",
                                       metric->against.empty() ? "pictures that aren't said" : metric->against,
                                       convention == spec.options().end() ? "" : " --convention " + convention->second),
                           false};
        }
        if (!files.empty()) out_.text += "\nStatistics\n";
        for (const auto& [file, state] : files) {
            out_.complete = out_.complete && state.here;
            out_.text += fmt::format("  {}: {}\n", visible(file), visible(state.text));
        }
    }

    void pictures() {
        std::string what = data_.name;
        if (!data_.inputs.empty()) what += ", inputs: " + data_.inputs;
        what += data_.n ? fmt::format(", {}", count_text(*data_.n, "picture")) : ", how many pictures isn't said";
        out_.text += "\nData\n" + line("set", what);
        for (const auto& set : known_sets()) {
            if (set.name != data_.set) continue;
            std::string from = set.source;
            if (set.side > 0) from += fmt::format("; {0}x{0}", set.side);
            out_.text += line("from", fmt::format("{}; {}", from, set.kind));
            if (!set.note.empty()) out_.text += line("note", set.note);
        }
        folder("degraded", config_.data.degraded, config_.data.pattern);
        if (plan_.needs_references) folder("reference", config_.data.reference, config_.data.reference_pattern);
    }

    void folder(const char* option, const std::string& path, const std::string& pattern) {
        State state;
        std::error_code code;
        if (path.empty()) {
            state.text = fmt::format("missing: name the folder by --{} DIR", option);
        } else if (!fs::is_directory(path, code)) {
            state.text = fmt::format("missing: {}: there is no such folder", printable(path));
        } else {
            const size_t count = list_folder(path, pattern).files.size();
            const bool all = data_.n ? count == *data_.n : count > 0;
            state = {fmt::format("{}: {}{}", printable(path), count_text(count, "picture"),
                                 all || !data_.n ? "" : fmt::format(", {} expected: another set, or a part", *data_.n)),
                     all};
        }
        out_.complete = out_.complete && state.here;
        out_.text += line(option, state.text);
    }

    const PublishedData& data_;
    const Reproduction& plan_;
    const RunConfig& config_;
    const UnitContext& context_;
    PlanText out_;
};

}  // namespace

PlanText plan_text(const PaperTable& table, const PublishedData& data, const Reproduction& plan,
                   const RunConfig& config, const UnitContext& context) {
    return Page(data, plan, config, context).make(table);
}

}  // namespace bfr
