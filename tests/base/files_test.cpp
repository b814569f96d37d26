#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/error.h"
#include "base/sha256.h"
#include "tests/support/support.h"

namespace bfr {
namespace {
namespace fs = std::filesystem;

std::string error_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(Files, WritesFoldersAndReplacesWholeFiles) {
    const testing::Scratch scratch;
    const fs::path path = scratch / "a/b/c.txt";
    write_text(path, "first");
    write_text(path, "second");
    EXPECT_EQ(read_text(path), "second");
    EXPECT_EQ(std::distance(fs::directory_iterator(path.parent_path()), {}), 1);  // no part file stays
}

TEST(Files, NamesWhatIsWrong) {
    const testing::Scratch scratch;
    EXPECT_NE(error_of([&] { read_file(scratch / "none"); }).find("none: can't be opened"), std::string::npos);
    EXPECT_NE(error_of([&] { read_file(scratch.path()); }).find("not a regular file"), std::string::npos);
    write_text(scratch / "long", "0123456789");
    EXPECT_NE(error_of([&] { read_file(scratch / "long", 5); }).find("more than the limit of 5"), std::string::npos);
    EXPECT_NE(error_of([&] { write_text(scratch / "long/under-a-file", "x"); }).find("folder can't be made"),
              std::string::npos);
    EXPECT_NE(error_of([&] { write_text("/proc/self/nothing", "x"); }).find("/proc/self/nothing"), std::string::npos);
    EXPECT_NE(error_of([&] { read_file("/dev/null"); }), "");
    ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
    EXPECT_NE(error_of([&] { read_file(scratch / "pipe"); }).find("not a regular file"), std::string::npos);
}

TEST(Files, LongNamesAreWrittenToo) {
    const testing::Scratch scratch;
    const fs::path path = scratch / std::string(255, 'n');
    write_text(path, "x");
    EXPECT_EQ(read_text(path), "x");
    EXPECT_NE(error_of([&] { write_text(scratch / std::string(256, 'n'), "x"); }), "");
}

TEST(Files, Utf8IsStrict) {
    EXPECT_TRUE(is_utf8("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x99\x82"));
    for (const char* bad : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82"})
        EXPECT_FALSE(is_utf8(bad)) << printable(bad);
    EXPECT_EQ(printable("a\nb\xFF"), "a\\nb\\xff");
    EXPECT_EQ(printable("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
}

TEST(Sha256, EqualsThePublishedVectors) {  // FIPS 180-2, appendix B
    EXPECT_EQ(sha256(std::string_view("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256(std::string_view("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const testing::Scratch scratch;
    write_text(scratch / "m", std::string(1000000, 'a'));
    EXPECT_EQ(sha256_of_file(scratch / "m"), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace bfr
