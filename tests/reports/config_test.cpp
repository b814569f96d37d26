#include "reports/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Scratch;

std::string message_of(const std::string& text) {
    try {
        config_from_json(Json::parse(text), "base");
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

TEST(Config, EveryKeyIsReadAndWritten) {
    const Json json = Json::parse(R"({
        "data": {"degraded": "lq", "reference": "../hq", "manifest": null, "pattern": "{id}_00", "reference_pattern": "{id}",
                 "recursive": true, "limit": 12},
        "methods": ["degraded", {"name": "outputs", "dir": "a,b"}], "metrics": ["psnr"], "tasks": ["landmarks:find=hog"],
        "seed": 18446744073709551615, "jobs": 3, "threads": 2, "out": "runs/x", "save_images": false,
        "weights": ["w", "/abs"], "device": "cpu", "allow_commands": true})");
    const RunConfig config = config_from_json(json, "conf");
    EXPECT_EQ(config.data.degraded, "conf/lq");
    EXPECT_EQ(config.data.reference, "hq");
    EXPECT_EQ(config.data.manifest, "");
    EXPECT_EQ(config.data.limit, 12u);
    EXPECT_TRUE(config.data.recursive);
    EXPECT_EQ(config.methods.at(1).canonical(), "outputs:dir=\"conf/a,b\"");
    EXPECT_EQ(config.seed, UINT64_MAX);
    EXPECT_EQ(config.out, "conf/runs/x");
    EXPECT_EQ(config.weights.at(0), "conf/w");
    EXPECT_EQ(config.weights.at(1), "/abs");
    EXPECT_FALSE(config.save_images);
    EXPECT_TRUE(config.allow_commands);
    EXPECT_EQ(to_json(config_from_json(to_json(config), "")).dump(), to_json(config).dump());
}

TEST(Config, DefaultsAreThoseOfTheStruct) {
    EXPECT_EQ(to_json(config_from_json(Json::object(), "x")).dump(), to_json(RunConfig{}).dump());
}

TEST(Config, AnUnknownKeyIsAnsweredWithANearOne) {
    EXPECT_THAT(message_of(R"({"metric": ["psnr"]})"), AllOf(HasSubstr("/metric"), HasSubstr("metrics")));
    EXPECT_THAT(message_of(R"({"data": {"degradde": "x"}})"),
                AllOf(HasSubstr("/data/degradde"), HasSubstr("degraded")));
}

TEST(Config, AWrongTypeIsNamedByItsPointer) {
    EXPECT_THAT(message_of(R"({"jobs": "4"})"), HasSubstr("/jobs must be a whole number"));
    EXPECT_THAT(message_of(R"({"jobs": -1})"), HasSubstr("/jobs"));
    EXPECT_THAT(message_of(R"({"jobs": 1.5})"), HasSubstr("/jobs"));
    EXPECT_THAT(message_of(R"({"jobs": 5000})"), HasSubstr("/jobs"));
    EXPECT_THAT(message_of(R"({"threads": 0})"), HasSubstr("/threads"));
    EXPECT_THAT(message_of(R"({"save_images": 1})"), HasSubstr("/save_images must be true or false"));
    EXPECT_THAT(message_of(R"({"data": {"limit": null}})"), HasSubstr("/data/limit"));
    EXPECT_THAT(message_of(R"({"data": []})"), HasSubstr("/data must be an object"));
    EXPECT_THAT(message_of(R"({"data": {"degraded": 3}})"), HasSubstr("/data/degraded must be a text"));
    EXPECT_THAT(message_of(R"({"data": {"degraded": "a\u0000b"}})"), HasSubstr("/data/degraded"));
    EXPECT_THAT(message_of(R"({"methods": "degraded"})"), HasSubstr("/methods must be a list"));
    EXPECT_THAT(message_of(R"({"methods": ["degraded", 3]})"), HasSubstr("/methods/1"));
    EXPECT_THAT(message_of(R"({"metrics": ["psnr:space"]})"), HasSubstr("/metrics/0"));
    EXPECT_THAT(message_of(R"({"weights": [""]})"), HasSubstr("/weights/0"));
    EXPECT_THAT(message_of("[]"), HasSubstr("must be an object"));
}

TEST(Config, AFileIsNamedInMessages) {
    const Scratch scratch;
    const auto file = scratch / "run.json";
    write_text(file, "{\n\"seed\": 1,\n oops}");
    try {
        config_from_file(file);
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("run.json"), HasSubstr("line 3")));
    }
    write_text(file, R"({"sead": 1})");
    try {
        config_from_file(file);
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("run.json"), HasSubstr("seed")));
    }
    write_text(file, R"({"out": "o"})");
    EXPECT_EQ(config_from_file(file).out, scratch / "o");
    EXPECT_THROW(config_from_file(scratch / "none.json"), Error);
}

}  // namespace
}  // namespace bfr
