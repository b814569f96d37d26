#include "reports/remarks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/statistics.h"
#include "reports/paper/group_rows.h"
#include "reports/read.h"
#include "reports/text.h"

namespace bfr {

namespace {

constexpr size_t kListed = 3;  // of many equal things, so many are named

std::string join(const std::vector<std::string>& parts, const char* between) {
    return fmt::format("{}", fmt::join(parts, between));
}

// The first few, and how many more there are.
std::string first_few(const std::vector<std::string>& all, const char* between) {
    const size_t shown = std::min(all.size(), kListed);
    std::string text = join({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(shown)}, between);
    if (all.size() > shown) text += fmt::format("{}and {} more", between, all.size() - shown);
    return text;
}

template <class Named>
std::vector<std::pair<std::string, Named>> most_frequent_first(const std::map<std::string, Named>& counts,
                                                               auto count_of_named) {
    std::vector<std::pair<std::string, Named>> sorted(counts.begin(), counts.end());
    std::ranges::stable_sort(
        sorted, [&](const auto& a, const auto& b) { return count_of_named(a.second) > count_of_named(b.second); });
    return sorted;
}

Remark convention_of(const Json& unit) {
    std::vector<std::string> parts;
    for (const char* key : {"convention", "source"}) {
        if (std::string text = text_of(unit, key); !text.empty()) parts.push_back(std::move(text));
    }
    if (const std::string summary = text_of(unit, "summary"); parts.empty() && !summary.empty())
        parts.push_back(summary);
    if (const std::string version = text_of(unit, "version"); !version.empty()) parts.push_back("version " + version);
    return {text_of(unit, "label"), join(parts, "; ")};
}

// An interval of a table, and of what: "METHOD VALUE".
struct Shown {
    const Json& interval;
    std::string where;
    uint64_t drawn = 0;  // how many samples or groups it was drawn from
    bool of_set = false;
};

void add_intervals(const Json& rows, const std::string& before, std::vector<Shown>& all) {
    for (const Json& row : rows) {
        for (const bool of_set : {false, true}) {
            const Json& values = member(row, of_set ? "set_values" : "values");
            if (!values.is_object()) continue;
            for (const auto& [name, value] : values.items()) {
                const Json& interval = member(value, "interval");
                if (!interval.is_object()) continue;
                const uint64_t clusters = count_of(interval, "clusters");
                all.push_back({interval, before + text_of(row, "method") + " " + name,
                               clusters > 0 ? clusters : count_of(value, "n"), of_set});
            }
        }
    }
}

std::vector<Shown> shown_intervals(const Json& report) {
    std::vector<Shown> all;
    add_intervals(member(report, "rows"), "", all);
    for (const Json& group : member(member(report, "by"), "groups"))
        add_intervals(member(group, "rows"), name_of_group(report, group) + ": ", all);
    return all;
}

std::string interval_text(const Json& interval) {
    const auto level = number_of(interval, "level");
    std::string text = level ? fmt::format("{:.4g} % intervals", *level * 100) : std::string("intervals");
    std::vector<std::string> how;
    if (const std::string method = text_of(interval, "method"); !method.empty()) how.push_back(method);
    if (const uint64_t resamples = count_of(interval, "resamples"))
        how.push_back(fmt::format("{} resamples", resamples));
    const uint64_t clusters = count_of(interval, "clusters");
    how.push_back(clusters > 0 ? fmt::format("of {}", count_text(clusters, "group")) : "of samples");
    return text + " (" + join(how, ", ") + ")";
}

// How the intervals were made: what most share first, then where they were made otherwise.
std::string intervals_text(const std::vector<Shown>& intervals) {
    std::map<std::string, std::vector<std::string>> wheres_of;
    for (const auto& one : intervals) wheres_of[interval_text(one.interval)].push_back(one.where);
    std::vector<std::string> parts;
    for (const auto& [how, wheres] : most_frequent_first(wheres_of, [](const auto& all) { return all.size(); })) {
        parts.push_back(parts.empty() ? how : fmt::format("{} for {}", how, first_few(wheres, ", ")));
    }
    return first_few(parts, "; ");
}

// What the intervals can't be trusted with.
void add_doubts(const Json& report, const std::vector<Shown>& intervals, std::vector<std::string>& legend) {
    uint64_t n = 0, grouped = 0;
    for (const Json& sample : member(report, "samples")) {
        n++;
        grouped += text_of(sample, "group").empty() ? 0 : 1;
    }
    if (grouped > 0 && grouped < n) {
        legend.push_back(fmt::format("Only {} of {} samples have a group: each of the others is drawn by itself, and the "
                                     "intervals are too narrow where several of these are alike.",
                                     grouped, n));
    }
    std::vector<std::string> few;
    for (const auto& one : intervals) {
        if (one.drawn < kFewest) few.push_back(one.where);
    }
    if (few.empty()) return;
    legend.push_back(fmt::format("A percentile bootstrap of fewer than {} samples or groups is too narrow{}.", kFewest,
                                 few.size() == intervals.size() ? "" : ", as for " + first_few(few, ", ")));
}

// "+changes", which a program built from changed files says behind its commit, stays.
std::string short_commit(const std::string& commit) {
    const size_t plus = commit.find('+');
    return short_hash(commit.substr(0, plus)) + (plus == std::string::npos ? "" : commit.substr(plus));
}

Remark data_of(const Json& report) {
    const Json& data = member(report, "data");
    std::vector<std::string> parts;
    for (const char* key : {"manifest", "degraded", "reference"}) {
        if (const std::string folder = text_of(data, key); !folder.empty())
            parts.push_back(fmt::format("{} {}", key, folder));
    }
    parts.push_back(count_text(count_of(data, "n"), "sample"));
    if (const std::string pattern = text_of(data, "pattern"); !pattern.empty() && pattern != "{id}")
        parts.push_back("pattern " + pattern);
    if (const std::string print = text_of(data, "fingerprint"); !print.empty())
        parts.push_back("fingerprint " + short_hash(print));
    return {"Data", join(parts, ", ")};
}

// What many files may share of a reason that names each: "no partner in hq: no picture whose id is 'a'".
std::string kind_of(const std::string& reason) {
    const std::string twins = "its stem is also that of ";
    if (reason.starts_with(twins)) return twins + "another";
    return reason.substr(0, reason.find(": "));
}

// Each file with its reason where they are few, else each kind of reason with the first of its files.
void add_left_out(const Json& report, std::vector<Remark>& facts) {
    std::vector<std::string> files;
    std::map<std::string, std::vector<std::string>> by_kind;
    for (const Json& file : member(member(report, "data"), "left_out")) {
        const std::string path = text_of(file, "path"), reason = text_of(file, "reason");
        files.push_back(fmt::format("{} ({})", path, reason));
        by_kind[kind_of(reason)].push_back(path);
    }
    if (files.empty()) return;
    std::vector<std::string> kinds;
    for (const auto& [kind, paths] : most_frequent_first(by_kind, [](const auto& all) { return all.size(); })) {
        kinds.push_back(fmt::format("{} ({}: {})", kind, paths.size(), first_few(paths, ", ")));
    }
    facts.push_back({"Left out", fmt::format("{}: {}", count_text(files.size(), "file"),
                                             first_few(files.size() <= kListed ? files : kinds, "; "))});
}

// "degraded looks like LFW-Test (1711 pictures expected, 1709 found) or X": nothing where no set was recognised.
void add_sets(const Json& report, std::vector<Remark>& facts) {
    std::vector<std::string> parts;
    for (const Json& role : member(member(report, "data"), "sets")) {
        std::string names, certainty;
        for (const Json& one : member(role, "recognised")) {
            const std::string differences = text_of(one, "differences");
            certainty = text_of(one, "certainty");
            names += (names.empty() ? "" : " or ") + text_of(one, "name") +
                     (differences.empty() ? "" : " (" + differences + ")");
        }
        if (!names.empty()) parts.push_back(fmt::format("{} {} {}", text_of(role, "role"), certainty, names));
    }
    if (!parts.empty()) facts.push_back({"Data set", join(parts, "; ")});
}

void add_files(const Json& report, std::vector<Remark>& facts) {
    std::map<std::pair<std::string, std::string>, std::string> about;  // by name and hash: two may share a name
    for (const char* key : {"methods", "units"}) {
        for (const Json& unit : member(report, key)) {
            for (const Json& weights : member(unit, "weights")) {
                const std::string trust = trust_text(weights), hash = text_of(weights, "sha256");
                about[{text_of(weights, "file"), hash}] =
                    fmt::format("sha256 {}{}{}", short_hash(hash), trust.empty() ? "" : "; ", trust);
            }
        }
    }
    std::vector<std::string> parts;
    for (const auto& [file, text] : about) parts.push_back(fmt::format("{} ({})", file.first, text));
    if (!parts.empty()) facts.push_back({"Files used", join(parts, ", ")});
}

void add_cost(const Json& report, std::vector<Remark>& facts) {
    const Json& timing = member(report, "timing");
    std::vector<std::string> parts;
    if (const auto wall = number_of(timing, "wall_seconds")) parts.push_back(fmt::format("{:.1f} s", *wall));
    if (const auto peak = number_of(timing, "peak_memory_bytes"))
        parts.push_back(fmt::format("{:.0f} MiB of memory at most", *peak / (1 << 20)));
    const Json& context = member(report, "context");
    const Json& threads = member(context, "threads");
    if (const uint64_t jobs = count_of(threads, "jobs")) {
        const uint64_t per_job = std::max<uint64_t>(count_of(threads, "per_job"), 1);
        parts.push_back(fmt::format("{} of {}", count_text(jobs, "job"), count_text(per_job, "thread")));
    }
    if (const std::string cpu = text_of(member(context, "cpu"), "model"); !cpu.empty()) parts.push_back(cpu);
    if (!parts.empty()) facts.push_back({"Run", join(parts, ", ")});
}

}  // namespace

std::string trust_text(const Json& weights) {
    if (flag_of(weights, "own", false)) return "a file of your own, compared with nothing";
    const std::string digits = text_of(weights, "name_digits");
    if (!flag_of(weights, "pinned", false))
        return digits.empty() ? "" : fmt::format("begins with the {} of its published name", digits);
    if (digits.empty()) return "pinned at first use, not verified against its authors' hash";
    return fmt::format("pinned at first use; begins with the {} of its published name, as its authors' hash does",
                       digits);
}

std::string failures_text(const Json& failures) {
    std::map<std::string, std::vector<std::string>> samples_of;
    for (const Json& failure : failures) {
        const std::string unit = text_of(failure, "unit");
        std::string what =
            text_of(failure, "stage") + (unit.empty() ? "" : " " + unit) + ": " + text_of(failure, "reason");
        samples_of[std::move(what)].push_back(text_of(failure, "sample"));
    }
    std::vector<std::string> parts;
    for (const auto& [what, samples] : most_frequent_first(samples_of, [](const auto& all) { return all.size(); })) {
        parts.push_back(fmt::format("{} ({}: {})", what, samples.size(), first_few(samples, ", ")));
    }
    return parts.empty() ? "the report has no reasons" : first_few(parts, "; ");
}

std::string lack_text(const Json& value) {
    std::vector<std::string> parts;
    const auto add = [&](const char* key, const auto& text_of_one) {
        std::map<std::string, uint64_t> counts;
        const Json& reasons = member(value, key);
        if (!reasons.is_object()) return;
        for (const auto& [reason, count] : reasons.items()) counts[reason] = count_of(reasons, reason);
        for (const auto& [reason, count] : most_frequent_first(counts, [](uint64_t count) { return count; }))
            parts.push_back(text_of_one(reason, count));
    };
    // "3 excluded by exclude_below=1" is no lack: it stands first, and apart
    add("excluded_reasons", [](const auto& reason, uint64_t count) { return fmt::format("{} {}", count, reason); });
    add("missing_reasons", [](const auto& reason, uint64_t count) { return fmt::format("{} ({})", reason, count); });
    if (parts.empty()) parts.push_back("the report has no reason");
    const uint64_t n = count_of(value, "n"), lacking = count_of(value, "missing") + count_of(value, "excluded");
    if (n == 0) return "no value: " + first_few(parts, "; ");
    return fmt::format("over {} of {}: {}", n, n + lacking, first_few(parts, "; "));
}

bool lacks_some(const Json& value) { return count_of(value, "missing") > 0 || count_of(value, "excluded") > 0; }

std::vector<std::string> legend_of(const Json& report) {
    std::vector<std::string> legend = {"↑ higher is better, ↓ lower is better."};
    if (const auto intervals = shown_intervals(report); !intervals.empty()) {
        const auto of_sets = std::ranges::count(intervals, true, &Shown::of_set);
        const char* shown = of_sets == 0 ? "Values ± half the width of their"
                            : std::cmp_equal(of_sets, intervals.size())
                                ? "Values (low to high) of their"
                                : "Values ± half the width, or (low to high), of their";
        legend.push_back(fmt::format("{} {}.", shown, intervals_text(intervals)));
        add_doubts(report, intervals, legend);
    }
    if (member(report, "rows").size() > 1) {
        legend.push_back(
            "Bold: the best of its column among the rows over the most samples; none where these are not the same "
            "samples.");
    }
    return legend;
}

std::vector<Remark> warnings_of(const Json& report) {
    std::vector<Remark> remarks;
    for (const Json& warning : member(report, "warnings")) {
        remarks.push_back({text_of(warning, "about"), text_of(warning, "text")});
    }
    return remarks;
}

std::vector<Remark> conventions_of(const Json& report) {
    std::vector<Remark> remarks;
    for (const char* key : {"units", "methods"}) {
        for (const Json& unit : member(report, key)) {
            if (flag_of(unit, "available", true)) remarks.push_back(convention_of(unit));
        }
    }
    return remarks;
}

std::vector<Remark> unavailable_of(const Json& report) {
    std::vector<Remark> remarks;
    std::vector<std::string> lacking;
    for (const Json& preset : member(report, "presets")) {
        std::vector<std::string> names;
        for (const Json& name : member(preset, "lack_references")) {
            if (name.is_string()) names.push_back(name.get<std::string>());
        }
        if (!names.empty()) lacking.push_back(fmt::format("{}: {}", text_of(preset, "name"), join(names, ", ")));
    }
    if (!lacking.empty()) {
        remarks.push_back({"presets", fmt::format("these values need references, and there are none (--reference DIR, "
                                                  "or --manifest FILE): {}",
                                                  join(lacking, "; "))});
    }
    for (const char* key : {"methods", "units"}) {
        for (const Json& unit : member(report, key)) {
            if (flag_of(unit, "available", true)) continue;
            const std::string reason = on_one_line(text_of(unit, "reason"));
            remarks.push_back(
                {text_of(unit, "label"), reason.empty() ? "the report has no reason" : reason, text_of(unit, "mend")});
        }
    }
    return remarks;
}

std::vector<Remark> facts_of(const Json& report) {
    std::vector<Remark> facts = {data_of(report)};
    add_sets(report, facts);
    add_left_out(report, facts);
    facts.push_back({"Seed", std::to_string(count_of(report, "seed"))});
    add_files(report, facts);
    const Json& program = member(member(report, "context"), "program");
    const std::string commit = text_of(program, "commit");
    const std::string name = text_of(program, "name") + " " + text_of(program, "version");
    if (name.size() > 1)
        facts.push_back({"Program", name + (commit.empty() ? "" : ", commit " + short_commit(commit))});
    add_cost(report, facts);
    return facts;
}

}  // namespace bfr
