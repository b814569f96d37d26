#include "reports/ties.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/statistics.h"
#include "reports/read.h"
#include "reports/statistics.h"

namespace bfr {

namespace {

// What the report knows of single samples: each row's numbers of a value, in the order of the samples.
class SampleValues {
  public:
    explicit SampleValues(const Json& report) : report_(report), seed_(count_of(report, "seed")) {
        for (const Json& row : member(report, "rows")) rows_[text_of(row, "method")] = &row;
    }

    // Whether both are over the same samples, as far as the report says.
    bool compete(const std::string& row, const std::string& other, const std::string& value) const {
        const std::string mine = samples_of(row, value);
        return !mine.empty() && mine == samples_of(other, value);
    }

    // For each of `rows` whether it may be equal to `best`.
    std::vector<bool> may_be_equal(const std::vector<std::string>& rows, const std::string& best,
                                   const std::string& value) const {
        std::vector<std::vector<Observation>> differences(rows.size());
        for (const Json& sample : member(report_, "samples")) {
            const Json& results = member(sample, "results");
            const auto theirs = number_in(results, best, value);
            if (!theirs) continue;
            const std::string group = text_of(sample, "group");
            for (size_t i = 0; i < rows.size(); i++) {
                if (const auto mine = number_in(results, rows[i], value))
                    differences[i].push_back({*mine - *theirs, group});
            }
        }
        const auto intervals = bootstrap_intervals(differences, seed_, "ties/" + value);
        std::vector<bool> may;
        for (size_t i = 0; i < rows.size(); i++) {
            const auto& interval = intervals[i];
            const bool few = !interval || (interval->clusters ? *interval->clusters : differences[i].size()) < kFewest;
            may.push_back(few || (interval->low <= 0 && interval->high >= 0));
        }
        return may;
    }

  private:
    static std::optional<double> number_in(const Json& results, const std::string& row, const std::string& value) {
        return number_of(member(member(results, row), "values"), value);
    }

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
    const SampleValues values(report);
    bool any_tied = false, any_untested = false;
    for (Table& table : tables.tables) {
        for (size_t i = 0; i < table.columns.size(); i++) {
            const std::string& value = table.columns[i].name;
            const Row* best = best_row(table, i);
            if (value.empty() || !best) continue;
            std::vector<Cell*> tested;
            std::vector<std::string> rows;
            for (Row& row : table.rows) {
                Cell& cell = row.cells[i];
                if (cell.best || !cell.number) continue;
                if (!values.compete(row.method, best->method, value)) {
                    any_untested = true;
                    continue;
                }
                tested.push_back(&cell);
                rows.push_back(row.method);
            }
            const auto equal = values.may_be_equal(rows, best->method, value);
            for (size_t k = 0; k < tested.size(); k++) {
                tested[k]->tied = equal[k];
                any_tied = any_tied || equal[k];
            }
        }
    }
    if (any_tied) {
        tables.legend.emplace_back(
            "≈: not shown to be worse than the best: the interval of the mean difference from it, sample by sample, "
            "holds 0, or there are fewer than ten samples or groups. Each row is tested by itself: of two rows that "
            "are "
            "truly equal the lower one lacks its ≈ by chance one time in twenty; of ten, whose best is picked by its "
            "mean, about one in seven of the others does (independent normal values, simulated).");
    }
    if (any_untested) {
        tables.legend.emplace_back(
            "No such test, and so no ≈ however small the difference: values of the whole set, and rows over other "
            "samples than the best's.");
    }
}

}  // namespace bfr
