// Rows for each group of a report's samples, and by what samples are grouped.
#include "reports/paper/group_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "reports/html.h"
#include "reports/paper/csv.h"
#include "reports/paper/latex.h"
#include "reports/paper/selection.h"
#include "reports/paper/table_json.h"
#include "reports/statistics.h"
#include "tests/reports/compare/simulated.h"
#include "tests/reports/hand_made.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

const std::vector<SimulatedRow> kRows = {{"base", 0}, {"better", 1}};

// 20 samples; every second one happy, every fifth without a label.
Json labelled() {
    Json report = simulated_report(20, kRows, 5);
    for (size_t i = 0; i < 20; i++) {
        report["samples"][i]["label"] = i % 5 == 4 ? "" : i % 2 == 0 ? "happy" : "sad";
        report["samples"][i]["width"] = report["samples"][i]["height"] = i < 10 ? 64 : 16;
    }
    return report;
}

Json by(const Json& report, const std::string& field, uint64_t at_least = 1) {
    return with_groups(report, sample_field(field, report), at_least);
}

std::vector<std::string> names_of(const Json& report) {
    std::vector<std::string> names;
    for (const Json& group : report["by"]["groups"])
        names.push_back(name_of_group(report, group) + " " + group["samples"].dump());
    return names;
}

TEST(Groups, StatisticsAreThoseOfTheirSamples) {
    const Json plain = labelled(), report = by(plain, "label");
    EXPECT_THAT(names_of(report), ElementsAre("happy 8", "sad 8", "no label 4"));
    for (const Json& group : report["by"]["groups"]) {
        for (const Json& row : group["rows"]) {
            std::vector<Observation> observations;
            for (const Json& sample : plain["samples"]) {
                if (sample["label"] != (group["name"].is_null() ? "" : group["name"])) continue;
                observations.push_back({sample["results"][row["method"].get<std::string>()]["values"]["more"],
                                        sample["group"].get<std::string>()});
            }
            const Summary wanted = summarise(observations, 1, "more");
            const Json& value = row["values"]["more"];
            EXPECT_EQ(value["n"], observations.size());
            EXPECT_EQ(value["mean"], *wanted.mean);
            EXPECT_EQ(value["interval"]["low"], wanted.interval->low);
            EXPECT_EQ(value["interval"]["clusters"], 4) << "whole people are drawn";
            EXPECT_FALSE(row.contains("set_values"));
        }
    }
    Json turned = plain;
    std::reverse(turned["samples"].begin(), turned["samples"].end());
    EXPECT_EQ(by(turned, "label")["by"], report["by"]) << "the order of the samples changes nothing";
}

TEST(Groups, OfOnePersonSamplesAreDrawn) {
    const Json report = by(labelled(), "group");
    EXPECT_THAT(names_of(report), ElementsAre("person 0 5", "person 1 5", "person 2 5", "person 3 5"));
    const Json& interval = report["by"]["groups"][0]["rows"][0]["values"]["more"]["interval"];
    ASSERT_TRUE(interval.is_object());
    EXPECT_TRUE(interval["clusters"].is_null());
}

TEST(Groups, FailuresAreTheSamplesOwn) {
    Json report = labelled();
    Json& row = report["rows"][1];
    row["failures"] = Json::array();
    for (const char* id : {"s000", "s000", "s001", "s004"})
        row["failures"].push_back({{"sample", id}, {"stage", "score"}, {"unit", "u"}, {"reason", "r"}});
    report["samples"][0]["results"]["better"] = {{"status", "failed"}, {"values", Json::object()}};
    const Json groups = by(report, "label")["by"]["groups"];
    EXPECT_EQ(groups[0]["rows"][1]["failed"], 1);
    EXPECT_EQ(groups[0]["rows"][1]["failures"].size(), 2U);
    EXPECT_EQ(groups[0]["rows"][1]["n"], 7);
    EXPECT_EQ(groups[0]["rows"][1]["values"]["more"]["missing_reasons"]["not restored"], 1);
    EXPECT_EQ(groups[1]["rows"][1]["failed"], 1);
    EXPECT_EQ(groups[0]["rows"][0]["failed"], 0);
    report["samples"].push_back(report["samples"][0]);
    EXPECT_THAT([&] { by(report, "label"); }, ThrowsMessage<Error>(HasSubstr("s000 twice")));
}

TEST(Groups, ComeInAnOrderThatAPersonExpects) {
    std::vector<std::string> names = {"x16", "x4", "b", "10", "9.5", "-1", "", "a2b", "a10", "a2", "a02"};
    std::ranges::sort(names, comes_before);
    EXPECT_THAT(names, ElementsAre("-1", "9.5", "10", "", "a02", "a2", "a2b", "a10", "b", "x4", "x16"));
    EXPECT_THAT(names_of(by(labelled(), "size")), ElementsAre("16x16 10", "64x64 10"));
}

TEST(Groups, SmallOnesAreLeftOutAndSaidToBe) {
    const Json report = by(labelled(), "label", 5);
    EXPECT_THAT(names_of(report), ElementsAre("happy 8", "sad 8"));
    EXPECT_EQ(report["by"]["left_out"], Json::parse(R"([{"name": null, "samples": 4}])"));
    EXPECT_THAT(text_table(report), AllOf(HasSubstr("Left out, of fewer than 5 samples: no label (4 samples)."),
                                          HasSubstr("Values of the whole set are of all samples alone: set.")));
    EXPECT_THAT([&] { by(labelled(), "label", 9); },
                ThrowsMessage<UsageError>(AllOf(HasSubstr("the largest, 'happy', has 8"))));
}

TEST(Groups, TooManyForATableAreAnsweredWithHowManySamplesMakeFewer) {
    Json report = simulated_report(120, kRows);
    for (size_t i = 0; i < 120; i++) report["samples"][i]["group"] = "p" + std::to_string(i < 60 ? i % 20 : i);
    const Json many = by(report, "group");
    EXPECT_THAT([&] { check_groups_fit(many); },
                ThrowsMessage<UsageError>(AllOf(HasSubstr("80 groups"), HasSubstr("--at-least 2 takes the 20 that"))));
    EXPECT_NO_THROW(check_groups_fit(by(report, "group", 2)));
    for (size_t i = 0; i < 120; i++) report["samples"][i]["group"] = "p" + std::to_string(i);
    EXPECT_THAT([&] { check_groups_fit(by(report, "group")); }, ThrowsMessage<UsageError>(Not(HasSubstr("at-least"))));
}

TEST(Groups, EachHasItsOwnBestInEveryFormat) {
    Json plain = labelled();
    for (Json& sample : plain["samples"]) {
        const bool sad = sample["label"] == "sad";
        sample["results"]["base"]["values"]["more"] = sad ? 3.0 : 1.0;
        sample["results"]["better"]["values"]["more"] = 2.0;
    }
    const Json report = by(plain, "label");
    EXPECT_THAT(
        text_table(report, {"more"}),
        AllOf(HasSubstr("| label       | method |"), HasSubstr("| happy       | better | **2.000** "),
              HasSubstr("| sad         | base   | **3.000** "), HasSubstr("| no label    | better | **2.000** ")));
    const std::string latex = latex_tables(report, {{"more"}, false});
    EXPECT_THAT(latex,
                AllOf(HasSubstr("\\midrule\n\\multicolumn{2}{l}{\\textit{all samples}} \\\\\nbase & "),
                      HasSubstr("\\midrule\n\\multicolumn{2}{l}{\\textit{label: sad}} \\\\\nbase & \\textbf{3.000"),
                      HasSubstr("{\\textit{no label}}")));
    const std::string csv = csv_values(report, {}).text;
    EXPECT_THAT(csv, AllOf(HasSubstr("by,group,row,value,"), HasSubstr("\r\nlabel,sad,base,more,,higher,3,3,3,8,"),
                           HasSubstr("\r\nlabel,,base,more,"), HasSubstr("\r\n,,base,set,,lower,"),
                           Not(HasSubstr("sad,base,set"))));
    const Json json = tables_json(make_tables(report));
    EXPECT_EQ(json["tables"][0]["by"], "label");
    EXPECT_TRUE(json["tables"][0]["rows"][0]["group"].is_null());
    EXPECT_EQ(json["tables"][0]["rows"][2]["group"], "happy");
    EXPECT_EQ(html_page(report, ""), html_page(plain, "")) << "the page has no groups";
    EXPECT_EQ(csv_values(plain, {}).text.substr(0, 10), "row,value,");
}

TEST(Groups, RowsAndColumnsAreChosenOfEach) {
    const Json report = choose_rows(by(labelled(), "label"), {"better as base", "base as Other"});
    for (const Json& group : report["by"]["groups"]) {
        ASSERT_EQ(group["rows"].size(), 2U);
        EXPECT_EQ(group["rows"][0]["method"], "base");
        EXPECT_EQ(group["rows"][1]["method"], "Other");
        EXPECT_GT(group["rows"][0]["values"]["more"]["mean"], group["rows"][1]["values"]["more"]["mean"]);
    }
    ReportTables tables = make_tables(report);
    choose_columns(tables, {"less", "set", "n"});
    ASSERT_EQ(tables.tables[0].rows.size(), 8U);
    EXPECT_EQ(tables.tables[0].rows[0].cells[1].text, "2.000");
    EXPECT_EQ(tables.tables[0].rows[3].cells[1].text, "–");
    EXPECT_EQ(tables.tables[0].rows[3].cells[2].text, "8");
}

TEST(Groups, TablesOfTheWholeRunAreSaidToBeLeftOut) {
    Json report = hand_made();
    report["comparison"] = {{{"against", "degraded"}, {"rows", report["rows"]}}};
    EXPECT_THAT(text_table(by(report, "group")),
                AllOf(HasSubstr("left out here: differences between rows"), Not(HasSubstr("### Difference from"))));
}

TEST(Groups, HostileNamesStayText) {
    Json report = labelled();
    const std::string name = "=a|b\n& \\input{x} <script>\x1b[2J #_%$~^";
    for (Json& sample : report["samples"]) sample["label"] = name;
    report = by(report, "label");
    EXPECT_THAT(latex_tables(report, {{"more"}, false}),
                HasSubstr("label: =a\\textbar{}b \\& \\textbackslash{}input\\{x\\} \\textless{}script\\textgreater{}"));
    EXPECT_THAT(markdown_table(report), AllOf(HasSubstr("=a\\|b"), Not(HasSubstr("<script>"))));
    EXPECT_EQ(text_table(report).find('\x1b'), std::string::npos);
    EXPECT_THAT(csv_values(report, {"more"}).text, HasSubstr("\r\nlabel,'=a|b"));
}

TEST(SampleField, IsOfTheReportOrOfAFile) {
    const Scratch scratch;
    const Json report = simulated_report(6, kRows);
    const auto from = [&](const std::string& name, const std::string& text, const std::string& key) {
        write_text(scratch / name, text);
        return sample_field((scratch / name).string() + ":" + key, report);
    };
    const SampleField csv = from("s.csv", "scene,id\nnight,s001\n,s002\n\"a, b\",s003\nday,elsewhere\n", "scene");
    EXPECT_EQ(csv.name, "scene");
    EXPECT_EQ(csv.source, printable(scratch / "s.csv"));
    EXPECT_THAT(csv.values, ElementsAre(std::pair("s001", "night"), std::pair("s003", "a, b")));
    const std::string lines =
        "\xEF\xBB\xBF{\"id\": \"s001\", \"a.b\": 4, \"a\": [{\"b\": true}, 0.5]}\n\n{\"id\": \"s002\"}\n";
    EXPECT_EQ(from("s.jsonl", lines, "a.b").values.at("s001"), "4");
    EXPECT_EQ(from("s.jsonl", lines, "a.0.b").values.at("s001"), "true");
    EXPECT_EQ(from("s.jsonl", lines, "a.1").values.at("s001"), "0.5");
    Json folders = report;
    folders["samples"][0]["id"] = "night/rain/a";
    EXPECT_THAT(sample_field("folder", folders).values, ElementsAre(std::pair("night/rain/a", "night/rain")));
}

TEST(SampleField, MistakesAreTold) {
    const Scratch scratch;
    const Json report = simulated_report(3, kRows);
    const auto error = [&](const std::string& field) {
        try {
            sample_field(field, report);
        } catch (const UsageError& error) {
            return std::string(error.what());
        }
        return std::string("none");
    };
    const auto in = [&](const std::string& name, const std::string& text, const std::string& key) {
        write_text(scratch / name, text);
        return error((scratch / name).string() + ":" + key);
    };
    EXPECT_THAT(error("lable"), AllOf(HasSubstr("did you mean label"), HasSubstr("FILE.csv:COLUMN")));
    for (const char* text : {"", ":", "x.csv", "x.csv:", "x.txt:a"}) EXPECT_NE(error(text), "none") << text;
    EXPECT_THAT(error("label"), HasSubstr("none of the 3 samples has one: a manifest"));
    EXPECT_THAT(error("folder"), HasSubstr("--recursive"));
    EXPECT_THAT(error((scratch / "gone.csv").string() + ":a"), HasSubstr("gone.csv"));
    EXPECT_THAT(in("a.csv", "id,scene\ns000,x\n", "scen"),
                HasSubstr("a.csv:1: unknown column 'scen'; did you mean scene"));
    EXPECT_THAT(in("a.csv", "name,scene\ns000,x\n", "scene"), HasSubstr("unknown column 'id'"));
    EXPECT_THAT(in("a.csv", "", "scene"), HasSubstr("is empty"));
    EXPECT_THAT(in("a.csv", "id,scene\ns000\n", "scene"), HasSubstr("a.csv:2: 1 cells"));
    EXPECT_THAT(in("a.csv", "id,scene\ns000,x\ns000,y\n", "scene"),
                HasSubstr("a.csv:3: the sample 's000' is named before"));
    EXPECT_THAT(in("a.csv", "id,scene\ns000.png,x\n", "scene"), AllOf(HasSubstr("'s000.png'"), HasSubstr("'s000'")));
    EXPECT_THAT(in("a.csv", "id,scene\ns000,\n", "scene"), HasSubstr("none of the 3 samples has one"));
    EXPECT_THAT(in("a.jsonl", "{\"id\": \"s000\", \"a\": 1}\n{", "a"), HasSubstr("a.jsonl:2: is not JSON"));
    EXPECT_THAT(in("a.jsonl", "[1]\n", "a"), HasSubstr("a.jsonl:1: the sample has no id"));
    EXPECT_THAT(in("a.jsonl", "{\"id\": \"s000\", \"a\": [1]}\n", "a.1"), HasSubstr("no line has the key 'a.1'"));
    EXPECT_THAT(in("a.jsonl", std::string(100000, '['), "a"), HasSubstr("a.jsonl"));
}

TEST(Groups, ABrokenReportIsPoorerAndNothingWorse) {
    const auto try_all = [](const Json& report) {
        try {
            const Json grouped = by(report, "group");
            text_table(grouped);
            latex_tables(grouped, {{"psnr"}, true, true});
            csv_values(grouped, {});
        } catch (const Error&) {
        }
    };
    Json report = hand_made();
    break_each(report["samples"], 4, [&] { try_all(report); });
    break_each(report["rows"], 3, [&] { try_all(report); });
    // A report that has groups already, from another hand.
    Json grouped = by(hand_made(), "group");
    break_each(grouped["by"], 7, [&] {
        try {
            text_table(grouped);
            latex_tables(choose_rows(grouped, {"degraded as x"}), {{"psnr"}, true, true});
            csv_values(grouped, {"psnr"});
            check_groups_fit(grouped);
            tables_json(make_tables(grouped));
        } catch (const Error&) {
        }
    });
}

}  // namespace
}  // namespace bfr::testing
