// Runs that are stopped, killed, or go on with other files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "reports/engine.h"
#include "reports/report.h"
#include "reports/run_folder.h"
#include "tests/reports/fakes.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

RunUnits counted_units(std::atomic<int>& calls) {
    RunUnits units = usual_units();
    units.methods[0] = fake_restorer({}, &calls);
    return units;
}

size_t lines_of(const fs::path& file) {
    const std::string text = read_text(file);
    return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Resume, AFinishedRunIsNotDoneAgain) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 5);
    const auto config = config_for(scratch / "out");
    const auto first = run_all(config, usual_units(), samples);
    std::atomic<int> calls{0};
    const auto second = run_all(config, counted_units(calls), samples);
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(second.report["context"]["resumed"], 10);
    EXPECT_EQ(stable_part(second.report), stable_part(first.report));
}

// A kill leaves the records cut anywhere and some pictures unwritten, or written without their record.
TEST(Resume, CutAnywhereItEndsWithTheSameReport) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 7, 2);
    const auto config = config_for(scratch / "out", 3);
    RunUnits units = usual_units();
    units.methods.push_back(fake_restorer({.label = "breaks", .throws_on = {"s002", "s004"}}));
    const RunFolder folder{config.out};
    const std::string whole = stable_part(run_all(config, units, samples).report);
    const Draw draw(5, "resume", "cuts");
    for (uint64_t k = 0; k < 25; k++) {
        const auto size = fs::file_size(folder.records());
        fs::resize_file(folder.records(), draw.integer(2 * k, size + 1));
        if (k % 3 == 0) fs::remove(folder.image("shift", samples.samples[draw.integer(2 * k + 1, 7)].id));
        if (k % 5 == 0) fs::remove(folder.report());
        ASSERT_EQ(stable_part(run_all(config, units, samples).report), whole) << k;
        ASSERT_EQ(stable_part(read_json(folder.report())), whole);
    }
}

TEST(Resume, KilledAgainAndAgainItEndsWithTheSameReport) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 20, 4);
    const auto config = config_for(scratch / "out");
    const std::string program = BFR_SLOW_RUN, data = scratch.path().native(), out = config.out.native();
    const Draw draw(5, "resume", "kills");
    int killed = 0;
    for (uint64_t k = 0; k < 8; k++) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::execl(program.c_str(), program.c_str(), data.c_str(), out.c_str(), nullptr);
            ::_exit(127);
        }
        const RunFolder folder{config.out};
        const auto before = fs::exists(folder.records()) ? fs::file_size(folder.records()) : 0;
        // A start takes the longest: the clock runs from the first record that this one adds.
        int status = 0;
        while (::waitpid(child, &status, WNOHANG) == 0) {
            if (!fs::exists(folder.records()) || fs::file_size(folder.records()) <= before) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                continue;
            }
            std::this_thread::sleep_for(std::chrono::microseconds(draw.integer(k, 20000)));
            ::kill(child, SIGKILL);
            ::waitpid(child, &status, 0);
            break;
        }
        if (WIFSIGNALED(status)) killed++;
        ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << status;
    }
    EXPECT_GE(killed, 3);
    EXPECT_EQ(stable_part(run_all(config, usual_units(), samples).report),
              stable_part(run_all(config_for(scratch / "other"), usual_units(), samples).report));
}

TEST(Resume, StopEndsCleanlyAndTheNextStartGoesOn) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 30);
    const auto config = config_for(scratch / "out", 2);
    std::atomic<bool> stop{false};
    RunUnits stopping = usual_units();
    stopping.methods[0] = fake_restorer({.hook = [&](const std::string& id) {
        if (id == "s009") stop = true;
    }});
    const auto stopped = run(config, stopping, samples, {}, *silent_progress(), stop);
    EXPECT_FALSE(stopped.complete);
    EXPECT_FALSE(stopped.report["complete"].get<bool>());
    // two jobs: what is read ahead may overtake, so that a few before s009 can be among those never begun
    EXPECT_GE(stopped.report["samples"].size(), 6u);
    EXPECT_LT(stopped.report["samples"].size(), 30u);
    EXPECT_EQ(stopped.report["data"]["n"], 30);
    EXPECT_EQ(stable_part(run_all(config, usual_units(), samples).report),
              stable_part(run_all(config_for(scratch / "other"), usual_units(), samples).report));
}

TEST(Resume, ASampleWhoseFileChangedIsDoneAgain) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 5);
    const auto config = config_for(scratch / "out");
    run_all(config, usual_units(), samples);
    save_png(*Image::from_bgr8(cv::Mat(12, 16, CV_8UC3, cv::Scalar(9, 8, 7)), "new"), *samples.samples[2].reference);
    std::atomic<int> calls{0};
    NoteKeeper progress;
    const std::atomic<bool> stop{false};
    const auto second = run(config, counted_units(calls), samples, {}, progress, stop);
    EXPECT_EQ(calls, 1);
    ASSERT_EQ(progress.notes_.size(), 1u);
    EXPECT_THAT(progress.notes_[0], HasSubstr("2 records"));
    EXPECT_EQ(progress.before_, 8u);
    EXPECT_EQ(stable_part(second.report),
              stable_part(run_all(config_for(scratch / "fresh"), usual_units(), samples).report));
}

TEST(Resume, ALabelThatChangedCountsAsAChange) {
    const Scratch scratch;
    auto samples = write_samples(scratch.path(), 3);
    const auto config = config_for(scratch / "out");
    run_all(config, usual_units(), samples);
    samples.samples[1].label = "happy";
    std::atomic<int> calls{0};
    EXPECT_EQ(run_all(config, counted_units(calls), samples).report["samples"][1]["label"], "happy");
    EXPECT_EQ(calls, 1);
}

TEST(Resume, AStaleRecordIsNotReportedByAStoppedRun) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 40);
    const auto config = config_for(scratch / "out", 1);
    run_all(config, usual_units(), samples);
    for (const auto& sample : samples.samples)
        fs::copy_file(*sample.reference, *sample.degraded, fs::copy_options::overwrite_existing);
    std::atomic<bool> stop{false};
    RunUnits stopping = usual_units();
    stopping.methods[0] = fake_restorer({.hook = [&](const std::string&) { stop = true; }});
    const auto stopped = run(config, stopping, samples, {}, *silent_progress(), stop);
    EXPECT_FALSE(stopped.complete);
    EXPECT_LT(stopped.report["samples"].size(), 10u);
}

TEST(Resume, WhatWasNotCheckedIsNotReported) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 5);
    const auto config = config_for(scratch / "out");
    const auto whole = run_all(config, usual_units(), samples);
    const std::atomic<bool> stop{true};
    const auto stopped = run(config, usual_units(), samples, {}, *silent_progress(), stop);
    EXPECT_FALSE(stopped.complete);
    EXPECT_FALSE(stopped.report["complete"].get<bool>());
    EXPECT_EQ(stopped.report["samples"].size(), 0u);
    std::atomic<int> calls{0};
    EXPECT_EQ(stable_part(run_all(config, counted_units(calls), samples).report), stable_part(whole.report));
    EXPECT_EQ(calls, 0);
}

TEST(Resume, PicturesOfAFinishedMethodAreCompared) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 4);
    const auto config = config_for(scratch / "out");
    const auto outputs = [&] {
        RunUnits units;
        units.methods.push_back({"outputs",
                                 restorers().make(Spec::parse("outputs:dir=\"" + (scratch / "theirs").native() + "\""),
                                                  UnitContext{WeightsLocator(), "cpu", false}),
                                 "", ""});
        units.metrics.push_back(fake_metric());
        return units;
    };
    fs::create_directories(scratch / "theirs");
    for (int i = 0; i < 3; i++)
        fs::copy_file(*samples.samples[i].degraded, scratch / "theirs" / (samples.samples[i].id + ".png"));
    const auto first = run_all(config, outputs(), samples);
    EXPECT_EQ(first.failed, 1u);
    fs::copy_file(*samples.samples[0].reference, scratch / "theirs" / "s001.png", fs::copy_options::overwrite_existing);
    fs::copy_file(*samples.samples[3].degraded, scratch / "theirs" / "s003.png");
    const auto second = run_all(config, outputs(), samples);
    EXPECT_EQ(second.report["context"]["resumed"], 2);
    EXPECT_EQ(second.failed, 0u);
    EXPECT_EQ(stable_part(second.report),
              stable_part(run_all(config_for(scratch / "fresh"), outputs(), samples).report));
}

TEST(Resume, TheLimitMayGrowAndShrink) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 6);
    SampleList few = samples;
    few.samples.resize(3);
    const auto config = config_for(scratch / "out");
    const auto three = run_all(config, usual_units(), few);
    std::atomic<int> calls{0};
    const auto six = run_all(config, counted_units(calls), samples);
    EXPECT_EQ(calls, 3);
    EXPECT_EQ(six.report["rows"][0]["n"], 6);
    EXPECT_EQ(stable_part(run_all(config, usual_units(), few).report), stable_part(three.report));
}

TEST(Resume, AnotherRunInTheFolderIsRefused) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 2);
    auto config = config_for(scratch / "out");
    run_all(config, usual_units(), samples);
    RunUnits newer = usual_units();
    newer.metrics[0] = fake_metric({.version = "2"});
    EXPECT_THROW(run_all(config, newer, samples), UsageError);
    config.seed = 3;
    EXPECT_THROW(run_all(config, usual_units(), samples), UsageError);
}

TEST(Resume, ADamagedRecordIsNamedAndNothingIsLost) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 4);
    const auto config = config_for(scratch / "out");
    run_all(config, usual_units(), samples);
    const RunFolder folder{config.out};
    std::string text = read_text(folder.records());
    text[text.find('\n') / 2] = '\0';
    write_text(folder.records(), text);
    try {
        run_all(config, usual_units(), samples);
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("records.jsonl: line 1"));
    }
    EXPECT_EQ(read_text(folder.records()), text);
}

// A limit on the size of files stands for a disk that is full: the records fit some samples and no more.
TEST(Resume, AFullDiskStopsTheRunAndTheNextStartCompletesIt) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 12);
    const auto config = config_for(scratch / "out");
    const std::string whole = stable_part(run_all(config_for(scratch / "undisturbed"), usual_units(), samples).report);
    const auto size = fs::file_size(scratch / "undisturbed" / "records.jsonl");
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{size / 2, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    std::string message = "no error";
    try {
        run_all(config, usual_units(), samples);
    } catch (const Error& error) {
        message = error.what();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_THAT(message, HasSubstr("records.jsonl"));
    EXPECT_GE(lines_of(RunFolder{config.out}.records()), 2u);
    EXPECT_EQ(stable_part(run_all(config, usual_units(), samples).report), whole);
}

TEST(Resume, AFolderThatCannotBeWrittenIsNamed) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 2);
    write_text(scratch / "file", "");
    try {
        run_all(config_for(scratch / "file" / "out"), usual_units(), samples);
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_THAT(error.what(), HasSubstr("out"));
    }
    // The pictures' folder is in the way of itself: the run stops, and what was recorded stays valid.
    fs::create_directories(scratch / "out");
    write_text(scratch / "out" / "images", "");
    EXPECT_THROW(run_all(config_for(scratch / "out"), usual_units(), samples), Error);
    fs::remove(scratch / "out" / "images");
    EXPECT_TRUE(run_all(config_for(scratch / "out"), usual_units(), samples).complete);
}

TEST(Resume, AReportCanBeRebuiltFromTheFolder) {
    const Scratch scratch;
    fs::create_directories(scratch / "lq");
    const auto samples = write_samples(scratch.path(), 4);
    RunConfig config = config_for(scratch / "out");
    config.data.degraded = scratch / "degraded";
    config.data.reference = scratch / "reference";
    config.methods = {Spec("degraded")};
    config.metrics = {Spec("zero")};
    const std::atomic<bool> stop{false};
    const auto outcome = run(config, {"bfr"}, *silent_progress(), stop);
    EXPECT_TRUE(outcome.complete);
    fs::remove_all(scratch / "degraded");
    fs::remove_all(scratch / "reference");
    EXPECT_EQ(stable_part(rebuild_report(config.out, {"bfr"})), stable_part(outcome.report));
}

}  // namespace
}  // namespace bfr::testing
