// A web server on this machine that does what it's told, wrong things too.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bfr::testing {

// What a path is answered with. The defaults are those of a good server.
struct Answer {
    std::string content = {};
    int status = 200;  // anything else is sent with the content as its page
    std::string type = "application/octet-stream";
    std::vector<std::string> headers = {};   // further lines, "ETag: \"1\""
    bool ranges = true;                      // false: Range is ignored
    std::optional<size_t> range_bytes = {};  // an answer to Range holds so many at most
    std::string range_total = {};            // what 206 and 416 say that the file has; empty: what it has
    bool conditions = true;                  // false: If-Range is ignored
    bool says_length = true;  // false: no Content-Length; the end of the connection is the end of the file
    // The n-th connection breaks off after so many bytes of the body; those behind the last entry don't.
    std::vector<size_t> cuts = {};
    std::optional<size_t> stalls_after = {};   // sends nothing more then, and keeps the connection
    std::optional<size_t> bytes_a_tenth = {};  // sends so many each tenth of a second
};

struct Request {
    std::string target, range, if_range;  // empty: without that header
};

class WebServer {
  public:
    // With a certificate and its key (PEM): https.
    explicit WebServer(const std::filesystem::path& certificate = {}, const std::filesystem::path& key = {});
    ~WebServer();
    WebServer(const WebServer&) = delete;
    WebServer& operator=(const WebServer&) = delete;

    std::string url(const std::string& target) const;  // target: "/name"
    void serve(const std::string& target, const Answer& answer);
    std::vector<Request> requests() const;
    size_t body_bytes() const;  // sent so far, in all

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace bfr::testing
