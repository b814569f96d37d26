#include "reports/training/training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "reports/page/page.h"
#include "reports/training/curves.h"
#include "tests/reports/training_folder.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using testing::TrainingFolder;

const std::vector<std::string> kOrder = {"prior", "restoration"};

Json data_of(const std::string& page) {
    const std::string opening = "<script type=\"application/json\" id=\"data\">";
    const size_t start = page.find(opening) + opening.size();
    return Json::parse(page.substr(start, page.find("</script>", start) - start));
}

const Json& curve(const Json& stage, const std::string& name, const std::string& kind) {
    for (const Json& one : stage["curves"])
        if (one["name"] == name && one["kind"] == kind) return one;
    throw std::runtime_error("no curve " + name);
}

TEST(StageLog, WhatCanNotBeReadIsCountedAndTheRestIsThere) {
    const std::string deep = std::string(100'000, '[');
    const StageLog log = read_stage_log(
        "{\"iteration\":10,\"loss\":1}\n{\"iteration\":20,\"lo\n\nnull\n[]\n{\"loss\":1}\n{\"iteration\":-1}\n"
        "{\"iteration\":1e300,\"loss\":1}\n{\"iteration\":99999999999999999,\"loss\":1}\n{\"iteration\":30,\"loss\":"
        "1e999}\n" +
        deep + "\n{\"iteration\":40,\"loss\":2,\"note\":\"text\",\"gone\":null}");
    EXPECT_EQ(log.unreadable, 9U);
    ASSERT_EQ(log.training.size(), 2U);
    EXPECT_THAT(log.training[1].values, ElementsAre(Pair("loss", 2)));
    EXPECT_EQ(log.iteration(), 40);
    EXPECT_EQ(log.best(), nullptr);
    EXPECT_FALSE(log.speed());
}

TEST(StageLog, WhatWasDoneAgainCountsOnce) {
    const StageLog log = read_stage_log(
        "{\"iteration\":0,\"session\":{\"commit\":\"a\"}}\n{\"iteration\":10,\"loss\":1,\"seconds\":5}\n"
        "{\"iteration\":20,\"loss\":9,\"seconds\":10}\n{\"iteration\":30,\"loss\":9,\"seconds\":15}\n"
        "{\"iteration\":10,\"session\":{\"commit\":\"b\"}}\n{\"iteration\":20,\"loss\":2,\"seconds\":12}\n");
    ASSERT_EQ(log.training.size(), 2U);
    EXPECT_EQ(log.training[1].values.at("loss"), 2);
    EXPECT_THAT(log.sessions, ElementsAre(0, 10));
    EXPECT_EQ(log.session["commit"], "b");
    EXPECT_THAT(log.seconds, ElementsAre(Pair(10, 5.0), Pair(20, 12.0)));
    EXPECT_DOUBLE_EQ(*log.speed(), 10 / 7.0);
}

TEST(StageLog, SpeedIsOfTheLast500IterationsOrOfTheLastTwoTimes) {
    StageLog log;
    log.seconds = {{0, 0}, {1000, 1000}, {1400, 1100}, {1500, 1200}};
    EXPECT_DOUBLE_EQ(*log.speed(), 500 / 200.0);
    log.seconds = {{0, 0}, {1000, 1000}, {3000, 1500}};
    EXPECT_DOUBLE_EQ(*log.speed(), 2000 / 500.0);
    log.seconds = {{0, 7}, {1000, 7}};
    EXPECT_FALSE(log.speed());
}

TEST(StageLog, ManyNamesAreTooMany) {
    std::string text = "{\"iteration\":1";
    for (int i = 0; i < 100; i++) text += fmt::format(",\"{:03}\":1", i);
    const StageLog log = read_stage_log(text + "}\n");
    EXPECT_EQ(log.training[0].values.size(), 64U);
    EXPECT_EQ(log.left_out, 36U);
}

TEST(StageLog, ThinnedLinesAreMeansOfWhatIsThere) {
    std::vector<LogLine> lines;
    for (int i = 1; i <= 5; i++) lines.push_back({10 * i, {{"a", i}}});
    lines[1].values = {{"b", 7}};
    const auto thin = thinned(lines, 2);
    ASSERT_EQ(thin.size(), 2U);
    EXPECT_EQ(thin[0].iteration, 30);
    EXPECT_THAT(thin[0].values, ElementsAre(Pair("a", 2), Pair("b", 7)));
    EXPECT_EQ(thin[1].iteration, 50);
    EXPECT_EQ(thinned(lines, 5).size(), 5U);
    EXPECT_TRUE(thinned({}, 5).empty());
}

TEST(TrainingReport, SaysHowFarEachStageIs) {
    const TrainingFolder folder;
    EXPECT_TRUE(is_training(folder.root()));
    EXPECT_FALSE(is_training(folder.root() / "prior"));
    const Training training = read_training(folder.root(), kOrder);
    ASSERT_EQ(training.stages.size(), 2U);
    const TrainingStage& prior = training.stages[0];  // before what has no place in the order
    EXPECT_EQ(prior.name, "prior");
    EXPECT_EQ(prior.state(), "300 of 600 iterations");
    EXPECT_EQ(*prior.seconds_left(), 150);
    EXPECT_EQ(prior.log.best()->iteration, 300);
    EXPECT_THAT(prior.remarks, ElementsAre("1 line of log.jsonl can't be read and is left out"));
    EXPECT_THAT(training_text(training), HasSubstr("prior: 300 of 600 iterations, 2 min, 8.0 pictures/s, 2 min left\n"
                                                   "  best validation at 300:  psnr 23.0000  score 0.7000\n"));
    EXPECT_THAT(training.stages[1].remarks, ElementsAre(HasSubstr("settings")));
}

TEST(TrainingReport, OlderLogsHaveTheirSettingsInTheSnapshot) {
    const TrainingFolder folder;
    const auto stage = folder.root() / testing::kHostile;
    const auto write = [&](const std::string& name, const Json& meta) {
        write_safetensors(stage / name, {}, std::nullopt, {{"bfr.training", meta.dump()}});
    };
    write("snapshot.safetensors", {{"iteration", 20}, {"settings", {{"stage", "restoration"}, {"iterations", "20"}}}});
    TrainingStage read = read_training(folder.root(), kOrder).stages[1];
    EXPECT_EQ(read.kind, "restoration");
    EXPECT_EQ(read.state(), "finished, 20 of 20 iterations");
    EXPECT_TRUE(read.remarks.empty());
    write("bad-batch.safetensors", {{"iteration", 25}, {"value", "gradient"}});
    read = read_training(folder.root(), kOrder).stages[1];
    EXPECT_THAT(read.failure, HasSubstr("gradient was no finite number at iteration 25"));
    write_text(stage / "snapshot.safetensors", "torn");
    write_text(stage / "bad-batch.safetensors", "torn");
    EXPECT_EQ(read_training(folder.root(), kOrder).stages[1].remarks.size(), 3U);
}

TEST(TrainingReport, CurvesAreTheLogs) {
    const TrainingFolder folder;
    const Json stage = curves_of(read_training(folder.root(), kOrder).stages[0]);
    EXPECT_EQ(stage["iterations"], 300);
    EXPECT_EQ(stage["points_apart"], 10);
    EXPECT_EQ(stage["best"], 300);
    std::vector<std::string> names;
    for (const Json& one : stage["curves"]) names.push_back(one["name"]);
    EXPECT_THAT(names, ElementsAre("loss", testing::kHostileLoss, "gradient", "score", "psnr", "learning rate",
                                   "pictures/s", "waited for batches"));
    const Json& loss = curve(stage, "loss", "loss");
    EXPECT_EQ(loss["x"].size(), 30U);
    EXPECT_EQ(loss["y"][0], 11.0);
    EXPECT_EQ(loss["y"][2], 4.33333);
    EXPECT_EQ(curve(stage, "learning rate", "pace")["y"][29], 0.005);
    EXPECT_EQ(curve(stage, "pictures/s", "pace")["y"][0], 8.0);
    EXPECT_EQ(curve(stage, "psnr", "validation")["x"], Json({0, 100, 200, 300}));
}

TEST(TrainingReport, NumbersAtTheLimitsOfTheirTypeAreShownOrCounted) {
    const testing::Scratch scratch;
    const std::string start = "{\"iteration\":0,\"session\":{\"settings\":{\"rate\":\"1e300\"}}}\n";
    write_text(scratch / "tiny" / "log.jsonl",
               start +
                   "{\"iteration\":10,\"seconds\":1,\"loss\":1e-310,\"factor\":0.5}\n"
                   "{\"iteration\":20,\"seconds\":1e-310,\"loss\":1.7976931348623157e308,\"factor\":1e20}\n");
    const Training training = read_training(scratch.path(), kOrder);
    const Json stage = curves_of(training.stages[0]);
    EXPECT_EQ(curve(stage, "loss", "loss")["y"], Json({1e-310, 1.79769e308}));
    EXPECT_EQ(curve(stage, "learning rate", "pace")["x"], Json({10}));
    EXPECT_EQ(curve(stage, "learning rate", "pace")["y"], Json({5e299}));
    EXPECT_EQ(stage["left_out"], 1);
    EXPECT_THAT(training_page(training),
                HasSubstr("1 point of the curves came out as no finite number and is left out"));
    EXPECT_THAT(training_text(training), HasSubstr("tiny: 20 iterations"));
}

TEST(TrainingReport, ManyValidationsAreThinnedWithTheBestAmongThem) {
    const testing::Scratch scratch;
    std::string log;
    for (int i = 1; i <= 30'000; i++)
        log += fmt::format("{{\"iteration\":{},\"validation\":{{\"score\":{}}}}}\n", i, i == 12'347 ? 0.25 : 1);
    write_text(scratch / "long" / "log.jsonl", log);
    const Training training = read_training(scratch.path(), kOrder);
    const Json stage = curves_of(training.stages[0]);
    const Json& score = curve(stage, "score", "validation");
    EXPECT_EQ(score["x"].size(), 2000U);
    EXPECT_EQ(score["x"].front(), 1);
    EXPECT_EQ(score["x"].back(), 30'000);
    EXPECT_TRUE(std::ranges::is_sorted(score["x"]));
    EXPECT_EQ(std::ranges::count(score["x"], Json(12'347)), 1);
    EXPECT_EQ(std::ranges::count(score["y"], Json(0.25)), 1);
    const std::string page = training_page(training);
    EXPECT_THAT(page, HasSubstr("29,800 of 30,000 rows are left out"));
    EXPECT_THAT(page, HasSubstr("12,347 <b>best</b>"));
    EXPECT_LT(page.size(), 1'000'000U);
}

TEST(StageLog, SpreadKeepsTheEndsAndWhatItIsToldTo) {
    EXPECT_THAT(spread(3, 5, 1), ElementsAre(0, 1, 2));
    EXPECT_THAT(spread(101, 5, std::nullopt), ElementsAre(0, 25, 50, 75, 100));
    EXPECT_THAT(spread(101, 5, 75), ElementsAre(0, 25, 50, 75, 100));
    EXPECT_THAT(spread(101, 5, 60), ElementsAre(0, 25, 60, 75, 100));
    EXPECT_THAT(spread(101, 5, 1), ElementsAre(0, 1, 50, 75, 100));
    EXPECT_THAT(spread(101, 5, 99), ElementsAre(0, 25, 50, 99, 100));
    EXPECT_TRUE(spread(0, 5, std::nullopt).empty());
}

TEST(TrainingReport, PicturesSayTheirRowsWhereTheLogDoes) {
    const TrainingFolder folder;
    Json data = data_of(training_page(read_training(folder.root(), kOrder)));
    EXPECT_EQ(data["stages"][0]["pictures_about"], "From top to bottom: clean faces; <b>.");
    EXPECT_EQ(data["stages"][1]["pictures_about"], "Faces of people held out.");
}

TEST(TrainingReport, NamesStayTextInThePage) {
    const TrainingFolder folder;
    write_text(folder.root() / "prior" / "grids" / "0000400.png", "not a picture");
    const std::string page = training_page(read_training(folder.root(), kOrder));
    EXPECT_THAT(page, Not(HasSubstr("<img src=x")));
    EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(page, HasSubstr("&quot;&gt;&lt;img src=x onerror=alert(1)&gt;"));
    EXPECT_THAT(page, HasSubstr("default-src 'none'; img-src data:; script-src 'sha256-"));
    EXPECT_THAT(page, Not(HasSubstr("unsafe")));
    EXPECT_THAT(page, HasSubstr("0000400.png"));  // that it can't be shown
    const Json data = data_of(page);
    ASSERT_EQ(data["stages"].size(), 2U);
    EXPECT_EQ(curve(data["stages"][0], testing::kHostileLoss, "loss")["y"][0], 10.0);
    ASSERT_EQ(data["stages"][0]["pictures"].size(), 4U);
    EXPECT_EQ(data["stages"][0]["pictures"][1]["href"], "prior/grids/0000100.png");
}

TEST(SelfContainedPage, DataCanNotEndTheirElement) {
    const Json data = {{"</script>", "<!-- \xFF \xE2\x80\xA8 é"}};
    const std::string text = script_json(data);
    EXPECT_EQ(text.find('<'), std::string::npos);
    EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }));
    EXPECT_EQ(Json::parse(text)["</script>"], "<!-- \xEF\xBF\xBD \xE2\x80\xA8 é");
}

TEST(SelfContainedPage, WhatIsBundledNamesItsLicences) {
    const Bundle bundle = training_bundle();
    for (const char* part : {"@observablehq/plot 0.", "d3-scale 4.", "Permission to use, copy, modify"})
        EXPECT_NE(bundle.script.find(part), std::string_view::npos) << part;
    for (const char* outside : {"</script", "<!--", "sourceMappingURL"})
        EXPECT_EQ(bundle.script.find(outside), std::string_view::npos) << outside;
    EXPECT_EQ(bundle.style.find("url("), std::string_view::npos);
}

}  // namespace
}  // namespace bfr
