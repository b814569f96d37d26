#include "reports/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "base/error.h"
#include "base/files.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using ::testing::HasSubstr;
using testing::Scratch;

Record sample_record(int i) {
    Record record;
    record.method = "outputs:dir=\"a,b\"";
    record.sample = "odd \"name\"\n<script> é " + std::to_string(i);
    record.inputs = "f";
    record.group = "person";
    record.degraded_sha256 = "aa";
    record.width = 16;
    record.height = 12;
    record.restored = true;
    record.output_sha256 = "bb";
    record.values = {{"psnr", Score(0.1 + i)},
                     {"ssim", Score::none("infinite")},
                     {"angle", Score::excluded("exclude_below=1")},
                     {"tiny", Score(5e-324)}};
    record.extras = {{"step1.png", "extras/m/a.step1.png"}, {"codes.npy", "extras/m/a.codes.npy"}};
    record.details["task"] = {{"points", {1.5, 2.0, 1.0 / 3}}};
    record.failures = {{"score", "ssim", "why"}};
    record.seconds = 0.25;
    record.unit_seconds = {{"psnr", 0.125}};
    return record;
}

std::vector<Record> read_all(const std::filesystem::path& file, uint64_t* whole = nullptr) {
    std::vector<Record> all;
    const uint64_t bytes = read_records(file, [&](Record&& record) { all.push_back(std::move(record)); });
    if (whole) *whole = bytes;
    return all;
}

std::string write_three(const std::filesystem::path& file) {
    RecordLog log(file, 0);
    const std::vector<Record> first = {sample_record(0)}, others = {sample_record(1), sample_record(2)};
    log.append(first);
    log.append(others);
    return read_text(file);
}

TEST(Records, ComeBackAsTheyWere) {
    const Record record = sample_record(3);
    const Json json = to_json(record);
    EXPECT_EQ(to_json(record_from_json(Json::parse(json.dump()))).dump(), json.dump());
    EXPECT_EQ(json.at("excluded"), Json({"angle"}));
    EXPECT_TRUE(record_from_json(json).values.at(2).second.is_excluded);
    EXPECT_FALSE(record_from_json(json).values.at(1).second.is_excluded);
    for (const char* name : {"psnr", "nobody"}) {
        Json wrong = json;
        wrong["excluded"] = {name};
        EXPECT_THROW(record_from_json(wrong), Error) << name;
    }
    Record failed;
    failed.method = "m";
    failed.sample = "s";
    failed.failures = {{"read", "", "gone"}};
    EXPECT_EQ(to_json(record_from_json(to_json(failed))).dump(), to_json(failed).dump());
}

TEST(Records, ATornLastLineIsDroppedWhereverItTore) {
    const Scratch scratch;
    const auto file = scratch / "records.jsonl";
    const std::string text = write_three(file);
    const size_t two = text.rfind('\n', text.size() - 2) + 1;
    for (size_t cut = two; cut < text.size(); cut++) {
        write_text(file, text.substr(0, cut));
        uint64_t whole = 0;
        ASSERT_EQ(read_all(file, &whole).size(), 2u) << cut;
        ASSERT_EQ(whole, two);
        RecordLog log(file, whole);
        const std::vector<Record> again = {sample_record(2)};
        log.append(again);
        ASSERT_EQ(read_text(file), text) << cut;
    }
}

TEST(Records, ATailOfZerosIsTorn) {
    const Scratch scratch;
    const auto file = scratch / "records.jsonl";
    const std::string text = write_three(file);
    write_text(file, text + std::string(100, '\0'));
    EXPECT_EQ(read_all(file).size(), 3u);
    write_text(file, text + std::string(100, '\0') + "\n");
    EXPECT_EQ(read_all(file).size(), 3u);
}

TEST(Records, ADamagedLineInTheMiddleIsAnErrorWithFileAndLine) {
    const Scratch scratch;
    const auto file = scratch / "records.jsonl";
    std::string text = write_three(file);
    text[text.find('\n') + 5] = '\x01';
    write_text(file, text);
    try {
        read_all(file);
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("records.jsonl: line 2 is damaged"));
    }
    for (const char* line : {"[]", "{}", "null", R"({"method": 3})"}) {
        write_text(file, std::string(line) + "\n" + text.substr(0, text.find('\n') + 1));
        EXPECT_THROW(read_all(file), Error) << line;
    }
}

TEST(Records, AMissingFileHasNone) {
    const Scratch scratch;
    EXPECT_TRUE(read_all(scratch / "nothing").empty());
}

// A limit on the file's size stands for a disk that is full.
TEST(Records, AFullDiskLeavesWhatWasThere) {
    const Scratch scratch;
    const auto file = scratch / "records.jsonl";
    const std::string text = write_three(file);
    RecordLog log(file, text.size());
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{text.size() + 20, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const std::vector<Record> more = {sample_record(4)};
    std::string message;
    try {
        log.append(more);
    } catch (const Error& error) {
        message = error.what();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_THAT(message, HasSubstr("records.jsonl: can't be written"));
    EXPECT_EQ(read_text(file), text);
    log.append(more);
    EXPECT_EQ(read_all(file).size(), 4u);
}

TEST(Records, AFolderThatIsNoneIsNamed) {
    const Scratch scratch;
    EXPECT_THROW(RecordLog(scratch / "no" / "such", 0), Error);
}

TEST(Records, FingerprintFollowsEveryInput) {
    SampleFiles sample;
    sample.id = "a";
    const std::string base = input_fingerprint(sample, "x", "y");
    EXPECT_EQ(input_fingerprint(sample, "x", "y"), base);
    EXPECT_NE(input_fingerprint(sample, "x2", "y"), base);
    EXPECT_NE(input_fingerprint(sample, "x", "y2"), base);
    EXPECT_NE(input_fingerprint(sample, "", "xy"), input_fingerprint(sample, "xy", ""));
    for (int k = 0; k < 3; k++) {
        SampleFiles other = sample;
        if (k == 0) other.group = "g";
        if (k == 1) other.label = "happy";
        if (k == 2) other.points.emplace(68, std::array<double, 2>{1, 2});
        EXPECT_NE(input_fingerprint(other, "x", "y"), base) << k;
    }
}

}  // namespace
}  // namespace bfr
