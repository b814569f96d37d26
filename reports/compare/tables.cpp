#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/statistics.h"
#include "reports/ablation_tables.h"
#include "reports/compare/compare.h"
#include "reports/read.h"
#include "reports/remarks.h"
#include "reports/text.h"

namespace bfr {
namespace {

constexpr const char* kNone = "–";
constexpr size_t kNamed = 3;  // of many samples, so many are named

std::string some_of(const std::vector<std::string>& ids) {
    const std::vector<std::string> shown(ids.begin(),
                                         ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), kNamed)));
    return fmt::format("{}{}", fmt::join(shown, ", "),
                       ids.size() > kNamed ? fmt::format(" and {} more", ids.size() - kNamed) : "");
}

std::vector<std::string> texts_of(const Json& array) {
    std::vector<std::string> texts;
    for (const Json& one : array)
        if (one.is_string()) texts.push_back(one.get<std::string>());
    return texts;
}

std::string p_text(double p) { return p < 0.0001 ? "< 0.0001" : rounded(p, 4); }

Cell number_cell(const Json& object, const char* key, int decimals) {
    const auto number = number_of(object, key);
    return number ? Cell{rounded(*number, decimals), "", number} : Cell{kNone};
}

Cell p_cell(const Json& object, const char* key) {
    const auto p = number_of(object, key);
    return p ? Cell{p_text(*p), "", p} : Cell{kNone};
}

// "psnr (dB) ↑"
std::string line_title(const Json& info) {
    const std::string measure = text_of(info, "unit");
    std::string title = text_of(info, "name") + (measure.empty() ? "" : " (" + measure + ")");
    const Direction direction = direction_of(info);
    if (direction == Direction::kHigherIsBetter) title += " ↑";
    if (direction == Direction::kLowerIsBetter) title += " ↓";
    return title;
}

class Maker {
  public:
    explicit Maker(const Json& comparison) : comparison_(comparison) {}

    ReportTables make() {
        for (const Json& one : member(comparison_, "comparisons")) {
            add_differences(one);
            add_extremes(one);
        }
        add_ranks();
        add_legend();
        add_warnings();
        out_.conventions = conventions_of(comparison_);
        add_facts();
        out_.facts_title = "Compared";
        return std::move(out_);
    }

  private:
    template <class Use>
    void each_value(const Use& use) const {
        for (const Json& unit : member(comparison_, "units"))
            for (const bool of_set : {false, true})
                for (const Json& info : member(unit, of_set ? "set_values" : "values")) use(unit, info, of_set);
    }

    void mark_forced(const Json& unit, Cell& cell) {
        std::string said;
        for (const Json& one : member(comparison_, "forced")) {
            const std::string about = text_of(one, "about");
            if (about == text_of(unit, "label") || about == "data")
                said += (said.empty() ? "" : "; ") + text_of(one, "text");
        }
        if (!said.empty()) cell.note = out_.note("compared by force: " + said);
    }

    void add_differences(const Json& one) {
        const std::string row = text_of(one, "row"), baseline = text_of(one, "baseline");
        Table table{row + " against " + baseline, {}, {}, "value"};
        for (const std::string& title :
             {std::string("pairs"), baseline, row, std::string("difference"), std::string("p"), std::string("p (Holm)"),
              std::string("r"), std::string("d_z"), std::string("win rate")})
            table.columns.push_back({.title = title});
        table.columns.push_back({.title = "verdict", .numeric = false});
        std::vector<std::string> empty;
        each_value([&](const Json& unit, const Json& info, bool of_set) {
            const std::string name = text_of(info, "name");
            const Json& value = member(member(one, of_set ? "set_values" : "values"), name);
            if (!value.is_object()) return;
            if (of_set ? !number_of(value, "row_value") && !number_of(value, "baseline_value")
                       : count_of(value, "n") == 0) {
                empty.push_back(name);
                return;
            }
            Row line{line_title(info), of_set ? set_cells(value, info) : pair_cells(value, info)};
            mark_forced(unit, line.cells[3]);
            table.rows.push_back(std::move(line));
        });
        if (!empty.empty()) table.about = fmt::format("Without a pair, and left out: {}.", fmt::join(empty, ", "));
        out_.tables.push_back(std::move(table));
    }

    static std::vector<Cell> pair_cells(const Json& value, const Json& info) {
        const int decimals = decimals_of(info);
        Cell difference{kNone};
        if (const auto mean = number_of(value, "mean")) difference = {signed_text(*mean, decimals), "", mean};
        const Json &interval = member(value, "interval"), &wins = member(value, "wins");
        const auto low = number_of(interval, "low"), high = number_of(interval, "high");
        if (low && high) {
            difference.low = low;
            difference.high = high;
            difference.interval = fmt::format("{} to {}", signed_text(*low, decimals), signed_text(*high, decimals));
        }
        Cell win{kNone};
        if (const auto rate = number_of(wins, "rate"))
            win = {fmt::format("{} ({}/{}/{})", rounded(*rate, 2), count_of(wins, "better"), count_of(wins, "equal"),
                               count_of(wins, "worse")),
                   "", rate};
        return {number_cell(value, "n", 0),
                number_cell(value, "baseline_mean", decimals),
                number_cell(value, "row_mean", decimals),
                std::move(difference),
                p_cell(member(value, "wilcoxon"), "p"),
                p_cell(value, "p_holm"),
                number_cell(value, "rank_biserial", 2),
                number_cell(value, "cohens_dz", 2),
                std::move(win),
                {text_of(value, "verdict")}};
    }

    std::vector<Cell> set_cells(const Json& value, const Json& info) {
        const int decimals = decimals_of(info);
        Cell difference{kNone};
        if (const auto number = number_of(value, "difference")) {
            difference = {signed_text(*number, decimals), "", number};
            difference.note = out_.note("of two values of the whole set: no pairs to test");
        } else {
            difference.note = out_.note("no difference: " + text_of(value, "reason"));
        }
        return {number_cell(value, "n", 0),
                number_cell(value, "baseline_value", decimals),
                number_cell(value, "row_value", decimals),
                std::move(difference),
                {kNone},
                {kNone},
                {kNone},
                {kNone},
                {kNone},
                {kNone}};
    }

    static std::string pictures_text(const Json& list, int decimals) {
        std::vector<std::string> texts;
        for (const Json& one : list)
            if (const auto difference = number_of(one, "difference"))
                texts.push_back(fmt::format("{} ({})", text_of(one, "sample"), signed_text(*difference, decimals)));
        return texts.empty() ? kNone : fmt::format("{}", fmt::join(texts, ", "));
    }

    void add_extremes(const Json& one) {
        Table table{fmt::format("Pictures with the largest gain and loss of {} against {}", text_of(one, "row"),
                                text_of(one, "baseline")),
                    {{.title = "largest gain", .numeric = false}, {.title = "largest loss", .numeric = false}},
                    {},
                    "value"};
        each_value([&](const Json&, const Json& info, bool of_set) {
            const Json& value = member(member(one, "values"), text_of(info, "name"));
            const Json &gains = member(value, "gains"), &losses = member(value, "losses");
            if (of_set || (gains.empty() && losses.empty())) return;
            const int decimals = decimals_of(info);
            table.rows.push_back(
                {line_title(info), {{pictures_text(gains, decimals)}, {pictures_text(losses, decimals)}}});
        });
        if (!table.rows.empty()) out_.tables.push_back(std::move(table));
    }

    void add_ranks() {
        const Json& ranks = member(comparison_, "ranks");
        const std::vector<std::string> values = texts_of(member(ranks, "values"));
        const std::string left_out = fmt::format("{}", fmt::join(texts_of(member(ranks, "left_out")), ", "));
        if (const std::string reason = text_of(ranks, "reason"); !reason.empty()) {
            out_.warnings.push_back({"ranks", "none: " + reason});
            return;
        }
        Table table{"Ranks over " + count_text(values.size(), "value"),
                    {{.title = "mean rank", .direction = Direction::kLowerIsBetter}, {.title = "first"}},
                    {}};
        for (const Json& row : member(ranks, "rows")) {
            Cell rank = number_cell(row, "mean_rank", 2);
            const Json& interval = member(row, "interval");
            const auto low = number_of(interval, "low"), high = number_of(interval, "high");
            if (low && high) {
                rank.low = low;
                rank.high = high;
                rank.interval = fmt::format("{} to {}", rounded(*low, 2), rounded(*high, 2));
            }
            table.rows.push_back({text_of(row, "row"), {std::move(rank), number_cell(row, "first", 3)}});
        }
        table.about = fmt::format(
            "Each value's rank is that of the row's mean over the {} of {} that have all of these values in all rows: "
            "{}.{} 1 is the best; equal means share their mean rank. The interval is of 1,000 resamples of these "
            "samples, of whole groups where they have one, the same for all values and rows; first: the share of "
            "them in which the row's mean rank is the best, shared among equals. Values that measure nearly the same "
            "count as often as they stand here.",
            count_of(ranks, "n"), count_text(count_of(ranks, "samples"), "sample"), fmt::join(values, ", "),
            left_out.empty() ? "" : " Left out, as a row has no number of it: " + left_out + ".");
        out_.tables.push_back(std::move(table));
    }

    void add_legend() {
        const uint64_t tests = count_of(member(comparison_, "holm"), "tests");
        out_.legend = {
            "difference: row - baseline on each sample that has the value in both (a pair): the mean, and its 95 % "
            "percentile bootstrap interval of 1,000 resamples, of whole groups where pairs have one, else of "
            "samples.",
            fmt::format(
                "p: Wilcoxon's signed-rank test, two-sided, as scipy.stats.wilcoxon of SciPy 1.17 by default: "
                "differences of 0 are left out, equal ones share their mean rank; exact for up to 50 pairs, with zeros "
                "or equal ones up to 13, else the normal approximation, corrected for equal ones and not for "
                "continuity. Holm: corrected over the {} of this comparison.",
                count_text(tests, "test")),
            "r: matched-pairs rank-biserial correlation, d_z: Cohen's, the mean difference over its sample deviation; "
            "both are above 0 where the row's values are the larger. win rate: share of the pairs in which the row is "
            "better, equal ones counted half (better/equal/worse).",
            "verdict: better or worse (higher or lower, where neither is better) where the interval leaves 0 out, p "
            "(Holm) is below 0.05, mean and signed ranks lie on the same side, and there are ten pairs, or groups "
            "where those are drawn, at least. \"not shown\" doesn't mean equal."};
    }

    void add_clustered(const Json& one) {
        uint64_t most = 0, clusters = 0, few = 0;
        for (const auto& [name, value] : member(one, "values").items()) {
            const uint64_t n = count_of(value, "n"), groups = count_of(member(value, "interval"), "clusters");
            if (groups > 0 && n > groups && n > most) {
                most = n;
                clusters = groups;
            }
            if (n > 0 && (groups > 0 ? groups : n) < kFewest) few++;
        }
        const std::string about = fmt::format("{} against {}", text_of(one, "row"), text_of(one, "baseline"));
        if (most > 0)
            out_.warnings.push_back(
                {about, fmt::format("up to {} pairs are of {} groups. Wilcoxon's test takes all pairs for independent, "
                                    "which they are not: its p is too small here. Trust the interval, which draws "
                                    "whole groups; a verdict needs both",
                                    most, clusters)});
        if (few > 0)
            out_.warnings.push_back({about, fmt::format("{} of fewer than ten pairs or groups: a percentile bootstrap "
                                                        "of so few is too narrow, and there is no verdict",
                                                        count_text(few, "difference"))});
    }

    void add_unpaired(const Json& one) {
        const std::string row = text_of(one, "row"), baseline = text_of(one, "baseline");
        for (const auto& [key, in, not_in] :
             {std::tuple("only_in_row", row, baseline), {"only_in_baseline", baseline, row}}) {
            const auto ids = texts_of(member(one, key));
            if (!ids.empty())
                out_.warnings.push_back({row, fmt::format("{} of {} that {} doesn't have: {}",
                                                          count_text(ids.size(), "sample"), in, not_in, some_of(ids))});
        }
        // The same samples lack many values for one reason: said once.
        std::map<std::pair<std::string, std::vector<std::string>>, std::vector<std::string>> lacks;
        for (const auto& [name, value] : member(one, "values").items()) {
            std::map<std::string, std::vector<std::string>> by_reason;
            for (const Json& sample : member(value, "unpaired")) {
                const std::string mine = text_of(sample, "row"), theirs = text_of(sample, "baseline");
                by_reason[mine.empty() ? baseline + ": " + theirs
                          : mine == theirs || theirs.empty()
                              ? row + (theirs.empty() ? "" : " and " + baseline) + ": " + mine
                              : row + ": " + mine + "; " + baseline + ": " + theirs]
                    .push_back(text_of(sample, "sample"));
            }
            for (const auto& [reason, ids] : by_reason) lacks[{reason, ids}].push_back(name);
        }
        for (const auto& [lack, values] : lacks) {
            const auto& [reason, ids] = lack;
            out_.warnings.push_back(
                {fmt::format("{}", fmt::join(values, ", ")),
                 fmt::format("{} without a pair. {} ({})", count_text(ids.size(), "sample"), reason, some_of(ids))});
        }
    }

    void add_warnings() {
        for (const Json& one : member(comparison_, "forced"))
            out_.warnings.push_back({text_of(one, "about"), "compared by force: " + text_of(one, "text")});
        for (const Remark& one : warnings_of(comparison_)) out_.warnings.push_back(one);
        for (const Json& one : member(comparison_, "comparisons")) {
            add_clustered(one);
            add_unpaired(one);
        }
    }

    void add_facts() {
        for (const Json& one : member(comparison_, "reports")) {
            std::string text =
                fmt::format("{}, seed {}", count_text(count_of(one, "samples"), "sample"), count_of(one, "seed"));
            if (const std::string commit = text_of(one, "commit"); !commit.empty())
                text += ", made by bfr " + text_of(one, "version") + ", commit " + commit;
            out_.facts.push_back({text_of(one, "name"), text});
        }
        for (const Json& unit : member(comparison_, "units")) {
            std::vector<std::string> files;
            for (const Json& file : member(unit, "weights"))
                files.push_back(text_of(file, "file") + " " + short_hash(text_of(file, "sha256")));
            if (!files.empty())
                out_.facts.push_back(
                    {"Weights of " + text_of(unit, "label"), fmt::format("{}", fmt::join(files, ", "))});
        }
        out_.facts.push_back({"Random draws", fmt::format("seed {}, the baseline's", count_of(comparison_, "seed"))});
    }

    const Json& comparison_;
    ReportTables out_;
};

}  // namespace

ReportTables comparison_tables(const Json& comparison) { return Maker(comparison).make(); }

}  // namespace bfr
