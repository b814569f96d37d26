#include "base/spec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/json.h"

namespace bfr {
namespace {

std::string error_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const UsageError& error) {
        return error.what();
    }
    return "";
}

TEST(Spec, ReadsNameOptionsAndQuotes) {
    const Spec spec = Spec::parse(R"(outputs:pattern={id}_00,dir="a,b=\"c\":\\d")");
    EXPECT_EQ(spec.name(), "outputs");
    EXPECT_EQ(spec.options().at("dir"), R"(a,b="c":\d)");
    EXPECT_EQ(spec.options().at("pattern"), "{id}_00");
    EXPECT_EQ(spec.canonical(), R"(outputs:dir="a,b=\"c\":\\d",pattern={id}_00)");
    EXPECT_EQ(Spec::parse("psnr").canonical(), "psnr");
}

TEST(Spec, JsonMeansTheSame) {
    EXPECT_EQ(Spec::from_json(Json::parse(R"({"name": "codec", "w": 0.5, "steps": 4, "fast": true})")),
              Spec::parse("codec:w=0.5,steps=4,fast=true"));
    EXPECT_EQ(Spec::from_json(Json("psnr:space=y")), Spec::parse("psnr:space=y"));
    EXPECT_NE(error_of([] { Spec::from_json(Json::parse(R"({"w": 1})")); }), "");
    EXPECT_NE(error_of([] { Spec::from_json(Json::parse(R"({"name": "a", "w": [1]})")); }), "");
}

TEST(Spec, SaysWhereTheTextGoesWrong) {
    for (const char* text :
         {"", ":", "a:", "a:b", "a:b=", "a:b=1,", "a:b=1,b=2", "a:b=x:y", "a:b=\"x", "a b", "a:b=\"x\\"}) {
        EXPECT_NE(error_of([&] { Spec::parse(text); }).find("at character"), std::string::npos) << text;
    }
}

TEST(Spec, CanonicalFormReadsBackForAnyValue) {
    EXPECT_TRUE(rc::check("parse(canonical(spec)) == spec", [](const std::map<std::string, std::string>& values) {
        Spec spec("unit");
        int number = 0;
        for (const auto& [unused, value] : values) spec.set("key" + std::to_string(number++), value);
        RC_ASSERT(Spec::parse(spec.canonical()) == spec);
    }));
}

TEST(SpecReader, ReadsTypesAndChecksLimits) {
    const Spec spec = Spec::parse("unit:n=4,x=0.5,on=true,mode=fast");
    SpecReader reader(spec, "metric");
    EXPECT_EQ(reader.integer("n", 1, 1, 8), 4);
    EXPECT_EQ(reader.number("x", 0, 0, 1), 0.5);
    EXPECT_TRUE(reader.flag("on", false));
    EXPECT_EQ(reader.choice("mode", "slow", std::vector<std::string>{"slow", "fast"}), "fast");
    EXPECT_EQ(reader.text("absent", "default"), "default");
    reader.finish();
    EXPECT_NE(error_of([&] {
                  SpecReader(spec, "metric").integer("n", 1, 5, 8);
              }).find("n=4 must be a whole number from 5 to 8"),
              std::string::npos);
    EXPECT_NE(error_of([&] { SpecReader(spec, "metric").integer("x", 1, 0, 8); }), "");
    EXPECT_NE(error_of([&] { SpecReader(spec, "metric").flag("mode", false); }), "");
}

TEST(SpecReader, TellsWhatWasReadSoThatEqualValuesAreEqualTexts) {
    const auto read = [](const std::string& text) {
        const Spec spec = Spec::parse(text);
        SpecReader reader(spec, "metric");
        reader.integer("n", 4, 1, 8);
        reader.number("x", 0.5, 0, 1);
        reader.flag("on", true);
        reader.choice("mode", "slow", std::vector<std::string>{"slow", "fast"});
        reader.text("name", "");
        return reader.values();
    };
    const std::map<std::string, std::string> defaults = {
        {"n", "4"}, {"x", "0.5"}, {"on", "true"}, {"mode", "slow"}, {"name", ""}};
    EXPECT_EQ(read("unit"), defaults);
    EXPECT_EQ(read("unit:n=04,x=0.50,on=1,mode=slow"), defaults);
    EXPECT_EQ(read("unit:on=off").at("on"), "false");
    EXPECT_EQ(read("unit:x=0.25").at("x"), "0.25");
}

TEST(SpecReader, EndsAFactoryOfWhichTheOptionsAloneAreWanted) {
    const Spec good = Spec::parse("unit:n=4"), bad = Spec::parse("unit:m=4");
    const auto finish = [](const Spec& spec) {
        SpecReader reader(spec, "metric", SpecReader::Purpose::kOptions);
        reader.integer("n", 1, 1, 8);
        reader.finish();
    };
    EXPECT_THROW(finish(good), SpecReader::OptionsRead);
    EXPECT_THROW(finish(bad), UsageError);
}

TEST(OptionValues, AreReadWithTheQuotesOfASpec) {
    const OptionValues values = OptionValues::parse(R"(files="a,b",c d,"x=\"1\"")");
    EXPECT_EQ(values.key, "files");
    EXPECT_EQ(values.values, (std::vector<std::string>{"a,b", "c d", "x=\"1\""}));
    for (const char* text :
         {"", "steps", "steps=", "steps=1,", "steps=,1", "=1", "steps=1,a=2", "steps=\"1", "a b=1"}) {
        EXPECT_NE(error_of([&] { OptionValues::parse(text); }).find("option=value,value"), std::string::npos) << text;
    }
}

TEST(SpecReader, ReadsChoicesInAnyForm) {
    const std::vector<std::string> allowed = {"codes", "preview", "features"};
    const auto chosen = [&](const Spec& spec) { return SpecReader(spec, "method").choices("save", allowed); };
    const std::vector<std::string> two = {"codes", "features"};
    EXPECT_EQ(chosen(Spec::parse("m:save=features+codes")), two);
    EXPECT_EQ(chosen(Spec::parse("m:save=\"codes,features\"")), two);
    EXPECT_EQ(chosen(Spec::from_json(Json::parse(R"({"name": "m", "save": ["features", "codes"]})"))), two);
    EXPECT_EQ(chosen(Spec::parse("m:save=preview")), std::vector<std::string>{"preview"});
    EXPECT_TRUE(chosen(Spec::parse("m")).empty());
    EXPECT_TRUE(chosen(Spec::from_json(Json::parse(R"({"name": "m", "save": []})"))).empty());
    for (const char* text : {"m:save=\"\"", "m:save=codes+", "m:save=code", "m:save=codes;features", "m:save=[1]",
                             "m:save=[", R"(m:save="[\"code\"]")"}) {
        EXPECT_NE(error_of([&] { chosen(Spec::parse(text)); }).find("some of codes, preview, features"),
                  std::string::npos)
            << text;
    }
}

TEST(SpecReader, AnswersUnknownKeysWithNearOnes) {
    const Spec spec = Spec::parse("psnr:spaec=y");
    SpecReader reader(spec, "metric");
    reader.text("space", "rgb");
    EXPECT_EQ(error_of([&] { reader.finish(); }), "metric psnr: unknown option 'spaec'; did you mean space?");
    const Spec none = Spec::parse("zero:a=1");
    EXPECT_EQ(error_of([&] { SpecReader(none, "metric").finish(); }), "metric zero has no options, but a=1 was given");
}

TEST(SpecReader, RefusesNotANumber) {
    for (const char* text : {"unit:x=nan", "unit:x=inf", "unit:x=1e999", "unit:x=1x", "unit:x=0x10"}) {
        const Spec spec = Spec::parse(text);
        EXPECT_NE(error_of([&] { SpecReader(spec, "metric").number("x", 0, 0, 100); }), "") << text;
    }
}

}  // namespace
}  // namespace bfr
