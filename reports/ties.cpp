#include "reports/ties.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/statistics.h"
#include "reports/read.h"
#include "reports/statistics.h"

namespace bfr {

namespace {

class Differences {
  public:
    explicit Differences(const Json& report) : report_(report), seed_(count_of(report, "seed")) {
        for (const Json& row : member(report, "rows")) rows_[text_of(row, "method")] = &row;
    }

    // Whether both are over the same samples, as far as the report says.
    bool compete(const std::string& row, const std::string& other, const std::string& value) const {
        const std::string mine = samples_of(row, value);
        return !mine.empty() && mine == samples_of(other, value);
    }

    bool may_be_equal(const std::string& row, const std::string& other, const std::string& value) const {
        std::vector<Observation> differences;
        std::set<std::string> groups;
        for (const Json& sample : member(report_, "samples")) {
            const Json& results = member(sample, "results");
            const auto a = number_of(member(member(results, row), "values"), value);
            const auto b = number_of(member(member(results, other), "values"), value);
            if (!a || !b) continue;
            differences.push_back({*a - *b, text_of(sample, "group")});
            groups.insert(differences.back().group);
        }
        const bool clustered = !groups.contains("");
        if ((clustered ? groups.size() : differences.size()) < kFewest) return true;
        const auto interval = bootstrap_interval(differences, seed_, "ties/" + value);
        return !interval || (interval->low <= 0 && interval->high >= 0);
    }

  private:
    std::string samples_of(const std::string& row, const std::string& value) const {
        const auto found = rows_.find(row);
        return found == rows_.end() ? "" : text_of(member(member(*found->second, "values"), value), "samples_sha256");
    }

    const Json& report_;
    uint64_t seed_;
    std::map<std::string, const Json*> rows_;
};

// In full precision: several that print alike are bold.
const Row* best_row(const Table& table, size_t column) {
    const double sign = table.columns[column].direction == Direction::kLowerIsBetter ? -1 : 1;
    const Row* best = nullptr;
    for (const Row& row : table.rows) {
        const Cell& cell = row.cells[column];
        if (!cell.best || !cell.number) continue;
        if (!best || sign * *cell.number > sign * *best->cells[column].number) best = &row;
    }
    return best;
}

}  // namespace

void mark_ties(const Json& report, ReportTables& tables) {
    const Differences differences(report);
    bool any = false;
    for (Table& table : tables.tables) {
        for (size_t i = 0; i < table.columns.size(); i++) {
            const std::string& value = table.columns[i].name;
            const Row* best = best_row(table, i);
            if (value.empty() || !best) continue;
            for (Row& row : table.rows) {
                Cell& cell = row.cells[i];
                if (cell.best || !cell.number || !differences.compete(row.method, best->method, value)) continue;
                cell.tied = differences.may_be_equal(row.method, best->method, value);
                any = any || cell.tied;
            }
        }
    }
    if (any) {
        tables.legend.emplace_back(
            "≈: not shown to be worse than the best: the interval of the mean difference from it, sample by sample, "
            "holds 0, or there are fewer than ten samples or groups.");
    }
}

}  // namespace bfr
