#include "reports/compare/sources.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "reports/compare/choice.h"
#include "reports/read.h"
#include "reports/report_records.h"
#include "reports/text.h"

namespace bfr {
namespace {

constexpr size_t kNamed = 3;  // of many samples, so many are named

std::string some_of(const std::vector<std::string>& ids) {
    std::vector<std::string> shown;
    for (size_t i = 0; i < std::min(ids.size(), kNamed); i++) shown.push_back(visible(ids[i]));
    return fmt::format("{}{}", fmt::join(shown, ", "),
                       ids.size() > kNamed ? fmt::format(" and {} more", ids.size() - kNamed) : "");
}

// What a sample is made of must be the same in all reports that have it.
class Inputs {
  public:
    explicit Inputs(const std::vector<ComparedReport>& reports) : reports_(reports) {}

    void add(size_t report, const Json& sample) {
        const std::string id = text_of(sample, "id");
        for (const char* key : {"degraded_sha256", "reference_sha256", "group"}) {
            const std::string mine = text_of(sample, key);
            const auto [first, is_first] = seen_.try_emplace({id, key}, report, mine);
            if (is_first || first->second.second == mine) continue;
            const Pair pair = {key, first->second.first, report};
            const bool both = !mine.empty() && !first->second.second.empty();
            (both ? differ_ : unknown_)[pair].push_back(id);
            if (first->second.second.empty()) first->second = {report, mine};
        }
    }

    void say(Json& conflicts, Json& warnings) const {
        for (const auto& [pair, ids] : differ_) {
            const std::string what = pair.key == "group" ? "the group" : "the " + word(pair.key) + " picture";
            conflicts.push_back({{"about", "data"},
                                 {"text", fmt::format("{} of {} is another in {} than in {}: {}", what,
                                                      count_text(ids.size(), "sample"), name(pair.second),
                                                      name(pair.first), some_of(ids))}});
        }
        for (const auto& [pair, ids] : unknown_) {
            if (pair.key == "group") continue;
            warnings.push_back(
                {{"about", "data"},
                 {"text",
                  fmt::format("of {} the hash of the {} picture stands in one of {} and {} alone: whether "
                              "it is the same there was not checked",
                              count_text(ids.size(), "sample"), word(pair.key), name(pair.first), name(pair.second))}});
        }
    }

  private:
    struct Pair {
        std::string key;
        size_t first, second;
        auto operator<=>(const Pair&) const = default;
    };

    static std::string word(const std::string& key) { return key.substr(0, key.find('_')); }
    const std::string& name(size_t report) const { return reports_[report].name; }

    const std::vector<ComparedReport>& reports_;
    std::map<std::pair<std::string, std::string>, std::pair<size_t, std::string>> seen_;  // (id, key): first known
    std::map<Pair, std::vector<std::string>> differ_, unknown_;
};

void say_of_reports(const std::vector<ComparedReport>& reports, const std::vector<ComparedRow>& rows, Json& warnings) {
    const auto warn = [&](const std::string& about, const std::string& text) {
        const Json warning = {{"about", about}, {"text", text}};
        if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(warning);
    };
    std::set<size_t> used;
    for (const ComparedRow& row : rows) used.insert(row.report);
    const size_t first = rows.front().report;
    for (const size_t i : used) {
        const auto& [name, report] = reports[i];
        if (!flag_of(report, "complete", true)) warn(name, "the run was stopped before every sample was done");
        if (const uint64_t seed = count_of(report, "seed"), other = count_of(reports[first].report, "seed");
            seed != other)
            warn("seed", fmt::format("{} in {}, {} in {}: methods that draw began with other random numbers there",
                                     other, reports[first].name, seed, name));
        for (const Json& warning : member(report, "warnings"))
            if (!text_of(warning, "text").empty()) warn(text_of(warning, "about"), text_of(warning, "text"));
    }
}

const Json& method_of(const Json& report, const std::string& label) {
    for (const Json& method : member(report, "methods"))
        if (text_of(method, "label") == label) return method;
    static const Json kNone;
    return kNone;
}

// Rows of one label in two reports: what else sets the methods apart.
void say_of_methods(const std::vector<ComparedReport>& reports, const std::vector<ComparedRow>& rows, Json& warnings) {
    for (size_t i = 0; i < rows.size(); i++) {
        for (size_t k = 0; k < i; k++) {
            if (rows[i].label != rows[k].label || rows[i].report == rows[k].report) continue;
            const ComparedReport &a = reports[rows[k].report], &b = reports[rows[i].report];
            const std::string text = difference_of_units(method_of(a.report, rows[k].label), a.name,
                                                         method_of(b.report, rows[i].label), b.name);
            if (!text.empty()) warnings.push_back({{"about", rows[i].label}, {"text", "the method differs: " + text}});
        }
    }
}

void read_samples(const std::vector<ComparedReport>& reports, Compared& all) {
    std::set<std::string> ids, names;
    for (const ComparedValue& value : all.values) names.insert(value.info.name);
    std::set<size_t> used;
    for (const ComparedRow& row : all.rows) used.insert(row.report);
    Inputs inputs(reports);
    for (const size_t i : used) {
        std::set<std::string> own;
        for (const Json& sample : member(reports[i].report, "samples")) {
            const std::string id = text_of(sample, "id");
            if (id.empty()) throw Error(fmt::format("{}: the report has a sample without an id", reports[i].name));
            if (!own.insert(id).second)
                throw Error(fmt::format("{}: the report has the sample {} twice", reports[i].name, visible(id)));
            inputs.add(i, sample);
            if (const std::string group = text_of(sample, "group"); !group.empty()) all.groups.emplace(id, group);
        }
        if (own.empty()) throw Error(fmt::format("{}: the report has no samples", reports[i].name));
        ids.merge(own);
    }
    inputs.say(all.conflicts, all.warnings);
    all.ids.assign(ids.begin(), ids.end());
    for (const ComparedRow& row : all.rows) {
        auto& records = all.records.emplace_back();
        for (const Json& sample : member(reports[row.report].report, "samples")) {
            const Json& result = member(member(sample, "results"), row.label);
            if (!result.is_object()) continue;
            records.push_back(record_in_report(text_of(sample, "id"), row.label, result, names));
            const auto group = all.groups.find(records.back().sample);
            if (group != all.groups.end()) records.back().group = group->second;
        }
    }
    for (size_t i = 0; i < all.rows.size(); i++) {
        all.rows[i].column.assign(all.ids.size(), nullptr);
        for (const Record& record : all.records[i]) {
            const auto place = std::ranges::lower_bound(all.ids, record.sample) - all.ids.begin();
            all.rows[i].column[static_cast<size_t>(place)] = &record;
        }
    }
}

[[noreturn]] void refuse(const Json& conflicts) {
    std::string text =
        "the reports are not alike in what is compared; --force compares them all the same, and marks it:";
    for (const Json& one : conflicts) text += fmt::format("\n  {}: {}", text_of(one, "about"), text_of(one, "text"));
    throw UsageError(text);
}

}  // namespace

const Json& row_in(const std::vector<ComparedReport>& reports, const ComparedRow& row) {
    static const Json kNone;
    for (const Json& one : member(reports[row.report].report, "rows"))
        if (text_of(one, "method") == row.label) return one;
    return kNone;
}

Compared bring_together(const std::vector<ComparedReport>& reports, const CompareOptions& options,
                        const std::vector<std::string>& needed) {
    Compared all;
    all.rows = compared_rows(reports, options, all.warnings);
    all.values = compared_values(reports, all.rows, options.values, needed);
    if (all.values.empty()) throw Error("the reports of these rows have no values");
    for (const ComparedValue& value : all.values) {
        const Json conflict = {{"about", text_of(value.unit, "label")}, {"text", value.conflict}};
        if (!value.conflict.empty() && std::ranges::find(all.conflicts, conflict) == all.conflicts.end())
            all.conflicts.push_back(conflict);
    }
    read_samples(reports, all);
    if (!all.conflicts.empty() && !options.force) refuse(all.conflicts);
    say_of_reports(reports, all.rows, all.warnings);
    say_of_methods(reports, all.rows, all.warnings);
    if (!all.groups.empty() && all.groups.size() < all.ids.size())
        all.warnings.push_back(
            {{"about", "groups"},
             {"text", fmt::format("{} of {} have no group (the person, say): each is drawn by itself for the intervals, "
                                  "which are too narrow if several of them are of one person",
                                  all.ids.size() - all.groups.size(), count_text(all.ids.size(), "sample"))}});
    return all;
}

}  // namespace bfr
