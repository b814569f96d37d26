#include "reports/compare/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <functional>

#include "base/statistics.h"
#include "reports/compare/pairs.h"
#include "reports/compare/sections.h"
#include "reports/pipeline.h"
#include "reports/read.h"

namespace bfr {
namespace {

class Maker {
  public:
    Maker(const std::vector<ComparedReport>& reports, const CompareOptions& options)
        : reports_(reports),
          options_(options),
          gates_(gates_of(options.gates, reports)),
          all_(bring_together(reports, options, needed())),
          seed_(count_of(reports[all_.rows.front().report].report, "seed")) {}

    Json make() {
        Json out = {{"schema", kComparisonSchema}, {"seed", seed_},   {"resamples", kResamples}, {"level", kLevel},
                    {"reports", reports()},        {"units", units()}};
        Json comparisons = pairs();
        const uint64_t tests = judge(chosen_pairs(comparisons));
        out["holm"] = {{"tests", tests}, {"level", kSignificance}};
        out["forced"] = all_.conflicts;
        out["warnings"] = all_.warnings;
        out["baseline"] = all_.rows.front().name;
        out["rows"] = Json::array();
        for (const ComparedRow& row : all_.rows)
            out["rows"].push_back({{"row", row.name}, {"label", row.label}, {"report", reports_[row.report].name}});
        out["gates"] = gates_section(gates_, reports_, all_, comparisons);
        drop_what_gates_alone_need(comparisons);
        out["comparisons"] = std::move(comparisons);
        out["ranks"] = ranks_section(all_, seed_);
        return out;
    }

  private:
    std::vector<std::string> needed() const {
        std::vector<std::string> names;
        for (const Gate& gate : gates_) names.push_back(gate.value());
        return names;
    }

    Json reports() const {
        Json list = Json::array();
        for (const auto& [name, report] : reports_) {
            const Json& program = member(member(report, "context"), "program");
            list.push_back({{"name", name},
                            {"seed", count_of(report, "seed")},
                            {"samples", member(report, "samples").size()},
                            {"fingerprint", text_of(member(report, "data"), "fingerprint")},
                            {"version", text_of(program, "version")},
                            {"commit", text_of(program, "commit")}});
        }
        return list;
    }

    // As a report has them, with the values that are compared.
    Json units() const {
        Json units = Json::array();
        for (const ComparedValue& value : all_.values) {
            if (!value.chosen) continue;
            const auto known = std::ranges::find_if(
                units, [&](const Json& unit) { return text_of(unit, "label") == text_of(value.unit, "label"); });
            if (known == units.end()) {
                units.push_back(value.unit);
                continue;
            }
            for (const char* key : {"values", "set_values"})
                for (const Json& info : member(value.unit, key)) (*known)[key].push_back(info);
        }
        return units;
    }

    // Samples that are in one of the two alone, for want of the sample in the other's report or, where that was
    // stopped, of its record.
    Json only_in(const ComparedRow& row, const ComparedRow& other) const {
        Json ids = Json::array();
        for (size_t i = 0; i < all_.ids.size(); i++)
            if (row.column[i] && !other.column[i]) ids.push_back(all_.ids[i]);
        return ids;
    }

    Json set_value(const ComparedValue& value, const ComparedRow& row) const {
        const ComparedRow& baseline = all_.rows.front();
        const auto of = [&](const ComparedRow& one) -> const Json& {
            return member(member(row_in(reports_, one), "set_values"), value.info.name);
        };
        const Json &mine = of(row), &theirs = of(baseline);
        const auto number = number_of(mine, "value"), other = number_of(theirs, "value");
        Json result = {{"n", count_of(mine, "n")},
                       {"row_value", number ? Json(*number) : Json()},
                       {"baseline_value", other ? Json(*other) : Json()},
                       {"difference", nullptr},
                       {"reason", nullptr}};
        if (!number || !other) {
            result["reason"] = "the value is lacking in one of the two rows";
        } else if (text_of(mine, "samples_sha256").empty() ||
                   text_of(mine, "samples_sha256") != text_of(theirs, "samples_sha256")) {
            result["reason"] = fmt::format("the two are over different samples, {} and {}", count_of(mine, "n"),
                                           count_of(theirs, "n"));
        } else {
            result["difference"] = *number - *other;
        }
        return result;
    }

    Json pairs() const {
        const ComparedRow& baseline = all_.rows.front();
        Json comparisons = Json::array();
        struct Job {
            const ComparedRow* row;
            const ComparedValue* value;
            Json result;
        };
        std::vector<Job> jobs;
        for (size_t i = 1; i < all_.rows.size(); i++)
            for (const ComparedValue& value : all_.values)
                if (!value.of_set) jobs.push_back({&all_.rows[i], &value, {}});
        // The bootstraps are the work here: each is a pure function, so they may run side by side.
        const std::atomic<bool> never{false};
        run_pipeline(
            jobs.size(), 0,
            [&](uint64_t i) {
                Job& job = jobs[i];
                job.result = compare_pairs(all_, *job.row, baseline, *job.value, seed_, options_.pictures);
                return std::function<void()>();
            },
            never);
        for (size_t i = 1; i < all_.rows.size(); i++) {
            const ComparedRow& row = all_.rows[i];
            Json one = {{"row", row.name},
                        {"baseline", baseline.name},
                        {"only_in_row", only_in(row, baseline)},
                        {"only_in_baseline", only_in(baseline, row)},
                        {"values", Json::object()},
                        {"set_values", Json::object()}};
            for (Job& job : jobs)
                if (job.row == &row) one["values"][job.value->info.name] = std::move(job.result);
            for (const ComparedValue& value : all_.values)
                if (value.of_set) one["set_values"][value.info.name] = set_value(value, row);
            comparisons.push_back(std::move(one));
        }
        return comparisons;
    }

    const ComparedValue& value_named(const std::string& name) const {
        return *std::ranges::find_if(all_.values, [&](const ComparedValue& value) { return value.info.name == name; });
    }

    std::vector<std::pair<Json*, Direction>> chosen_pairs(Json& comparisons) const {
        std::vector<std::pair<Json*, Direction>> pairs;
        for (Json& one : comparisons) {
            for (auto& [name, value] : one["values"].items()) {
                const ComparedValue& about = value_named(name);
                if (about.chosen) pairs.emplace_back(&value, about.info.direction);
            }
        }
        return pairs;
    }

    void drop_what_gates_alone_need(Json& comparisons) const {
        for (Json& one : comparisons)
            for (const ComparedValue& value : all_.values)
                if (!value.chosen) one[value.of_set ? "set_values" : "values"].erase(value.info.name);
    }

    const std::vector<ComparedReport>& reports_;
    const CompareOptions& options_;
    std::vector<Gate> gates_;
    Compared all_;
    uint64_t seed_;
};

}  // namespace

Json compare_reports(const std::vector<ComparedReport>& reports, const CompareOptions& options) {
    return Maker(reports, options).make();
}

}  // namespace bfr
