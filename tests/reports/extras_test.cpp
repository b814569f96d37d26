#include "reports/extras.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "reports/run_folder.h"
#include "tests/reports/fakes.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const std::vector<std::string> kNames = {"preview.png", "codes.txt"};

RunUnits units_with_extras(std::vector<std::string> names = kNames, std::atomic<int>* calls = nullptr) {
    RunUnits units = usual_units();
    units.methods.clear();
    units.methods.push_back(fake_restorer({.label = "arm:steps=1", .extras = names}, calls));
    units.methods.push_back(fake_restorer({.label = "arm:steps=2", .extras = std::move(names), .shift = 5}));
    units.methods.push_back(fake_restorer({.label = "plain"}));
    return units;
}

TEST(Extras, LieBesideThePicturesAndTheReportNamesThem) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 3);
    const auto config = config_for(scratch / "out");
    const Json report = run_all(config, units_with_extras(), samples).report;
    EXPECT_EQ(report["methods"][0]["extras"], Json(kNames));
    EXPECT_FALSE(report["methods"][2].contains("extras"));
    for (const auto& sample : report["samples"]) {
        EXPECT_FALSE(sample["results"]["plain"].contains("extras"));
        for (const std::string label : {"arm:steps=1", "arm:steps=2"}) {
            const Json& result = sample["results"][label];
            ASSERT_EQ(result["extras"].size(), 2u);
            EXPECT_EQ(read_text(config.out / result["extras"]["codes.txt"].get<std::string>()),
                      label + " " + sample["id"].get<std::string>());
            const auto preview = Image::load(config.out / result["extras"]["preview.png"].get<std::string>());
            EXPECT_EQ(Image::from_bgr8(preview->bgr8(), "x")->sha256(), result["output_sha256"]);
        }
    }
    EXPECT_EQ(report["samples"][1]["results"]["arm:steps=1"]["extras"]["codes.txt"],
              "extras/" + method_slug("arm:steps=1") + "/s001.codes.txt");
    EXPECT_EQ(stable_part(run_all(config_for(scratch / "four", 4), units_with_extras(), samples).report),
              stable_part(report));
}

TEST(Extras, AreWrittenWherePicturesAreNotSaved) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 2);
    auto config = config_for(scratch / "out");
    config.save_images = false;
    run_all(config, units_with_extras(), samples);
    const RunFolder folder{config.out};
    EXPECT_FALSE(fs::exists(folder.image("arm:steps=1", "s000")));
    EXPECT_TRUE(fs::exists(folder.extra("arm:steps=1", "s000", "preview.png")));
}

TEST(Extras, ASampleThatLacksOneIsDoneAgain) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 4);
    const auto config = config_for(scratch / "out");
    const std::string whole = stable_part(run_all(config, units_with_extras(), samples).report);
    const RunFolder folder{config.out};
    fs::remove(folder.extra("arm:steps=1", "s001", "codes.txt"));
    write_text(folder.extra("arm:steps=1", "s003", "preview.png"), "");
    std::atomic<int> calls{0};
    EXPECT_EQ(stable_part(run_all(config, units_with_extras(kNames, &calls), samples).report), whole);
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(read_text(folder.extra("arm:steps=1", "s001", "codes.txt")), "arm:steps=1 s001");
    EXPECT_GT(fs::file_size(folder.extra("arm:steps=1", "s003", "preview.png")), 0u);
}

TEST(Extras, AMethodThatIsAskedForMoreDoesItsSamplesAgain) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 3);
    const auto config = config_for(scratch / "out");
    run_all(config, units_with_extras({"codes.txt"}), samples);
    std::atomic<int> calls{0};
    const auto more = run_all(config, units_with_extras(kNames, &calls), samples);
    EXPECT_EQ(calls, 3);
    EXPECT_EQ(stable_part(more.report),
              stable_part(run_all(config_for(scratch / "fresh"), units_with_extras(), samples).report));
}

TEST(Extras, AnIdThatMakesNoFileNameHasNone) {
    const Scratch scratch;
    auto samples = write_samples(scratch.path(), 3);
    samples.samples[1].id = "s001" + std::string(240, 'x');  // .png still fits
    samples.samples[2].id = "up/../s002";
    auto config = config_for(scratch / "out");
    const Json report = run_all(config, units_with_extras(), samples).report;
    for (const size_t i : {1, 2}) {
        EXPECT_EQ(report["rows"][0]["failures"][i - 1]["stage"], "write");
        EXPECT_FALSE(report["samples"][i]["results"]["arm:steps=1"].contains("extras"));
    }
    EXPECT_EQ(report["rows"][0]["failed"], 2);
    EXPECT_EQ(report["rows"][2]["failed"], 1);
    std::atomic<int> calls{0};
    run_all(config, units_with_extras(kNames, &calls), samples);
    EXPECT_EQ(calls, 0);
}

TEST(Extras, AFolderThatCannotBeWrittenStopsTheRunAndTheNextCompletesIt) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 3);
    const auto config = config_for(scratch / "out");
    write_text(config.out / "extras", "in the way");
    EXPECT_THROW(run_all(config, units_with_extras(), samples), Error);
    EXPECT_EQ(read_text(config.out / "extras"), "in the way");
    fs::remove(config.out / "extras");
    EXPECT_EQ(stable_part(run_all(config, units_with_extras(), samples).report),
              stable_part(run_all(config_for(scratch / "fresh"), units_with_extras(), samples).report));
}

TEST(Extras, OnlyWhatWasAnnouncedUnderAGoodNameIsTaken) {
    RestorerInfo info;
    info.label = "m";
    const auto refused = [&](const std::vector<std::string>& announced, const std::vector<std::string>& given) {
        info.extras = announced;
        std::vector<Extra> extras;
        for (const auto& name : given) extras.push_back({name, std::vector<unsigned char>{1}});
        try {
            check_extras(info, extras);
        } catch (const std::exception&) {
            return true;
        }
        return false;
    };
    EXPECT_FALSE(refused({}, {}));
    EXPECT_FALSE(refused({"a.png", "sample2-step10.npy"}, {"a.png", "sample2-step10.npy"}));
    EXPECT_TRUE(refused({"a.png"}, {}));
    EXPECT_TRUE(refused({}, {"a.png"}));
    EXPECT_TRUE(refused({"a.png", "b.png"}, {"b.png", "a.png"}));
    EXPECT_TRUE(refused({"a.png", "a.png"}, {"a.png", "a.png"}));
    for (const std::string name : {"", ".", "a", ".png", "a.", "a.b.png", "../a.png", "a/b.png", "A.png", "a b.png"})
        EXPECT_TRUE(refused({name}, {name})) << name;
}

TEST(Extras, AMethodThatBreaksItsPromiseFailsItsSamples) {
    const Scratch scratch;
    const auto samples = write_samples(scratch.path(), 1);
    const Json report = run_all(config_for(scratch / "out"), units_with_extras({"two.dots.png"}), samples).report;
    EXPECT_THAT(report["rows"][0]["failures"][0]["reason"].get<std::string>(), HasSubstr("two.dots.png"));
    EXPECT_EQ(report["rows"][2]["failed"], 0);
}

// The ids "a" and "a.step1" are two samples.
TEST(Extras, NoTwoSamplesShareAFile) {
    const RunFolder folder{"out"};
    EXPECT_EQ(folder.extra("m", "p/a", "step1.png"), "out/extras/m/p/a.step1.png");
    EXPECT_NE(folder.extra("m", "a", "step1.png"), folder.extra("m", "a.step1", "step1.png"));
    EXPECT_THROW(folder.extra("m", "../a", "step1.png"), Error);
}

}  // namespace
}  // namespace bfr::testing
