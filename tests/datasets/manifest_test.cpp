#include "datasets/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <tuple>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

namespace fs = std::filesystem;
using bfr::testing::Scratch;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Manifest : public ::testing::Test {
  protected:
    void SetUp() override {
        for (const std::string name : {"lq/a.png", "lq/b.png", "hq/a.png", "hq/b.png"})
            write_text(scratch_ / name, "x");
    }
    SampleList list(const std::string& name, const std::string& text) {
        std::ofstream(scratch_ / name, std::ios::binary) << text;
        DataOptions options;
        options.manifest = (scratch_ / name).string();
        return list_samples(options);
    }
    std::string error(const std::string& name, const std::string& text) {
        try {
            list(name, text);
        } catch (const UsageError& error) {
            return error.what();
        }
        return "no error";
    }
    Scratch scratch_;
};

TEST_F(Manifest, ReadsJsonLines) {
    Json points = Json::array();
    for (int k = 0; k < 68; k++) points.push_back({k, k + 0.5});
    const Json first = {{"id", "set/b"},  {"degraded", "lq/b.png"}, {"reference", "hq/b.png"},
                        {"group", "Bea"}, {"label", "happy"},       {"points", points}};
    const auto list = this->list("set.jsonl", "\xEF\xBB\xBF" + first.dump() + "\r\n\n  \n" +
                                                  R"({"degraded": "lq/a.png", "reference": null, "group": ""})");
    ASSERT_EQ(list.samples.size(), 2u);
    EXPECT_EQ(list.samples[0].id, "a");
    EXPECT_EQ(list.samples[0].degraded, scratch_ / "lq/a.png");
    EXPECT_FALSE(list.samples[0].reference || list.samples[0].points);
    EXPECT_EQ(list.samples[1].id, "set/b");
    EXPECT_EQ(list.samples[1].reference, scratch_ / "hq/b.png");
    EXPECT_EQ(list.samples[1].group, "Bea");
    EXPECT_EQ(list.samples[1].label, "happy");
    ASSERT_TRUE(list.samples[1].points);
    EXPECT_EQ((*list.samples[1].points)[67], (std::array<double, 2>{67, 67.5}));
    EXPECT_THAT(list.left_out, IsEmpty());
}

TEST_F(Manifest, ReadsCsv) {
    const auto list = this->list(
        "set.csv", "label,degraded,id,reference\r\nhappy,lq/b.png,\"b, \"\"B\"\"\nx\",hq/b.png\r\n\r\n,lq/a.png,,\r\n");
    ASSERT_EQ(list.samples.size(), 2u);
    EXPECT_EQ(list.samples[0].id, "a");
    EXPECT_FALSE(list.samples[0].reference);
    EXPECT_EQ(list.samples[1].id, "b, \"B\"\nx");
    EXPECT_EQ(list.samples[1].label, "happy");
    EXPECT_EQ(this->list("plain.csv", "degraded\nlq/b.png\nlq/a.png").samples.size(), 2u);
    EXPECT_EQ(this->list("one.csv", "reference\nhq/a.png\n").samples[0].id, "a");
}

TEST_F(Manifest, AbsolutePathsAreTakenAsTheyAre) {
    const Scratch other;
    write_text(other / "z.png", "x");
    EXPECT_EQ(list("set.csv", "degraded\n" + (other / "z.png").string() + "\n").samples[0].degraded, other / "z.png");
}

TEST_F(Manifest, FilesThatAreNotThereLeaveTheSampleOut) {
    fs::create_directory(scratch_ / "folder.png");
    const auto list =
        this->list("set.csv", "id,degraded,reference\n1,lq/a.png,hq/a.png\n2,lq/gone.png,hq/b.png\n3,folder.png,\n");
    ASSERT_EQ(list.samples.size(), 1u);
    ASSERT_EQ(list.left_out.size(), 2u);
    EXPECT_THAT(list.left_out[0].reason, HasSubstr("is not a file"));
    EXPECT_THAT(list.left_out[1].path, HasSubstr("lq/gone.png"));
    EXPECT_THAT(list.left_out[1].reason, AllOf(HasSubstr("does not exist"), HasSubstr("set.csv:3")));
    EXPECT_THAT(error("all.csv", "degraded\nlq/gone.png\n"),
                AllOf(HasSubstr("gave no sample"), HasSubstr("does not exist")));
}

TEST_F(Manifest, JsonErrorsNameFileAndLine) {
    const std::string good = "{\"degraded\": \"lq/a.png\"}\n";
    const std::vector<std::pair<std::string, std::string>> cases = {
        {R"({"degraded": "lq/b.png")", "is not JSON"},
        {R"(["lq/b.png"])", "must be one JSON object"},
        {R"("lq/b.png")", "must be one JSON object"},
        {R"({"degraded": "lq/b.png", "lable": "x"})", "did you mean label"},
        {R"({"degraded": 7})", "'degraded' must be text"},
        {R"({"degraded": "lq/b.png", "id": 7})", "'id' must be text"},
        {R"({"degraded": "lq/b.png", "degraded": "lq/a.png"})", "'degraded' is given twice"},
        {R"({"id": "x"})", "neither a degraded nor a reference"},
        {R"({"degraded": "lq/b.png", "points": [[1, 2]]})", "68 pairs"},
        {R"({"degraded": "lq/b.png", "points": "none"})", "68 pairs"},
        {R"({"degraded": "lq/b.png", "id": "../b"})", "leaves its folder"},
        {R"({"degraded": "lq/b.png", "id": "/b"})", "begins with '/'"},
        {R"({"degraded": "lq/b.png", "id": "a"})", "also that of line 1"},
        {R"({"degraded": "lq/b\u0000.png"})", "zero byte"},
        {"{\"degraded\": \"lq/\xE4.png\"}", "is not JSON"},
        {R"({"degraded": "lq/b.png"} {"degraded": "lq/b.png"})", "is not JSON"}};
    for (const auto& [line, message] : cases) {
        EXPECT_THAT(error("set.jsonl", good + line + "\n"), AllOf(HasSubstr("set.jsonl:2: "), HasSubstr(message)))
            << line;
    }
}

TEST_F(Manifest, CsvErrorsNameFileAndLine) {
    const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
        {"degraded,refrence\n", "1", "did you mean reference"},
        {"degraded,points\n", "1", ".jsonl"},
        {"degraded,degraded\n", "1", "two columns named 'degraded'"},
        {"degraded,label\nlq/a.png\n", "2", "1 cells where the header has 2"},
        {"degraded\nlq/a.png,x\n", "2", "2 cells where the header has 1"},
        {"degraded,label\nlq/a.png,\"two\nlines\"\nlq/b.png\n", "4", "1 cells"},
        {"degraded\n\"lq/a.png\n", "2", "never closed"},
        {"degraded\n\"lq/a.png\"x\n", "2", "text follows a closing quote"},
        {"degraded\nlq/\"a\".png\n", "2", "a quote within a cell"},
        {"degraded\nlq/a.png\nhq/a.png\n", "3", "also that of line 2; give each an id"},
        {"id,degraded\nx,lq/a.png\nx,lq/b.png\n", "3", "also that of line 2"},
        {"id,label\nx,happy\n", "2", "neither a degraded nor a reference"},
        {"degraded,label\nlq/a.png,\xE4\n", "2", "'label' is not UTF-8"}};
    for (const auto& [text, line, message] : cases) {
        EXPECT_THAT(error("set.csv", text), AllOf(HasSubstr("set.csv:" + line + ": "), HasSubstr(message))) << text;
    }
}

TEST_F(Manifest, WholeFilesThatAreWrong) {
    EXPECT_THAT(error("set.txt", "x"), HasSubstr("ends in .jsonl or .csv"));
    EXPECT_THAT(error("empty.csv", ""), HasSubstr("is empty"));
    EXPECT_THAT(error("empty.jsonl", "\n"), HasSubstr("gave no sample"));
    EXPECT_THAT(error("header.csv", "degraded\n"), HasSubstr("gave no sample"));
    DataOptions options;
    options.manifest = (scratch_ / "absent.csv").string();
    EXPECT_THROW(list_samples(options), UsageError);
}

TEST_F(Manifest, AnyTextEitherParsesOrIsAUsageError) {
    const std::string csv = "id,degraded,label\r\n\"a\"\"b\",lq/a.png,\"x,y\"\nc,lq/b.png,\n";
    const std::string jsonl =
        "{\"id\": \"a\", \"degraded\": \"lq/a.png\", \"points\": [[1, 2], [3, 4]]}\n{\"degraded\": \"lq/b.png\"}\n";
    for (const auto& [name, text] : {std::pair{"x.csv", csv}, std::pair{"x.jsonl", jsonl}}) {
        for (size_t at = 0; at < text.size(); at += 3) {
            error(name, text.substr(0, at));
            for (const char c : {'"', '\n', ',', '\\', '\0', '\xFF'}) {
                std::string broken = text;
                broken[at] = c;
                error(name, broken);  // anything but a UsageError fails the test
            }
        }
    }
}

TEST(ParseCsv, KeepsCellsAndLines) {
    const auto records = parse_csv("a,b\n\n\"1\n2\",\" \"\r\n,\n", "x");
    ASSERT_EQ(records.size(), 3u);
    EXPECT_THAT(records[1].cells, ElementsAre("1\n2", " "));
    EXPECT_EQ(records[1].line, 3u);
    EXPECT_THAT(records[2].cells, ElementsAre("", ""));
    EXPECT_EQ(records[2].line, 5u);
    EXPECT_THAT(parse_csv("", "x"), IsEmpty());
}

}  // namespace
}  // namespace bfr
