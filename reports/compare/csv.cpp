#include "reports/paper/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/compare/compare.h"
#include "reports/read.h"

namespace bfr {
namespace {

std::string number_in(const Json& object, const char* key) {
    const auto number = number_of(object, key);
    return number ? fmt::format("{}", *number) : "";
}

std::string joined(const std::vector<std::string>& fields) { return fmt::format("{}\r\n", fmt::join(fields, ",")); }

std::string conflict_of(const Json& comparison, const std::string& label) {
    for (const Json& one : member(comparison, "forced")) {
        const std::string about = text_of(one, "about");
        if (about == label || about == "data") return "forced: " + text_of(one, "text");
    }
    return "";
}

}  // namespace

std::string comparison_csv(const Json& comparison) {
    std::string out =
        "row,baseline,value,measure,better,n,row_mean,baseline_mean,difference,low,high,clusters,zeros,positive_ranks,"
        "negative_ranks,p,p_holm,distribution,rank_biserial,cohens_dz,wins,equal,losses,win_rate,verdict,note\r\n";
    for (const Json& one : member(comparison, "comparisons")) {
        for (const Json& unit : member(comparison, "units")) {
            const std::string forced = conflict_of(comparison, text_of(unit, "label"));
            for (const bool of_set : {false, true}) {
                for (const Json& info : member(unit, of_set ? "set_values" : "values")) {
                    const std::string name = text_of(info, "name");
                    const Json& value = member(member(one, of_set ? "set_values" : "values"), name);
                    if (!value.is_object()) continue;
                    const Json &interval = member(value, "interval"), &test = member(value, "wilcoxon"),
                               &wins = member(value, "wins");
                    const std::string direction = text_of(info, "direction"), reason = text_of(value, "reason");
                    out += joined({csv_field(text_of(one, "row")),
                                   csv_field(text_of(one, "baseline")),
                                   csv_field(name),
                                   csv_field(text_of(info, "unit")),
                                   direction == "higher" || direction == "lower" ? direction : "",
                                   number_in(value, "n"),
                                   number_in(value, of_set ? "row_value" : "row_mean"),
                                   number_in(value, of_set ? "baseline_value" : "baseline_mean"),
                                   number_in(value, of_set ? "difference" : "mean"),
                                   number_in(interval, "low"),
                                   number_in(interval, "high"),
                                   number_in(interval, "clusters"),
                                   number_in(test, "zeros"),
                                   number_in(test, "positive_ranks"),
                                   number_in(test, "negative_ranks"),
                                   number_in(test, "p"),
                                   number_in(value, "p_holm"),
                                   text_of(test, "distribution"),
                                   number_in(value, "rank_biserial"),
                                   number_in(value, "cohens_dz"),
                                   number_in(wins, "better"),
                                   number_in(wins, "equal"),
                                   number_in(wins, "worse"),
                                   number_in(wins, "rate"),
                                   csv_field(text_of(value, "verdict")),
                                   csv_field(reason + (reason.empty() || forced.empty() ? "" : "; ") + forced)});
                }
            }
        }
    }
    return out;
}

}  // namespace bfr
