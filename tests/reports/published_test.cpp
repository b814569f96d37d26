// Published tables beside a run: what is compared, and what isn't.
#include "reports/papers/published.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "reports/html.h"
#include "reports/paper/latex.h"
#include "reports/paper/selection.h"
#include "reports/papers/unit_match.h"
#include "tests/reports/hand_made.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTable = R"(table,theirs
title,"Theirs, Table 1"
source,their repository
method,Input,degraded
metric,PSNR,higher,same,psnr,,,basicsr,ground truth,
metric,LPIPS,lower,same,lpips:net=vgg,,,VGG-16,ground truth,
metric,FID,lower,same,"fid:convention=basicsr,stats=ffhq.pth",,,basicsr,FFHQ,
metric,NME,lower,guess,landmarks,nme_interocular,100,percent,ground truth,the normaliser is not known
metric,MUSIQ,higher,none,,,,pyiqa,,bfr has none
data,CelebA-Test,CelebA-Test,GFPGAN's package,3000
values,PSNR,LPIPS,FID,NME,MUSIQ
row,Input,25.35,0.4866,143.98,6.08,20
row,GFPGAN,25.08,0.3646,42.62,,70
row,Best,99.99,0.0001,1.00,0.01,99
)";

Json value(double mean, uint64_t n = 3000) {
    return {{"n", n},       {"missing", 3000 - n}, {"missing_reasons", Json::object()}, {"samples_sha256", "a"},
            {"mean", mean}, {"interval", nullptr}};
}

Json unit(const std::string& kind, const std::string& label, const std::string& name, bool of_set = false) {
    Json one = {
        {"kind", kind},      {"label", label},           {"convention", "c"},       {"version", "1"},
        {"available", true}, {"weights", Json::array()}, {"values", Json::array()}, {"set_values", Json::array()}};
    one[of_set ? "set_values" : "values"].push_back(
        {{"name", name}, {"unit", ""}, {"direction", "higher"}, {"summary", "s"}, {"decimals", 4}});
    return one;
}

// A run over CelebA-Test, as far as anybody can tell.
Json report() {
    Json all = {{"schema", "bfr-report/1"}, {"seed", 1}, {"samples", Json::array()}, {"methods", Json::array()}};
    all["data"] = {
        {"n", 3000},
        {"sets",
         {{{"role", "degraded"},
           {"n", 3000},
           {"recognised", {{{"name", "CelebA-Test"}, {"certainty", "looks like"}, {"differences", nullptr}}}}}}}};
    all["units"] = {
        unit("metric", "psnr", "psnr"), unit("metric", "lpips:net=vgg", "lpips:net=vgg"),
        unit("metric", "fid:convention=basicsr,stats=ffhq.pth", "fid:convention=basicsr,stats=ffhq.pth", true),
        unit("task", "landmarks", "landmarks.nme_interocular")};
    all["rows"] = Json::array();
    for (const char* label : {"degraded", "outputs:name=gfpgan", "vspbfr[compact-128]"}) {
        all["methods"].push_back({{"label", label}, {"available", true}, {"weights", Json::array()}});
        all["rows"].push_back(
            {{"method", label},
             {"n", 3000},
             {"failed", 0},
             {"values",
              {{"psnr", value(25.5)}, {"lpips:net=vgg", value(0.4)}, {"landmarks.nme_interocular", value(0.0611)}}},
             {"set_values",
              {{"fid:convention=basicsr,stats=ffhq.pth",
                {{"n", 3000}, {"missing", 0}, {"samples_sha256", "a"}, {"value", 140.0}, {"reason", nullptr}}}}}});
    }
    return all;
}

class PublishedBeside : public ::testing::Test {
  protected:
    PublishedBeside() : table_(read_paper(kTable, "theirs.csv")), report_(report()) {}

    Json section(const PublishedOptions& options = {}) const {
        return published_section(report_, table_, table_.data.front(), options);
    }
    ReportTables tables(const PublishedOptions& options = {}) const {
        Json with = report_;
        with["published"] = {section(options)};
        return make_tables(with);
    }
    static const Json& of(const Json& section, size_t row, const std::string& metric) {
        static const Json kNull;
        for (const Json& value : section["measured"][row]["values"])
            if (value["metric"] == metric) return value;
        return kNull;
    }
    static const Table* titled(const ReportTables& tables, const std::string& beginning) {
        for (const Table& table : tables.tables)
            if (table.title.starts_with(beginning)) return &table;
        return nullptr;
    }

    PaperTable table_;
    Json report_;
};

TEST_F(PublishedBeside, ComparesWhatIsTheSame) {
    const Json all = section();
    EXPECT_EQ(all["data"]["status"], "looks like");
    EXPECT_EQ(all["measured"][0]["method"], "Input") << "by its unit";
    EXPECT_EQ(all["measured"][1]["method"], "GFPGAN") << "by its name, whatever its case";
    EXPECT_TRUE(all["measured"][0]["set_apart"].is_null());
    EXPECT_NEAR(of(all, 0, "PSNR")["deviation"].get<double>(), 25.5 - 25.35, 1e-12);
    EXPECT_NEAR(of(all, 1, "FID")["deviation"].get<double>(), 140 - 42.62, 1e-12);
    const ReportTables made = tables();
    const Table* const beside = titled(made, "Beside theirs");
    ASSERT_TRUE(beside);
    ASSERT_EQ(beside->rows.size(), 5U);
    EXPECT_EQ(beside->rows[2].method, "Input [as published: theirs]");
    EXPECT_EQ(beside->rows[0].cells[1].text, "+0.15");
    EXPECT_EQ(beside->rows[3].cells[0].text, "25.08");
    for (const Table& table : made.tables) {
        if (table.title.find("theirs") == std::string::npos) continue;
        for (const Row& row : table.rows)
            for (const Cell& cell : row.cells) EXPECT_FALSE(cell.best || cell.second || cell.tied) << row.method;
    }
    // the run's own best stays what it is without the paper's 99.99
    EXPECT_EQ(make_tables(report_).tables.front().rows[0].cells[2].best, made.tables.front().rows[0].cells[2].best);
}

TEST_F(PublishedBeside, AConventionThatIsAGuessHasADagger) {
    const Json all = section();
    EXPECT_NEAR(of(all, 0, "NME")["measured"].get<double>(), 6.11, 1e-9) << "on the paper's scale";
    EXPECT_TRUE(of(all, 0, "NME")["deviation"].is_null());
    EXPECT_THAT(of(all, 0, "NME")["reason"].get<std::string>(), HasSubstr("normaliser"));
    const ReportTables made = tables();
    const Table* const beside = titled(made, "Beside theirs");
    const auto column = std::ranges::find(beside->columns, "NME", &Column::title) - beside->columns.begin();
    const Cell& cell = beside->rows[2].cells[static_cast<size_t>(column)];
    EXPECT_EQ(cell.text, "6.08†");
    EXPECT_FALSE(cell.number) << "nothing to sort by";
    ASSERT_TRUE(cell.note);
    EXPECT_THAT(made.notes[*cell.note - 1], HasSubstr("normaliser"));
}

TEST_F(PublishedBeside, WhatNoUnitComputesIsLeftOutWithTheReason) {
    const ReportTables made = tables();
    for (const Table& table : made.tables)
        EXPECT_TRUE(std::ranges::find(table.columns, "MUSIQ", &Column::title) == table.columns.end());
    const auto found = std::ranges::find(made.protocols, "theirs/MUSIQ", &Remark::about);
    ASSERT_NE(found, made.protocols.end());
    EXPECT_THAT(found->text, HasSubstr("bfr has none"));
}

TEST_F(PublishedBeside, AnotherConventionIsNotTheColumns) {
    for (const char* other : {"psnr:convention=pyiqa", "psnr:space=y", "psnr:crop=4"}) {
        report_ = report();
        report_["units"][0] = unit("metric", other, other);
        report_["rows"][0]["values"][other] = value(25.5);
        const Json all = section();
        EXPECT_TRUE(all["metrics"][0]["value"].is_null()) << other;
        EXPECT_THAT(all["metrics"][0]["reason"].get<std::string>(),
                    AllOf(HasSubstr("--metric psnr"), HasSubstr(std::string(other) + " is another convention")));
    }
    // written otherwise, it is the same
    report_ = report();
    report_["units"][0]["label"] = "psnr:convention=basicsr,crop=0";
    EXPECT_TRUE(section()["metrics"][0]["comparable"].get<bool>());
}

TEST_F(PublishedBeside, OtherStatisticsAreAnotherReferenceAndOwnWeightsNoComparison) {
    EXPECT_TRUE(is_unit_of(table_.metrics[2], "fid:convention=basicsr,stats=there/ffhq.pth"));
    EXPECT_FALSE(is_unit_of(table_.metrics[2], "fid:convention=basicsr,stats=mine.stats"));
    EXPECT_FALSE(is_unit_of(table_.metrics[2], "fid:convention=basicsr"));
    EXPECT_FALSE(is_unit_of(table_.metrics[1], "nonsense:x=1"));
    EXPECT_FALSE(is_unit_of(table_.metrics[1], "lpips:net=vgg,x"));
    report_["units"][1]["label"] = "lpips:net=vgg,trunk=own.pth";
    report_["units"][1]["values"][0]["name"] = "lpips:net=vgg";
    report_["units"][1]["weights"] = {{{"file", "own.pth"}, {"sha256", "0"}, {"own", true}}};
    const Json all = section();
    EXPECT_FALSE(all["metrics"][1]["comparable"].get<bool>());
    EXPECT_TRUE(of(all, 0, "LPIPS")["deviation"].is_null());
    EXPECT_THAT(of(all, 0, "LPIPS")["reason"].get<std::string>(), HasSubstr("own.pth"));
}

TEST_F(PublishedBeside, AFileThatNobodyCanVouchForIsSaidBesideTheDeviation) {
    report_["units"][1]["weights"] = {{{"file", "vgg.pth"}, {"sha256", "0"}, {"pinned", true}}};
    const ReportTables made = tables();
    const Table* const beside = titled(made, "Beside theirs");
    const auto column = std::ranges::find(beside->columns, "Δ LPIPS", &Column::title) - beside->columns.begin();
    const Cell& cell = beside->rows[0].cells[static_cast<size_t>(column)];
    EXPECT_EQ(cell.text, "-0.0866");
    ASSERT_TRUE(cell.note);
    EXPECT_THAT(made.notes[*cell.note - 1], AllOf(HasSubstr("vgg.pth"), HasSubstr("nobody publishes")));
    report_["units"][1]["weights"][0]["name_digits"] = "01234567";
    EXPECT_TRUE(section()["metrics"][1]["note"].is_null());
}

// BasicSR's file of statistics is always a person's own copy, and carries the beginning of its hash.
TEST_F(PublishedBeside, StatisticsAreThePapersByTheirHashOrByAWord) {
    Json& weights = report_["units"][2]["weights"];
    weights = {{{"file", "ffhq.pth"}, {"sha256", "0"}, {"own", true}}};
    EXPECT_FALSE(section()["metrics"][2]["comparable"].get<bool>());
    EXPECT_TRUE(section({true, {}})["metrics"][2]["comparable"].get<bool>());
    weights[0]["name_digits"] = "01234567";
    EXPECT_TRUE(section()["metrics"][2]["comparable"].get<bool>());
    weights.push_back({{"file", "inception.pth"}, {"sha256", "0"}, {"own", true}});
    EXPECT_FALSE(section({true, {}})["metrics"][2]["comparable"].get<bool>());
}

TEST_F(PublishedBeside, CompactAndOwnWeightsStandApart) {
    report_["methods"][1]["weights"] = {{{"file", "mine.pth"}, {"sha256", "0"}, {"own", true}}};
    const Json all = section({false, {{"vspbfr", "Best"}}});
    EXPECT_EQ(all["measured"][2]["method"], "Best");
    EXPECT_THAT(all["measured"][2]["set_apart"].get<std::string>(), HasSubstr("[compact-128]"));
    EXPECT_THAT(all["measured"][1]["set_apart"].get<std::string>(), HasSubstr("mine.pth"));
    EXPECT_TRUE(of(all, 2, "PSNR")["deviation"].is_null());
    const ReportTables made = tables();
    const Table* const beside = titled(made, "Beside theirs");
    const Table* const apart = titled(made, "Set apart from theirs");
    ASSERT_TRUE(beside && apart);
    EXPECT_EQ(beside->rows[0].method, "degraded");
    EXPECT_EQ(beside->rows.size(), 4U);
    ASSERT_EQ(apart->rows.size(), 2U);
    EXPECT_THAT(apart->about, AllOf(HasSubstr("[compact-128]"), HasSubstr("mine.pth")));
    for (const auto& label : {"vspbfr:name=ours[own]", "x[off-distribution]", "x[bf16]"}) {
        report_ = report();
        report_["rows"][2]["method"] = label;
        EXPECT_TRUE(section()["measured"][2]["set_apart"].is_string()) << label;
    }
    report_["rows"][2]["method"] = "vspbfr:name=GFPGAN[official]";
    EXPECT_TRUE(section()["measured"][2]["set_apart"].is_null());
    EXPECT_EQ(section()["measured"][2]["method"], "GFPGAN");
}

TEST_F(PublishedBeside, OtherPicturesAreNeverCompared) {
    Json& role = report_["data"]["sets"][0];
    const auto status = [&](bool same_data = false) { return section({same_data, {}})["data"]["status"]; };
    for (const char* certainty : {"is named as", "has as many pictures as", "resembles"}) {
        role["recognised"][0]["certainty"] = certainty;
        EXPECT_EQ(status(), "differs") << certainty;
    }
    role["recognised"][0]["name"] = "LFW-Test";
    role["recognised"][0]["certainty"] = "is";
    EXPECT_EQ(status(), "differs");
    EXPECT_EQ(status(true), "said");
    role["recognised"] = Json::array();
    const Json all = section();
    for (const Json& row : all["measured"]) {
        EXPECT_THAT(row["set_apart"].get<std::string>(), HasSubstr("can't be compared"));
        for (const Json& value : row["values"]) EXPECT_TRUE(value["deviation"].is_null());
    }
    const ReportTables made = tables();
    EXPECT_EQ(titled(made, "Beside theirs")->rows.size(), 3U) << "the paper's alone";
    EXPECT_EQ(titled(made, "Set apart")->rows.size(), 3U);
    EXPECT_THAT(made.warnings.back().text, HasSubstr("can't be compared"));
    report_.erase("data");
    EXPECT_EQ(status(), "differs");
}

TEST_F(PublishedBeside, OtherNumbersOfPicturesAreNot) {
    report_["rows"][0]["values"]["psnr"] = value(25.5, 2999);
    EXPECT_THAT(of(section(), 0, "PSNR")["reason"].get<std::string>(), HasSubstr("2999"));
    EXPECT_FALSE(of(section(), 1, "PSNR")["deviation"].is_null());
    report_["rows"][0]["values"]["psnr"]["excluded"] = 1;  // as the paper's script leaves it out
    EXPECT_FALSE(of(section(), 0, "PSNR")["deviation"].is_null());
    report_["data"]["n"] = 2990;
    EXPECT_THAT(section()["measured"][0]["set_apart"].get<std::string>(), HasSubstr("2990"));
    EXPECT_THAT(section({true, {}})["measured"][0]["set_apart"].get<std::string>(), HasSubstr("2990"));
}

TEST_F(PublishedBeside, NamesAreChecked) {
    EXPECT_THROW(section({false, {{"nobody", "Best"}}}), UsageError);
    EXPECT_THROW(section({false, {{"vspbfr", "Worst"}}}), UsageError);
    EXPECT_THROW(section({false, {{"vspbfr", "Best"}, {"vspbfr[compact-128]", "Input"}}}), UsageError);
    EXPECT_EQ(section({false, {{"degraded", "best"}}})["measured"][0]["method"], "Best");
}

TEST_F(PublishedBeside, TheDataAreThoseThatWereRecognised) {
    const Papers papers;
    const PaperTable& several = *papers.find("survey-table7");
    const auto found = data_beside(report_, several);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0]->name, "CelebA-Test");
    EXPECT_EQ(data_beside(report_, *papers.find("osdface-table1")).size(), 1U) << "its only one";
    report_["data"]["sets"][0]["recognised"].push_back({{"name", "LFW-Test"}, {"certainty", "looks like"}});
    EXPECT_EQ(data_beside(report_, several).size(), 2U);
    report_["data"]["sets"] = Json::array();
    EXPECT_THROW(data_beside(report_, several), UsageError);
}

TEST_F(PublishedBeside, EveryWriterShowsIt) {
    report_["published"] = {section()};
    EXPECT_THAT(text_table(report_), AllOf(HasSubstr("### Beside theirs (CelebA-Test)"), HasSubstr("6.08†"),
                                           HasSubstr("GFPGAN [as published: theirs]"), HasSubstr("theirs/MUSIQ")));
    EXPECT_THAT(markdown_table(report_), HasSubstr("GFPGAN \\[as published: theirs\\]"));
    const std::string latex = latex_tables(report_, {});
    EXPECT_THAT(latex, AllOf(HasSubstr("Beside theirs"), HasSubstr("6.08$\\dagger$"), HasSubstr("without intervals")));
    const Scratch scratch;
    EXPECT_THAT(html_page(report_, scratch.path()), AllOf(HasSubstr("as published: theirs"), HasSubstr("6.08†")));
    EXPECT_THAT(text_table(choose_rows(report_, {"degraded"})), Not(HasSubstr("as published")));
}

TEST_F(PublishedBeside, ADamagedSectionMakesAPoorerTableAndNothingWorse) {
    report_["published"] = {section()};
    const auto check = [&] { EXPECT_NO_THROW(make_tables(report_)); };
    break_each(report_["published"], 5, check);
    for (const char* part : {"data", "units", "rows", "methods"}) {
        for (const Json& wrong : {Json(), Json("x"), Json::array({1}), Json::object({{"a", 1}})}) {
            const Json kept = report_[part];
            report_[part] = wrong;
            EXPECT_NO_THROW(section()) << part << wrong;
            report_[part] = kept;
        }
    }
}

}  // namespace
}  // namespace bfr::testing
