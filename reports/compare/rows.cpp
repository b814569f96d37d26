#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/names.h"
#include "reports/compare/choice.h"
#include "reports/comparison.h"
#include "reports/paper/selection.h"
#include "reports/read.h"

namespace bfr {
namespace {

struct Candidate {
    size_t report = 0;
    std::string label;
    std::vector<std::string> repeated_in;  // later reports whose row of this label has the same results
    bool repeats = false;                  // is such a row

    bool operator==(const Candidate& other) const { return report == other.report && label == other.label; }
};

using Results = std::map<std::string, const Json*>;  // by id

Results results_of(const Json& report, const std::string& label) {
    Results results;
    for (const Json& sample : member(report, "samples"))
        if (const Json& result = member(member(sample, "results"), label); result.is_object())
            results[text_of(sample, "id")] = &result;
    return results;
}

// The same pictures, of the same samples, with the same values.
bool are_equal(const Results& a, const Results& b) {
    if (a.empty() || a.size() != b.size()) return false;
    return std::ranges::equal(a, b, [](const auto& one, const auto& other) {
        const auto same = [&](const char* key) { return member(*one.second, key) == member(*other.second, key); };
        return one.first == other.first && same("status") && same("output_sha256") && same("values");
    });
}

class Candidates {
  public:
    explicit Candidates(const std::vector<ComparedReport>& reports) : reports_(reports) {
        for (size_t i = 0; i < reports.size(); i++) {
            methods_.push_back(Json::array());
            for (const Json& row : member(reports[i].report, "rows")) {
                const std::string label = text_of(row, "method");
                if (label.empty()) continue;
                methods_.back().push_back({{"label", label}, {"available", true}, {"reason", ""}});
                add({i, label, {}, false});
            }
            if (methods_.back().empty()) throw Error(fmt::format("{}: the report has no rows", reports[i].name));
            for (const Json& method : member(reports[i].report, "methods"))
                if (!flag_of(method, "available", true))
                    methods_.back().push_back({{"label", text_of(method, "label")},
                                               {"available", false},
                                               {"reason", text_of(method, "reason")}});
        }
    }

    std::string full_name(const Candidate& one) const {
        return fmt::format("{} @ {}", one.label, reports_[one.report].name);
    }

    std::vector<Candidate> all() const { return without_repeats(all_); }

    // Several where several reports have it.
    std::vector<Candidate> named(const std::string& name) const {
        for (const Candidate& one : all_)
            if (full_name(one) == name) return {one};
        std::vector<Candidate> found;
        for (size_t i = 0; i < reports_.size(); i++) {
            try {
                const std::string label = row_named(name, methods_[i], "row");
                found.push_back(*std::ranges::find(all_, Candidate{i, label, {}, false}));
            } catch (const UsageError&) {
                if (reports_.size() == 1) throw;
            }
        }
        if (found.empty()) {
            std::vector<std::string> known;
            for (const Candidate& one : all_) known.push_back(one.label);
            for (const Candidate& one : all_) known.push_back(full_name(one));
            throw UsageError(unknown_name("row", name, known));
        }
        return without_repeats(found);
    }

  private:
    void add(Candidate one) {
        if (std::ranges::find(all_, one) != all_.end())
            throw Error(fmt::format("{}: the report has two rows {}", reports_[one.report].name, one.label));
        for (Candidate& earlier : all_) {
            if (earlier.label != one.label || earlier.repeats || one.repeats) continue;
            one.repeats = are_equal(results_of(reports_[earlier.report].report, one.label),
                                    results_of(reports_[one.report].report, one.label));
            if (one.repeats) earlier.repeated_in.push_back(reports_[one.report].name);
        }
        all_.push_back(std::move(one));
    }

    static std::vector<Candidate> without_repeats(std::vector<Candidate> some) {
        const std::vector<Candidate> given = some;
        std::erase_if(some, [&](const Candidate& one) {
            return one.repeats && std::ranges::any_of(given, [&](const Candidate& other) {
                       return other.label == one.label && !other.repeats && other.report < one.report;
                   });
        });
        return some;
    }

    const std::vector<ComparedReport>& reports_;
    std::vector<Json> methods_;  // as row_named() reads them
    std::vector<Candidate> all_;
};

using Chosen = std::vector<std::pair<Candidate, std::string>>;  // and its title, empty where none is given

Chosen chosen_of(const Candidates& candidates, const std::vector<std::string>& names) {
    Chosen chosen;
    for (const std::string& text : names) {
        const Wanted one = wanted(text);
        for (const Candidate& found : candidates.named(one.name)) {
            const bool twice = std::ranges::any_of(chosen, [&](const auto& other) { return other.first == found; });
            if (twice)
                throw UsageError(
                    fmt::format("'{}' names a row that is named before: {}", one.name, candidates.full_name(found)));
            chosen.emplace_back(found, one.title);
        }
    }
    return chosen;
}

void put_baseline_first(const Candidates& candidates, const std::string& text, Chosen& chosen) {
    const Wanted baseline = wanted(text);
    const auto found = candidates.named(baseline.name);
    if (found.size() > 1) {
        throw UsageError(fmt::format("--baseline '{}' names {} rows: {} and {}; give one of these names", baseline.name,
                                     found.size(), candidates.full_name(found[0]), candidates.full_name(found[1])));
    }
    auto place = std::ranges::find_if(chosen, [&](const auto& one) { return one.first == found.front(); });
    if (place == chosen.end()) place = chosen.insert(chosen.begin(), {found.front(), ""});
    if (!baseline.title.empty()) place->second = baseline.title;
    std::rotate(chosen.begin(), place, place + 1);
}

}  // namespace

std::vector<ComparedRow> compared_rows(const std::vector<ComparedReport>& reports, const CompareOptions& options,
                                       Json& warnings) {
    const Candidates candidates(reports);
    Chosen chosen = chosen_of(candidates, options.rows);
    if (options.rows.empty())
        for (const Candidate& one : candidates.all()) chosen.emplace_back(one, "");
    if (!options.baseline.empty()) put_baseline_first(candidates, options.baseline, chosen);
    if (chosen.size() < 2) {
        throw UsageError(fmt::format("there is nothing to compare {} with: name another report, or another --row",
                                     candidates.full_name(chosen.front().first)));
    }
    std::vector<ComparedRow> rows;
    for (const auto& [one, title] : chosen) rows.push_back({title_of_row(one.label, title), one.label, one.report, {}});
    std::vector<std::string> names;
    for (const ComparedRow& row : rows) names.push_back(row.name);
    for (ComparedRow& row : rows)
        if (std::ranges::count(names, row.name) > 1) row.name += " @ " + reports[row.report].name;
    for (size_t i = 0; i < rows.size(); i++) {
        for (size_t k = 0; k < i; k++)
            if (rows[i].name == rows[k].name)
                throw UsageError(
                    fmt::format("two rows are called '{}': give one another title, NAME as TITLE", rows[i].name));
        const Candidate& one = chosen[i].first;
        if (one.repeated_in.empty()) continue;
        const bool all_named = std::ranges::all_of(one.repeated_in, [&](const std::string& other) {
            return std::ranges::any_of(rows, [&](const ComparedRow& row) {
                return row.label == one.label && reports[row.report].name == other;
            });
        });
        if (!all_named)
            warnings.push_back({{"about", rows[i].name},
                                {"text", fmt::format("has the same pictures and values in {}: it stands here once",
                                                     fmt::join(one.repeated_in, " and "))}});
    }
    return rows;
}

}  // namespace bfr
