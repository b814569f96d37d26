#include "reports/known_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/table.h"
#include "tests/reports/fakes.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Samples that are named as LFW-Test is.
SampleList people(const Scratch& scratch) {
    SampleList list = write_samples(scratch.path(), 3);
    list.samples[0].id = "Eliane_Karp_0001_00";
    list.samples[1].id = "Elin_Nordegren_0001_00";
    list.samples[2].id = "Harold_Scott_0001_00";
    return list;
}

TEST(KnownData, AUnitThatWasTrainedOnThePeopleIsWarnedOf) {
    const Scratch scratch;
    RunUnits units = usual_units();
    units.metrics.push_back(fake_metric({.label = "knows_them", .trained_on = {"FFHQ", "LFW"}}));
    units.metrics.push_back(fake_metric({.label = "knows_others", .trained_on = {"FFHQ"}}));
    const Json report = run_all(config_for(scratch / "out"), units, people(scratch)).report;
    const Json& sets = report["data"]["sets"];
    ASSERT_EQ(sets.size(), 2u);
    EXPECT_EQ(sets[0]["role"], "degraded");
    EXPECT_EQ(sets[0]["n"], 3);
    ASSERT_EQ(sets[0]["recognised"].size(), 1u);
    EXPECT_EQ(sets[0]["recognised"][0]["name"], "LFW-Test");
    EXPECT_EQ(sets[0]["recognised"][0]["certainty"], "is named as");
    EXPECT_EQ(sets[0]["recognised"][0]["differences"], "1711 pictures expected, 3 found");
    ASSERT_EQ(report["warnings"].size(), 1u) << report["warnings"];
    EXPECT_EQ(report["warnings"][0]["about"], "knows_them");
    EXPECT_THAT(report["warnings"][0]["text"].get<std::string>(),
                AllOf(HasSubstr("trained on people of LFW"), HasSubstr("is named as LFW-Test")));
    const std::string table = markdown_table(report);
    EXPECT_THAT(table, AllOf(HasSubstr("### Warnings"), HasSubstr("**knows_them**"),
                             HasSubstr("degraded is named as LFW-Test (1711 pictures expected, 3 found)")));
}

TEST(KnownData, ThePartOfAPeopleThatTrainedAUnitIsNotThePartOfTheSet) {
    const Scratch scratch;
    RunUnits units = usual_units();
    units.metrics.push_back(fake_metric({.label = "knows_others", .trained_on = {"LFW (training people)"}}));
    units.metrics.push_back(fake_metric({.label = "knows_them", .trained_on = {"LFW (test people)"}}));
    const Json report = run_all(config_for(scratch / "out"), units, people(scratch)).report;
    ASSERT_EQ(report["warnings"].size(), 1u) << report["warnings"];
    EXPECT_EQ(report["warnings"][0]["about"], "knows_them");
}

TEST(KnownData, UnknownPicturesAreWarnedOfByNobody) {
    const Scratch scratch;
    RunUnits units = usual_units();
    units.metrics.push_back(fake_metric({.label = "knows_them", .trained_on = {"LFW"}}));
    const Json report = run_all(config_for(scratch / "out"), units, write_samples(scratch.path(), 3)).report;
    EXPECT_THAT(report["warnings"], IsEmpty());
    EXPECT_THAT(report["data"]["sets"][0]["recognised"], IsEmpty());
    EXPECT_THAT(markdown_table(report), Not(HasSubstr("### Warnings")));
}

TEST(KnownData, TheHashIsThatOfTheList) {
    const Json set = describe_set("degraded", {{"b", "01"}, {"a", "02"}});
    EXPECT_EQ(set["list_sha256"], list_sha256({{"a", "02"}, {"b", "01"}}));
    EXPECT_EQ(set["n"], 2);
}

TEST(KnownData, ManyFilesThatWereLeftOutAreGroupedByReason) {
    const Scratch scratch;
    SampleList samples = write_samples(scratch.path(), 2);
    for (const char* name : {"a", "b", "c", "d", "e"}) {
        samples.left_out.push_back({std::string("lq/") + name + ".png",
                                    std::string("no partner in hq: no picture whose id is '") + name + "'"});
    }
    samples.left_out.push_back({"lq/x.jpg", "its stem is also that of x.png"});
    samples.left_out.push_back({"lq/x.png", "its stem is also that of x.jpg"});
    const std::string many = markdown_table(run_all(config_for(scratch / "many"), usual_units(), samples).report);
    EXPECT_THAT(many, HasSubstr("7 files: no partner in hq (5: lq/a.png, lq/b.png, lq/c.png, and 2 more); its stem is "
                                "also that of another (2: lq/x.jpg, lq/x.png)"));
    samples.left_out.resize(2);
    const std::string few = markdown_table(run_all(config_for(scratch / "few"), usual_units(), samples).report);
    EXPECT_THAT(few, HasSubstr("2 files: lq/a.png (no partner in hq: no picture whose id is 'a'); lq/b.png"));
}

}  // namespace
}  // namespace bfr::testing
