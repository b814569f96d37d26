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

TEST_F(FetchTls, DoesNotFollowToPlainHttp) {
    ::setenv("SSL_CERT_FILE", certificate_.c_str(), 1);
    serve({content_});
    tls_->serve("/net.bin", {.content = "", .status = 302, .headers = {"Location: " + server_.url("/net.bin")}});
    EXPECT_THAT(failure(), HasSubstr("redirects to what is not followed: Protocol \"http\""));
    EXPECT_THAT(server_.requests(), IsEmpty());
}

}  // namespace
}  // namespace bfr::testing
