#include "tests/support/web_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace bfr::testing {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

// "bytes=100-" as a server reads it; nothing for other forms.
std::optional<size_t> first_byte(std::string_view range) {
    size_t first = 0;
    if (!range.starts_with("bytes=") || !range.ends_with("-")) return std::nullopt;
    range = range.substr(6, range.size() - 7);
    const auto [end, code] = std::from_chars(range.data(), range.data() + range.size(), first);
    return code == std::errc{} && end == range.data() + range.size() ? std::optional(first) : std::nullopt;
}

bool has_validator(const Answer& answer, const std::string& validator) {
    return std::ranges::any_of(answer.headers, [&](const auto& line) { return line.ends_with(": " + validator); });
}

struct Reply {
    std::string head, body;
};

Reply reply_to(const Request& request, const Answer& answer) {
    auto first = answer.status == 200 && answer.ranges ? first_byte(request.range) : std::nullopt;
    if (answer.conditions && !request.if_range.empty() && !has_validator(answer, request.if_range)) first.reset();
    const size_t size = answer.content.size();
    const bool beyond = first && *first >= size;
    const size_t most = first ? answer.range_bytes.value_or(size) : size;
    const std::string total = answer.range_total.empty() ? std::to_string(size) : answer.range_total;
    Reply reply{"", beyond ? "" : answer.content.substr(first.value_or(0), most)};
    reply.head = fmt::format("HTTP/1.1 {} x\r\nConnection: close\r\n", beyond ? 416 : first ? 206 : answer.status);
    if (!answer.type.empty()) reply.head += "Content-Type: " + answer.type + "\r\n";
    if (beyond) {
        reply.head += fmt::format("Content-Range: bytes */{}\r\n", total);
    } else if (first) {
        reply.head += fmt::format("Content-Range: bytes {}-{}/{}\r\n", *first, *first + reply.body.size() - 1, total);
    }
    if (answer.says_length) reply.head += fmt::format("Content-Length: {}\r\n", reply.body.size());
    for (const auto& line : answer.headers) reply.head += line + "\r\n";
    reply.head += "\r\n";
    return reply;
}

}  // namespace

class WebServer::State {
  public:
    State(const std::filesystem::path& certificate, const std::filesystem::path& key)
        : acceptor_(context_, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)) {
        if (!certificate.empty()) {
            tls_.emplace(asio::ssl::context::tls_server);
            tls_->use_certificate_chain_file(certificate.string());
            tls_->use_private_key_file(key.string(), asio::ssl::context::pem);
        }
        accepting_ = std::thread([this] { accept(); });
    }

    ~State() {
        stopping_ = true;
        boost::system::error_code ignored;
        tcp::socket wake(context_);  // out of its accept
        wake.connect(acceptor_.local_endpoint(), ignored);
        accepting_.join();
        for (auto& thread : connections_) thread.join();
    }

    std::string url(const std::string& target) const {
        return fmt::format("{}://127.0.0.1:{}{}", tls_ ? "https" : "http", acceptor_.local_endpoint().port(), target);
    }

    void serve(const std::string& target, const Answer& answer) {
        const std::lock_guard lock(mutex_);
        answers_[target] = answer;
    }

    std::vector<Request> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    size_t body_bytes() const { return body_bytes_; }

  private:
    void accept() {
        while (!stopping_) {
            boost::system::error_code code;
            tcp::socket socket(context_);
            acceptor_.accept(socket, code);
            if (code || stopping_) continue;
            connections_.emplace_back([this, socket = std::move(socket)]() mutable {
                try {
                    if (tls_) {
                        asio::ssl::stream<tcp::socket&> stream(socket, *tls_);
                        stream.handshake(asio::ssl::stream_base::server);
                        answer(stream);
                        boost::system::error_code ignored;
                        stream.shutdown(ignored);
                    } else {
                        answer(socket);
                    }
                } catch (const std::exception&) {
                    // The client went away, as clients do.
                }
            });
        }
    }

    template <class Stream>
    void answer(Stream& stream) {
        boost::beast::flat_buffer buffer;
        http::request<http::empty_body> asked;
        http::read(stream, buffer, asked);
        const Request request{std::string(asked.target()), std::string(asked[http::field::range]),
                              std::string(asked[http::field::if_range])};
        Answer answer{"no such file", 404};
        size_t cut = std::string::npos;
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
            if (const auto found = answers_.find(request.target); found != answers_.end()) {
                answer = found->second;
                auto& cuts = found->second.cuts;
                if (!cuts.empty()) {
                    cut = cuts.front();
                    cuts.erase(cuts.begin());
                }
            }
        }
        const Reply reply = reply_to(request, answer);
        asio::write(stream, asio::buffer(reply.head));
        const size_t end = std::min({reply.body.size(), cut, answer.stalls_after.value_or(std::string::npos)});
        for (size_t done = 0; done < end && !stopping_;) {
            const size_t n = std::min(end - done, answer.bytes_a_tenth.value_or(1 << 16));
            asio::write(stream, asio::buffer(reply.body.data() + done, n));
            done += n;
            body_bytes_ += n;
            if (answer.bytes_a_tenth) std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        while (answer.stalls_after && !stopping_) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }

    asio::io_context context_;
    tcp::acceptor acceptor_;
    std::optional<asio::ssl::context> tls_;
    std::atomic<bool> stopping_{false};
    std::atomic<size_t> body_bytes_{0};
    mutable std::mutex mutex_;
    std::map<std::string, Answer> answers_;
    std::vector<Request> requests_;
    std::vector<std::thread> connections_;  // the accepting thread's
    std::thread accepting_;
};

WebServer::WebServer(const std::filesystem::path& certificate, const std::filesystem::path& key)
    : state_(std::make_unique<State>(certificate, key)) {}
WebServer::~WebServer() = default;

std::string WebServer::url(const std::string& target) const { return state_->url(target); }
void WebServer::serve(const std::string& target, const Answer& answer) { state_->serve(target, answer); }
std::vector<Request> WebServer::requests() const { return state_->requests(); }
size_t WebServer::body_bytes() const { return state_->body_bytes(); }

}  // namespace bfr::testing
