// Servers that answer wrongly, and https.
#include "tests/weights/fetch_fixture.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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

// Neither size nor hash is known, and the server's own words contradict each other after a cut.
struct BadRest {
    const char* name;
    Answer rest;           // from byte 1000 on, of a file of 300,000 bytes
    size_t has = 300'000;  // bytes of it that the server has by then
    const char* message;
    bool announced = true;  // whether the first answer's length is known still
};

class BadRests : public FetchTls, public ::testing::WithParamInterface<BadRest> {
  protected:
    void serve_tls(Answer answer) {
        answer.headers = {"ETag: \"one\""};
        tls_->serve("/net.bin", answer);
    }
};

TEST_P(BadRests, AreNoWholeFiles) {
    ::setenv("SSL_CERT_FILE", certificate_.c_str(), 1);
    file_.sha256.reset();
    file_.bytes.reset();
    options_.tries = 1;
    serve_tls({.content = content_, .cuts = {1000}});
    EXPECT_THAT(failure(), HasSubstr("cut off"));
    if (!GetParam().announced) write_text(folder_ / "net.bin.part.from", file_.urls[0] + "\n\"one\"\n");
    Answer rest = GetParam().rest;
    rest.content = content_.substr(0, GetParam().has);
    serve_tls(rest);
    EXPECT_THAT(failure(), HasSubstr(GetParam().message));
    EXPECT_EQ(tls_->requests().back().range, "bytes=1000-");
    EXPECT_FALSE(fs::exists(target_));
    EXPECT_FALSE(fs::exists(folder_ / "net.bin.sha256"));
    serve_tls({.content = content_});
    fetch();
    EXPECT_EQ(sha256_of_file(target_), sha256(content_));
}

INSTANTIATE_TEST_SUITE_P(
    Servers, BadRests,
    ::testing::Values(
        BadRest{.name = "Short",
                .rest = {.range_bytes = 500},
                .message = "ends after 1500 bytes; the server says that it has 300000"},
        BadRest{.name = "ShortAndUnannounced",
                .rest = {.range_bytes = 500},
                .message = "ends after 1500 bytes; the server says that it has 300000",
                .announced = false},
        BadRest{.name = "ShortWithoutATotal",
                .rest = {.range_bytes = 500, .range_total = "*"},
                .message = "ends after 1500 bytes; the server says that it has 300000"},
        BadRest{.name = "NoTotalAnywhere",
                .rest = {.range_bytes = 500, .range_total = "*"},
                .message = "doesn't say how long",
                .announced = false},
        BadRest{.name = "OfAShorterFile", .rest = {}, .has = 1500, .message = "has 1500 bytes, where it had 300000"},
        BadRest{.name = "Longer",
                .rest = {.range_total = "1200"},
                .message = "sends more than 1200 bytes",
                .announced = false},
        BadRest{.name = "NothingOfMore",
                .rest = {.range_total = "300000"},
                .has = 1000,
                .message = "has nothing behind byte 1000 of a file of 300000"},
        BadRest{
            .name = "NothingOfAShorterFile", .rest = {}, .has = 1000, .message = "has 1000 bytes, where it had 300000"},
        BadRest{.name = "NothingWithoutATotal",
                .rest = {.range_total = "*"},
                .has = 1000,
                .message = "has nothing behind byte 1000 of a file of 300000"},
        BadRest{.name = "NothingOfAnUnknownLength",
                .rest = {.range_total = "*"},
                .has = 1000,
                .message = "has nothing behind byte 1000 and doesn't say how long",
                .announced = false}),
    [](const auto& info) { return std::string(info.param.name); });

// All had come, and the process was killed before it gave the file its name.
TEST_F(FetchTls, AWholePartIsTakenOnTheServersWordAlone) {
    ::setenv("SSL_CERT_FILE", certificate_.c_str(), 1);
    file_.sha256.reset();
    file_.bytes.reset();
    write_text(folder_ / "net.bin.part", content_);
    write_text(folder_ / "net.bin.part.from", file_.urls[0] + "\n\"one\"\n300000\n");
    tls_->serve("/net.bin", {.content = content_, .headers = {"ETag: \"one\""}});
    fetch();
    EXPECT_EQ(tls_->body_bytes(), 0u);
    EXPECT_EQ(sha256_of_file(target_), sha256(content_));
}

TEST_F(FetchTls, APieceAtATimeIsAFileInTheEnd) {
    ::setenv("SSL_CERT_FILE", certificate_.c_str(), 1);
    file_.sha256.reset();
    file_.bytes.reset();
    tls_->serve("/net.bin",
                {.content = content_, .headers = {"ETag: \"one\""}, .range_bytes = 100'000, .cuts = {1000}});
    fetch();
    EXPECT_THAT(tls_->requests(), SizeIs(4));
    EXPECT_EQ(sha256_of_file(target_), sha256(content_));
}

// A part that is too short isn't kept for good: neither by a server that doesn't say how long its file is.
TEST_F(Fetch, APartThatTheServerEndsIsDropped) {
    serve({.content = content_, .cuts = {1000}});
    options_.tries = 1;
    EXPECT_THAT(failure(), HasSubstr("cut off"));
    for (const bool sized : {true, false}) {
        SCOPED_TRACE(sized);
        if (!sized) file_.bytes.reset();
        write_text(folder_ / "net.bin.part", content_.substr(0, 1000));
        write_text(folder_ / "net.bin.part.from", file_.urls[0] + "\n\n300000\n");
        serve({.content = content_.substr(0, 1000), .range_total = "*"});
        EXPECT_THAT(failure(), HasSubstr("nothing behind byte 1000 of a file of 300000"));
        serve({content_});
        fetch();
        expect_right();
        EXPECT_EQ(server_.requests().back().range, "");
        fs::remove(target_);
    }
}

// What came before the first of them is no progress of theirs.
TEST_F(Fetch, AttemptsThatBringNothingAreCountedBehindALongPart) {
    options_.tries = 3;
    const std::string content = bytes_of("long", 2'000'000);
    file_.sha256 = sha256(content);
    file_.bytes = content.size();
    serve({.content = content, .cuts = {1'500'000, 0, 0, 0, 0}});
    EXPECT_THAT(failure(), HasSubstr("cut off"));
    EXPECT_THAT(server_.requests(), SizeIs(3));
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
