// Good servers and bad ones: a file is whole and right under its name, or isn't there.
#include "weights/fetch/fetch.h"

#include <bzlib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "tests/support/support.h"
#include "tests/support/web_server.h"
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

// Bytes that don't compress and hold no page.
std::string bytes_of(const std::string& name, size_t size) {
    std::string text;
    for (const float value : hash_fill(name, size, 0, 256))
        text += static_cast<char>(static_cast<unsigned char>(value));
    return text;
}

std::string bzip2(const std::string& text) {
    std::string packed(text.size() + text.size() / 100 + 600, '\0');
    auto size = static_cast<unsigned>(packed.size());
    BFR_CHECK(BZ2_bzBuffToBuffCompress(packed.data(), &size, const_cast<char*>(text.data()),
                                       static_cast<unsigned>(text.size()), 9, 0, 0) == BZ_OK,
              "libbz2 failed");
    packed.resize(size);
    return packed;
}

class Notes : public FetchProgress {
  public:
    void begin(const std::string&, std::optional<uint64_t>, uint64_t) override {}
    void advance(uint64_t) override {}
    void note(const std::string& line) override { lines.push_back(line); }
    void end() override {}
    std::vector<std::string> lines;
};

class Fetch : public ::testing::Test {
  protected:
    Fetch() {
        options_.first_pause = std::chrono::milliseconds(1);
        options_.stall = std::chrono::seconds(1);
        file_ = {"net.bin", {server_.url("/net.bin")}, sha256(content_), content_.size(), "MIT", "", "", {}};
    }

    Fetched fetch() { return fetch_file(file_, folder_, options_, notes_); }
    std::string failure() {
        try {
            fetch();
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
    void serve(const Answer& answer) { server_.serve("/net.bin", answer); }
    std::string ranges() const {
        std::string text;
        for (const auto& request : server_.requests()) text += request.range + ";";
        return text;
    }
    // The file and nothing else.
    void expect_right() {
        ASSERT_TRUE(fs::exists(target_));
        EXPECT_EQ(sha256_of_file(target_), sha256(content_));
        for (const auto& entry : fs::directory_iterator(folder_)) EXPECT_EQ(entry.path(), target_);
    }

    const Scratch scratch_;
    const fs::path folder_ = scratch_ / "weights", target_ = folder_ / "net.bin";
    const std::string content_ = bytes_of("content", 300'000);
    WebServer server_;
    KnownFile file_;
    FetchOptions options_;
    Notes notes_;
};

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

struct BadServer {
    const char* name;
    Answer answer;
    const char* message;
    size_t requests;
};

const std::string kPage = "\n<!DOCTYPE html><html><title>Please log in</title></html>";

// None of them leaves anything under the final name, whatever it holds.
class BadServers : public Fetch, public ::testing::WithParamInterface<BadServer> {};

TEST_P(BadServers, AreNamedAndLeaveNothing) {
    options_.tries = 2;
    Answer answer = GetParam().answer;
    if (answer.content == "content") answer.content = content_;
    serve(answer);
    EXPECT_THAT(failure(), AllOf(HasSubstr("net.bin"), HasSubstr(file_.urls[0]), HasSubstr(GetParam().message)));
    EXPECT_FALSE(fs::exists(target_));
    EXPECT_EQ(server_.requests().size(), GetParam().requests);
}

INSTANTIATE_TEST_SUITE_P(
    Servers, BadServers,
    ::testing::Values(
        BadServer{"Missing", {.content = "x", .status = 404}, "status 404", 1},
        BadServer{"Forbidden", {.content = "x", .status = 403}, "status 403", 1},
        BadServer{"Broken", {.content = "x", .status = 500}, "status 500", 2},
        BadServer{"Busy", {.content = "x", .status = 503}, "status 503", 2},
        BadServer{"Page", {.content = kPage, .type = "text/html; charset=utf-8"}, "a web page", 1},
        BadServer{"PageInDisguise", {.content = kPage, .says_length = false}, "a web page", 1},
        BadServer{"OtherContent", {.content = std::string(300'000, 'x')}, "another file: sha256", 1},
        BadServer{"TooShort", {.content = "short"}, "has 5 bytes; the one of the catalogue has 300000", 1},
        BadServer{"TooLong", {.content = std::string(300'001, 'x')}, "has 300001 bytes", 1},
        BadServer{"TooLongUnannounced",
                  {.content = std::string(2'000'000, 'x'), .says_length = false},
                  "sends more than 300000 bytes",
                  1},
        BadServer{"Empty", {.content = ""}, "has 0 bytes", 1},
        BadServer{"AlwaysCut", {.content = "content", .cuts = {1000, 1000, 1000}}, "cut off", 2},
        BadServer{"CutUnannounced",
                  {.content = "content", .says_length = false, .cuts = {1000, 1000, 1000}},
                  "ends after 2000 bytes",
                  2},
        BadServer{"Stalled", {.content = "content", .stalls_after = 1}, "stalled", 2},
        BadServer{"ToFiles",
                  {.content = "", .status = 302, .headers = {"Location: file:///etc/hostname"}},
                  "redirects to what is not followed: Protocol \"file\"",
                  1},
        BadServer{"InCircles", {.content = "", .status = 302, .headers = {"Location: /net.bin"}}, "redirects", 11}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(Fetch, TheOtherEndOfALongFileIsntWaitedFor) {
    serve({.content = std::string(100'000'000, 'x'), .says_length = false});
    EXPECT_THAT(failure(), HasSubstr("sends more than"));
    EXPECT_LT(server_.body_bytes(), 50'000'000u);
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
    EXPECT_EQ(read_pin(target_), sha256(content_));
    EXPECT_EQ(read_text(folder_ / "net.bin.sha256"), sha256(content_) + "  net.bin\n");
    fs::remove(target_);
    write_text(scratch_ / "m" / "net.bin", "a newer one");
    EXPECT_THAT(failure(), AllOf(HasSubstr("pinned on first use"), HasSubstr("--force")));
    EXPECT_FALSE(fs::exists(target_));
    options_.force = true;
    fetch();
    EXPECT_EQ(read_pin(target_), sha256("a newer one"));
}

class FetchTls : public Fetch {
  protected:
    void SetUp() override {
        const Ran made = run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                              "/CN=bfr test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                              (scratch_ / "key.pem").string(), "-out", certificate_.string()});
        ASSERT_EQ(made.code, 0) << made.err;
        tls_ = std::make_unique<WebServer>(certificate_, scratch_ / "key.pem");
        file_.urls = {tls_->url("/net.bin")};
    }
    void TearDown() override { ::unsetenv("SSL_CERT_FILE"); }

    const fs::path certificate_ = scratch_ / "certificate.pem";
    std::unique_ptr<WebServer> tls_;
};

TEST_F(FetchTls, ChecksTheCertificate) {
    tls_->serve("/net.bin", {.content = content_, .cuts = {1000}});
    EXPECT_THAT(failure(), HasSubstr("certificate"));
    ::setenv("SSL_CERT_FILE", certificate_.c_str(), 1);
    fetch();
    expect_right();
}

// Without a hash nothing but the server's condition tells that the rest is of the same file.
TEST_F(FetchTls, WithoutAHashItGoesOnOnConditionOnly) {
    ::setenv("SSL_CERT_FILE", certificate_.c_str(), 1);
    file_.sha256.reset();
    tls_->serve("/net.bin", {.content = content_, .cuts = {1000}});
    EXPECT_TRUE(fetch().pinned);
    EXPECT_THAT(tls_->requests(), SizeIs(2));
    EXPECT_EQ(tls_->requests()[1].range, "");
    fs::remove_all(folder_);
    tls_->serve("/net.bin", {.content = content_, .headers = {"ETag: \"one\""}, .cuts = {1000}});
    fetch();
    EXPECT_EQ(tls_->requests().back().range, "bytes=1000-");
    EXPECT_EQ(sha256_of_file(target_), sha256(content_));
    fs::remove_all(folder_);
    file_.bytes.reset();
    tls_->serve("/net.bin", {.content = content_, .says_length = false});
    EXPECT_THAT(failure(), HasSubstr("doesn't say how long"));
}

TEST_F(FetchTls, DoesNotFollowToPlainHttp) {
    ::setenv("SSL_CERT_FILE", certificate_.c_str(), 1);
    serve({content_});
    tls_->serve("/net.bin", {.content = "", .status = 302, .headers = {"Location: " + server_.url("/net.bin")}});
    EXPECT_THAT(failure(), HasSubstr("redirects to what is not followed: Protocol \"http\""));
    EXPECT_THAT(server_.requests(), IsEmpty());
}

}  // namespace
}  // namespace bfr::testing
