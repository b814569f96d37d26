#include "weights/formats/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "tests/weights/bytes.h"

namespace bfr {
namespace {

using namespace testing;
using ::testing::HasSubstr;

std::string text_of(const FileBytes& file) {
    return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

std::string refusal(const std::string& archive) {
    return refusal_of([&] {
        const auto zip = ZipArchive::parse(file_of(archive));
        for (const auto& entry : zip.entries()) zip.read(entry, true);
    });
}

TEST(Zip, StoredAndDeflatedNarrowAndWideWithDescriptorsAndWithout) {
    const std::string long_text(5000, 'x');
    for (const bool wide : {false, true}) {
        for (const bool descriptor : {false, true}) {
            const auto zip = ZipArchive::parse(file_of(
                make_zip({{.name = "a/b.txt", .content = "hello", .wide = wide, .descriptor = descriptor},
                          {.name = "a/", .content = ""},
                          {.name = "c", .content = long_text, .deflate = true, .wide = wide, .descriptor = descriptor},
                          {.name = "empty", .content = "", .wide = wide, .descriptor = descriptor}},
                         wide)));
            ASSERT_EQ(zip.entries().size(), 3u);
            EXPECT_EQ(text_of(zip.read(*zip.find("a/b.txt"), true)), "hello");
            EXPECT_EQ(text_of(zip.read(*zip.find("c"), true)), long_text);
            EXPECT_EQ(text_of(zip.read(*zip.find("empty"), true)), "");
            EXPECT_EQ(zip.find("a/"), nullptr);
        }
    }
}

TEST(Zip, StoredEntriesShareTheFilesMemory) {
    const auto zip = ZipArchive::parse(file_of(make_zip({{.name = "a", .content = "hello"}})));
    const auto all = zip.file().bytes();
    const auto content = zip.read(*zip.find("a"), false).bytes();
    EXPECT_GE(content.data(), all.data());
    EXPECT_LT(content.data(), all.data() + all.size());
}

TEST(Zip, ACommentMayHoldWhatLooksLikeAnEnd) {
    std::string archive = make_zip({{.name = "a", .content = "hello"}});
    const std::string comment = "PK\5\6" + std::string(20, 'x');
    archive.replace(archive.size() - 2, 2, number(static_cast<uint16_t>(comment.size())));
    EXPECT_EQ(refusal(archive + comment), "accepted");
    EXPECT_THAT(refusal(archive + comment + "x"), HasSubstr("directory is missing"));
}

TEST(Zip, NamesThatLeaveTheFolder) {
    for (const std::string& name : {"../a"s, "a/../../b"s, "/a"s, "a\\b"s, ".."s, "a\0b"s, ""s})
        EXPECT_THAT(refusal(make_zip({{.name = name, .content = "x"}})), HasSubstr("leave")) << name;
    EXPECT_EQ(refusal(make_zip({{.name = "a..b/.c", .content = "x"}})), "accepted");
    EXPECT_THAT(refusal(make_zip({{.name = "a", .content = "x"}, {.name = "a", .content = "y"}})), HasSubstr("twice"));
}

TEST(Zip, HeadersThatDisagree) {
    EXPECT_THAT(refusal(make_zip({{.name = "a", .content = "x", .local_name = "b"}})), HasSubstr("another entry"));
    EXPECT_THAT(refusal(make_zip({{.name = "a", .content = "x", .flags = 1}})), HasSubstr("encrypted"));
    EXPECT_THAT(refusal(make_zip({{.name = "a", .content = "xy", .claimed_size = 1}})), HasSubstr("stored in 2"));
    EXPECT_THAT(refusal(make_zip({{.name = "a", .content = "x"}, {.name = "b", .content = "y", .moved_by = 1}})),
                HasSubstr("no header"));
    std::string damaged = make_zip({{.name = "a", .content = "hello"}});
    damaged[damaged.find("hello")] = 'j';
    EXPECT_THAT(refusal(damaged), HasSubstr("checksum"));
    std::string moved = make_zip({{.name = "a", .content = "hello"}});
    EXPECT_THAT(refusal("prefix" + moved), HasSubstr("directory"));
}

// One deflated stream that many entries share, as in Fifield's zip bomb: the archive is small, its content is not.
TEST(Zip, EntriesThatOverlap) {
    const std::string inner = make_zip({{.name = "a", .content = "x"}});
    const std::string header = inner.substr(0, inner.find("PK\1\2"));
    std::string archive = make_zip({{.name = "b", .content = header}, {.name = "a", .content = "x"}});
    const size_t at = archive.rfind(number(static_cast<uint32_t>(30 + 1 + header.size())));
    archive.replace(at, 4, number<uint32_t>(31));  // the second entry's header is the first one's content
    EXPECT_THAT(refusal(archive), HasSubstr("overlaps"));
}

TEST(Zip, Bombs) {
    const std::string zeros(1'000'000, '\0');
    EXPECT_EQ(refusal(make_zip({{.name = "a", .content = zeros, .deflate = true}})), "accepted");
    EXPECT_THAT(refusal(make_zip({{.name = "a", .content = zeros, .deflate = true, .claimed_size = 1'000'001}})),
                HasSubstr("longer or shorter"));
    EXPECT_THAT(refusal(make_zip({{.name = "a", .content = zeros, .deflate = true, .claimed_size = 999'999}})),
                HasSubstr("longer or shorter"));
    EXPECT_THAT(refusal(make_zip({{.name = "a", .content = zeros, .deflate = true, .claimed_size = 100'000'000}})),
                HasSubstr("can't become"));
    std::vector<ZipPart> many;
    for (int i = 0; i < 300; i++) many.push_back({.name = "a" + std::to_string(i), .content = zeros, .deflate = true});
    EXPECT_THAT(refusal(make_zip(many)), HasSubstr("times the file: refused"));
}

TEST(Zip, EveryTruncationIsRefusedAndNoChangeDoesHarm) {
    const auto whole = make_zip({{.name = "a", .content = "hello", .wide = true},
                                 {.name = "b", .content = std::string(100, 'b'), .deflate = true, .descriptor = true}},
                                true);
    EXPECT_EQ(refusal(whole), "accepted");
    for (size_t size = 0; size < whole.size(); size++) EXPECT_NE(refusal(whole.substr(0, size)), "accepted") << size;
    int accepted = 0;
    for (uint32_t round = 0; round < 20000; round++) {
        const Draw draw(1, "zip", "changes", 0, round);
        auto changed = whole;
        for (uint64_t k = 0; k <= draw.integer(0, 3); k++)
            changed[draw.integer(1 + 2 * k, changed.size())] = static_cast<char>(draw.integer(2 + 2 * k, 256));
        accepted += refusal(changed) == "accepted";
    }
    EXPECT_GT(accepted, 100);  // dates and versions
    EXPECT_LT(accepted, 10000);
}

}  // namespace
}  // namespace bfr
