#include "reports/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "base/json.h"
#include "reports/html.h"
#include "reports/text.h"
#include "tests/reports/hand_made.h"

namespace bfr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const Table& table(const ReportTables& tables, const std::string& title) {
    const auto found = std::ranges::find(tables.tables, title, &Table::title);
    if (found == tables.tables.end()) throw Error("no table " + title);
    return *found;
}

const Cell& cell(const Table& table, size_t row, const std::string& column) {
    const auto found = std::ranges::find(table.columns, column, &Column::title);
    if (found == table.columns.end()) throw Error("no column " + column);
    return table.rows.at(row).cells.at(static_cast<size_t>(found - table.columns.begin()));
}

std::string note_of(const ReportTables& tables, const Cell& cell) {
    return cell.note ? tables.notes.at(*cell.note - 1) : "";
}

TEST(Table, MetricsShareATableAndEachTaskHasOne) {
    const ReportTables tables = make_tables(hand_made());
    std::vector<std::string> titles;
    for (const Table& one : tables.tables) titles.push_back(one.title);
    EXPECT_THAT(titles, ElementsAre("Metrics", "Task: landmarks", "Task: emotion", "Cost"));
    std::vector<std::string> columns;
    for (const Column& column : table(tables, "Task: landmarks").columns) columns.push_back(column.title);
    EXPECT_THAT(columns, ElementsAre("n", "failed", "nme_interocular", "nme_px", "auc_0.08"));
}

TEST(Table, RoundsByDecimalsAndShowsHalfTheInterval) {
    const ReportTables tables = make_tables(hand_made());
    const Cell& psnr = cell(table(tables, "Metrics"), 0, "psnr");
    EXPECT_EQ(psnr.text, "24.13");
    EXPECT_EQ(psnr.spread, "0.70");
    EXPECT_EQ(psnr.number, 24.126);
    EXPECT_EQ(cell(table(tables, "Task: emotion"), 0, "agreement").spread, "");
}

TEST(Table, ASetValueHasItsWholeIntervalWhichMayBeSkewed) {
    Json report = hand_made();
    Json& value = report["rows"][0]["set_values"]["landmarks.auc_0.08"];
    value["value"] = 0.892;
    value["interval"] = report["rows"][0]["values"]["psnr"]["interval"];
    value["interval"]["low"] = 0.53;
    value["interval"]["high"] = 0.969;
    const ReportTables tables = make_tables(report);
    const Cell& auc = cell(table(tables, "Task: landmarks"), 0, "auc_0.08");
    EXPECT_EQ(auc.spread, "");
    EXPECT_EQ(auc.interval, "0.530 to 0.969");
    EXPECT_EQ(cell(table(tables, "Task: landmarks"), 1, "auc_0.08").interval, "");
    EXPECT_THAT(markdown_table(report), HasSubstr("**0.892** (0.530 to 0.969) |"));
    EXPECT_THAT(markdown_table(report),
                HasSubstr("Values ± half the width, or (low to high), of their 95 % intervals"));
    for (auto& row : report["rows"]) {
        for (auto& mean : row["values"]) mean["interval"] = nullptr;
    }
    EXPECT_THAT(markdown_table(report), HasSubstr("Values (low to high) of their 95 % intervals"));
}

TEST(Table, TheBestIsByDirectionAndOnlyAmongRowsWithTheMostValues) {
    const ReportTables tables = make_tables(hand_made());
    const auto best = [&](const std::string& title, const std::string& column) {
        std::vector<bool> marks;
        for (size_t row = 0; row < 3; row++) marks.push_back(cell(table(tables, title), row, column).best);
        return marks;
    };
    EXPECT_THAT(best("Metrics", "identity.cosine"), ElementsAre(false, true, false));
    EXPECT_THAT(best("Metrics", "identity.distance"), ElementsAre(false, true, false));
    // 30.5 dB is over two of three samples, and so is 24.13: nobody is left to compare with.
    EXPECT_THAT(best("Metrics", "psnr"), ElementsAre(false, false, false));
    EXPECT_THAT(best("Task: landmarks", "nme_px"), ElementsAre(false, false, false));  // all equal
    EXPECT_THAT(best("Task: landmarks", "auc_0.08"), ElementsAre(false, true, false));
}

TEST(Table, EquallyManyButOtherSamplesLeaveTheColumnUnmarked) {
    for (const char* kind : {"values", "set_values"}) {
        const bool of_set = std::string(kind) == "set_values";
        const std::string name = of_set ? "landmarks.auc_0.08" : "landmarks.nme_interocular";
        const auto marks = [&](const Json& report) {
            const ReportTables tables = make_tables(report);
            std::vector<bool> best;
            for (size_t row = 0; row < 3; row++) {
                best.push_back(cell(table(tables, "Task: landmarks"), row, name.substr(name.find('.') + 1)).best);
            }
            return best;
        };
        Json report = hand_made();
        EXPECT_THAT(marks(report), ElementsAre(false, true, false)) << name;
        Json& other = report["rows"][1][kind][name];
        const Json hash = other["samples_sha256"];
        other["samples_sha256"] = std::string(64, '0');
        EXPECT_THAT(marks(report), ElementsAre(false, false, false)) << name;
        other.erase("samples_sha256");
        EXPECT_THAT(marks(report), ElementsAre(false, false, false)) << name;
        // A row over fewer samples neither wins nor keeps the others from it.
        other["samples_sha256"] = hash;
        Json& third = report["rows"][2][kind][name];
        third = report["rows"][0][kind][name];
        third["n"] = 2;
        third["missing"] = 1;
        third["samples_sha256"] = std::string(64, '1');
        third[of_set ? "value" : "mean"] = of_set ? 1.0 : 0.0;
        EXPECT_THAT(marks(report), ElementsAre(false, true, false)) << name;
    }
}

TEST(Table, ASetValueOverFewerSamplesSaysSo) {
    Json report = hand_made();
    Json& value = report["rows"][0]["set_values"]["landmarks.auc_0.08"];
    value["n"] = 2;
    value["missing"] = 1;
    value["missing_reasons"] = {{"sizes differ", 1}};
    const ReportTables tables = make_tables(report);
    const Table& landmarks = table(tables, "Task: landmarks");
    EXPECT_EQ(note_of(tables, cell(landmarks, 0, "auc_0.08")), "over 2 of 3: sizes differ (1)");
    EXPECT_EQ(cell(landmarks, 1, "auc_0.08").note, std::nullopt);
}

TEST(Table, WhatIsBestForPeopleIsSharedByWhatPrintsAlike) {
    Json report = hand_made();
    report["rows"][0]["values"]["identity.cosine"]["mean"] = 0.75004;
    report["rows"][2]["values"]["identity.cosine"] = report["rows"][0]["values"]["identity.cosine"];
    report["rows"][2]["values"]["identity.cosine"]["mean"] = 0.2;
    const ReportTables tables = make_tables(report);
    for (size_t row = 0; row < 3; row++)
        EXPECT_EQ(cell(table(tables, "Metrics"), row, "identity.cosine").best, row < 2);
}

TEST(Table, WithoutDirectionNothingIsBest) {
    Json report = hand_made();
    report["units"][1]["values"][0]["direction"] = "none";
    const ReportTables tables = make_tables(report);
    for (size_t row = 0; row < 3; row++) EXPECT_FALSE(cell(table(tables, "Metrics"), row, "identity.cosine").best);
}

TEST(Table, SaysWhyAValueIsMissing) {
    const ReportTables tables = make_tables(hand_made());
    const Table& metrics = table(tables, "Metrics");
    EXPECT_EQ(note_of(tables, cell(metrics, 0, "psnr")), "over 2 of 3: infinite: the pictures are equal (1)");
    EXPECT_EQ(cell(metrics, 2, "identity.cosine").text, "n/a");
    EXPECT_EQ(note_of(tables, cell(metrics, 2, "identity.cosine")), "no value: no face found (2)");
    EXPECT_EQ(cell(metrics, 2, "identity.cosine").note, cell(metrics, 2, "identity.distance").note);
    EXPECT_EQ(cell(metrics, 1, "psnr").note, std::nullopt);
    EXPECT_EQ(note_of(tables, cell(table(tables, "Task: landmarks"), 2, "auc_0.08")), "no value: fewer than 3 faces");
}

TEST(Table, CountsAndExplainsFailures) {
    Json report = hand_made();
    Json& failures = report["rows"][2]["failures"];
    failures = Json::array();
    for (int i = 0; i < 5; i++)
        failures.push_back(
            {{"sample", std::to_string(i)}, {"stage", "restore"}, {"unit", nullptr}, {"reason", "no memory"}});
    failures.push_back({{"sample", "x"}, {"stage", "score"}, {"unit", "psnr"}, {"reason", "sizes differ"}});
    report["rows"][2]["failed"] = 6;
    const ReportTables tables = make_tables(report);
    const Cell& failed = cell(table(tables, "Metrics"), 2, "failed");
    EXPECT_EQ(failed.text, "6");
    EXPECT_EQ(note_of(tables, failed), "restore: no memory (5: 0, 1, 2, and 2 more); score psnr: sizes differ (1: x)");
}

TEST(Table, SaysWhatIsNotAvailableAndHowToMendIt) {
    const ReportTables tables = make_tables(hand_made());
    ASSERT_EQ(tables.unavailable.size(), 1u);
    EXPECT_EQ(tables.unavailable[0].about, "lpips");
    EXPECT_EQ(tables.unavailable[0].command, "bfr weights fetch lpips-alex");
    EXPECT_THAT(markdown_table(hand_made()),
                HasSubstr("* **lpips**: lpips_alex.pth is not here. To mend it: `bfr weights fetch lpips-alex`"));
}

TEST(Table, SplitsWideTablesAndKeepsEveryColumn) {
    const ReportTables whole = make_tables(hand_made()), split = make_tables(hand_made(), 2);
    size_t whole_columns = 0, split_columns = 0;
    for (const Table& one : whole.tables) whole_columns += one.title == "Cost" ? 0 : one.columns.size() - 2;
    for (const Table& one : split.tables) {
        if (one.title == "Cost") continue;
        split_columns += one.columns.size() - 2;
        EXPECT_LE(one.columns.size(), 4u) << one.title;
    }
    EXPECT_EQ(whole_columns, split_columns);
    // The two values of identity stay together, although psnr's table has room for one.
    EXPECT_EQ(table(split, "Metrics (1 of 2)").columns.size(), 3u);
    EXPECT_EQ(table(split, "Metrics (2 of 2)").columns.size(), 4u);
}

TEST(Table, CostLeavesOutColumnsWithoutAValue) {
    const ReportTables tables = make_tables(hand_made());
    const Table& cost = table(tables, "Cost");
    for (const Column& column : cost.columns) EXPECT_NE(column.title, "GFLOP");
    EXPECT_EQ(cell(cost, 1, "parameters").text, "25.6 M");
    EXPECT_EQ(cell(cost, 1, "seconds a face").text, "0.12");
    EXPECT_EQ(cell(cost, 2, "seconds a face").text, "n/a");
}

TEST(Table, WhatNobodyKnowsOfAMethodIsUnknown) {
    Json report = hand_made();
    report["methods"][2]["device"] = report["methods"][2]["draws"] = nullptr;
    const ReportTables tables = make_tables(report);
    const Table& cost = table(tables, "Cost");
    EXPECT_EQ(cell(cost, 1, "device").text, "cpu");
    EXPECT_EQ(cell(cost, 1, "random").text, "no");
    EXPECT_EQ(cell(cost, 2, "device").text, "unknown");
    EXPECT_EQ(cell(cost, 2, "random").text, "unknown");
}

TEST(Table, OneSampleOrGroupSaysWhyItHasNoInterval) {
    Json report = hand_made();
    Json& psnr = report["rows"][1]["values"]["psnr"];
    psnr["interval"] = nullptr;
    psnr["missing"] = 0;
    const auto note = [&] {
        const ReportTables tables = make_tables(report);
        const Cell& mean = cell(table(tables, "Metrics"), 1, "psnr");
        return mean.note ? tables.notes.at(*mean.note - 1) : std::string("none");
    };
    EXPECT_EQ(note(), "no interval: all samples are of one group");
    psnr["n"] = 1;
    EXPECT_EQ(note(), "no interval: it is one sample");
    psnr["missing"] = 2;
    psnr["missing_reasons"] = {{"too small", 2}};
    EXPECT_EQ(note(), "over 1 of 3: too small (2); no interval: it is one sample");
}

TEST(Table, SaysWhatIsKnownOfAFilesHash) {
    Json report = hand_made();
    const auto file = [](const std::string& name, char digit) {
        return Json{{"file", name}, {"sha256", std::string(64, digit)}, {"bytes", 1}, {"pinned", false}};
    };
    Json& weights = report["units"][0]["weights"];
    weights = {file("known.pth", 'a'), file("pinned.pth", 'b'), file("net-cccccccc.pth", 'c'), file("own.pt", 'd'),
               file("own.pt", 'e')};
    weights[1]["pinned"] = weights[2]["pinned"] = true;
    weights[2]["name_digits"] = "cccccccc";
    weights[3]["own"] = weights[4]["own"] = true;
    const ReportTables tables = make_tables(report);
    const auto used = std::ranges::find(tables.facts, "Files used", &Remark::about);
    ASSERT_NE(used, tables.facts.end());
    for (const char* said :
         {"known.pth (sha256 aaaaaaaaaaaa)",
          "pinned.pth (sha256 bbbbbbbbbbbb; pinned at first use, not verified against its authors' hash)",
          "net-cccccccc.pth (sha256 cccccccccccc; pinned at first use; begins with the cccccccc of its published name",
          "own.pt (sha256 dddddddddddd; a file of your own", "own.pt (sha256 eeeeeeeeeeee; a file of your own"})
        EXPECT_THAT(used->text, HasSubstr(said));
    EXPECT_THAT(html_page(report, ""), HasSubstr("pinned at first use, not verified against its authors"));
}

TEST(Table, ProtocolsRoundAwayTheSignOfZero) {
    Json report = hand_made();
    const Json& row = report["rows"][0];
    report["presets"] = {{{"name", "p"},
                          {"paper", "a paper"},
                          {"source", "its scripts"},
                          {"note", nullptr},
                          {"values",
                           {{{"name", "p/FID"},
                             {"quantity", "FID"},
                             {"unit", "fid"},
                             {"value", "fid"},
                             {"direction", "lower"},
                             {"decimals", 3},
                             {"measure", ""},
                             {"about", "a distance"},
                             {"certainty", "script"},
                             {"available", true},
                             {"results",
                              {{{"method", row["method"]},
                                {"value", -1.5e-9},
                                {"n", 3},
                                {"missing", 0},
                                {"reason", nullptr},
                                {"note", nullptr}}}}}}}}};
    const ReportTables tables = make_tables(report);
    const Cell& first = table(tables, "Protocols side by side").rows.at(0).cells.at(0);
    EXPECT_EQ(first.text, "0.000");
    EXPECT_EQ(first.number, -1.5e-9);
}

TEST(Table, AColumnWithoutANumberIsLeftOutAndToldBesideOthersOfItsUnit) {
    Json report = hand_made();
    for (auto& row : report["rows"]) {
        Json& value = row["values"]["identity.distance"];
        value = {{"n", 0}, {"missing", 3}, {"mean", nullptr}, {"missing_reasons", {{"no label", 3}}}};
    }
    const auto titles = [&] {
        const ReportTables tables = make_tables(report);
        std::vector<std::string> all;
        for (const auto& column : table(tables, "Metrics").columns) all.push_back(column.title);
        return all;
    };
    EXPECT_THAT(titles(), Not(::testing::Contains("identity.distance")));
    EXPECT_THAT(titles(), ::testing::Contains("identity.cosine"));
    EXPECT_THAT(make_tables(report).legend,
                ::testing::Contains("Without a value in any row, and left out: identity.distance (no label)."));
    for (auto& row : report["rows"]) row["values"]["identity.cosine"] = row["values"]["identity.distance"];
    EXPECT_THAT(titles(), ::testing::Contains("identity.distance")) << "a unit without any number keeps its columns";
}

TEST(Markdown, ATerminalGetsNoEscapes) {
    const Json report = hand_made();
    const std::string text = text_table(report);
    EXPECT_THAT(text, HasSubstr("a|b <script>alert(2)</script> next"));
    EXPECT_THAT(text, Not(HasSubstr("&lt;")));
    EXPECT_THAT(text, Not(HasSubstr("\\_")));
    Json hostile = report;
    hostile["rows"][0]["method"] = "\x1b]0;title\x07";
    EXPECT_THAT(text_table(hostile), Not(HasSubstr("\x1b")));
}

TEST(Markdown, EscapesWhatALabelMayHold) {
    const std::string text = markdown_table(hand_made());
    EXPECT_THAT(text, Not(HasSubstr("<script")));
    EXPECT_THAT(text, Not(HasSubstr("<img")));
    EXPECT_THAT(text, HasSubstr("a\\|b &lt;script&gt;alert(2)&lt;/script&gt; next"));
    EXPECT_THAT(text, HasSubstr("nme_interocular ↓"));
}

TEST(Markdown, EveryLineOfATableHasAsManyColumns) {
    std::istringstream lines(markdown_table(hand_made()));
    size_t expected = 0, tables = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with('|')) {
            expected = 0;
            continue;
        }
        size_t bars = 0;
        for (size_t i = 0; i < line.size(); i++) bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1 : 0;
        if (expected == 0) {
            expected = bars;
            tables++;
        }
        EXPECT_EQ(bars, expected) << line;
    }
    EXPECT_EQ(tables, 4u);
}

TEST(Markdown, TellsWhatWasRun) {
    const std::string text = markdown_table(hand_made());
    for (const char* part : {"24.91 ± 0.85", "95 % intervals (percentile bootstrap, 1000 resamples, of samples)",
                             "* **Seed**: 1", "4 files: no partner in data/reference (3: b.png, c.png, ",
                             "; not a picture (1: a.txt)", "sha256 0123456789ab)", "3 samples",
                             "RGB, range 255, mean over channels; BasicSR, psnr_ssim.py; version 1", "psnr (dB) ↑"}) {
        EXPECT_THAT(text, HasSubstr(part));
    }
    EXPECT_THAT(text, Not(HasSubstr("nan")));
    EXPECT_THAT(text, Not(HasSubstr("Not complete")));
}

TEST(Legend, SaysWhereIntervalsWereMadeOtherwise) {
    Json report = hand_made();
    report["rows"][1]["values"]["psnr"]["interval"]["clusters"] = 2;
    EXPECT_THAT(make_tables(report).legend,
                ::testing::Contains("Values ± half the width of their 95 % intervals (percentile bootstrap, 1000 "
                                    "resamples, of samples); 95 % intervals (percentile bootstrap, 1000 resamples, of "
                                    "2 groups) for opencv-denoise psnr."));
}

TEST(Legend, SaysWhereSomeSamplesHaveNoGroup) {
    const auto legend = [](const Json& report) { return ::testing::PrintToString(make_tables(report).legend); };
    Json report = hand_made();
    EXPECT_THAT(legend(report), Not(HasSubstr("have a group")));
    report["samples"][1]["group"] = nullptr;
    EXPECT_THAT(legend(report), HasSubstr("Only 2 of 3 samples have a group: each of the others is drawn by itself"));
    for (auto& sample : report["samples"]) sample["group"] = nullptr;
    EXPECT_THAT(legend(report), Not(HasSubstr("have a group")));
}

TEST(Legend, WarnsOfABootstrapOfFew) {
    const auto legend = [](const Json& report) { return ::testing::PrintToString(make_tables(report).legend); };
    Json report = hand_made();
    EXPECT_THAT(legend(report), HasSubstr("fewer than 10 samples or groups is too narrow."));
    for (auto& row : report["rows"]) {
        for (auto& value : row["values"]) value["n"] = 10;
    }
    EXPECT_THAT(legend(report), Not(HasSubstr("too narrow")));
    report["rows"][1]["values"]["psnr"]["interval"]["clusters"] = 9;
    EXPECT_THAT(legend(report), HasSubstr("too narrow, as for opencv-denoise psnr."));
}

TEST(Markdown, ABackQuoteInACommandStaysInTheCode) {
    Json report = hand_made();
    report["units"][2]["mend"] = "fetch `x`";
    EXPECT_THAT(markdown_table(report), HasSubstr("To mend it: `` fetch `x` ``"));
}

TEST(Markdown, SaysThatARunWasStopped) {
    Json report = hand_made();
    report["complete"] = false;
    EXPECT_THAT(markdown_table(report), HasSubstr("Not complete"));
}

TEST(Markdown, AnotherSchemaIsAnError) {
    EXPECT_THROW(markdown_table(Json::object()), Error);
    EXPECT_THROW(markdown_table(Json{{"schema", "bfr-report/9"}}), Error);
    EXPECT_THROW(markdown_table(Json("text")), Error);
}

TEST(Markdown, ABrokenReportDoesNotCrash) {
    Json report = hand_made();
    break_each(report, 6, [&] {
        try {
            EXPECT_FALSE(markdown_table(report).empty());
        } catch (const Error&) {
            EXPECT_NE(report["schema"], "bfr-report/1");
        }
    });
}

TEST(Text, AMessageOfSeveralLinesBecomesOne) {
    EXPECT_EQ(on_one_line("a.pth: 2 differences:\n  b is missing\n\n  c is expected"),
              "a.pth: 2 differences: b is missing; c is expected");
}

TEST(Text, VisibleLeavesNothingThatActsOnATerminal) {
    EXPECT_EQ(visible("a\nb\tc"), "a b c");
    EXPECT_EQ(visible("\x1b[31mred"), "\uFFFD[31mred");
    EXPECT_EQ(visible("ñ 漢 😀"), "ñ 漢 😀");
    EXPECT_EQ(visible("a\u202Eb\u0085"), "a\uFFFDb\uFFFD");
    EXPECT_EQ(visible("\xff\xc3"), "\uFFFD\uFFFD");
    EXPECT_EQ(visible("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
    EXPECT_EQ(visible("\xc0\xaf"), "\uFFFD\uFFFD");            // an overlong slash
}

TEST(Text, Numbers) {
    EXPECT_EQ(rounded(-0.001, 2), "0.00");
    EXPECT_EQ(rounded(-0.006, 2), "-0.01");
    EXPECT_EQ(rounded(1e300, 2), "1.000e+300");
    EXPECT_EQ(rounded(0.5, 400), "0.500000000000");
    EXPECT_EQ(with_prefix(999), "999");
    EXPECT_EQ(with_prefix(61.5e6), "61.5 M");
    EXPECT_EQ(count_text(1, "sample"), "1 sample");
}

}  // namespace
}  // namespace bfr
