// One request by libcurl.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/error.h"

namespace bfr {

// What the other side did wrong; a failure of this machine's disk is another Error.
class TransferError : public Error {
  public:
    enum Kind {
        kRefused,      // the same request would be answered alike
        kUnreachable,  // no connection came about
        kInterrupted,  // may pass: a cut, a stall, a server that is busy
    };
    TransferError(Kind kind, const std::string& what, std::chrono::seconds wait = {})
        : Error(what), kind_(kind), wait_(wait) {}
    Kind kind() const { return kind_; }
    std::chrono::seconds wait() const { return wait_; }  // that the server asks for

  private:
    Kind kind_;
    std::chrono::seconds wait_;
};

struct TransferRequest {
    std::string url;
    uint64_t from = 0;      // first byte that is wanted
    std::string validator;  // where not empty, the rest is wanted only of the file that had this ETag or date
    std::chrono::seconds connect, stall;
};

// What an answer says before its first byte.
struct TransferHead {
    uint64_t from = 0;              // 0 where the server sends the whole file nevertheless
    std::optional<uint64_t> total;  // of the whole file
    std::string validator;          // strong ETag, else date; empty where there is neither
    std::string type;               // Content-Type
};

class TransferSink {
  public:
    virtual ~TransferSink() = default;
    // What they throw ends the transfer and comes out of it.
    virtual void begin(const TransferHead& head) = 0;
    virtual void write(std::span<const unsigned char> bytes) = 0;
    // Instead of both: the server has nothing behind the request's `from` (416). `total`: of the whole file, where the
    // server says it.
    virtual void nothing_behind(std::optional<uint64_t> total) = 0;
};

// Redirects are followed, from https to https alone. TLS certificates are checked, against $SSL_CERT_FILE where that is
// set. That less came than the head's `total` is no error here where the server ends the answer properly. Throws
// TransferError.
void transfer(const TransferRequest& request, TransferSink& sink);

// The file that a file:// url names, and a url's path with a name appended; both decode and encode. Error where `url`
// can't be taken apart.
std::string path_of_file_url(const std::string& url);
std::string url_below(const std::string& url, const std::string& name);

}  // namespace bfr
