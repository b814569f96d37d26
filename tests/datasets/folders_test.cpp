#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/error.h"
#include "datasets/sample.h"
#include "datasets/sample_ids.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

namespace fs = std::filesystem;
using bfr::testing::Scratch;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Listing looks at names alone, so any content will do.
void touch(const fs::path& path) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
}
void touch(const Scratch& scratch, const std::vector<std::string>& names) {
    for (const auto& name : names) touch(scratch / name);
}

std::vector<std::string> ids(const FolderListing& listing) {
    std::vector<std::string> ids;
    for (const auto& [id, path] : listing.files) ids.push_back(id);
    return ids;
}
std::vector<std::string> ids(const SampleList& list) {
    std::vector<std::string> ids;
    for (const auto& sample : list.samples) ids.push_back(sample.id);
    return ids;
}
// "file name: reason" of each.
std::vector<std::string> left_out(const std::vector<LeftOut>& entries) {
    std::vector<std::string> texts;
    for (const auto& entry : entries) texts.push_back(fs::path(entry.path).filename().string() + ": " + entry.reason);
    return texts;
}
template <class Call>
std::string usage_error(Call&& call) {
    try {
        call();
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

TEST(ListFolder, TakesPicturesByTheirExtensionInAnyCase) {
    const Scratch scratch;
    touch(scratch, {"a.png", "b.JPG", "c.jpeg", "d.WebP", "e.tif", "f.TIFF", "g.bmp", "two.dots.png", "notes.txt",
                    "report.json", "no_extension", ".hidden.png", "._a.png", ".bfr-1-2.part", "archive.png.gz"});
    const auto listing = list_folder(scratch.path());
    EXPECT_THAT(ids(listing), ElementsAre("a", "b", "c", "d", "e", "f", "g", "two.dots"));
    EXPECT_EQ(listing.files.at("b"), scratch / "b.JPG");
    EXPECT_THAT(listing.left_out, IsEmpty());
}

TEST(ListFolder, SortsByBytes) {
    const Scratch scratch;
    touch(scratch, {"b.png", "B.png", "a10.png", "a2.png", "\xC3\xA4.png", "_.png", "a.png", "a b.png"});
    EXPECT_THAT(ids(list_folder(scratch.path())), ElementsAre("B", "_", "a", "a b", "a10", "a2", "b", "\xC3\xA4"));
}

TEST(ListFolder, StrangeNamesAreIds) {
    const Scratch scratch;
    const std::vector<std::string> names = {
        "two\nlines", "tab\t",        "\"quoted\"",       "it's",        "<script>alert(1)</script>",
        "a,b=c:d",    "\xE9\xA1\x94", "\xF0\x9F\x99\x82", "back\\slash", " space ",
        "%20",        "-rf"};
    std::set<std::string> wanted;
    for (const auto& name : names) {
        if (name.find('/') == std::string::npos) wanted.insert(name);
    }
    for (const auto& name : wanted) touch(scratch / (name + ".png"));
    const auto listing = list_folder(scratch.path());
    EXPECT_THAT(ids(listing), ::testing::ElementsAreArray(wanted));
    for (const auto& [id, path] : listing.files) EXPECT_EQ(path_of_id(scratch.path(), id, ".png"), path);
}

TEST(ListFolder, NamesThatAreNotUtf8AreLeftOut) {
    const Scratch scratch;
    touch(scratch, {"a.png", "latin\xE4.png"});
    const auto listing = list_folder(scratch.path());
    EXPECT_THAT(ids(listing), ElementsAre("a"));
    EXPECT_THAT(left_out(listing.left_out), ElementsAre("latin\\xe4.png: its name is not UTF-8; rename it"));
}

TEST(ListFolder, TwoFilesOfOneStemAreBothLeftOut) {
    const Scratch scratch;
    touch(scratch, {"a.png", "a.jpg", "b.png"});
    const auto listing = list_folder(scratch.path());
    EXPECT_THAT(ids(listing), ElementsAre("b"));
    EXPECT_THAT(left_out(listing.left_out),
                ElementsAre("a.jpg: its stem is also that of a.png", "a.png: its stem is also that of a.jpg"));
}

TEST(ListFolder, APatternSaysWhatStandsAroundTheId) {
    const Scratch scratch;
    touch(scratch, {"a_00.png", "b_00.jpg", "_00.png", "c.png", "a_01.png"});
    const auto listing = list_folder(scratch.path(), "{id}_00");
    EXPECT_THAT(ids(listing), ElementsAre("a", "b"));
    EXPECT_THAT(left_out(listing.left_out), ElementsAre("_00.png: its name is not of the form {id}_00",
                                                        "a_01.png: its name is not of the form {id}_00",
                                                        "c.png: its name is not of the form {id}_00"));
    EXPECT_THAT(ids(list_folder(scratch.path(), "{id}_00.PNG")), ElementsAre("a"));
    EXPECT_THAT(ids(list_folder(scratch.path(), "a_{id}")), ElementsAre("00", "01"));
    EXPECT_THAT(ids(list_folder(scratch.path(), "a_0{id}.png")), ElementsAre("0", "1"));
}

TEST(ListFolder, APatternWithAnExtensionChoosesAmongEqualStems) {
    const Scratch scratch;
    touch(scratch, {"a.png", "a.jpg"});
    EXPECT_EQ(list_folder(scratch.path(), "{id}.jpg").files.at("a"), scratch / "a.jpg");
}

TEST(ListFolder, WrongPatternsAreRefused) {
    const Scratch scratch;
    touch(scratch / "a.png");
    for (const std::string pattern : {"", "id", "{id}{id}", "{id}_{id}", "x/{id}", "{ID}"}) {
        EXPECT_THAT(usage_error([&] { list_folder(scratch.path(), pattern); }),
                    HasSubstr("must be a file's name that holds {id} once"))
            << pattern;
    }
}

TEST(ListFolder, FoldersThatAreMissingOrEmptySayWhatWasLookedFor) {
    const Scratch scratch;
    EXPECT_THAT(usage_error([&] { list_folder(scratch / "absent"); }),
                AllOf(HasSubstr("absent"), HasSubstr("no such folder")));
    touch(scratch / "file");
    EXPECT_THAT(usage_error([&] { list_folder(scratch / "file"); }), HasSubstr("is not a folder"));
    EXPECT_THAT(usage_error([&] { list_folder(scratch.path()); }),
                AllOf(HasSubstr("holds no picture"), HasSubstr("*.jpeg")));
    touch(scratch / "below/a.png");
    EXPECT_THAT(usage_error([&] { list_folder(scratch.path()); }), HasSubstr("recursive"));
    fs::create_directory(scratch / "locked");
    fs::permissions(scratch / "locked", fs::perms::none);
    if (::geteuid() != 0) {  // root may read everything
        EXPECT_THAT(usage_error([&] { list_folder(scratch / "locked"); }), HasSubstr("can't be read"));
    }
}

TEST(ListFolder, WhatOnlyLooksLikeAPictureIsLeftOut) {
    const Scratch scratch;
    touch(scratch / "a.png");
    fs::create_directory(scratch / "folder.png");
    fs::create_symlink("nowhere", scratch / "broken.png");
    fs::create_symlink("loop.png", scratch / "loop.png");
    ASSERT_EQ(::mkfifo((scratch / "pipe.png").c_str(), 0600), 0);
    const auto listing = list_folder(scratch.path());
    EXPECT_THAT(ids(listing), ElementsAre("a"));
    EXPECT_THAT(left_out(listing.left_out),
                ElementsAre("broken.png: is a link to nothing", "folder.png: is a folder",
                            HasSubstr("loop.png: can't be looked at: "), "pipe.png: is not a regular file"));
}

TEST(ListFolder, LinksToFilesAreFollowed) {
    const Scratch scratch;
    touch(scratch / "elsewhere/x.bin");
    fs::create_symlink(scratch / "elsewhere/x.bin", scratch / "a.png");
    EXPECT_THAT(ids(list_folder(scratch.path())), ElementsAre("a"));
}

TEST(ListFolder, RecursiveIdsAreRelativePaths) {
    const Scratch scratch;
    touch(scratch,
          {"top.png", "p1/a.png", "p1/b_lq.png", "p2/a.png", "p2/deep/er/c.jpg", ".git/x.png", "p2/notes.txt"});
    EXPECT_THAT(ids(list_folder(scratch.path(), "{id}", true)),
                ElementsAre("p1/a", "p1/b_lq", "p2/a", "p2/deep/er/c", "top"));
    EXPECT_THAT(ids(list_folder(scratch.path(), "{id}_lq", true)), ElementsAre("p1/b"));
    EXPECT_THAT(ids(list_folder(scratch.path())), ElementsAre("top"));
    // The same stem in two folders is no clash; in one folder it is.
    touch(scratch / "p1/a.jpg");
    EXPECT_THAT(ids(list_folder(scratch.path(), "{id}", true)), ElementsAre("p1/b_lq", "p2/a", "p2/deep/er/c", "top"));
}

TEST(ListFolder, CirclesOfFoldersEnd) {
    const Scratch scratch;
    touch(scratch, {"a/x.png", "b/y.png", "z/real/w.png"});
    fs::create_directory_symlink("..", scratch / "a/up");
    fs::create_directory_symlink(scratch / "b", scratch / "a/across");
    fs::create_directory_symlink(scratch / "a", scratch / "b/across");
    fs::create_directory_symlink(scratch / "z/real", scratch / "alias");
    fs::create_directory_symlink(".", scratch / "z/self");
    const auto listing = list_folder(scratch.path(), "{id}", true);
    EXPECT_THAT(ids(listing), ElementsAre("a/x", "b/y", "z/real/w"));
    EXPECT_EQ(listing.left_out.size(), 5u);
    EXPECT_THAT(listing.left_out.front().reason, HasSubstr("the same folder as one that was read already"));
}

TEST(ListFolder, LinkedFoldersFromElsewhereAreRead) {
    const Scratch scratch, disk;
    touch(disk / "set/a.png");
    touch(scratch / "top.png");
    fs::create_directory_symlink(disk / "set", scratch / "linked");
    EXPECT_THAT(ids(list_folder(scratch.path(), "{id}", true)), ElementsAre("linked/a", "top"));
}

DataOptions two_folders(const Scratch& scratch) {
    DataOptions options;
    options.degraded = (scratch / "lq").string();
    options.reference = (scratch / "hq").string();
    return options;
}

TEST(ListSamples, PairsByStemAndListsWhatHasNoPartner) {
    const Scratch scratch;
    touch(scratch, {"lq/b.png", "lq/a.jpg", "lq/only_lq.png", "hq/a.png", "hq/b.webp", "hq/only_hq.png", "hq/c.png",
                    "hq/c.jpg", "lq/c.png"});
    const auto list = list_samples(two_folders(scratch));
    EXPECT_THAT(ids(list), ElementsAre("a", "b"));
    EXPECT_EQ(list.samples[0].degraded, scratch / "lq/a.jpg");
    EXPECT_EQ(list.samples[0].reference, scratch / "hq/a.png");
    EXPECT_THAT(left_out(list.left_out),
                ElementsAre("c.jpg: its stem is also that of c.png", "c.png: its stem is also that of c.jpg",
                            AllOf(HasSubstr("only_hq.png: no partner in "), HasSubstr("/lq")),
                            AllOf(HasSubstr("c.png: no partner in "), HasSubstr("/hq")),
                            AllOf(HasSubstr("only_lq.png: no partner in "), HasSubstr("/hq"))));
}

TEST(ListSamples, PatternsPairSuffixes) {
    const Scratch scratch;
    touch(scratch, {"lq/a_00.png", "lq/b_00.png", "hq/gt_a.png", "hq/gt_b.png"});
    auto options = two_folders(scratch);
    options.pattern = "{id}_00.png";
    options.reference_pattern = "gt_{id}";
    const auto list = list_samples(options);
    EXPECT_THAT(ids(list), ElementsAre("a", "b"));
    EXPECT_THAT(list.left_out, IsEmpty());
}

TEST(ListSamples, OneFolderMayHoldBothKinds) {
    const Scratch scratch;
    touch(scratch, {"a_lq.png", "a_gt.png", "b_lq.png", "other.png"});
    DataOptions options;
    options.degraded = options.reference = scratch.path().string();
    options.pattern = "{id}_lq";
    options.reference_pattern = "{id}_gt";
    const auto list = list_samples(options);
    EXPECT_THAT(ids(list), ElementsAre("a"));
    std::set<std::string> names;
    for (const auto& entry : list.left_out) names.insert(fs::path(entry.path).filename().string());
    EXPECT_THAT(names, ElementsAre("b_lq.png", "other.png"));
}

TEST(ListSamples, OneFolderAloneGivesHalfSamples) {
    const Scratch scratch;
    touch(scratch, {"lq/b.png", "lq/a.png", "hq/c.png"});
    auto options = two_folders(scratch);
    options.reference.clear();
    const auto degraded = list_samples(options);
    EXPECT_THAT(ids(degraded), ElementsAre("a", "b"));
    EXPECT_TRUE(degraded.samples[0].degraded && !degraded.samples[0].reference);
    options.reference = options.degraded;
    options.degraded.clear();
    const auto reference = list_samples(options);
    EXPECT_THAT(ids(reference), ElementsAre("a", "b"));
    EXPECT_TRUE(!reference.samples[0].degraded && reference.samples[0].reference);
}

TEST(ListSamples, TheLimitTakesTheFirstIdsAfterSorting) {
    const Scratch scratch;
    touch(scratch, {"c.png", "a.png", "b.png"});
    DataOptions options;
    options.degraded = scratch.path().string();
    for (const auto& [limit, count] : std::vector<std::pair<uint64_t, size_t>>{{0, 3}, {2, 2}, {3, 3}, {9, 3}}) {
        options.limit = limit;
        EXPECT_EQ(list_samples(options).samples.size(), count);
    }
    options.limit = 2;
    EXPECT_THAT(ids(list_samples(options)), ElementsAre("a", "b"));
}

TEST(ListSamples, RecursivePairsByRelativePath) {
    const Scratch scratch;
    touch(scratch, {"lq/p1/a.png", "lq/p2/a.png", "hq/p1/a.jpg", "hq/p2/a.jpg", "hq/a.jpg"});
    auto options = two_folders(scratch);
    options.recursive = true;
    const auto list = list_samples(options);
    EXPECT_THAT(ids(list), ElementsAre("p1/a", "p2/a"));
    EXPECT_EQ(list.samples[1].reference, scratch / "hq/p2/a.jpg");
}

TEST(ListSamples, NoSampleAtAllIsAUsageErrorThatSaysWhy) {
    const Scratch scratch;
    touch(scratch, {"lq/a_00.png", "hq/a.png"});
    EXPECT_THAT(usage_error([&] { list_samples(two_folders(scratch)); }),
                AllOf(HasSubstr("gave no sample; 2 left out"), HasSubstr("no partner in")));
    EXPECT_THAT(usage_error([&] { list_samples({}); }), HasSubstr("name the pictures"));
    auto options = two_folders(scratch);
    options.manifest = "set.csv";
    EXPECT_THAT(usage_error([&] { list_samples(options); }), HasSubstr("not both"));
    options = two_folders(scratch);
    options.reference += "-absent";
    EXPECT_THAT(usage_error([&] { list_samples(options); }), HasSubstr("hq-absent: there is no such folder"));
}

TEST(PathOfId, KeepsFoldersAndDots) {
    EXPECT_EQ(path_of_id("out", "a", ".png"), fs::path("out/a.png"));
    EXPECT_EQ(path_of_id("out", "p1/a.b", ".png"), fs::path("out/p1/a.b.png"));
}

TEST(PathOfId, RefusesWhatWouldLeaveTheFolder) {
    for (const std::string id : {"", "..", "../a", "a/../../b", "a/..", "/etc/x", "//a", "a//b", "a/", ".", "./a",
                                 ".hidden", "a/.hidden", "latin\xE4"}) {
        EXPECT_THROW(path_of_id("out", id, ".png"), Error) << id;
    }
    EXPECT_THROW(path_of_id("out", std::string("a\0b", 3), ".png"), Error);
}

TEST(PathOfId, SaysWhereANameIsTooLong) {
    const Scratch scratch;
    const std::string longest(255 - 4, 'x');
    touch(path_of_id(scratch.path(), longest, ".png"));
    EXPECT_TRUE(fs::exists(scratch / (longest + ".png")));
    try {
        path_of_id(scratch.path(), "p/" + longest + "x", ".png");
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("too long"), HasSubstr("256 bytes of at most 255")));
    }
    std::string deep = "a";
    while (deep.size() < 5000) deep += "/a";
    EXPECT_THROW(path_of_id(scratch.path(), deep, ".png"), Error);
}

}  // namespace
}  // namespace bfr
