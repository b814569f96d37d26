#include "reports/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "reports/engine.h"
#include "reports/statistics.h"
#include "reports/table.h"
#include "tests/reports/fakes.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

Json described(const std::vector<std::string>& labels) {
    Json methods = Json::array();
    for (const auto& label : labels)
        methods.push_back({{"label", label}, {"available", label != "gone"}, {"reason", "no file"}});
    return methods;
}

TEST(Comparison, NamesARowByLabelOrWhatItIsCalled) {
    const Json methods = described({"degraded", "vspbfr[compact-128]", "vspbfr:steps=8[compact-128][off-distribution]",
                                    "vspbfr:name=plain[own]", "unet:name=base[own]", "odd: a=b=c", "gone",
                                    "unet:name=twice[own]", "vspbfr:name=twice[own]"});
    EXPECT_EQ(row_named("degraded", methods), "degraded");
    EXPECT_EQ(row_named("vspbfr", methods), "vspbfr[compact-128]");
    EXPECT_EQ(row_named("vspbfr[compact-128]", methods), "vspbfr[compact-128]");
    EXPECT_EQ(row_named("vspbfr:steps=8", methods), "vspbfr:steps=8[compact-128][off-distribution]");
    EXPECT_EQ(row_named("plain", methods), "vspbfr:name=plain[own]");
    EXPECT_EQ(row_named("base", methods), "unet:name=base[own]");
    EXPECT_EQ(row_named("unet:file=anywhere,name=base", methods), "unet:name=base[own]");
    EXPECT_EQ(row_named("vspbfr:steps=\"8\"", methods), "vspbfr:steps=8[compact-128][off-distribution]");
    EXPECT_EQ(row_named("odd: a=b=c", methods), "odd: a=b=c");
    const auto refused = [&](const std::string& name, const std::string& what) {
        EXPECT_THAT([&] { row_named(name, methods); }, ThrowsMessage<UsageError>(HasSubstr(what))) << name;
    };
    refused("degradde", "did you mean degraded");
    refused("", "unknown row");
    refused("twice", "names 2 rows");
    refused("gone", "isn't available: no file");
}

struct FakeRun {
    explicit FakeRun(int count = 8, int groups = 3) : samples(write_samples(scratch.path(), count, groups)) {
        config = config_for(scratch / "out");
        for (const auto& [label, shift] : {std::pair{"near", 5}, {"usual", 20}, {"far", 60}}) {
            config.methods.push_back(Spec::parse(label));
            units.methods.push_back(fake_restorer({.label = label, .shift = shift}));
        }
        units.metrics.push_back(fake_metric({.label = "difference", .nan_on = {"s002"}}));
        units.tasks.push_back(fake_task());
    }
    Json report() const { return run_all(config, units, samples).report; }

    Scratch scratch;
    SampleList samples;
    RunConfig config;
    RunUnits units;
};

TEST(Comparison, IsOverPairsWithPeopleDrawnAsAWhole) {
    FakeRun run;
    EXPECT_FALSE(run.report().contains("comparison"));
    run.config.against = {"usual", "far"};
    const Json report = run.report();  // the same run goes on: nothing is restored again
    EXPECT_EQ(report["context"]["resumed"], 24);
    ASSERT_THAT(report["comparison"], SizeIs(2));
    EXPECT_EQ(report["comparison"][1]["against"], "far");
    const Json& rows = report["comparison"][0]["rows"];
    ASSERT_THAT(rows, SizeIs(3));
    EXPECT_TRUE(rows[1]["values"]["difference"]["difference"].is_null());

    std::vector<Observation> observations;
    for (const auto& sample : report["samples"]) {
        const auto value = [&](const char* method) { return sample["results"][method]["values"]["difference"]; };
        if (value("near").is_null()) continue;
        observations.push_back({value("near").get<double>() - value("usual").get<double>(), sample["group"]});
    }
    ASSERT_THAT(observations, SizeIs(7));
    const Summary wanted = summarise(observations, report["seed"], "difference");
    const Json& found = rows[0]["values"]["difference"]["difference"];
    EXPECT_EQ(found["n"], 7);
    EXPECT_EQ(found["mean"].get<double>(), wanted.mean);
    EXPECT_EQ(found["interval"]["low"].get<double>(), wanted.interval->low);
    EXPECT_EQ(found["interval"]["high"].get<double>(), wanted.interval->high);
    EXPECT_EQ(found["interval"]["clusters"], 3);
    EXPECT_LT(wanted.interval->high, 0);
}

TEST(Comparison, TablesSayWhichIsBetter) {
    FakeRun run(12, 11);
    std::set<std::string> all;
    for (const auto& sample : run.samples.samples) all.insert(sample.id);
    run.units.metrics.push_back(fake_metric({.label = "lacking", .none_on = all}));
    run.config.against = {"usual"};
    const std::string text = text_table(run.report());
    EXPECT_THAT(text, AllOf(HasSubstr("lacking"), Not(HasSubstr("Δ lacking"))));
    EXPECT_THAT(text, AllOf(HasSubstr("### Difference from usual. Metrics"), HasSubstr(") better"),
                            HasSubstr(") worse"), HasSubstr("baseline"), HasSubstr("the interval leaves 0 out")));
    EXPECT_THAT(text_table(FakeRun(12, 11).report()), Not(HasSubstr(") better")));
}

TEST(Comparison, OfFewGroupsNoTableSaysIt) {
    FakeRun run(12, 9);
    run.config.against = {"usual"};
    const std::string text = text_table(run.report());
    EXPECT_THAT(text, AllOf(HasSubstr("### Difference from usual. Metrics"), Not(HasSubstr(") better")),
                            Not(HasSubstr(") worse"))));
}

TEST(Comparison, CanBeAskedForOnceTheRunIsDone) {
    FakeRun run;
    run.units.tasks.clear();  // a task is made again from the table of tasks, where fakes aren't
    run.config.against = {"usual"};
    const Json report = run.report();
    EXPECT_EQ(rebuild_report(run.config.out, {})["comparison"].dump(), report["comparison"].dump());
    const Json other = rebuild_report(run.config.out, {}, {}, {"near"});
    ASSERT_THAT(other["comparison"], SizeIs(1));
    EXPECT_EQ(other["comparison"][0]["against"], "near");
    EXPECT_THAT([&] { rebuild_report(run.config.out, {}, {}, {"nera"}); },
                ThrowsMessage<UsageError>(HasSubstr("did you mean near")));
}

TEST(Comparison, AnUnknownRowEndsTheRunBeforeTheWork) {
    FakeRun run;
    run.config.against = {"best"};
    EXPECT_THAT([&] { run.report(); }, ThrowsMessage<UsageError>(HasSubstr("unknown row to compare with 'best'")));
    EXPECT_FALSE(std::filesystem::exists(run.config.out / "records.jsonl"));
}

}  // namespace
}  // namespace bfr::testing
