// What set metrics keep of pictures: the file, and runs that fill it, break off and go on.
#include "reports/feature_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "reports/engine.h"
#include "reports/table.h"
#include "tests/reports/fakes.h"
#include "tests/reports/stored_rows.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

template <class Do>
std::string message_of(const Do& what) {
    try {
        what();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

TEST(FeatureStore, KeepsRowsByTheirPictures) {
    const Scratch scratch;
    const fs::path file = scratch / "below/store.bin";
    {
        FeatureStore store(file, "means", 3);
        EXPECT_FALSE(fs::exists(file));
        EXPECT_FALSE(store.contains(picture(1)));
        const std::vector<FeatureRow> two{row(1), row(2), row(1)};
        store.append(two);
        store.append(two);
        EXPECT_TRUE(store.contains(picture(1)));
        EXPECT_EQ(read(store, {picture(2), picture(1), picture(2)}),
                  (std::vector<float>{2, 0.5, -1, 1, 0.5, -1, 2, 0.5, -1}));
    }
    const auto bytes = fs::file_size(file);
    FeatureStore again(file, "means", 3);
    again.append(std::vector{row(3)});
    EXPECT_EQ(read(again, {picture(1), picture(3)}), (std::vector<float>{1, 0.5, -1, 3, 0.5, -1}));
    EXPECT_EQ(fs::file_size(file), bytes + 32 + 12 + 8);
    EXPECT_THAT(message_of([&] { read(again, {picture(4)}); }), HasSubstr("store.bin: lacks features"));
}

TEST(FeatureStore, CutAnywhereItHasTheRowsBefore) {
    const Scratch scratch;
    const fs::path file = scratch / "store.bin";
    {
        FeatureStore store(file, "means", 3);
        store.append(std::vector{row(0), row(1), row(2)});
    }
    const std::string whole = read_text(file);
    const size_t header = 8 + 8 + 5, length = 52;
    ASSERT_EQ(whole.size(), header + 3 * length);
    for (size_t cut = 0; cut <= whole.size(); cut += 5) {
        for (const bool zeros : {false, true}) {  // a file system may give a file its length before its content
            std::string bytes = whole.substr(0, cut);
            if (zeros && cut >= header) bytes.resize(whole.size(), '\0');
            write_text(file, bytes);
            FeatureStore store(file, "means", 3);
            const int there = cut < header ? 0 : static_cast<int>((cut - header) / length);
            for (int i = 0; i < 3; i++) EXPECT_EQ(store.contains(picture(i)), i < there) << cut << " " << i;
            store.append(std::vector{row(0), row(1), row(2)});
            EXPECT_EQ(read_text(file), whole) << cut;
        }
    }
}

TEST(FeatureStore, RefusesAnotherKeysFileAndDamage) {
    const Scratch scratch;
    const fs::path file = scratch / "store.bin";
    {
        FeatureStore store(file, "means", 3);
        store.append(std::vector{row(0), row(1)});
    }
    const auto open = [&](const std::string& key, int64_t size) {
        return message_of([&] { FeatureStore(file, key, size); });
    };
    EXPECT_THAT(open("other", 3), HasSubstr("is not the store of other; delete it"));
    EXPECT_THAT(open("means", 4), HasSubstr("is not the store of means"));
    std::string bytes = read_text(file);
    bytes[60] = static_cast<char>(bytes[60] ^ 1);  // in the first row
    write_text(file, bytes);
    FeatureStore store(file, "means", 3);
    EXPECT_THAT(message_of([&] { read(store, {picture(0)}); }), HasSubstr("row 1 is damaged; delete the file"));
    EXPECT_EQ(read(store, {picture(1)}), (std::vector<float>{1, 0.5, -1}));
    write_text(file, "something else that is long enough to be looked at");
    EXPECT_THAT(open("means", 3), HasSubstr("is not the store of means"));
}

TEST(FeatureStore, ARowIsCheckedOnceAProcess) {
    const Scratch scratch;
    const fs::path file = scratch / "store.bin";
    FeatureStore store(file, "means", 3);
    store.append(std::vector{row(0), row(1)});
    EXPECT_EQ(read(store, {picture(0)}), (std::vector<float>{0, 0.5, -1}));
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    for (const int at : {21 + 52 - 1, 21 + 2 * 52 - 1}) bytes.seekp(at).put('x');  // the ends of both check sums
    bytes.close();
    EXPECT_EQ(read(store, {picture(0)}), (std::vector<float>{0, 0.5, -1}));
    EXPECT_THAT(message_of([&] { read(store, {picture(1)}); }), HasSubstr("row 2 is damaged"));
    FeatureStore again(file, "means", 3);
    EXPECT_FALSE(again.contains(picture(0)));  // both are cut off
}

TEST(FeatureStore, TwoHoldOneSet) {
    const Scratch scratch;
    FeatureStore first(scratch / "first.bin", "means", 3), second(scratch / "second.bin", "means", 3);
    first.append(std::vector<FeatureRow>{row(1), row(3)});
    second.append(std::vector<FeatureRow>{row(2), row(4)});
    const std::vector<std::string> pictures{picture(4), picture(1), picture(3), picture(2)};
    const auto rows = rows_of_either(first, &second, pictures);
    ASSERT_EQ(rows->count(), 4);
    std::vector<float> values(2 * 3);
    rows->read(0, 2, values.data());
    EXPECT_EQ(values, (std::vector<float>{4, 0.5, -1, 1, 0.5, -1}));
    rows->read(2, 2, values.data());
    EXPECT_EQ(values, (std::vector<float>{3, 0.5, -1, 2, 0.5, -1}));
    first.append(std::vector<FeatureRow>{row(2), row(4)});
    EXPECT_EQ(rows->identity(), first.rows(pictures)->identity());
    EXPECT_THROW(rows_of_either(first, &second, std::vector<std::string>{picture(5)}), Error);
}

TEST(SetMetrics, StandInTheReport) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 4);
    const Json report = run_all(config_for(scratch / "out"), set_units(), samples).report;
    const Json& drift = drift_of(report, 0);
    EXPECT_TRUE(drift.at("value").is_number());
    EXPECT_EQ(drift.at("n"), 4);
    EXPECT_EQ(drift.at("missing"), 0);
    EXPECT_EQ(drift.at("note"), "fewer than 5 pictures");
    EXPECT_NE(drift.at("value"), drift_of(report, 1).at("value"));
    EXPECT_EQ(report["rows"][0]["details"]["drift"]["n"], 4);
    EXPECT_EQ(report["units"][1]["features"], "means");
    EXPECT_EQ(report["units"][1]["set_values"][0]["name"], "drift");
    EXPECT_THAT(markdown_table(report), HasSubstr("fewer than 5 pictures"));
}

TEST(SetMetrics, JobsAndOrderChangeNothing) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 12);
    const auto one = run_all(config_for(scratch / "one", 1), set_units(), samples);
    EXPECT_EQ(stable_part(run_all(config_for(scratch / "four", 4), set_units(), samples).report),
              stable_part(one.report));
    RunUnits slow = set_units();
    slow.methods[0] = fake_restorer({.hook = [](const std::string& id) {
        std::this_thread::sleep_for(std::chrono::milliseconds(id < "s004" ? 40 : 0));
    }});
    EXPECT_EQ(stable_part(run_all(config_for(scratch / "slow", 4), slow, samples).report), stable_part(one.report));
}

TEST(SetMetrics, CutAnywhereARunEndsWithTheSameReport) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 7);
    const auto config = config_for(scratch / "out", 3);
    const RunFolder folder{config.out};
    const std::string whole = stable_part(run_all(config, set_units(), samples).report);
    const fs::path store = folder.features("means");
    const Draw draw(5, "features", "cuts");
    for (uint64_t k = 0; k < 12; k++) {
        if (k % 4 == 0) {
            fs::remove(store);
        } else {
            fs::resize_file(store, draw.integer(2 * k, fs::file_size(store) + 1));
        }
        if (k % 3 == 0) fs::resize_file(folder.records(), draw.integer(2 * k + 1, fs::file_size(folder.records()) + 1));
        ASSERT_EQ(stable_part(run_all(config, set_units(), samples).report), whole) << k;
    }
}

TEST(SetMetrics, OneKeyIsOneExtractionForEachPicture) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 5);
    std::atomic<int> extractions{0};
    RunUnits units = set_units({.extractions = &extractions});
    units.metrics.push_back(fake_set_metric({.label = "drift2", .extractions = &extractions}));
    const Json report = run_all(config_for(scratch / "out", 1), units, samples).report;
    EXPECT_EQ(extractions, 5 * (2 + 1));  // two methods and the reference
    EXPECT_EQ(drift_of(report, 0).at("value"), drift_of(report, 0, "drift2").at("value"));
    EXPECT_EQ(std::distance(fs::directory_iterator(scratch / "out/features"), fs::directory_iterator()), 1);
    run_all(config_for(scratch / "out", 1), units, samples);
    EXPECT_EQ(extractions, 5 * (2 + 1));
}

TEST(SetMetrics, WhatFailedIsNotInTheSetAndIsCounted) {
    const Scratch scratch;
    auto samples = write_samples(scratch.path(), 7);
    write_text(*samples.samples[5].degraded, "");
    samples.samples[6].reference.reset();
    RunUnits units;
    units.methods.push_back(fake_restorer({.throws_on = {"s001"}}));
    units.metrics.push_back(fake_set_metric({.throws_on = {"s002"}}));
    units.metrics.push_back(fake_set_metric({.label = "alone", .key = "alone", .needs_reference = false}));
    units.metrics.push_back(fake_set_metric({.label = "many", .at_least = 100}));
    const auto outcome = run_all(config_for(scratch / "out"), units, samples);
    const Json& drift = drift_of(outcome.report, 0);
    EXPECT_EQ(drift.at("n"), 3);
    EXPECT_EQ(drift.at("missing"), 4);
    EXPECT_EQ(drift.at("missing_reasons").dump(),
              R"({"drift broke on s002":1,"not restored":2,"there is no reference":1})");
    const Json& details = outcome.report["rows"][0]["details"]["drift"];
    EXPECT_EQ(details.at("n"), 3);
    EXPECT_EQ(details.at("n_reference"), 6) << "of all samples that have one, whether or not something was restored";
    EXPECT_EQ(drift_of(outcome.report, 0, "alone").at("n"), 5);
    const Json& many = drift_of(outcome.report, 0, "many");
    EXPECT_TRUE(many.at("value").is_null());
    EXPECT_EQ(many.at("reason"), "too few pictures");
    EXPECT_EQ(outcome.report["rows"][0]["failed"], 3);
    // what a lost store had of the samples that failed is computed again, too
    std::filesystem::remove_all(scratch / "out" / "features");
    const auto again = run_all(config_for(scratch / "out"), units, samples);
    EXPECT_EQ(again.report["rows"][0]["details"].dump(), outcome.report["rows"][0]["details"].dump());
}

TEST(SetMetrics, StoppedInItsSummaryARunLosesNothing) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 6);
    std::atomic<int> extractions{0};
    const std::string whole = stable_part(run_all(config_for(scratch / "undisturbed"), set_units(), samples).report);
    std::atomic<bool> stop{false};
    NoteKeeper progress;
    const RunOutcome stopped = run(config_for(scratch / "out", 1), set_units({.before_summary = [&] { stop = true; }}),
                                   samples, {}, progress, stop);
    EXPECT_FALSE(stopped.complete);
    EXPECT_FALSE(stopped.report.at("complete").get<bool>());
    for (const size_t row : {0, 1}) {
        EXPECT_TRUE(drift_of(stopped.report, row).at("value").is_null());
        EXPECT_THAT(drift_of(stopped.report, row).at("reason").get<std::string>(), HasSubstr("the same command"));
    }
    EXPECT_EQ(stopped.report["rows"][0]["values"]["difference"]["n"], 6);
    const RunOutcome again = run_all(config_for(scratch / "out", 1), set_units({.extractions = &extractions}), samples);
    EXPECT_TRUE(again.complete);
    EXPECT_EQ(extractions, 0);
    EXPECT_EQ(again.report["context"]["resumed"], 12);
    EXPECT_EQ(stable_part(again.report), whole);
}

TEST(SetMetrics, MayCompareWithAFolder) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 5);
    std::atomic<int> extractions{0};
    const auto units = [&](const fs::path& folder) {
        return set_units({.needs_reference = false, .extractions = &extractions, .against = folder});
    };
    const Json whole = run_all(config_for(scratch / "usual"), set_units(), samples).report;
    const fs::path out = scratch / "out";
    const Json same = run_all(config_for(out), units(scratch / "reference"), samples).report;
    EXPECT_EQ(extractions, 5 * (2 + 1));
    EXPECT_EQ(drift_of(same, 0).at("value"), drift_of(whole, 0).at("value"));
    const Json& about = same["rows"][0]["details"]["drift"]["against"];
    EXPECT_EQ(about["n"], 5);
    EXPECT_EQ(about["failed"], 0);
    EXPECT_EQ(about["list_sha256"], same["data"]["sets"][1]["list_sha256"]);
    // what was extracted is kept; a folder that changes is compared with as it is
    run_all(config_for(out), units(scratch / "reference"), samples);
    EXPECT_EQ(extractions, 5 * (2 + 1));
    write_text(scratch / "reference/broken.png", "no picture");
    fs::copy_file(scratch / "degraded/s001.png", scratch / "reference/another.png");
    NoteKeeper progress;
    const std::atomic<bool> never{false};
    const Json more = run(config_for(out), units(scratch / "reference"), samples, {}, progress, never).report;
    EXPECT_EQ(extractions, 5 * (2 + 1) + 1);
    EXPECT_EQ(more["rows"][0]["details"]["drift"]["against"]["n"], 6);
    EXPECT_EQ(more["rows"][0]["details"]["drift"]["against"]["failed"], 1);
    EXPECT_THAT(progress.notes_, ::testing::Contains(HasSubstr("broken of")));
    EXPECT_NE(drift_of(more, 0).at("value"), drift_of(whole, 0).at("value"));
    fs::remove_all(scratch / "reference");
    const Json gone = run_all(config_for(out), units(scratch / "reference"), samples).report;
    EXPECT_THAT(drift_of(gone, 0).at("reason").get<std::string>(), HasSubstr("reference"));
}

TEST(SetMetrics, MayBeGainedLater) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 4);
    run_all(config_for(scratch / "out"), usual_units(), samples);
    const Json gained = run_all(config_for(scratch / "out"), set_units(), samples).report;
    const Json fresh = run_all(config_for(scratch / "fresh"), set_units(), samples).report;
    EXPECT_EQ(gained["rows"].dump(), fresh["rows"].dump());
}

TEST(SetMetrics, AnUnavailableOneIsToldAsAnyUnit) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 3);
    RunUnits units = usual_units();
    units.metrics.push_back(missing_unit<ImageMetric>("fid"));
    const Json report = run_all(config_for(scratch / "out"), units, samples).report;
    EXPECT_FALSE(report["units"][1]["available"].get<bool>());
    EXPECT_FALSE(report["rows"][0]["set_values"].contains("fid"));
    EXPECT_FALSE(fs::exists(scratch / "out/features"));
}

}  // namespace
}  // namespace bfr::testing
