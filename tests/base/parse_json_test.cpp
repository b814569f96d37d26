#include "base/parse_json.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace bfr {
namespace {

std::string nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(ParseJson, RefusesWhatNestsTooDeep) {
    EXPECT_EQ(parse_json(nested(100), "a.json").dump(), nested(100));
    EXPECT_THROW(parse_json(nested(101), "a.json"), Error);
    EXPECT_THROW(parse_json(R"({"a": )" + nested(1'000'000) + "}", "a.json"), Error);
    EXPECT_THROW(parse_json(std::string(1'000'000, '['), "a.json"), Error);
}

TEST(ParseJson, CountsNoBracketsWithinTexts) {
    const std::string text = R"(["\")" + std::string(1000, '[') + R"(\\", ")" + std::string(1000, '{') + R"("])";
    EXPECT_EQ(parse_json(text, "a.json").size(), 2);
    std::string wide = "[[]";
    for (int i = 0; i < 1000; i++) wide += ",[{}]";
    EXPECT_EQ(parse_json(wide + "]", "a.json").size(), 1001);
}

TEST(ParseJson, LeavesBrokenTextToTheParser) {
    for (const char* text : {"", "]]", "[", "\"", "\"\\", "{]"})
        EXPECT_THROW(parse_json(text, "a.json"), Json::parse_error) << text;
}

}  // namespace
}  // namespace bfr
