// The bibliography of a report: what it names, what it says of the rest, and valid BibTeX whatever a report says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "datasets/known_sets.h"
#include "reports/citations/bibtex.h"
#include "reports/citations/entries.h"
#include "tests/reports/citations/answered.h"
#include "tests/reports/citations/bib_parser.h"
#include "tests/reports/hand_made.h"

namespace bfr {
namespace {

using ::testing::AllOf;
using testing::BibParser;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using testing::ParsedEntry;

// What BibTeX's standard styles ask of a type. Tools' own pages give no year: @misc needs none.
const std::map<std::string, std::vector<std::string>> kRequired = {
    {"article", {"author", "title", "journal", "year"}},
    {"inproceedings", {"author", "title", "booktitle", "year"}},
    {"techreport", {"author", "title", "institution", "year"}},
    {"misc", {"author", "title"}},
    {"software", {"title", "version", "key"}},
};

void expect_valid(const std::vector<ParsedEntry>& entries) {
    std::set<std::string> keys;
    for (const auto& entry : entries) {
        SCOPED_TRACE(entry.key);
        EXPECT_TRUE(keys.insert(entry.key).second);
        ASSERT_TRUE(kRequired.contains(entry.type)) << entry.type;
        for (const auto& field : kRequired.at(entry.type)) EXPECT_FALSE(entry.fields.at(field).empty()) << field;
        for (const auto& [name, value] : entry.fields)
            EXPECT_TRUE(std::ranges::all_of(value, [](unsigned char c) { return c >= ' ' && c < 127; })) << value;
        EXPECT_TRUE(entry.type != "misc" || entry.fields.contains("url") || entry.fields.contains("eprint"));
        EXPECT_TRUE(!entry.fields.contains("year") || entry.key.find(entry.fields.at("year")) != std::string::npos);
        EXPECT_EQ(entry.fields.contains("eprint"), entry.fields.contains("archiveprefix"));
    }
}

std::vector<std::string> keys_of(const std::string& text) {
    std::vector<std::string> keys;
    for (const auto& entry : BibParser(text).entries()) keys.push_back(entry.key);
    return keys;
}

TEST(Citations, EntriesAreValidBibtex) {
    const auto parsed = BibParser(embedded_bib()).entries();
    expect_valid(parsed);
    ASSERT_EQ(parsed.size(), bib_entries().size());
    for (size_t i = 0; i < parsed.size(); i++) EXPECT_EQ(parsed[i].key, bib_entries()[i].key);
}

Json unit(const std::string& kind, const std::string& label) {
    return {{"kind", kind},      {"label", label},           {"source", "who made " + label},
            {"available", true}, {"weights", Json::array()}, {"trained_on", Json::array()}};
}

Json made_up() {
    Json lpips = unit("metric", "lpips:net=alex"), own = unit("metric", "dists"), missing = unit("metric", "niqe");
    lpips["weights"] = Json::array({{{"file", "alexnet-owt-7be5be79.pth"}, {"own", false}}});
    lpips["trained_on"] = {"LFW", "a set of nobody's"};
    own["weights"] = Json::array({{{"file", "alexnet-owt-7be5be79.pth"}, {"own", true}}});
    missing["available"] = false;
    missing["reason"] = "its file is not here";
    return {
        {"context",
         {{"program", {{"version", "0.0.7"}, {"commit", "feedc0de+changes"}}}, {"started", "2026-01-02T03:04:05Z"}}},
        {"methods", {unit("", "degraded"), unit("", "vspbfr"), unit("", "outputs:name=GFPGAN")}},
        {"units",
         {unit("task", "landmarks:net=fan68"), unit("metric", "psnr:convention=pyiqa"), lpips, own, missing,
          unit("metric", "musiq:net=x")}},
        {"presets",
         {{{"name", "vqfr"}, {"values", {{{"available", true}}}}},
          {{"name", "pmrf"}, {"values", {{{"available", false}}}}}}},
        {"published", {{{"table", "osdface-table1"}}, {{"table", "mine"}, {"title", "My table"}, {"source", "here"}}}},
        {"data",
         {{"sets",
           {{{"role", "degraded"},
             {"n", 3000},
             {"recognised", {{{"name", "CelebA-Test"}, {"certainty", "looks like"}, {"differences", nullptr}}}}},
            {{"role", "reference"},
             {"n", 180},
             {"recognised", {{{"name", "CelebChild-Test"}, {"certainty", "has as many pictures as"}}}}}}}}}};
}

TEST(Citations, EveryKnownSetIsAnswered) {
    for (const auto& set : known_sets()) {
        expect_answered(Cited::kDataSet, set.name);
        for (const auto& people : set.people_of) expect_answered(Cited::kDataSet, people);
    }
}

TEST(Citations, AReportNamesTheWorksOfWhatItUsed) {
    const std::string text = bibtex(made_up());
    const auto entries = BibParser(text).entries();
    expect_valid(entries);
    EXPECT_EQ(entries.front().key, "bfr");
    EXPECT_EQ(entries.front().fields.at("version"), "0.0.7");
    EXPECT_EQ(entries.front().fields.at("note"), "source commit feedc0de+changes, run of 2026-01-02T03:04:05Z");
    EXPECT_THAT(text, Not(HasSubstr("* program")));
    const auto keys = keys_of(text);
    EXPECT_THAT(keys, IsSupersetOf({"lu2025vspbfr", "bulat2017fan", "chen2022pyiqa", "zhang2018lpips",
                                    "krizhevsky2014alexnet", "ding2022dists", "gu2022vqfr", "wang2025osdface",
                                    "wang2021gfpgan", "liu2015celeba", "russakovsky2015imagenet", "huang2007lfw"}));
    EXPECT_THAT(keys, Not(Contains("mittal2013niqe"))) << "it gave no number";
    EXPECT_THAT(keys, Not(Contains("ohayon2025pmrf"))) << "none of its values is there";
    EXPECT_THAT(
        text, AllOf(HasSubstr("% for metric psnr:convention=pyiqa: its convention\n@misc{chen2022pyiqa,"),
                    HasSubstr("% for metric lpips:net=alex: its network\n% for file alexnet-owt-7be5be79.pth of "
                              "lpips:net=alex\n@misc{krizhevsky"),
                    HasSubstr("% for data: the degraded folder looks like CelebA-Test\n@inproceedings{wang2021gfpgan,"),
                    HasSubstr("% for training data of lpips:net=alex: ImageNet\n")));
    EXPECT_LT(text.find("zhang2018lpips"), text.find("bulat2017fan")) << "metrics before tasks";
}

// Arms of an ablation have the same files.
TEST(Citations, AFileOfSeveralRowsIsNamedOnce) {
    Json report = made_up();
    for (const char* label : {"lpips:name=b,net=alex", "lpips:name=c,net=alex"}) {
        report["units"].push_back(report["units"][2]);
        report["units"].back()["label"] = label;
    }
    EXPECT_THAT(bibtex(report), AllOf(HasSubstr("% for file alexnet-owt-7be5be79.pth of lpips:net=alex and 2 more\n"),
                                      HasSubstr("% for training data of lpips:net=alex and 2 more: ImageNet\n"),
                                      Not(HasSubstr("pth of lpips:name=b"))));
}

TEST(Citations, WhatHasNoEntryIsSaid) {
    const std::string text = bibtex(made_up());
    EXPECT_THAT(
        text,
        AllOf(HasSubstr("% * method degraded: the input itself, no method; source: who made degraded\n"),
              HasSubstr("% * method outputs:name=GFPGAN: pictures of another program or network: cite the work that "
                        "made them; source: who made"),
              HasSubstr("% * metric musiq:net=x: not known here; source: who made musiq:net=x\n"),
              HasSubstr("% * metric niqe: not available in this report, it gave no number: its file is not here\n"),
              HasSubstr("% * protocol pmrf: none of its values is available in this report\n"),
              HasSubstr("% * published table mine: not known here; source: My table; source: here\n")));
    EXPECT_THAT(text, AllOf(HasSubstr("% * data: the reference folder has as many pictures as CelebChild-Test; cite it "
                                      "if it is; source: Wang et al."),
                            HasSubstr("% * file alexnet-owt-7be5be79.pth of dists: a file of your own"),
                            HasSubstr("% * training data of lpips:net=alex: a set of nobody's: not known here\n")));
}

TEST(Citations, AReportWithoutItsProgramSaysSo) {
    Json report = made_up();
    report.erase("context");
    const std::string text = bibtex(report);
    EXPECT_THAT(text, AllOf(HasSubstr("version = {unknown}"),
                            HasSubstr("% * program: the report doesn't say which version made it")));
}

TEST(Citations, NoTextOfAReportBreaksOut) {
    const std::vector<std::string> kHostile = {"\n@article{x,\n  title = {y}\n}\n",
                                               "}\n@misc{z,",
                                               "%@comment{",
                                               "\\}{\"",
                                               "a\r@b",
                                               "\xff\xfe{",
                                               "\u2028@x{",
                                               "lpips:net=\"}@{\""};
    const Json plain = made_up();
    for (const auto& hostile : kHostile) {
        Json report = plain;
        const auto before = keys_of(bibtex(plain)).size();
        report["context"]["program"] = {{"version", hostile}, {"commit", hostile}};
        report["context"]["started"] = hostile;
        for (const char* part : {"methods", "units"}) {
            for (Json& one : report[part]) {
                one["source"] = one["reason"] = hostile;
                one["trained_on"].push_back(hostile);
                one["weights"].push_back({{"file", hostile}});
            }
            report[part].push_back(unit("metric", hostile));
        }
        report["presets"].push_back({{"name", hostile}, {"paper", hostile}, {"values", {{{"available", true}}}}});
        report["published"].push_back({{"table", hostile}, {"title", hostile}, {"source", hostile}});
        report["data"]["sets"][0]["role"] = hostile;
        report["data"]["sets"][0]["recognised"].push_back(
            {{"name", hostile}, {"certainty", hostile}, {"differences", hostile}});
        const std::string text = bibtex(report);
        const auto keys = keys_of(text);  // throws where an entry or a comment was left
        EXPECT_EQ(keys.size(), before) << hostile;
        for (const auto& key : keys) EXPECT_TRUE(key == "bfr" || bib_entry(key)) << key;
    }
}

TEST(Citations, AnOddReportMakesAPoorerListAndNothingWorse) {
    for (Json report : {hand_made(), made_up()}) {
        keys_of(bibtex(report));
        break_each(report, 4, [&] { EXPECT_THAT(keys_of(bibtex(report)), Contains("bfr")); });
    }
    for (const Json& report : {Json(), Json(3), Json::array({1}), Json("text")})
        EXPECT_EQ(keys_of(bibtex(report)), std::vector<std::string>{"bfr"});
}

}  // namespace
}  // namespace bfr
