#include <algorithm>
#include <optional>

#include "reports/compare/ranks.h"
#include "reports/compare/sections.h"

namespace bfr {
namespace {

std::optional<double> number_in(const ComparedRow& row, size_t sample, const std::string& name) {
    if (!row.column[sample]) return std::nullopt;
    for (const auto& [value, score] : row.column[sample]->values)
        if (value == name) return score.value;
    return std::nullopt;
}

bool has_any(const Compared& all, const ComparedRow& row, const std::string& name) {
    for (size_t i = 0; i < all.ids.size(); i++)
        if (number_in(row, i, name)) return true;
    return false;
}

Json interval_of(const std::optional<Interval>& interval) {
    if (!interval) return {};
    return {{"low", interval->low},
            {"high", interval->high},
            {"clusters", interval->clusters ? Json(*interval->clusters) : Json()}};
}

}  // namespace

Json ranks_section(const Compared& all, uint64_t seed) {
    RankedSamples ranked;
    ranked.rows = all.rows.size();
    std::vector<std::string> names, left_out;
    for (const ComparedValue& value : all.values) {
        if (!value.chosen || value.of_set || value.info.direction == Direction::kNone) continue;
        const bool everywhere =
            std::ranges::all_of(all.rows, [&](const ComparedRow& row) { return has_any(all, row, value.info.name); });
        (everywhere ? names : left_out).push_back(value.info.name);
        if (everywhere) ranked.directions.push_back(value.info.direction);
    }
    for (size_t i = 0; i < all.ids.size(); i++) {
        std::vector<double> numbers;
        for (const std::string& name : names)
            for (const ComparedRow& row : all.rows)
                if (const auto one = number_in(row, i, name)) numbers.push_back(*one);
        if (numbers.size() != names.size() * all.rows.size()) continue;
        ranked.samples.push_back(std::move(numbers));
        const auto group = all.groups.find(all.ids[i]);
        ranked.groups.push_back(group == all.groups.end() ? "" : group->second);
    }
    Json result = {{"n", ranked.samples.size()}, {"samples", all.ids.size()}, {"values", names},
                   {"left_out", left_out},       {"rows", Json::array()},     {"reason", nullptr}};
    if (names.empty() || ranked.samples.empty()) {
        result["reason"] = names.empty() ? "no value of which more, or less, is better has a number in every row"
                                         : "no sample has all values in all rows";
        return result;
    }
    const std::vector<RowRank> rows = rank_rows(ranked, seed);
    for (size_t i = 0; i < rows.size(); i++) {
        Json ranks = Json::object();
        for (size_t k = 0; k < names.size(); k++) ranks[names[k]] = rows[i].ranks[k];
        result["rows"].push_back({{"row", all.rows[i].name},
                                  {"mean_rank", rows[i].mean_rank},
                                  {"interval", interval_of(rows[i].interval)},
                                  {"first", rows[i].first ? Json(*rows[i].first) : Json()},
                                  {"ranks", std::move(ranks)}});
    }
    return result;
}

}  // namespace bfr
