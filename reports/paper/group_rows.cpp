#include "reports/paper/group_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "base/error.h"
#include "reports/json_values.h"
#include "reports/pipeline.h"
#include "reports/read.h"
#include "reports/report_records.h"
#include "reports/row_values.h"
#include "reports/text.h"

namespace bfr {

namespace {

constexpr size_t kMostGroups = 50;  // in a printed table
constexpr size_t kNamed = 3;        // of many groups, so many are named

struct Group {
    std::string name;  // empty: of the samples without one
    std::vector<const Json*> samples;
};

std::string text_of_size(const std::string& name, uint64_t samples) {
    return fmt::format("{} ({})", name, count_text(samples, "sample"));
}

class Grouper {
  public:
    Grouper(const Json& report, const SampleField& field, uint64_t at_least)
        : report_(report), field_(field), at_least_(at_least), seed_(count_of(report, "seed")) {
        for (const Json& unit : member(report, "units")) {
            if (!flag_of(unit, "available", true)) continue;
            for (const Json& info : member(unit, "values"))
                if (std::string name = text_of(info, "name"); !name.empty() && names_.insert(name).second)
                    ordered_names_.push_back(std::move(name));
        }
        read_groups();
    }

    Json make() {
        Json groups = Json::array(), left_out = Json::array();
        for (const Group& group : groups_) {
            Json one = {{"name", text_or_null(group.name)}, {"samples", group.samples.size()}};
            if (group.samples.size() < at_least_) {
                left_out.push_back(std::move(one));
            } else {
                kept_.push_back(&group);
                groups.push_back(std::move(one));
            }
        }
        if (kept_.empty()) refuse();
        compute();
        for (size_t i = 0; i < kept_.size(); i++) groups[i]["rows"] = std::move(rows_[i]);
        return {{"field", field_.name},
                {"file", text_or_null(field_.source)},
                {"at_least", at_least_},
                {"groups", std::move(groups)},
                {"left_out", std::move(left_out)}};
    }

  private:
    void read_groups() {
        std::map<std::string, const Json*> by_id;  // statistics are over the samples in the order of their ids
        for (const Json& sample : member(report_, "samples")) {
            const std::string id = text_of(sample, "id");
            if (!by_id.emplace(id, &sample).second)
                throw Error(fmt::format("the report has the sample {} twice", visible(id)));
        }
        std::map<std::string, Group> groups;
        for (const auto& [id, sample] : by_id) {
            const auto found = field_.values.find(id);
            Group& group = groups[found == field_.values.end() ? "" : found->second];
            group.samples.push_back(sample);
        }
        for (auto& [name, group] : groups) {
            group.name = name;
            groups_.push_back(std::move(group));
        }
        std::ranges::sort(groups_, [](const Group& a, const Group& b) {
            return a.name.empty() || b.name.empty() ? !a.name.empty() && b.name.empty() : comes_before(a.name, b.name);
        });
    }

    [[noreturn]] void refuse() const {
        const auto largest = std::ranges::max_element(groups_, {}, [](const Group& one) { return one.samples.size(); });
        throw UsageError(fmt::format(
            "--at-least {}: no group has as many samples{}", at_least_,
            largest == groups_.end()
                ? ""
                : fmt::format("; the largest, '{}', has {}",
                              visible(largest->name.empty() ? "no " + field_.name : largest->name),
                              largest->samples.size())));
    }

    // The bootstraps are the work here: each is a pure function, so they may run side by side.
    void compute() {
        std::vector<std::string> labels;
        std::vector<const Json*> failures;
        for (const Json& row : member(report_, "rows")) {
            labels.push_back(text_of(row, "method"));
            failures.push_back(&member(row, "failures"));
        }
        rows_.assign(kept_.size(), Json::array());
        for (Json& rows : rows_) rows = std::vector<Json>(labels.size());
        const bool by_person = field_.source.empty() && field_.name == "group";
        const std::atomic<bool> never{false};
        run_pipeline(
            kept_.size() * labels.size(), 0,
            [&](uint64_t i) {
                const size_t group = i / labels.size(), row = i % labels.size();
                rows_[group][row] = row_of(*kept_[group], labels[row], by_person);
                return std::function<void()>();
            },
            never);
        for (size_t i = 0; i < kept_.size(); i++)
            for (size_t k = 0; k < labels.size(); k++) add_failures(*kept_[i], *failures[k], rows_[i][k]);
    }

    Json row_of(const Group& group, const std::string& label, bool by_person) const {
        std::vector<Record> records;
        records.reserve(group.samples.size());
        for (const Json* sample : group.samples) {
            const Json& result = member(member(*sample, "results"), label);
            if (!result.is_object()) continue;
            records.push_back(record_in_report(text_of(*sample, "id"), label, result, names_));
            if (!by_person) records.back().group = text_of(*sample, "group");
        }
        RecordColumn column;
        uint64_t restored = 0;
        for (const Record& record : records) {
            column.push_back(&record);
            restored += record.restored ? 1 : 0;
        }
        Json values = Json::object();
        for (const std::string& name : ordered_names_) values[name] = value_of_row(column, name, seed_);
        return {{"method", label}, {"n", restored}, {"failed", 0}, {"failures", Json::array()}, {"values", values}};
    }

    static void add_failures(const Group& group, const Json& failures, Json& row) {
        std::set<std::string> ids, failed;
        for (const Json* sample : group.samples) ids.insert(text_of(*sample, "id"));
        for (const Json& failure : failures) {
            const std::string id = text_of(failure, "sample");
            if (!ids.contains(id)) continue;
            failed.insert(id);
            row["failures"].push_back(failure);
        }
        row["failed"] = failed.size();
    }

    const Json& report_;
    const SampleField& field_;
    const uint64_t at_least_, seed_;
    std::set<std::string> names_;             // of values
    std::vector<std::string> ordered_names_;  // as the report has them
    std::vector<Group> groups_;
    std::vector<const Group*> kept_;
    std::vector<Json> rows_;  // of each of those
};

// "a (3 samples), b (2 samples) and 5 more"
std::string some_of(const Json& report, const Json& groups) {
    std::vector<std::string> names;
    for (const Json& group : groups) {
        if (names.size() == kNamed) break;
        names.push_back(text_of_size(name_of_group(report, group), count_of(group, "samples")));
    }
    return fmt::format("{}{}", fmt::join(names, ", "),
                       groups.size() > names.size() ? fmt::format(" and {} more", groups.size() - names.size()) : "");
}

}  // namespace

Json with_groups(Json report, const SampleField& field, uint64_t at_least) {
    report["by"] = Grouper(report, field, at_least).make();
    return report;
}

bool has_groups(const Json& report) { return member(member(report, "by"), "groups").is_array(); }

std::string field_of_groups(const Json& report) {
    const std::string field = text_of(member(report, "by"), "field");
    return field.empty() ? "group" : field;
}

std::string name_of_group(const Json& report, const Json& group) {
    const std::string name = text_of(group, "name");
    return name.empty() ? "no " + field_of_groups(report) : name;
}

void check_groups_fit(const Json& report) {
    const Json& groups = member(member(report, "by"), "groups");
    if (groups.size() <= kMostGroups) return;
    std::vector<uint64_t> sizes;
    for (const Json& group : groups) sizes.push_back(count_of(group, "samples"));
    std::ranges::sort(sizes, std::ranges::greater());
    const uint64_t enough = sizes[kMostGroups] + 1;  // of fewer samples are the groups too many
    const auto left = std::ranges::count_if(sizes, [&](uint64_t size) { return size >= enough; });
    throw UsageError(fmt::format(
        "--by {}: {} groups are more than the {} that a printed table holds; {}--format csv, "
        "json or table-json has them all",
        field_of_groups(report), groups.size(), kMostGroups,
        left == 0 ? std::string()
                  : fmt::format("--at-least {} takes the {} that have so many samples, and ", enough, left)));
}

void add_group_remarks(const Json& report, ReportTables& out) {
    const Json& by = member(report, "by");
    const std::string field = field_of_groups(report), file = text_of(by, "file");
    const Json &groups = member(by, "groups"), &left_out = member(by, "left_out");
    std::string text = fmt::format("By {}{}: {}, each with its own best.", field, file.empty() ? "" : " of " + file,
                                   count_text(groups.size(), "group"));
    if (left_out.is_array() && !left_out.empty())
        text += fmt::format(" Left out, of fewer than {}: {}.", count_text(count_of(by, "at_least"), "sample"),
                            some_of(report, left_out));
    out.legend.push_back(text);
    std::vector<std::string> of_sets;
    for (const Json& unit : member(report, "units"))
        if (flag_of(unit, "available", true))
            for (const Json& info : member(unit, "set_values")) of_sets.push_back(text_of(info, "name"));
    if (!of_sets.empty())
        out.legend.push_back(
            fmt::format("Values of the whole set are of all samples alone: {}.", fmt::join(of_sets, ", ")));
    std::vector<std::string> tables;
    for (const auto& [key, name] : {std::pair("comparison", "differences between rows"),
                                    {"ablation", "ablations"},
                                    {"presets", "protocols"},
                                    {"published", "published tables"}})
        if (!member(report, key).empty()) tables.emplace_back(name);
    if (!tables.empty())
        out.warnings.push_back({"by " + field, fmt::format("tables that are of all samples are left out here: {}",
                                                           fmt::join(tables, ", "))});
}

}  // namespace bfr
