#include "reports/compare/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "reports/compare/paired_tests.h"
#include "reports/paper/latex.h"
#include "reports/statistics.h"
#include "tests/reports/compare/simulated.h"
#include "tests/reports/hand_made.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

Json compare_one(const Json& report, const CompareOptions& options = {}) {
    return compare_reports({{"R", report}}, options);
}

const std::vector<SimulatedRow> kRows = {{"base", 0}, {"better", 1}, {"same", 0}};

std::vector<std::string> row_names(const Json& comparison) {
    std::vector<std::string> names;
    for (const Json& row : comparison["rows"]) names.push_back(row["row"]);
    return names;
}

Json value_in(const Json& comparison, size_t row, const char* value) {
    return comparison.at("comparisons").at(row).at("values").at(value);
}

TEST(Compare, NumbersAreThoseOfTheirFunctions) {
    const Json report = simulated_report(40, kRows), comparison = compare_one(report);
    const Json value = value_in(comparison, 0, "less");
    std::vector<Observation> observations;
    std::vector<double> differences;
    double row_sum = 0;
    for (const Json& sample : report["samples"]) {
        const double mine = sample["results"]["better"]["values"]["less"];
        differences.push_back(mine - sample["results"]["base"]["values"]["less"].get<double>());
        observations.push_back({differences.back(), ""});
        row_sum += mine;
    }
    const Summary wanted = summarise(observations, 1, "less");
    const SignedRanks ranks = signed_ranks(differences);
    EXPECT_EQ(value["n"], 40);
    EXPECT_EQ(value["mean"], *wanted.mean);
    EXPECT_EQ(value["interval"]["low"], wanted.interval->low);
    EXPECT_EQ(value["interval"]["high"], wanted.interval->high);
    EXPECT_EQ(value["wilcoxon"]["p"], *ranks.p);
    EXPECT_EQ(value["rank_biserial"], *ranks.rank_biserial());
    EXPECT_EQ(value["cohens_dz"], *cohens_dz(differences));
    EXPECT_DOUBLE_EQ(value["row_mean"], row_sum / 40);
    EXPECT_EQ(value["verdict"], "better");
    EXPECT_EQ(value_in(comparison, 1, "less")["verdict"], "not shown");
    EXPECT_EQ(comparison["holm"]["tests"], 4);
    std::vector<double> p;
    for (const size_t row : {0, 1})
        for (const char* name : {"more", "less"}) p.push_back(value_in(comparison, row, name)["wilcoxon"]["p"]);
    EXPECT_EQ(value["p_holm"], holm(p)[1]);
    EXPECT_EQ(comparison["ranks"]["rows"][1]["mean_rank"], 1);
    EXPECT_EQ(comparison["ranks"]["rows"][1]["first"], 1);
}

TEST(Compare, SetValuesHaveADifferenceWhereTheyAreOverTheSameSamples) {
    Json report = simulated_report(12, kRows);
    report["rows"][2]["set_values"]["set"]["samples_sha256"] = "y";
    const Json comparison = compare_one(report);
    EXPECT_EQ(comparison["comparisons"][0]["set_values"]["set"]["difference"], -1);
    const Json& other = comparison["comparisons"][1]["set_values"]["set"];
    EXPECT_TRUE(other["difference"].is_null());
    EXPECT_THAT(other["reason"].get<std::string>(), HasSubstr("different samples"));
}

TEST(Compare, RowsTurnedRoundTurnSignsAndWins) {
    const Json report = simulated_report(30, {{"a", 0}, {"b", 0.1}});
    const Json forth = compare_one(report, {.baseline = "a"}), back = compare_one(report, {.baseline = "b"});
    EXPECT_THAT(row_names(back), ElementsAre("b", "a"));
    for (const char* name : {"more", "less"}) {
        const Json one = value_in(forth, 0, name), other = value_in(back, 0, name);
        EXPECT_DOUBLE_EQ(one["mean"], -other["mean"].get<double>());
        EXPECT_DOUBLE_EQ(one["rank_biserial"], -other["rank_biserial"].get<double>());
        EXPECT_NEAR(one["wilcoxon"]["p"], other["wilcoxon"]["p"], 1e-12);
        EXPECT_NEAR(one["p_holm"], other["p_holm"], 1e-12);
        EXPECT_NEAR(one["interval"]["low"], -other["interval"]["high"].get<double>(), 1e-9);
        EXPECT_EQ(one["wins"]["better"], other["wins"]["worse"]);
        EXPECT_EQ(one["gains"][0]["sample"], other["losses"][0]["sample"]);
    }
}

TEST(Compare, TheOrderOfTheSamplesDoesntMatter) {
    Json report = simulated_report(25, kRows, 2);
    const std::string before = compare_one(report).dump();
    std::reverse(report["samples"].begin(), report["samples"].end());
    EXPECT_EQ(compare_one(report).dump(), before);
}

TEST(Compare, AVerdictNeedsTenSamplesOrGroups) {
    const auto verdict = [](int samples, int per_group) {
        return value_in(compare_one(simulated_report(samples, {{"a", 0}, {"b", 2}}, per_group)), 0, "more")["verdict"];
    };
    EXPECT_EQ(verdict(9, 0), "not shown");
    EXPECT_EQ(verdict(10, 0), "better");
    EXPECT_EQ(verdict(18, 2), "not shown");
    EXPECT_EQ(verdict(20, 2), "better");
}

TEST(Compare, AVerdictNeedsMeanAndRanksOnOneSide) {
    // Most differences lie a little below 0, a few far above it.
    Json report = simulated_report(60, {{"a", 0}, {"b", 0}});
    for (size_t i = 0; i < 60; i++) {
        Json& results = report["samples"][i]["results"];
        results["a"]["values"] = {{"more", 0}};
        results["b"]["values"] = {
            {"more", i % 6 == 0 ? 100.0 + static_cast<double>(i) : -1.0 - 0.001 * static_cast<double>(i)}};
    }
    const Json value = value_in(compare_one(report), 0, "more");
    EXPECT_GT(value["interval"]["low"], 0);
    EXPECT_LT(value["rank_biserial"], 0);
    EXPECT_LT(value["p_holm"], 0.05);
    EXPECT_EQ(value["verdict"], "not shown");
}

TEST(Compare, WithoutADirectionItIsHigherOrLower) {
    Json report = simulated_report(30, {{"a", 0}, {"b", 2}});
    report["units"][0]["values"][0]["direction"] = "none";
    const Json comparison = compare_one(report);
    EXPECT_EQ(value_in(comparison, 0, "more")["verdict"], "higher");
    EXPECT_TRUE(value_in(comparison, 0, "more")["wins"].is_null());
    EXPECT_EQ(comparison["ranks"]["values"], Json({"less"}));
}

TEST(Compare, ExtremesAreGainsAndLossesByDirection) {
    Json report = simulated_report(12, {{"a", 0}, {"b", 0}});
    for (size_t i = 0; i < 12; i++) {
        report["samples"][i]["results"]["a"]["values"] = {{"less", 10}};
        report["samples"][i]["results"]["b"]["values"] = {{"less", i < 2 ? 5 + static_cast<int>(i) : i == 7 ? 12 : 10}};
    }
    const Json comparison = compare_one(report, {.pictures = 5});
    const Json value = value_in(comparison, 0, "less");
    ASSERT_THAT(value["gains"], SizeIs(2));
    EXPECT_EQ(value["gains"][0], Json({{"sample", "s000"}, {"row", 5}, {"baseline", 10}, {"difference", -5}}));
    ASSERT_THAT(value["losses"], SizeIs(1));
    EXPECT_EQ(value["losses"][0]["sample"], "s007");
    EXPECT_EQ(value["wins"], Json({{"better", 2}, {"equal", 9}, {"worse", 1}, {"rate", 6.5 / 12}}));
    EXPECT_EQ(value["wilcoxon"]["zeros"], 9);
    EXPECT_THAT(value_in(compare_one(report, {.pictures = 0}), 0, "less")["gains"], IsEmpty());
}

TEST(Compare, LacksAreCountedAndNamed) {
    Json report = simulated_report(12, {{"a", 0}, {"b", 1}});
    Json& samples = report["samples"];
    samples[1]["results"]["b"] = {{"status", "failed"}, {"values", Json::object()}};
    samples[2]["results"]["a"]["values"]["more"] = nullptr;
    samples[2]["results"]["a"]["missing"] = {{"more", "no face found"}};
    samples[3]["results"].erase("b");
    const Json comparison = compare_one(report);
    const Json value = value_in(comparison, 0, "more");
    EXPECT_EQ(value["n"], 9);
    ASSERT_THAT(value["unpaired"], SizeIs(2));
    EXPECT_EQ(value["unpaired"][0]["row"], "not restored");
    EXPECT_EQ(value["unpaired"][1]["baseline"], "no face found");
    EXPECT_EQ(comparison["comparisons"][0]["only_in_baseline"], Json({"s003"}));
    EXPECT_EQ(comparison["ranks"]["n"], 9);
    EXPECT_THAT(text_table(comparison_tables(comparison)),
                AllOf(HasSubstr("1 sample of a that b doesn't have: s003"),
                      HasSubstr("**more, less**: 1 sample without a pair. b: not restored (s001)"),
                      HasSubstr("**more**: 1 sample without a pair. a: no face found (s002)")));
}

TEST(Compare, TwoReportsArePairedById) {
    const Json a = simulated_report(20, {{"base", 0}, {"mine", 0}});
    Json b = simulated_report(22, {{"base", 0}, {"mine", 1}});
    b["samples"].erase(0);
    const Json comparison = compare_reports({{"A", a}, {"B", b}}, {.rows = {"mine"}});
    EXPECT_THAT(row_names(comparison), ElementsAre("mine @ A", "mine @ B"));
    EXPECT_EQ(value_in(comparison, 0, "more")["n"], 19);
    EXPECT_EQ(comparison["comparisons"][0]["only_in_row"], Json({"s020", "s021"}));
    EXPECT_EQ(comparison["comparisons"][0]["only_in_baseline"], Json({"s000"}));
    const auto names = [&](const CompareOptions& options) {
        return row_names(compare_reports({{"A", a}, {"B", b}}, options));
    };
    EXPECT_THAT(names({.rows = {"mine @ B as New", "base @ A"}}), ElementsAre("New", "base"));
    EXPECT_THAT(names({.rows = {"mine"}, .baseline = "base @ B"}), ElementsAre("base", "mine @ A", "mine @ B"));
    EXPECT_THAT([&] { names({.baseline = "mine"}); },
                ThrowsMessage<UsageError>(HasSubstr("names 2 rows: mine @ A and mine @ B")));
    EXPECT_THAT([&] { names({.rows = {"mnie"}}); }, ThrowsMessage<UsageError>(HasSubstr("did you mean mine")));
    EXPECT_THAT(
        [&] {
            names({.rows = {"mine", "mine @ B"}});
        },
        ThrowsMessage<UsageError>(HasSubstr("named before: mine @ B")));
    EXPECT_THAT([&] { names({.rows = {"mine @ B"}}); }, ThrowsMessage<UsageError>(HasSubstr("nothing to compare")));
    EXPECT_THAT([&] { names({.values = {"moer"}}); }, ThrowsMessage<UsageError>(HasSubstr("did you mean more")));
}

TEST(Compare, EqualRowsOfSeveralReportsStandOnce) {
    const Json a = simulated_report(20, {{"base", 0}, {"mine", 0}}),
               b = simulated_report(20, {{"base", 0}, {"yours", 1}});
    const Json comparison = compare_reports({{"A", a}, {"B", b}}, {});
    EXPECT_THAT(row_names(comparison), ElementsAre("base", "mine", "yours"));
    EXPECT_THAT(comparison["warnings"].dump(), HasSubstr("the same pictures and values in B"));
    EXPECT_THAT(row_names(compare_reports({{"A", a}, {"B", b}}, {.rows = {"base @ A", "base @ B"}})),
                ElementsAre("base @ A", "base @ B"));
}

struct Conflict {
    std::string path;  // JSON pointer in the second report
    Json value;
    std::string answer;
};
class Conflicts : public ::testing::TestWithParam<Conflict> {};

TEST_P(Conflicts, AreRefusedUnlessForcedAndThenMarked) {
    const Json a = simulated_report(12, {{"a", 0}});
    Json b = simulated_report(12, {{"b", 1}});
    b[Json::json_pointer(GetParam().path)] = GetParam().value;
    const auto compared = [&](const CompareOptions& options) { return compare_reports({{"A", a}, {"B", b}}, options); };
    EXPECT_THAT([&] { compared({}); },
                ThrowsMessage<UsageError>(AllOf(HasSubstr("--force"), HasSubstr(GetParam().answer))));
    const Json forced = compared({.force = true});
    EXPECT_THAT(forced["forced"], SizeIs(1));
    EXPECT_THAT(text_table(comparison_tables(forced)), HasSubstr("¹ compared by force: "));
    EXPECT_THAT(comparison_csv(forced), HasSubstr("forced: "));
}

INSTANTIATE_TEST_SUITE_P(
    Compare, Conflicts,
    ::testing::Values(Conflict{"/units/0/version", "2", "more: version '1' in A, '2' in B"},
                      Conflict{"/units/0/convention", "other", "more: convention 'simulated' in A, 'other' in B"},
                      Conflict{"/units/0/weights", Json::array({{{"file", "w.pth"}, {"sha256", hash_of("9")}}}),
                               "more: weights none in A, w.pth 00000000"},
                      Conflict{"/units/0/values/0/direction", "lower", "more: what is better differs"},
                      Conflict{"/units/0/values/0/unit", "dB", "more: measured in '' in A, in 'dB' in B"},
                      Conflict{"/samples/3/reference_sha256", hash_of("9"),
                               "the reference picture of 1 sample is another in B than in A: s003"},
                      Conflict{"/samples/4/degraded_sha256", hash_of("9"), "the degraded picture of 1 sample"}));

TEST(Compare, AConflictOfAValueThatIsntComparedIsNone) {
    const Json a = simulated_report(12, {{"a", 0}});
    Json b = simulated_report(12, {{"b", 1}}, 0, 2);
    b["units"][0]["version"] = "2";
    const Json comparison = compare_reports({{"A", a}, {"B", b}}, {.values = {"less"}});
    EXPECT_THAT(comparison["forced"], IsEmpty());
    EXPECT_THAT(comparison["warnings"].dump(), HasSubstr("1 in A, 2 in B"));  // seeds
    EXPECT_THAT(
        [&] {
            compare_reports({{"A", a}, {"B", b}}, {.values = {"less"}, .gates = {"more < 1"}});
        },
        ThrowsMessage<UsageError>(HasSubstr("more: version")));
}

TEST(Compare, GroupsThatDifferAreAConflict) {
    const Json a = simulated_report(12, {{"a", 0}}, 2), b = simulated_report(12, {{"b", 1}}, 3);
    EXPECT_THAT(
        [&] {
            compare_reports({{"A", a}, {"B", b}}, {});
        },
        ThrowsMessage<UsageError>(HasSubstr("the group of")));
}

TEST(Compare, GatesAreOverThePairsOfEachRow) {
    const Json report = simulated_report(12, kRows);
    const Json comparison = compare_one(
        report, {.values = {"less"}, .gates = {"more > baseline + 0.5", "set > baseline", "failed > 0", "more < 1"}});
    std::vector<bool> holds;
    for (const Json& gate : comparison["gates"]) holds.push_back(gate["holds"]);
    EXPECT_THAT(holds, ElementsAre(true, false, false, false, false, false, false, false));
    EXPECT_EQ(comparison["gates"][0]["n"], 12);
    EXPECT_EQ(comparison["gates"][2]["baseline"], 3);
    EXPECT_EQ(comparison["holm"]["tests"], 2);  // a condition's value is no test
    EXPECT_FALSE(comparison["comparisons"][0]["values"].contains("more"));
}

TEST(Compare, AGateWithoutNumbersIsNotEvaluated) {
    Json report = simulated_report(12, {{"a", 0}, {"b", 1}});
    for (Json& sample : report["samples"]) sample["results"]["a"]["values"]["more"] = nullptr;
    report["rows"][0].erase("failed");
    report["rows"][0]["set_values"]["set"]["samples_sha256"] = "y";
    const Json comparison = compare_one(
        report, {.gates = {"more < 1", "failed > baseline", "set > baseline", "less > 1 / (baseline - baseline)"}});
    for (const Json& gate : comparison["gates"]) {
        EXPECT_TRUE(gate["holds"].is_null()) << gate;
        EXPECT_FALSE(gate["reason"].is_null()) << gate;
    }
}

// Without its group a sample's people can't be drawn whole: that must not pass in silence.
TEST(Compare, SaysWhereSomeSamplesHaveNoGroup) {
    Json report = simulated_report(30, {{"a", 0}, {"b", 1}}, 2);
    const auto text = [&] { return text_table(comparison_tables(compare_one(report))); };
    EXPECT_THAT(text(), Not(HasSubstr("have no group")));
    report["samples"][7]["group"] = nullptr;
    EXPECT_THAT(text(), HasSubstr("1 of 30 samples have no group"));
    for (Json& sample : report["samples"]) sample["group"] = nullptr;
    EXPECT_THAT(text(), Not(HasSubstr("have no group")));
}

TEST(Compare, TablesSayWhatIsClustered) {
    const Json comparison = compare_one(simulated_report(30, {{"a", 0}, {"b", 1}}, 2));
    const std::string text = text_table(comparison_tables(comparison));
    EXPECT_THAT(text, AllOf(HasSubstr("### b against a"), HasSubstr("30 pairs are of 15 groups"), HasSubstr("more ↑"),
                            HasSubstr("| better"), HasSubstr("corrected over the 2 tests"),
                            HasSubstr("### Ranks over 2 values"), HasSubstr("largest gain"), HasSubstr("30/0/0")));
    EXPECT_THAT(text_table(comparison_tables(compare_one(simulated_report(30, {{"a", 0}, {"b", 1}})))),
                Not(HasSubstr("Wilcoxon's test takes")));
    EXPECT_THAT(latex_tables(comparison_tables(comparison)),
                AllOf(HasSubstr("\\caption{b against a}"), HasSubstr("more $\\uparrow$"), HasSubstr("d\\_z"),
                      HasSubstr("more: simulated; version 1.")));
}

TEST(Compare, CsvHasALineForEachRowAndValue) {
    const std::string csv = comparison_csv(compare_one(simulated_report(12, kRows)));
    EXPECT_EQ(std::ranges::count(csv, '\n'), 7);
    EXPECT_THAT(csv, AllOf(HasSubstr("\r\nbetter,base,more,,higher,12,"), HasSubstr(",exact,"), HasSubstr(",better,")));
}

TEST(Compare, NamesFromOutsideStayText) {
    Json report = simulated_report(12, {{"a", 0}, {"=b|<x>\x1b[31m", 3}});
    report["samples"][0]["id"] = "\"><img src=x onerror=alert(1)>\x1b";
    report["samples"][0]["results"]["a"]["values"]["more"] = -100;
    const Json comparison = compare_one(report);
    const ReportTables tables = comparison_tables(comparison);
    EXPECT_THAT(markdown_table(tables), AllOf(Not(HasSubstr("<img")), Not(HasSubstr("\x1b")), HasSubstr("&lt;img")));
    EXPECT_THAT(text_table(tables), Not(HasSubstr("\x1b")));
    EXPECT_THAT(comparison_csv(comparison), AllOf(HasSubstr("\n'=b|"), Not(HasSubstr("\x1b"))));
}

// Whatever a report is like: a comparison, or an error that says what is wrong.
TEST(Compare, AReportOfWrongTypesIsAnErrorOrAPoorerComparison) {
    Json report = hand_made();
    int compared = 0, refused = 0;
    const auto check = [&] {
        try {
            const Json comparison = compare_reports({{"A", report}, {"B", hand_made()}}, {.force = true});
            EXPECT_FALSE(text_table(comparison_tables(comparison)).empty());
            EXPECT_FALSE(comparison_csv(comparison).empty());
            compared++;
        } catch (const Error&) {
            refused++;
        }
    };
    check();
    EXPECT_EQ(compared, 1);
    for (const char* key : {"rows", "units", "samples", "methods", "data", "seed", "complete", "warnings"})
        if (report.contains(key)) {
            Json part = {{key, report[key]}};
            const Json kept = report[key];
            break_each(part, 4, [&] {
                report[key] = part[key];
                check();
            });
            report[key] = kept;
        }
    EXPECT_GT(compared, 100);
    EXPECT_GT(refused, 10);
}

TEST(Compare, EmptyAndDoubledReportsAreRefused) {
    const auto refused = [](const Json& report, const std::string& what) {
        EXPECT_THAT([&] { compare_one(report); }, ThrowsMessage<Error>(HasSubstr(what)));
    };
    Json report = simulated_report(5, {{"a", 0}, {"b", 1}});
    Json broken = report;
    broken["rows"] = Json::array();
    refused(broken, "R: the report has no rows");
    broken = report;
    broken["samples"] = Json::array();
    refused(broken, "R: the report has no samples");
    broken = report;
    broken["samples"].push_back(report["samples"][0]);
    refused(broken, "R: the report has the sample s000 twice");
    broken = report;
    broken["rows"].push_back(report["rows"][0]);
    refused(broken, "R: the report has two rows a");
    broken = report;
    broken["units"] = Json::array();
    refused(broken, "have no values");
    refused(simulated_report(5, {{"a", 0}}), "nothing to compare a @ R with");
}

}  // namespace
}  // namespace bfr::testing
