#include "reports/ties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reports/hand_made.h"

namespace bfr {
namespace {

// Rows a, b and c of one value, of which more is better; `worse` is how much b lies below a on the mean, c lies far
// below.
Json report_of(size_t samples, double worse) {
    Json report = {{"schema", "bfr-report/1"},
                   {"seed", 1},
                   {"units",
                    {{{"label", "v"},
                      {"kind", "metric"},
                      {"values", {{{"name", "v"}, {"direction", "higher"}, {"decimals", 3}}}}}}},
                   {"rows", Json::array()},
                   {"samples", Json::array()}};
    const auto add_row = [&](const char* name, double mean) {
        report["rows"].push_back({{"method", name},
                                  {"n", samples},
                                  {"values", {{"v", {{"n", samples}, {"mean", mean}, {"samples_sha256", "x"}}}}}});
    };
    add_row("a", 1);
    add_row("b", 1 - worse);
    add_row("c", 0);
    for (size_t i = 0; i < samples; i++) {
        const double wave = i % 2 == 0 ? 0.1 : -0.1;  // what b differs by from picture to picture
        const auto value = [](double v) { return Json{{"values", {{"v", v}}}}; };
        report["samples"].push_back({{"id", std::to_string(i)},
                                     {"results", {{"a", value(1)}, {"b", value(1 - worse + wave)}, {"c", value(0)}}}});
    }
    return report;
}

std::vector<std::string> tied_in(const Json& report) {
    ReportTables tables = make_tables(report);
    mark_ties(report, tables);
    std::vector<std::string> names;
    for (const Row& row : tables.tables.at(0).rows) {
        if (row.cells.at(2).tied) names.push_back(row.method);
    }
    return names;
}

TEST(Ties, WhatTheIntervalOfTheDifferenceLeavesOpen) {
    using ::testing::ElementsAre;
    using ::testing::IsEmpty;
    EXPECT_THAT(tied_in(report_of(40, 0.01)), ElementsAre("b"));     // 0.1 / sqrt(40) is 0.016
    EXPECT_THAT(tied_in(report_of(40, 0.1)), IsEmpty());             // six of them
    EXPECT_THAT(tied_in(report_of(9, 0.1)), ElementsAre("b", "c"));  // too few to say anything
    Json apart = report_of(40, 0.01);
    apart["rows"][1]["values"]["v"]["samples_sha256"] = "y";
    EXPECT_THAT(tied_in(apart), IsEmpty());  // over other samples: neither better nor worse, and nobody is the best
    Json grouped = report_of(40, 0.1);
    for (size_t i = 0; i < 40; i++) grouped["samples"][i]["group"] = std::to_string(i % 4);
    EXPECT_THAT(tied_in(grouped), ElementsAre("b", "c"));  // four people
}

TEST(Ties, AreWithTheBestOfThoseThatPrintAlike) {
    // b prints like a and is a little worse; c lies shown below a, and not below b, which wavers.
    const auto made = [](bool b_first) {
        Json report = report_of(40, 0.0001);
        report["rows"][2]["values"]["v"]["mean"] = 0.98;
        for (Json& sample : report["samples"]) sample["results"]["c"]["values"]["v"] = 0.98;
        if (b_first) std::swap(report["rows"][0], report["rows"][1]);
        return report;
    };
    EXPECT_EQ(tied_in(made(false)), tied_in(made(true)));
    EXPECT_THAT(tied_in(made(true)), ::testing::IsEmpty());
}

TEST(Ties, AreSaidInTheLegend) {
    const Json report = report_of(40, 0.01), clear = report_of(40, 0.1);
    ReportTables tables = make_tables(report), others = make_tables(clear);
    mark_ties(report, tables);
    mark_ties(clear, others);
    EXPECT_TRUE(tables.legend.back().starts_with("≈"));
    EXPECT_THAT(tables.legend.back(), ::testing::HasSubstr("one time in twenty"));
    EXPECT_FALSE(others.legend.back().starts_with("≈"));
}

TEST(Ties, WhatHasNoTestIsSaidInTheLegend) {
    Json of_set = report_of(40, 0.01);
    for (Json& row : of_set["rows"]) {
        row["set_values"]["s"] = {{"n", 40}, {"value", row["values"]["v"]["mean"]}, {"samples_sha256", "x"}};
    }
    of_set["units"][0]["set_values"] = {{{"name", "s"}, {"direction", "higher"}, {"decimals", 3}}};
    Json fewer = report_of(40, 0.1);
    fewer["rows"][2]["values"]["v"].update({{"n", 39}, {"samples_sha256", "y"}});
    const Json all = report_of(40, 0.01);
    const auto legend = [](const Json& report) {
        ReportTables tables = make_tables(report);
        mark_ties(report, tables);
        return tables.legend;
    };
    const auto says = ::testing::Contains(::testing::HasSubstr("values of the whole set, and rows over other samples"));
    EXPECT_THAT(legend(of_set), says);
    EXPECT_THAT(legend(fewer), says);
    EXPECT_THAT(legend(all), ::testing::Not(says));
}

}  // namespace
}  // namespace bfr
