// Titles that hide which conventions a table is of.
#include "reports/paper/conventions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "reports/html.h"
#include "reports/paper/csv.h"
#include "reports/paper/latex.h"
#include "reports/paper/selection.h"
#include "reports/paper/table_json.h"
#include "tests/reports/hand_made.h"

namespace bfr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

// hand_made() with more metrics, each with psnr's numbers.
Json report_of(const std::vector<std::string>& labels, const std::vector<std::string>& of_sets = {}) {
    Json report = hand_made();
    const Json unit = report["units"][0];
    for (const bool of_set : {false, true}) {
        for (const std::string& label : of_set ? of_sets : labels) {
            Json one = unit;
            one["label"] = label;
            one["convention"] = "that of " + label;
            one["values"][0]["name"] = label;
            if (of_set) std::swap(one["values"], one["set_values"]);
            report["units"].push_back(one);
            for (Json& row : report["rows"]) {
                row["values"][label] = row["values"]["psnr"];
                row["set_values"][label] = {{"n", 3}, {"value", 1.5}, {"samples_sha256", "a"}};
            }
        }
    }
    return report;
}

std::string refused(const Json& report, const std::vector<std::string>& columns) {
    ReportTables tables = make_tables(report);
    try {
        choose_columns(tables, columns);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "";
}

TEST(Conventions, ATitleMayNotHideThatARowMixesThem) {
    const Json report =
        report_of({"psnr:convention=vqfr", "ssim", "ssim:convention=vqfr", "psnr:space=y", "lpips:net=vgg"},
                  {"fid", "fid:convention=clean", "kid"});
    EXPECT_THAT(refused(report, {"psnr:convention=vqfr as PSNR", "ssim as SSIM"}),
                AllOf(HasSubstr("'PSNR' is psnr:convention=vqfr (vqfr)"), HasSubstr("'SSIM' is ssim (basicsr)"),
                      HasSubstr("--force")));
    EXPECT_NE(refused(report, {"psnr:convention=vqfr as PSNR", "ssim"}), "");
    EXPECT_NE(refused(report, {"fid:convention=clean as FID", "kid as KID"}), "") << "whose resizer";
    // One convention for all, or titles that say it, or each unit's usual one.
    for (const std::vector<std::string>& columns : std::vector<std::vector<std::string>>{
             {"psnr:convention=vqfr as PSNR", "ssim:convention=vqfr as SSIM"},
             {"psnr:convention=vqfr as PSNR"},
             {"psnr:convention=vqfr as PSNR (VQFR)", "psnr as PSNR", "ssim as SSIM"},
             {"psnr:convention=vqfr", "psnr", "ssim as SSIM"},
             {"psnr as PSNR", "psnr:space=y as PSNR-Y", "ssim as SSIM", "lpips:net=vgg as LPIPS"},
             {"fid as FID", "kid as KID", "psnr as PSNR"},
             {"fid:convention=clean as FID", "psnr as PSNR", "n as N"}})
        EXPECT_EQ(refused(report, columns), "") << columns[0];
}

TEST(Conventions, ATitleIsOfOneUnitAndOfItsOwn) {
    const Json report = report_of({"psnr:space=y", "ssim"});
    EXPECT_THAT(refused(report, {"psnr as PSNR", "psnr:space=y as psnr "}), HasSubstr("are read as one title"));
    EXPECT_THAT(refused(report, {"psnr", "psnr:space=y as P.S.N.R."}), HasSubstr("psnr:space=y"));
    EXPECT_THAT(refused(report, {"psnr:space=y as psnr"}), HasSubstr("the name of another unit than psnr:space=y"));
    EXPECT_NE(refused(report, {"ssim as psnr:convention=vqfr"}), "");
    EXPECT_EQ(refused(report, {"psnr:space=y as PSNR"}), "");
    EXPECT_EQ(refused(report, {"psnr:space=y as psnr:space=y", "ssim as ssim"}), "");
}

TEST(Conventions, WhatIsForcedIsMarkedInEveryFormat) {
    const Json report = report_of({"psnr:convention=vqfr", "ssim"});
    const std::vector<std::string> columns = {"psnr:convention=vqfr as PSNR", "ssim as SSIM", "identity.distance"};
    ReportTables tables = make_tables(report);
    choose_columns(tables, columns, true);
    const Table& table = tables.tables[0];
    for (const size_t i : {size_t{0}, size_t{1}}) {
        ASSERT_TRUE(table.columns[i].note);
        EXPECT_THAT(tables.notes[*table.columns[i].note - 1], HasSubstr("printed by force: the rows mix conventions"));
    }
    EXPECT_FALSE(table.columns[2].note);
    const std::string note = "printed by force: the rows mix conventions";
    EXPECT_THAT(text_table(report, columns, true), AllOf(HasSubstr("PSNR (dB) ↑ ³"), HasSubstr("³ " + note)));
    EXPECT_THAT(latex_tables(report, {columns, false, false, true}),
                AllOf(HasSubstr("% Warning: chosen columns: " + note),
                      HasSubstr("PSNR (dB) $\\uparrow$\\rlap{\\textsuperscript{3}} &"),
                      HasSubstr("\\textsuperscript{3} " + note)));
    const auto warnings = csv_values(report, columns, true).warnings;
    ASSERT_FALSE(warnings.empty());
    EXPECT_THAT(warnings.back().text, HasSubstr(note));
    EXPECT_EQ(tables_json(tables)["tables"][0]["columns"][0]["note"], *table.columns[0].note);
    EXPECT_THROW(text_table(report, columns), UsageError);
    EXPECT_THROW(csv_values(report, columns), UsageError);
    EXPECT_THROW(latex_tables(report, {columns, false}), UsageError);
}

TEST(Conventions, OfWhatATableShowsStandBelowItUnderItsTitles) {
    const Json report = report_of({"psnr:convention=vqfr", "ssim"});
    const std::vector<std::string> columns = {"psnr:convention=vqfr as PSNR", "identity.distance as Distance"};
    EXPECT_THAT(text_table(report, columns),
                AllOf(HasSubstr("* **PSNR (psnr:convention=vqfr)**: that of psnr:convention=vqfr"),
                      HasSubstr("* **Distance (identity)**: cosine of dlib's"), Not(HasSubstr("**ssim**")),
                      Not(HasSubstr("**landmarks**")), HasSubstr("* **opencv-denoise**: ")));
    EXPECT_THAT(
        latex_tables(report, {columns, false}),
        AllOf(HasSubstr("\nPSNR (psnr:convention=vqfr): that of psnr:convention=vqfr.\\par"), Not(HasSubstr("ssim"))));
    EXPECT_THAT(text_table(report), AllOf(HasSubstr("**ssim**"), HasSubstr("**landmarks**")));
}

TEST(Conventions, AnImportedValueStaysOneUnderAnyTitle) {
    Json report = report_of({"theirs"});
    report["units"].back()["imported"] = true;
    EXPECT_THAT(text_table(report, {"theirs as PSNR"}), HasSubstr("PSNR (imported) (dB)"));
}

TEST(Conventions, LabelsOfOtherVersionsHaveNone) {
    const Json report = report_of({"psnr:convention=gone", "ssim:what=ever,convention=vqfr", "\"", "a:b"});
    EXPECT_EQ(
        refused(report, {"psnr:convention=gone as A", "ssim:what=ever,convention=vqfr as B", "\" as C", "a:b as D"}),
        "");
}

}  // namespace
}  // namespace bfr
