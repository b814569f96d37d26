#include "reports/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <new>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "reports/run_folder.h"
#include "reports/table.h"
#include "tests/reports/fakes.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Json& row_of(const Json& report, const std::string& method) {
    for (const auto& row : report.at("rows")) {
        if (row.at("method") == method) return row;
    }
    throw Error("no row " + method);
}

TEST(Engine, ARunHasItsRowsSamplesAndFiles) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 6, 3);
    const auto config = config_for(scratch / "out");
    const auto outcome = run_all(config, usual_units(), samples);
    EXPECT_TRUE(outcome.complete);
    EXPECT_EQ(outcome.failed, 0u);
    const Json& report = outcome.report;
    EXPECT_EQ(report["data"]["n"], 6);
    EXPECT_EQ(report["samples"].size(), 6u);
    EXPECT_EQ(report["rows"].size(), 2u);
    const Json& row = row_of(report, "shift");
    EXPECT_EQ(row["n"], 6);
    EXPECT_EQ(row["values"]["difference"]["n"], 6);
    EXPECT_EQ(row["values"]["difference"]["interval"]["clusters"], 3);
    EXPECT_EQ(row["set_values"].size(), 1u);
    EXPECT_TRUE(row["details"]["judge"].contains("blue"));
    EXPECT_EQ(report["units"][1]["set_values"][0]["name"], "judge.high");
    double sum = 0;
    for (const auto& sample : report["samples"])
        sum += sample["results"]["shift"]["values"]["difference"].get<double>();
    EXPECT_DOUBLE_EQ(row["values"]["difference"]["mean"].get<double>(), sum / 6);
    const RunFolder folder{config.out};
    EXPECT_EQ(read_json(folder.report()).dump(), report.dump());
    EXPECT_TRUE(std::filesystem::exists(folder.image("shift:by=5", "s003")));
    const auto saved = Image::load(folder.image("shift", "s003"));
    EXPECT_EQ(Image::from_bgr8(saved->bgr8(), "x")->sha256(),
              report["samples"][3]["results"]["shift"]["output_sha256"]);
    EXPECT_TRUE(report["timing"]["methods"]["shift"]["seconds_mean"].is_number());
}

TEST(Engine, JobsAndOrderOfWorkChangeNothing) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 12);
    const auto base = run_all(config_for(scratch / "one", 1), usual_units(), samples);
    EXPECT_EQ(stable_part(run_all(config_for(scratch / "four", 4), usual_units(), samples).report),
              stable_part(base.report));
    // Early samples take longest, so that later ones overtake them.
    RunUnits slow = usual_units();
    slow.methods[0] = fake_restorer({.hook = [](const std::string& id) {
        std::this_thread::sleep_for(std::chrono::milliseconds(id < "s004" ? 40 : 0));
    }});
    EXPECT_EQ(stable_part(run_all(config_for(scratch / "slow", 4), slow, samples).report), stable_part(base.report));
    auto seeded = config_for(scratch / "seed", 2);
    seeded.seed = 2;
    EXPECT_NE(stable_part(run_all(seeded, usual_units(), samples).report), stable_part(base.report));
}

TEST(Engine, WhatFailsIsARecordAndTheRestGoesOn) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 8);
    write_text(*samples.samples[5].degraded, "");
    write_text(*samples.samples[6].reference, "no picture");
    RunUnits units;
    units.methods.push_back(fake_restorer({.label = "breaks", .throws_on = {"s001"}}));
    units.methods.push_back(fake_restorer({.label = "works"}));
    units.metrics.push_back(
        fake_metric({.label = "odd", .throws_on = {"s002"}, .nan_on = {"s003"}, .none_on = {"s004"}}));
    units.metrics.push_back(fake_metric({.label = "even"}));
    units.tasks.push_back(fake_task({.label = "judge", .throws_on = {"s002"}}));
    const auto outcome = run_all(config_for(scratch / "out"), units, samples);
    EXPECT_TRUE(outcome.complete);

    const Json& breaks = row_of(outcome.report, "breaks");
    EXPECT_EQ(breaks["n"], 5);
    EXPECT_EQ(breaks["failed"], 4);
    std::vector<std::string> stages;
    for (const auto& failure : breaks["failures"]) {
        stages.push_back(failure["sample"].get<std::string>() + " " + failure["stage"].get<std::string>() + " " +
                         (failure["unit"].is_null() ? "-" : failure["unit"].get<std::string>()));
    }
    EXPECT_THAT(stages,
                ElementsAre("s001 restore -", "s002 score odd", "s002 score judge", "s005 read -", "s006 read -"));
    EXPECT_THAT(breaks["failures"][3]["reason"].get<std::string>(), HasSubstr("s005.png"));

    const Json& odd = row_of(outcome.report, "works")["values"]["odd"];
    EXPECT_EQ(odd["n"], 3);
    EXPECT_EQ(odd["missing"], 5);
    EXPECT_EQ(odd["missing_reasons"].dump(),
              R"({"no face found":1,"not a number":1,"not restored":2,"odd broke on s002":1})");
    EXPECT_EQ(row_of(outcome.report, "works")["values"]["even"]["n"], 6);
    EXPECT_EQ(outcome.failed, 4u + 3u);

    const Json& sample = outcome.report["samples"][3]["results"]["works"];
    EXPECT_EQ(sample["status"], "ok");
    EXPECT_TRUE(sample["values"]["odd"].is_null());
    EXPECT_EQ(sample["missing"]["odd"], "not a number");
    EXPECT_EQ(outcome.report["samples"][5]["results"]["works"]["stage"], "read");
}

TEST(Engine, WhatAnOptionExcludesIsCountedApart) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 6);
    RunUnits units;
    units.methods.push_back(fake_restorer({.label = "a", .shift = 4}));
    units.methods.push_back(fake_restorer({.label = "b", .shift = 9}));
    units.metrics.push_back(
        fake_metric({.label = "angle", .none_on = {"s004"}, .excluded_on = {"s000", "s001", "s002"}}));
    units.metrics.push_back(
        fake_metric({.label = "all", .excluded_on = {"s000", "s001", "s002", "s003", "s004", "s005"}}));
    const auto outcome = run_all(config_for(scratch / "out"), units, samples);
    EXPECT_EQ(outcome.failed, 0U);
    const Json& angle = row_of(outcome.report, "a")["values"]["angle"];
    EXPECT_EQ(angle["n"], 2);
    EXPECT_EQ(angle["missing"], 1);
    EXPECT_EQ(angle["missing_reasons"].dump(), R"({"no face found":1})");
    EXPECT_EQ(angle["excluded"], 3);
    EXPECT_EQ(angle["excluded_reasons"].dump(), R"({"excluded by exclude_below=1":3})");
    EXPECT_EQ(row_of(outcome.report, "a")["values"]["all"]["missing"], 0);
    const Json& first = outcome.report["samples"][0]["results"]["a"];
    EXPECT_EQ(first["excluded"], Json({"angle", "all"}));
    EXPECT_EQ(outcome.report["samples"][4]["results"]["a"]["excluded"], Json({"all"}));
    for (const std::string& table : {markdown_table(outcome.report), text_table(outcome.report)}) {
        EXPECT_THAT(table, HasSubstr("over 2 of 6: 3 excluded by exclude"));
        EXPECT_THAT(table, HasSubstr("no face found (1)"));
    }
    // the same records again: nothing is computed anew, and nothing becomes a lack
    const Json again = run_all(config_for(scratch / "out"), units, samples).report;
    EXPECT_EQ(again["context"]["resumed"], 12);
    EXPECT_EQ(again["rows"].dump(), outcome.report["rows"].dump());
}

TEST(Engine, ASetValueSaysWhichSamplesItIsOver) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 6);
    const auto set_values_of = [&](const std::string& out, const FakeScorerOptions& judge,
                                   std::set<std::string> unrestored) {
        RunUnits units;
        units.methods.push_back(fake_restorer({.throws_on = std::move(unrestored)}));
        units.tasks.push_back(fake_task(judge));
        return row_of(run_all(config_for(scratch / out), units, samples).report, "shift")["set_values"]["judge.high"];
    };
    const Json all = set_values_of("all", {.label = "judge"}, {});
    EXPECT_EQ(all["n"], 6);
    EXPECT_EQ(all["missing"], 0);
    EXPECT_EQ(all["missing_reasons"].dump(), "{}");
    const Json some =
        set_values_of("some", {.label = "judge", .throws_on = {"s001"}, .none_on = {"s003"}}, {"s000", "s005"});
    EXPECT_EQ(some["n"], 2);
    EXPECT_EQ(some["missing"], 4);
    EXPECT_EQ(some["missing_reasons"].dump(),
              R"({"judge broke on s001":1,"left out by the task's convention":1,"not restored":2})");
    EXPECT_EQ(some["samples_sha256"], sha256(std::string_view(R"(["s002","s004"])")));
    const Json others =
        set_values_of("others", {.label = "judge", .throws_on = {"s001"}, .none_on = {"s004"}}, {"s000", "s005"});
    EXPECT_EQ(others["n"], some["n"]);
    EXPECT_NE(others["samples_sha256"], some["samples_sha256"]);
}

TEST(Engine, AValueSaysWhichSamplesItIsOver) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 3);
    RunUnits units;
    units.methods.push_back(fake_restorer({}));
    units.metrics.push_back(fake_metric({.none_on = {"s001"}}));
    const Json report = run_all(config_for(scratch / "out"), units, samples).report;
    EXPECT_EQ(row_of(report, "shift")["values"]["difference"]["samples_sha256"],
              sha256(std::string_view(R"(["s000","s002"])")));
}

TEST(Engine, AnExceptionOfAnyKindIsAFailedSample) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 3);
    RunUnits units = usual_units();
    units.methods[0] = fake_restorer({.hook = [](const std::string& id) {
        if (id == "s000") throw std::bad_alloc();
        if (id == "s001") throw 3;
        if (id == "s002") TORCH_CHECK(false, "a tensor's trouble");
    }});
    const Json failures = row_of(run_all(config_for(scratch / "out"), units, samples).report, "shift")["failures"];
    ASSERT_EQ(failures.size(), 3u);
    EXPECT_EQ(failures[0]["reason"], "not enough memory");
    EXPECT_EQ(failures[1]["reason"], "an unknown exception");
    EXPECT_EQ(failures[2]["reason"], "a tensor's trouble");
}

TEST(Engine, WithoutAReferenceValuesAreMissingNotFailed) {
    const Scratch scratch;
    auto samples = write_samples(scratch.path(), 3);
    for (auto& sample : samples.samples) sample.reference.reset();
    RunUnits units = usual_units();
    units.metrics.push_back(fake_metric({.label = "alone", .needs_reference = false}));
    const auto outcome = run_all(config_for(scratch / "out"), units, samples);
    EXPECT_EQ(outcome.failed, 0u);
    const Json& values = row_of(outcome.report, "shift")["values"];
    EXPECT_EQ(values["difference"]["missing_reasons"]["there is no reference"], 3);
    EXPECT_TRUE(values["difference"]["mean"].is_null());
    EXPECT_EQ(values["alone"]["n"], 3);
    EXPECT_EQ(outcome.report["samples"][0]["width"], 16);
}

TEST(Engine, AFinishedMethodNeedsNoDegradedPicture) {
    const Scratch scratch;
    auto samples = write_samples(scratch.path(), 3);
    for (auto& sample : samples.samples) sample.degraded.reset();
    RunUnits units = usual_units();
    units.methods[1] = fake_restorer({.label = "theirs", .finished = true});
    const auto outcome = run_all(config_for(scratch / "out"), units, samples);
    EXPECT_EQ(row_of(outcome.report, "theirs")["n"], 3);
    EXPECT_EQ(row_of(outcome.report, "shift")["failures"][0]["reason"], "there is no degraded picture");
    EXPECT_TRUE(outcome.report["timing"]["methods"]["theirs"]["seconds_mean"].is_null());
}

TEST(Engine, AnUnreadableDegradedPictureIsNothingToAFinishedMethod) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 4);
    write_text(*samples.samples[1].degraded, "no picture");
    write_text(*samples.samples[2].reference, "no picture");
    RunUnits units = usual_units();
    units.methods[1] = fake_restorer({.label = "theirs", .finished = true});
    const Json report = run_all(config_for(scratch / "out"), units, samples).report;
    const Json& theirs = row_of(report, "theirs");
    EXPECT_EQ(theirs["n"], 3);
    ASSERT_EQ(theirs["failures"].size(), 1u);
    EXPECT_EQ(theirs["failures"][0]["sample"], "s002");
    EXPECT_EQ(row_of(report, "shift")["n"], 2);
    EXPECT_EQ(report["samples"][1]["width"], 16);
    // The file's hash stays in the record, so that a mended file has the sample done again.
    EXPECT_EQ(report["samples"][1]["degraded_sha256"], sha256(std::string_view("no picture")));
}

TEST(Engine, UnitsThatAreNotThereAreReported) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 2);
    RunUnits units = usual_units();
    units.methods.push_back(missing_unit<Restorer>("big"));
    units.metrics.push_back(missing_unit<ImageMetric>("lpips"));
    units.tasks.push_back(missing_unit<Task>("verify"));
    const Json report = run_all(config_for(scratch / "out"), units, samples).report;
    EXPECT_EQ(report["methods"][2]["available"], false);
    EXPECT_EQ(report["methods"][2]["mend"], "fetch big");
    EXPECT_EQ(report["units"][1]["label"], "lpips");
    EXPECT_EQ(report["units"][1]["reason"], "lpips.bin is not here");
    EXPECT_EQ(report["rows"].size(), 2u);
}

TEST(Engine, WhatMakesNoRunIsRefusedBeforeAnythingIsWritten) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 2);
    const auto refusal = [&](RunUnits units, const SampleList& list, std::filesystem::path out) -> std::string {
        try {
            run_all(config_for(out), units, list);
        } catch (const UsageError& error) {
            return error.what();
        }
        return "no error";
    };
    const auto out = scratch / "out";
    EXPECT_THAT(refusal(usual_units(), {}, out), HasSubstr("no sample"));
    EXPECT_THAT(refusal({}, samples, out), HasSubstr("no method"));
    EXPECT_THAT(refusal(usual_units(), samples, ""), HasSubstr("--out"));
    RunUnits units;
    units.methods.push_back(missing_unit<Restorer>("big"));
    EXPECT_THAT(refusal(std::move(units), samples, out), HasSubstr("fetch big"));
    units = usual_units();
    units.methods.push_back(fake_restorer({}));
    EXPECT_THAT(refusal(std::move(units), samples, out), HasSubstr("method shift is given twice"));
    units = usual_units();
    units.metrics.push_back(fake_metric({.label = "judge.difference"}));
    EXPECT_THAT(refusal(std::move(units), samples, out), HasSubstr("both give a value named judge.difference"));
    EXPECT_FALSE(std::filesystem::exists(out));
}

TEST(Engine, OddIdsAreOnlyNames) {
    const Scratch scratch;
    auto samples = write_samples(scratch.path(), 5);
    const std::vector<std::string> ids = {"a \"quoted\" <script>", "b\nline", "c/é'`$(x)", "d/../../e",
                                          std::string("z") + std::string(300, 'z')};
    for (size_t i = 0; i < ids.size(); i++) samples.samples[i].id = ids[i];
    const auto outcome = run_all(config_for(scratch / "out"), usual_units(), samples);
    const Json& row = row_of(outcome.report, "shift");
    EXPECT_EQ(row["n"], 5);
    ASSERT_EQ(row["failures"].size(), 2u);
    EXPECT_EQ(row["failures"][0]["stage"], "write");
    EXPECT_EQ(row["failures"][0]["sample"], "d/../../e");
    EXPECT_TRUE(std::filesystem::exists(RunFolder{scratch / "out"}.image("shift", ids[2])));
    // What can't be saved isn't done again for ever.
    std::atomic<int> calls{0};
    RunUnits again = usual_units();
    again.methods[0] = fake_restorer({}, &calls);
    const auto second = run_all(config_for(scratch / "out"), again, samples);
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(stable_part(second.report), stable_part(outcome.report));
}

TEST(Engine, FailuresAreToldButNotAllOfThem) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 20);
    RunUnits units;
    FakeRestorerOptions options;
    for (const auto& sample : samples.samples) options.throws_on.insert(sample.id);
    units.methods.push_back(fake_restorer(options));
    NoteKeeper progress;
    const std::atomic<bool> stop{false};
    run(config_for(scratch / "out"), units, samples, {}, progress, stop);
    EXPECT_EQ(progress.notes_.size(), 6u);
    EXPECT_THAT(progress.notes_.back(), HasSubstr("report"));
    EXPECT_EQ(progress.advanced_, 20u);
}

}  // namespace
}  // namespace bfr::testing
