#include "reports/ablation_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "reports/html.h"
#include "tests/reports/hand_made.h"

namespace bfr {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// The hand-made report's first two methods as arms.
Json with_ablation() {
    Json report = hand_made();
    const std::string a = report["methods"][0]["label"], b = report["methods"][1]["label"];
    Json ablation = Json::parse(R"({
        "method": "m<e>thod", "vary": [{"option": "steps", "values": ["1", "4"]}, {"option": "noise", "values": ["zero"]}],
        "baseline": "", "baseline_is_configured": true,
        "arms": [
            {"method": "", "options": {"steps": "1", "noise": "zero"}, "available": true,
             "values": {"psnr": {"n": 3, "mean": 24.126, "difference":
                {"n": 2, "missing": 1, "missing_reasons": {"no luck": 1}, "samples_sha256": "x", "mean": -0.456,
                 "std": 0.1, "median": 0, "min": 0, "max": 0, "interval":
                 {"low": -0.611, "high": 0.049, "level": 0.95, "method": "percentile bootstrap", "resamples": 1000,
                  "clusters": null}}}},
             "set_values": {"landmarks.auc_0.08": {"value": 0.5, "difference": 0.125}}},
            {"method": "", "options": {"steps": "4", "noise": "zero"}, "available": true,
             "values": {"psnr": {"n": 3, "mean": 24.582, "difference": null}},
             "set_values": {"landmarks.auc_0.08": {"value": 0.375, "difference": null}}},
            {"method": "gone", "options": {"steps": "8", "noise": "zero"}, "available": false, "values": {},
             "set_values": {}}]})");
    ablation["baseline"] = ablation["arms"][1]["method"] = b;
    ablation["arms"][0]["method"] = a;
    report["ablation"] = Json::array({ablation});
    return report;
}

const Table& table(const ReportTables& tables, const std::string& title) {
    const auto found = std::ranges::find(tables.tables, title, &Table::title);
    if (found == tables.tables.end()) throw Error("no table " + title);
    return *found;
}

TEST(AblationTables, HaveEachArmsValueAndItsDifference) {
    const Json report = with_ablation();
    const ReportTables tables = make_tables(report);
    const Table& metrics = table(tables, "Ablation of m<e>thod over steps and noise. Metrics");
    ASSERT_EQ(metrics.rows.size(), 2U);  // the third isn't available
    EXPECT_EQ(metrics.rows[0].method, report["methods"][0]["label"]);
    EXPECT_EQ(metrics.columns[0].title, "psnr");
    EXPECT_EQ(metrics.columns[1].title, "Δ psnr");
    EXPECT_EQ(metrics.columns[1].measure, "dB");
    const Cell &value = metrics.rows[0].cells[0], &difference = metrics.rows[0].cells[1];
    EXPECT_EQ(value.text, "24.13");
    EXPECT_EQ(difference.text, "-0.46");
    EXPECT_EQ(difference.interval, "-0.61 to +0.05");
    ASSERT_TRUE(difference.note);
    EXPECT_EQ(tables.notes[*difference.note - 1], "over 2 of 3: no luck (1)");
    EXPECT_EQ(metrics.rows[1].cells[1].text, "baseline");
    const Table& landmarks = table(tables, "Ablation of m<e>thod over steps and noise. Task: landmarks");
    const auto auc = std::ranges::find(landmarks.columns, "Δ auc_0.08", &Column::title);
    ASSERT_NE(auc, landmarks.columns.end());
    const Cell& of_set = landmarks.rows[0].cells[static_cast<size_t>(auc - landmarks.columns.begin())];
    EXPECT_THAT(of_set.text, HasSubstr("+0.12"));
    EXPECT_EQ(of_set.interval, "");
    EXPECT_THAT(tables.legend.back(), AllOf(HasSubstr("Δ"), HasSubstr(report["methods"][1]["label"].get<std::string>()),
                                            HasSubstr("the configuration's own values")));
}

TEST(AblationTables, StandBeforeTheCostAndAreAbsentWithoutAnAblation) {
    const ReportTables tables = make_tables(with_ablation()), none = make_tables(hand_made());
    EXPECT_EQ(tables.tables.back().title, "Cost");
    EXPECT_EQ(tables.tables.size(), none.tables.size() + 2);  // a task without a value has no table
    for (const auto& one : none.tables) EXPECT_THAT(one.title, Not(HasSubstr("Ablation")));
}

TEST(AblationTables, AValueAndItsDifferenceStayTogetherWhereColumnsAreFew) {
    for (const size_t most : {1U, 2U, 5U}) {
        for (const auto& one : make_tables(with_ablation(), most).tables) {
            if (!one.title.starts_with("Ablation")) continue;
            EXPECT_EQ(one.columns.size() % 2, 0U) << one.title;
            EXPECT_LE(one.columns.size(), std::max<size_t>(most, 2)) << one.title;
        }
    }
}

TEST(AblationTables, WhatNoArmHasIsLeftOut) {
    Json report = with_ablation();
    for (Json& arm : report["ablation"][0]["arms"]) arm["set_values"].clear();
    for (const Table& one : make_tables(report).tables) EXPECT_THAT(one.title, Not(HasSubstr("noise. Task")));
    report["ablation"][0]["arms"][0]["set_values"]["landmarks.auc_0.08"] = {{"value", 0.5}, {"difference", nullptr}};
    const ReportTables tables = make_tables(report);
    EXPECT_TRUE(std::ranges::any_of(
        tables.tables, [](const Table& one) { return one.title.find("noise. Task") != std::string::npos; }));
}

TEST(AblationTables, ArePrintedByBothWriters) {
    const Json report = with_ablation();
    EXPECT_THAT(markdown_table(report), AllOf(HasSubstr("### Ablation of m&lt;e&gt;thod over steps and noise"),
                                              HasSubstr("-0.46 (-0.61 to +0.05)"), HasSubstr("baseline")));
    EXPECT_THAT(html_page(report, "/nowhere"),
                AllOf(HasSubstr("<caption>Ablation of m&lt;e&gt;thod"), HasSubstr("Δ psnr"), Not(HasSubstr("m<e>"))));
}

TEST(AblationTables, WhateverIsMissingIsMissing) {
    Json report = with_ablation();
    break_each(report["ablation"], 5, [&] { markdown_table(report); });
    for (const Json& wrong : {Json(nullptr), Json(3), Json::object(), Json("x")}) {
        report["ablation"] = wrong;
        EXPECT_NO_THROW(markdown_table(report));
    }
}

}  // namespace
}  // namespace bfr
