// Good servers, cuts, packages, mirrors: a file is whole and right under its name, or isn't there.
#include <bzlib.h>
#include <sys/stat.h>

#include "tests/weights/fetch_fixture.h"
#include "weights/catalogue/pins.h"
#include "weights/fetch/part_file.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string bzip2(const std::string& text) {
    std::string packed(text.size() + text.size() / 100 + 600, '\0');
    auto size = static_cast<unsigned>(packed.size());
    BFR_CHECK(BZ2_bzBuffToBuffCompress(packed.data(), &size, const_cast<char*>(text.data()),
                                       static_cast<unsigned>(text.size()), 9, 0, 0) == BZ_OK,
              "libbz2 failed");
    packed.resize(size);
    return packed;
}

TEST_F(Fetch, BringsAFileOnce) {
    serve({content_});
    const Fetched fetched = fetch();
    EXPECT_EQ(fetched.url, file_.urls[0]);
    EXPECT_EQ(fetched.path, target_);
    expect_right();
    EXPECT_EQ(fetch().url, "");
    EXPECT_THAT(server_.requests(), SizeIs(1));
    EXPECT_THAT(notes_.lines, IsEmpty());
}

TEST_F(Fetch, GoesOnAfterCutsWithinOneCall) {
    serve({.content = content_, .headers = {"ETag: \"one\""}, .cuts = {100'000, 50'000}});
    fetch();
    expect_right();
    EXPECT_EQ(ranges(), ";bytes=100000-;bytes=150000-;");
    EXPECT_EQ(server_.requests()[1].if_range, "\"one\"");
    EXPECT_EQ(server_.body_bytes(), content_.size());
    EXPECT_THAT(notes_.lines, Each(AllOf(HasSubstr("net.bin"), HasSubstr("cut off"))));
}

TEST_F(Fetch, GoesOnInTheNextCall) {
    options_.tries = 1;
    serve({.content = content_, .cuts = {100'000}});
    EXPECT_THAT(failure(), AllOf(HasSubstr(file_.urls[0]), HasSubstr("cut off")));
    EXPECT_FALSE(fs::exists(target_));
    EXPECT_EQ(fs::file_size(folder_ / "net.bin.part"), 100'000u);
    fetch();
    expect_right();
    EXPECT_EQ(ranges(), ";bytes=100000-;");
}

TEST_F(Fetch, StartsAgainWhereTheServerIgnoresRanges) {
    serve({.content = content_, .ranges = false, .cuts = {100'000}});
    fetch();
    expect_right();
    EXPECT_EQ(ranges(), ";bytes=100000-;");
}

TEST_F(Fetch, AChangedFileIsntSpliced) {
    options_.tries = 1;
    const std::string old = bytes_of("old", content_.size());
    serve({.content = old, .headers = {"ETag: \"old\""}, .cuts = {100'000}});
    EXPECT_NE(failure(), "");
    serve({.content = content_, .headers = {"ETag: \"new\""}});
    fetch();
    expect_right();
    EXPECT_EQ(server_.requests().back().if_range, "\"old\"");
    EXPECT_THAT(server_.requests(), SizeIs(2));
}

TEST_F(Fetch, AChangedFileOfAServerThatIgnoresConditionsIsFetchedOnceMoreAsAWhole) {
    options_.tries = 1;
    serve({.content = bytes_of("old", content_.size()), .cuts = {100'000}});
    EXPECT_NE(failure(), "");
    serve({.content = content_, .conditions = false});
    fetch();
    expect_right();
    EXPECT_EQ(ranges(), ";bytes=100000-;;");
    EXPECT_THAT(notes_.lines, Each(HasSubstr("once more as a whole")));
}

TEST_F(Fetch, FollowsRedirectsAndTakesTheNextUrl) {
    server_.serve("/moved", {.content = "", .status = 301, .headers = {"Location: /there/net.bin"}});
    server_.serve("/there/net.bin", {.content = content_});
    file_.urls = {"http://127.0.0.1:1/net.bin", server_.url("/missing"), server_.url("/moved")};
    EXPECT_EQ(fetch().url, file_.urls[2]);
    expect_right();
}

TEST_F(Fetch, NamesEveryUrlThatFailed) {
    file_.urls = {"http://127.0.0.1:1/net.bin", server_.url("/missing")};
    EXPECT_THAT(failure(), AllOf(HasSubstr(file_.urls[0]), HasSubstr("connect"), HasSubstr(file_.urls[1]),
                                 HasSubstr("status 404")));
    EXPECT_THAT(server_.requests(), SizeIs(1));
    EXPECT_THAT(notes_.lines, IsEmpty());  // a machine without a network is answered at once
}

TEST_F(Fetch, UnpacksAndChecksTheContent) {
    file_.urls = {server_.url("/net.bin.bz2")};
    server_.serve("/net.bin.bz2", {.content = bzip2(content_), .cuts = {1000}});
    fetch();
    expect_right();
    EXPECT_EQ(ranges(), ";bytes=1000-;");
    fs::remove(target_);
    // As pbzip2 writes: streams one behind the other.
    server_.serve("/net.bin.bz2",
                  {.content = bzip2(content_.substr(0, 1000)) + bzip2("") + bzip2(content_.substr(1000))});
    fetch();
    expect_right();
}

TEST_F(Fetch, HostilePackagesAreRefused) {
    file_.urls = {server_.url("/net.bin.bz2")};
    const std::string bomb = bzip2(std::string(50'000'000, '\0'));  // some 40 bytes
    const std::string good = bzip2(content_);
    const std::vector<std::pair<std::string, std::string>> cases = {
        {bomb, "unpacks to more than the 300000 bytes"},
        {good.substr(0, good.size() / 2), "ends in the middle"},
        {good + "BZ", "ends in the middle"},
        {"no package at all", "can't be unpacked"},
        {good.substr(0, 5000) + std::string(5000, 'x') + good.substr(10'000), "can't be unpacked"},
        {bzip2(content_.substr(1)), "unpacks to 299999 bytes"},
        {bzip2(bytes_of("other", content_.size())), "another file"}};
    for (const auto& [content, message] : cases) {
        server_.serve("/net.bin.bz2", {.content = content});
        EXPECT_THAT(failure(), HasSubstr(message));
        EXPECT_THAT(std::vector<fs::directory_entry>(fs::directory_iterator(folder_), {}), IsEmpty()) << message;
    }
}

TEST_F(Fetch, AMirrorIsAskedAloneAndMayHoldThePackedForm) {
    file_.urls = {server_.url("/primary/net.bin.bz2")};
    fs::create_directories(scratch_ / "a folder#1");
    write_text(scratch_ / "a folder#1" / "net.bin.bz2", bzip2(content_));
    options_.mirror = mirror_url((scratch_ / "a folder#1").string());
    fetch();
    expect_right();
    fs::remove(target_);
    server_.serve("/m/net.bin", {.content = content_});
    options_.mirror = mirror_url(server_.url("/m"));
    fetch();
    expect_right();
    fs::remove(target_);
    options_.mirror = mirror_url(server_.url("/none/"));
    EXPECT_THAT(failure(), AllOf(HasSubstr("/none/net.bin:"), HasSubstr("/none/net.bin.bz2:")));
    for (const auto& request : server_.requests()) EXPECT_THAT(request.target, ::testing::Not(HasSubstr("primary")));
    EXPECT_THROW(mirror_url((scratch_ / "missing").string()), UsageError);
    EXPECT_THROW(mirror_url("ftp://host/x"), UsageError);
    EXPECT_THROW(mirror_url("https://me:secret@host/x"), UsageError);
}

TEST_F(Fetch, OfAPipeEndsAtOnce) {
    ASSERT_EQ(::mkfifo((scratch_ / "net.bin").c_str(), 0600), 0);
    options_.mirror = mirror_url(scratch_.path().string());
    EXPECT_THAT(failure(), HasSubstr("no such file"));
}

TEST_F(Fetch, AnotherFileIsReplacedOnlyByForceAndOnlyByTheRightOne) {
    write_text(target_, "mine");
    serve({content_});
    EXPECT_THAT(failure(), AllOf(HasSubstr(target_.string()), HasSubstr("--force")));
    EXPECT_EQ(read_text(target_), "mine");
    EXPECT_THAT(server_.requests(), IsEmpty());
    options_.force = true;
    serve({.content = std::string(300'000, 'x')});
    EXPECT_THAT(failure(), HasSubstr("another file"));
    EXPECT_EQ(read_text(target_), "mine");
    serve({content_});
    fetch();
    expect_right();
}

TEST_F(Fetch, OneProcessAtATime) {
    fs::create_directories(folder_);
    {
        const PartFile held(target_);
        EXPECT_THAT(failure(), HasSubstr("another process is fetching it"));
    }
    serve({content_});
    fetch();
    expect_right();
}

// A server's own word is worth as much as that server; so it has to be a file or come over https.
TEST_F(Fetch, PinsWhatNobodyPublishesAHashFor) {
    file_.sha256.reset();
    file_.bytes.reset();
    options_.mirror = server_.url("/");
    EXPECT_THAT(failure(), HasSubstr("plain http"));
    write_text(scratch_ / "m" / "net.bin", content_);
    options_.mirror = mirror_url((scratch_ / "m").string());
    const Fetched first = fetch();
    EXPECT_TRUE(first.pinned);
    EXPECT_EQ(read_pin(target_).value().sha256, sha256(content_));
    EXPECT_EQ(read_text(folder_ / "net.bin.sha256"), sha256(content_) + "  net.bin\n");
    fs::remove(target_);
    write_text(scratch_ / "m" / "net.bin", "a newer one");
    EXPECT_THAT(failure(),
                AllOf(HasSubstr("pinned on first use, in " + target_.string() + ".sha256"), HasSubstr("--force")));
    EXPECT_FALSE(fs::exists(target_));
    options_.force = true;
    fetch();
    EXPECT_EQ(read_pin(target_).value().sha256, sha256("a newer one"));
}

}  // namespace
}  // namespace bfr::testing
