#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "reports/paper/csv.h"
#include "reports/paper/latex.h"
#include "reports/paper/selection.h"
#include "reports/table.h"
#include "tests/reports/hand_made.h"

namespace bfr {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> titles(const Table& table) {
    std::vector<std::string> names;
    for (const Column& column : table.columns) names.push_back(column.title);
    return names;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    size_t start = 0;
    for (size_t end; (end = text.find('\n', start)) != std::string::npos; start = end + 1)
        lines.push_back(text.substr(start, end - start));
    return lines;
}

TEST(Selection, AsGivesATitle) {
    EXPECT_EQ(wanted("psnr").name, "psnr");
    EXPECT_EQ(wanted("psnr").title, "");
    EXPECT_EQ(wanted("a as b as c").name, "a as b");
    EXPECT_EQ(wanted("a as b as c").title, "c");
    EXPECT_EQ(wanted(" as x").name, " as x");
    EXPECT_EQ(wanted("x as ").name, "x as ");
}

TEST(Selection, ColumnsComeInTheirOrderFromAllTablesWithTheFootnotesTheyUse) {
    ReportTables tables = make_tables(hand_made());
    choose_columns(tables, {"emotion", "psnr as PSNR", "seconds", "failed", "identity"});
    ASSERT_EQ(tables.tables.size(), 1u);
    const Table& table = tables.tables[0];
    EXPECT_THAT(titles(table),
                ElementsAre("agreement", "PSNR", "seconds a face", "failed", "identity.cosine", "identity.distance"));
    ASSERT_EQ(table.rows.size(), 3u);
    EXPECT_EQ(table.rows[1].cells[1].text, "24.91");
    for (const Row& row : table.rows) {
        for (const Cell& cell : row.cells) EXPECT_LE(cell.note.value_or(0), tables.notes.size());
    }
    EXPECT_EQ(tables.notes[*table.rows[0].cells[1].note - 1], "over 2 of 3: infinite: the pictures are equal (1)");
    EXPECT_THAT(tables.notes, Not(::testing::Contains("no value: fewer than 3 faces")));
}

TEST(Selection, NamesThatAreNoneAreAnswered) {
    ReportTables tables = make_tables(hand_made());
    EXPECT_THROW(choose_columns(tables, {"psnx"}), UsageError);
    EXPECT_THROW(choose_columns(tables, {"identity as ID"}), UsageError);  // two columns, one title
    EXPECT_THROW(choose_rows(hand_made(), {"degradet"}), UsageError);
    EXPECT_THROW(choose_rows(hand_made(), {"degraded", "degraded as Input"}), UsageError);
}

TEST(Selection, TheBestIsTheBestOfTheChosenRows) {
    const auto best = [](const Json& report) {
        ReportTables tables = make_tables(report);
        choose_columns(tables, {"landmarks.nme_interocular"});
        std::vector<std::string> names;
        for (const Row& row : tables.tables[0].rows)
            if (row.cells[0].best) names.push_back(row.method);
        return names;
    };
    Json report = hand_made();
    Json third = report["methods"][1], row = report["rows"][1];
    third["label"] = "own[compact-128]";
    row["method"] = "own[compact-128]";
    row["values"]["landmarks.nme_interocular"]["mean"] = 0.03;
    report["methods"].push_back(third);
    report["rows"].push_back(row);
    EXPECT_THAT(best(report), ElementsAre("own[compact-128]"));
    EXPECT_THAT(best(choose_rows(report, {"opencv-denoise as Denoise", "degraded"})), ElementsAre("Denoise"));
    // What a default stands for stays behind the name.
    EXPECT_THAT(best(choose_rows(report, {"own as Ours", "degraded"})), ElementsAre("Ours [compact-128]"));
    EXPECT_EQ(choose_rows(report, {}), report);
    // Of three the second is underlined, of two nobody.
    EXPECT_THAT(
        latex_tables(report, {{"landmarks.nme_interocular"}, false}),
        AllOf(HasSubstr("opencv-denoise & \\underline{0.0398}"), HasSubstr("own[compact-128] & \\textbf{0.0300}")));
}

TEST(Selection, RowsMayTakeEachOthersNames) {
    const auto psnr = [](const std::vector<std::string>& rows) {
        const Json report = choose_rows(hand_made(), rows);
        std::vector<std::pair<std::string, double>> found;
        for (const Json& row : report["rows"]) found.emplace_back(row["method"], row["values"]["psnr"]["mean"]);
        return found;
    };
    using Pair = std::pair<std::string, double>;
    const double degraded = hand_made()["rows"][0]["values"]["psnr"]["mean"],
                 denoise = hand_made()["rows"][1]["values"]["psnr"]["mean"];
    EXPECT_THAT(psnr({"degraded as opencv-denoise", "opencv-denoise as degraded"}),
                ElementsAre(Pair("opencv-denoise", degraded), Pair("degraded", denoise)));
    EXPECT_THAT(psnr({"degraded as opencv-denoise", "opencv-denoise as third"}),
                ElementsAre(Pair("opencv-denoise", degraded), Pair("third", denoise)));
    const Json seconds = choose_rows(hand_made(), {"degraded as opencv-denoise", "opencv-denoise as degraded"});
    EXPECT_EQ(seconds["timing"]["methods"]["degraded"], hand_made()["timing"]["methods"]["opencv-denoise"]);
    EXPECT_THROW(choose_rows(hand_made(), {"degraded as A", "opencv-denoise as A"}), UsageError);
    EXPECT_THROW(choose_rows(hand_made(), {"degraded as opencv-denoise", "opencv-denoise"}), UsageError);
}

TEST(Selection, TitlesOfColumnsAreDifferent) {
    const auto chosen = [](const std::vector<std::string>& columns) {
        ReportTables tables = make_tables(hand_made());
        choose_columns(tables, columns);
        return titles(tables.tables[0]);
    };
    EXPECT_THROW(chosen({"psnr as X", "n as X"}), UsageError);
    EXPECT_THROW(chosen({"psnr", "psnr"}), UsageError);
    EXPECT_THROW(chosen({"n as psnr", "psnr as psnr"}), UsageError);
    EXPECT_THAT(chosen({"n as psnr", "psnr as PSNR"}), ElementsAre("psnr", "PSNR"));
}

TEST(Selection, AUnitThatIsNotAvailableSaysWhatMendsIt) {
    ReportTables tables = make_tables(hand_made());
    EXPECT_THAT([&] { choose_columns(tables, {"lpips"}); },
                ::testing::ThrowsMessage<UsageError>(
                    AllOf(HasSubstr("lpips_alex.pth is not here"), HasSubstr("bfr weights fetch lpips-alex"))));
}

TEST(Selection, PresetsFollowTheRowsAndDifferencesAreSaidToBeLeftOut) {
    Json report = hand_made();
    Json results = Json::array();
    for (const Json& row : report["rows"]) {
        const double value = 20.0 + static_cast<double>(results.size());
        results.push_back({{"method", row["method"]}, {"value", value}});
    }
    report["presets"] = {
        {{"name", "vqfr"},
         {"values",
          {{{"name", "vqfr/PSNR"}, {"available", true}, {"certainty", "guess"}, {"results", std::move(results)}}}}}};
    const auto text_of_rows = [&] {
        return text_table(choose_rows(report, {"opencv-denoise as Second", "degraded as First"}));
    };
    const std::string text = text_of_rows();
    EXPECT_THAT(text, HasSubstr("(guess)"));
    EXPECT_LT(text.find("21.0000"), text.find("20.0000"));
    EXPECT_THAT(text, Not(HasSubstr("22.0000")));
    EXPECT_THAT(text, Not(HasSubstr("left out here")));
    report["comparison"] = {{{"against", "degraded"}, {"rows", Json::array()}}};
    EXPECT_THAT(text_of_rows(),
                HasSubstr("differences between rows, of ablations and of published numbers are left out here"));
}

// One part of a report's comparison, as reports/comparison.h makes it.
Json compared() { return {{{"against", "degraded"}, {"rows", hand_made()["rows"]}}}; }

TEST(Selection, TablesThatGoAreNamed) {
    Json report = hand_made();
    const auto warnings = [&](const std::vector<std::string>& columns) {
        ReportTables tables = make_tables(report);
        choose_columns(tables, columns);
        std::vector<std::string> texts;
        for (const Remark& one : tables.warnings) texts.push_back(one.text);
        return texts;
    };
    const auto lost = ::testing::Contains(HasSubstr("other tables are left out here: "));
    EXPECT_THAT(warnings({"psnr"}), Not(lost));
    report["comparison"] = compared();
    EXPECT_THAT(warnings({"psnr"}), lost);
    EXPECT_THAT(warnings({}), Not(lost));
    EXPECT_THAT(text_table(report, {"psnr"}), HasSubstr("other tables are left out here: "));
    EXPECT_THAT(latex_tables(report, {{"psnr"}, false}), HasSubstr("other tables are left out here: "));
}

TEST(Csv, SaysWhatHasNoLinesInIt) {
    Json report = hand_made();
    EXPECT_TRUE(csv_values(report, {}).warnings.empty());
    report["comparison"] = compared();
    for (const auto& columns : {std::vector<std::string>{}, {"psnr"}}) {
        const auto warnings = csv_values(report, columns).warnings;
        ASSERT_FALSE(warnings.empty());
        EXPECT_THAT(warnings.front().text + warnings.back().text, HasSubstr("left out"));
    }
}

TEST(Latex, NothingEndsAComment) {
    for (const char* end : {"\n", "\r", "\r\n", "\v", "\f", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
        const std::string text = std::string("a") + end + "\\input{b}" + end;
        Json report = hand_made();
        report["complete"] = false;
        report["warnings"] = {{{"about", text}, {"text", text}}};
        for (Json& unit : report["units"]) {
            if (unit["available"] == false) unit["label"] = unit["reason"] = unit["mend"] = text;
        }
        const std::string latex = latex_tables(report, {{"psnr"}, false});
        const std::string head = latex.substr(0, latex.find("\\begin{table}"));
        EXPECT_EQ(head.find_first_of("\r\v\f"), std::string::npos);
        EXPECT_THAT(head, HasSubstr("input"));
        for (const std::string& line : lines_of(head)) {
            EXPECT_TRUE(line.starts_with("% ")) << line;
            for (const char* separator : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"})
                EXPECT_THAT(line, Not(HasSubstr(separator)));
        }
    }
}

TEST(Selection, DecimalsOfAValueOrOfAUnit) {
    const auto decimals = [](const Json& report) {
        std::vector<int> all;
        for (const Json& unit : report["units"])
            for (const Json& value : unit["values"]) all.push_back(value["decimals"]);
        return all;
    };
    const auto before = decimals(hand_made());
    EXPECT_EQ(with_decimals(hand_made(), {}), hand_made());
    auto after = decimals(with_decimals(hand_made(), {"psnr=3", "identity=1", "identity.distance=0"}));
    EXPECT_THAT(std::vector(after.begin(), after.begin() + 3), ElementsAre(3, 1, 0));
    EXPECT_TRUE(std::equal(after.begin() + 3, after.end(), before.begin() + 3));
    EXPECT_THAT(latex_tables(with_decimals(hand_made(), {"psnr=1"}), {{"psnr"}, false}), HasSubstr("degraded & 24.1"));
    for (const char* wrong : {"psnr", "psnr=", "psnr=x", "psnr=13", "psnx=2", "=2"})
        EXPECT_THROW(with_decimals(hand_made(), {wrong}), UsageError) << wrong;
}

TEST(Latex, ARowIsNoArgumentOfWhatStandsBeforeIt) {
    Json report = hand_made();
    report["rows"][0]["method"] = "[a]";
    report["rows"][1]["method"] = " *b";
    EXPECT_THAT(latex_tables(report, {{"psnr"}, false}), AllOf(HasSubstr("\n{}[a] & "), HasSubstr("\n{} *b & ")));
}

TEST(Latex, SaysWhatTheOtherFormatsSay) {
    Json report = hand_made();
    report["warnings"] = {{{"about", "identity"}, {"text", "trained on\nthese people"}}};
    const std::string text = latex_tables(report, {{"psnr"}, false}), with = latex_tables(report, {{"psnr"}, true});
    EXPECT_THAT(text, HasSubstr("\n% Warning: identity: trained on these people\n"));
    EXPECT_THAT(text, HasSubstr("\n% Not available: lpips: lpips_alex.pth is not here. To mend it: bfr weights"));
    EXPECT_THAT(text, Not(HasSubstr("percentile bootstrap of fewer")));
    EXPECT_THAT(with, HasSubstr("percentile bootstrap of fewer"));
    report["rows"][0]["values"]["landmarks.nme_interocular"] =
        report["rows"][1]["values"]["landmarks.nme_interocular"] =
            report["rows"][2]["values"]["landmarks.nme_interocular"] = {{"n", 0}, {"mean", nullptr}};
    EXPECT_THAT(latex_tables(report, {{"psnr"}, false}), HasSubstr("and left out: landmarks.nme"));
}

TEST(Latex, EscapesWhateverIsMarkup) {
    EXPECT_EQ(escape_latex("a_b & 50% #1 $x$ {y} ~ ^ \\ <z>"),
              "a\\_b \\& 50\\% \\#1 \\$x\\$ \\{y\\} \\textasciitilde{} \\textasciicircum{} \\textbackslash{} "
              "\\textless{}z\\textgreater{}");
    EXPECT_EQ(escape_latex("--- a-b"), "-{}-{}- a-b");
    EXPECT_EQ(escape_latex("Δ ↑ é\n"), "$\\Delta$ $\\uparrow$ é ");
    const std::string text = latex_tables(hand_made(), {});
    EXPECT_THAT(text, HasSubstr("a\\textbar{}b \\textless{}script\\textgreater{}alert(2)"));
    EXPECT_THAT(text, Not(HasSubstr("<script")));
}

TEST(Latex, TheBestIsBoldAndNumbersStandWithTheirIntervals) {
    const LatexOptions options{{"identity.distance as Distance", "psnr", "n"}, false};
    const auto lines = lines_of(latex_tables(choose_rows(hand_made(), {"degraded", "opencv-denoise"}), options));
    EXPECT_THAT(lines, ::testing::Contains("\\begin{tabular}{lrrr}"));
    EXPECT_THAT(lines, ::testing::Contains("method & Distance $\\downarrow$ & psnr (dB) $\\uparrow$ & n \\\\"));
    EXPECT_THAT(lines, ::testing::Contains("degraded & 0.5200 & 24.13\\rlap{\\textsuperscript{1}} & 3 \\\\"));
    EXPECT_THAT(lines, ::testing::Contains("opencv-denoise & \\textbf{0.4800} & 24.91 & 3 \\\\"));
    EXPECT_THAT(lines, ::testing::Contains("psnr: RGB, range 255, mean over channels.\\par"));
    const std::string with = latex_tables(hand_made(), {{"identity.distance"}, true});
    EXPECT_THAT(with, HasSubstr("\\begin{tabular}{lr@{\\,}l}"));
    EXPECT_THAT(with, HasSubstr("\\textbf{0.4800} & {\\scriptsize $\\pm$ 0.0200} \\\\"));
}

TEST(Latex, SiunitxAlignsNumbersAndNothingElse) {
    Json report = hand_made();
    Json& values = report["rows"][0]["values"];
    values["psnr"]["mean"] = -101.5;
    values["identity.distance"]["mean"] = nullptr;
    const LatexOptions options{{"psnr", "identity.distance", "emotion", "seconds", "n"}, false, true};
    const auto lines = lines_of(latex_tables(report, options));
    EXPECT_EQ(lines[1], "% \\usepackage{siunitx}");
    EXPECT_THAT(lines, ::testing::Contains("\\begin{tabular}{lS[table-format=-3.2,detect-weight]"
                                           "S[table-format=1.4,detect-weight]S[table-format=1.3,detect-weight]"
                                           "S[table-format=1.2,detect-weight]S[table-format=1.0,detect-weight]}"));
    EXPECT_THAT(lines, ::testing::Contains("method & {psnr (dB) $\\uparrow$} & {identity.distance $\\downarrow$} & "
                                           "{agreement $\\uparrow$} & {seconds a face $\\downarrow$} & {n} \\\\"));
    EXPECT_THAT(lines, ::testing::Contains(
                           "degraded & -101.50{\\rlap{\\textsuperscript{1}}} & "
                           "{n/a\\rlap{\\textsuperscript{2}}} & \\bfseries 0.667{\\rlap{\\textsuperscript{3}}} & "
                           "{\\textless{} 0.001} & 3 \\\\"));
    EXPECT_THAT(lines, ::testing::Contains(::testing::StartsWith("opencv-denoise & 24.91 & 0.4800 & ")));
    // The second best is underlined without a width, intervals have a column of their own.
    Json third = report["methods"][1], row = report["rows"][1];
    third["label"] = row["method"] = "third";
    row["values"]["landmarks.nme_interocular"]["mean"] = 0.03;
    report["methods"].push_back(third);
    report["rows"].push_back(row);
    const std::string second = latex_tables(report, {{"landmarks.nme_interocular"}, true, true});
    EXPECT_THAT(second, AllOf(HasSubstr("{lS[table-format=1.4,detect-weight]@{\\,}l}"),
                              HasSubstr("\\multicolumn{2}{c}{nme\\_interocular $\\downarrow$}"),
                              HasSubstr("& 0.0398{\\llap{\\underline{\\phantom{$0.0398$}}}} & {\\scriptsize $\\pm$ "),
                              HasSubstr("third & \\bfseries 0.0300 & ")));
    EXPECT_EQ(latex_tables(report, {}).find("siunitx"), std::string::npos);
}

TEST(Latex, ColumnsAgreeInEveryLine) {
    for (const bool intervals : {false, true}) {
        const std::string text = latex_tables(hand_made(), {{}, intervals});
        size_t columns = 0, tables = 0;
        for (const std::string& line : lines_of(text)) {
            const auto ands = [&] {
                size_t count = 0;
                for (size_t i = 0; i < line.size(); i++)
                    if (line[i] == '&' && (i == 0 || line[i - 1] != '\\')) count++;
                return count;
            };
            if (line.starts_with("\\begin{tabular}")) {
                const std::string format = line.substr(line.find('}') + 1);
                columns = static_cast<size_t>(std::ranges::count(format, 'l') + std::ranges::count(format, 'r'));
                tables++;
            } else if (line.ends_with("\\\\") && line.find("multicolumn") == std::string::npos) {
                EXPECT_EQ(ands() + 1, columns) << line;
            }
        }
        EXPECT_GT(tables, 2u);
    }
}

TEST(Csv, HasALineForEachRowAndValueInFullPrecision) {
    const std::string text = csv_values(hand_made(), {}).text;
    EXPECT_TRUE(
        text.starts_with("row,value,measure,better,number,low,high,n,missing,excluded,failed,convention,weights,"
                         "reason\r\ndegraded,psnr,dB,higher,"
                         "24.126,23.5,24.9,2,1,0,0,\"RGB, range 255, mean over channels\",,over 2 of 3: infinite: the "
                         "pictures are equal (1)\r\n"));
    EXPECT_THAT(text, HasSubstr("\"outputs:dir=\"\"a|b <script>alert(2)</script> next\"\"\",psnr,dB,higher,30.5,"));
    EXPECT_THAT(text, HasSubstr("identity.cosine,,higher,,,,0,2,0,1,"));  // no number: empty
    EXPECT_THAT(text, HasSubstr("dlib_face_recognition_resnet_model_v1.dat:0123456789abcdef"));
    EXPECT_EQ(std::ranges::count(text, '\n'), 1 + 3 * 8);
    EXPECT_THAT(text, HasSubstr("degraded,lpips,,,,,,,,,,"));
    EXPECT_THAT(text, HasSubstr("not available: lpips_alex.pth is not here. To mend it: bfr weights fetch lpips-alex"));
    const std::string chosen = csv_values(hand_made(), {"landmarks.auc_0.08 as AUC", "psnr"}).text;
    EXPECT_EQ(std::ranges::count(chosen, '\n'), 1 + 3 * 2);
    EXPECT_THAT(chosen, HasSubstr("degraded,AUC,,higher,0.412,,,3,0,0,0,"));
    for (const char* name : {"n", "failed", "seconds", "lpips"})
        EXPECT_THROW(csv_values(hand_made(), {name}), UsageError) << name;
    EXPECT_THROW(csv_values(hand_made(), {"psnr as X", "landmarks.auc_0.08 as X"}), UsageError);
}

TEST(Csv, NoTextIsAFormula) {
    for (const char* label : {"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", " =1", "\rx"}) {
        Json report = hand_made();
        report["rows"][0]["method"] = label;
        const std::string text = csv_values(report, {"psnr"}).text;
        EXPECT_EQ(text.substr(text.find('\n') + 1, 1), "'") << label;
    }
    Json report = hand_made();
    report["rows"][0]["values"]["psnr"]["mean"] = -1.5;
    EXPECT_THAT(csv_values(report, {"psnr"}).text, HasSubstr("degraded,psnr,dB,higher,-1.5,"));
}

TEST(Paper, ABrokenReportIsPoorerAndNothingWorse) {
    Json report = hand_made();
    break_each(report, 5, [&] {
        try {
            latex_tables(report, {{}, true});
            csv_values(report, {});
            choose_rows(report, {"degraded as x"});
            with_decimals(report, {"psnr=3"});
        } catch (const Error&) {
        }
    });
}

}  // namespace
}  // namespace bfr
