#include "weights/fetch/transfer.h"

#include <curl/curl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <memory>

#include "base/files.h"

namespace bfr {
namespace {

constexpr long kMostRedirects = 10, kLeastBytesPerSecond = 100;

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using UrlParts = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

Handle new_handle() {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    Handle handle(curl_easy_init(), curl_easy_cleanup);
    BFR_CHECK(ready == CURLE_OK && handle, "libcurl can't be set up");
    return handle;
}

template <class Value>
void set(const Handle& handle, CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(handle.get(), option, value);
    BFR_CHECK(code == CURLE_OK, "libcurl's option {}: {}", static_cast<int>(option), curl_easy_strerror(code));
}

template <class Value>
Value get(const Handle& handle, CURLINFO what) {
    Value value{};
    curl_easy_getinfo(handle.get(), what, &value);
    return value;
}

// Of the last answer, not of those that redirected.
std::string header(const Handle& handle, const char* name) {
    curl_header* found = nullptr;
    return curl_easy_header(handle.get(), name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : "";
}

std::optional<uint64_t> number(std::string_view text) {
    uint64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    return code == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// "bytes 100-199/200"
void read_range(const std::string& range, TransferHead& head) {
    const auto minus = range.find('-'), slash = range.find('/');
    const auto from =
        range.starts_with("bytes ") && minus != std::string::npos ? number(range.substr(6, minus - 6)) : std::nullopt;
    if (!from || slash == std::string::npos)
        throw TransferError(TransferError::kRefused,
                            fmt::format("the server answers with an unreadable range '{}'", printable(range)));
    head.from = *from;
    head.total = number(range.substr(slash + 1));  // "*" where the server doesn't know
}

// "bytes */200", or nothing that tells.
std::optional<uint64_t> total_of_unsatisfied(std::string_view range) {
    constexpr std::string_view kStart = "bytes */";
    return range.starts_with(kStart) ? number(range.substr(kStart.size())) : std::nullopt;
}

TransferHead read_head(const Handle& handle) {
    TransferHead head;
    const auto length = get<curl_off_t>(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
    if (length >= 0) head.total = static_cast<uint64_t>(length);
    if (get<long>(handle, CURLINFO_RESPONSE_CODE) == 206) read_range(header(handle, "Content-Range"), head);
    head.type = header(handle, "Content-Type");
    head.validator = header(handle, "ETag");
    if (head.validator.empty() || head.validator.starts_with("W/")) head.validator = header(handle, "Last-Modified");
    return head;
}

struct Receiver {
    const Handle& handle;
    TransferSink& sink;
    bool begun = false;
    std::exception_ptr failure;

    bool begin() {
        if (begun) return true;
        begun = true;
        return guarded([&] { sink.begin(read_head(handle)); });
    }
    // Nothing may be thrown through libcurl.
    template <class Work>
    bool guarded(Work&& work) {
        try {
            work();
            return true;
        } catch (...) {
            failure = std::current_exception();
            return false;
        }
    }
};

size_t receive(char* data, size_t, size_t size, void* user) {
    auto& receiver = *static_cast<Receiver*>(user);
    const bool taken = receiver.begin() && receiver.guarded([&] {
        receiver.sink.write({reinterpret_cast<const unsigned char*>(data), size});
    });
    return taken ? size : 0;
}

TransferError status_error(const Handle& handle) {
    constexpr uint64_t kLongestWait = 60;
    const long status = get<long>(handle, CURLINFO_RESPONSE_CODE);
    const bool busy = status >= 500 || status == 408 || status == 429;
    const uint64_t wait = busy ? std::min(number(header(handle, "Retry-After")).value_or(0), kLongestWait) : 0;
    return {busy ? TransferError::kInterrupted : TransferError::kRefused,
            fmt::format("the server answers with the status {}", status), std::chrono::seconds(wait)};
}

TransferError transport_error(const Handle& handle, CURLcode code, const char* details) {
    const std::string what = *details ? details : curl_easy_strerror(code);
    switch (code) {
        case CURLE_HTTP_RETURNED_ERROR:
            return status_error(handle);
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_CONNECT:
            return {TransferError::kUnreachable, what};
        case CURLE_OPERATION_TIMEDOUT:
            if (get<curl_off_t>(handle, CURLINFO_CONNECT_TIME_T) == 0) return {TransferError::kUnreachable, what};
            return {TransferError::kInterrupted, "stalled: " + what};
        case CURLE_PARTIAL_FILE:
        case CURLE_GOT_NOTHING:
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM:
        case CURLE_SSL_CONNECT_ERROR:
            return {TransferError::kInterrupted, "cut off: " + what};
        case CURLE_UNSUPPORTED_PROTOCOL:  // the request's own was allowed
            return {TransferError::kRefused, "the server redirects to what is not followed: " + what};
        default:
            return {TransferError::kRefused, what};
    }
}

// A pipe or a device under the name would never end.
void check_regular(const std::string& url) {
    const std::string path = path_of_file_url(url);
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode))
        throw TransferError(TransferError::kRefused, "there is no such file");
}

}  // namespace

void transfer(const TransferRequest& request, TransferSink& sink) {
    const bool local = request.url.starts_with("file:"), plain = request.url.starts_with("http:");
    if (local) check_regular(request.url);
    const Handle handle = new_handle();
    Receiver receiver{handle, sink, false, nullptr};
    char details[CURL_ERROR_SIZE] = "";
    set(handle, CURLOPT_ERRORBUFFER, details);
    set(handle, CURLOPT_URL, request.url.c_str());
    set(handle, CURLOPT_PROTOCOLS_STR, local ? "file" : plain ? "http,https" : "https");
    set(handle, CURLOPT_REDIR_PROTOCOLS_STR, plain ? "http,https" : "https");
    set(handle, CURLOPT_FOLLOWLOCATION, 1L);
    set(handle, CURLOPT_MAXREDIRS, kMostRedirects);
    set(handle, CURLOPT_FAILONERROR, 1L);
    set(handle, CURLOPT_USERAGENT, "bfr");
    set(handle, CURLOPT_CONNECTTIMEOUT, static_cast<long>(request.connect.count()));
    set(handle, CURLOPT_LOW_SPEED_LIMIT, kLeastBytesPerSecond);
    set(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stall.count()));
    set(handle, CURLOPT_WRITEFUNCTION, &receive);
    set(handle, CURLOPT_WRITEDATA, static_cast<void*>(&receiver));
    if (const char* authorities = std::getenv("SSL_CERT_FILE"); authorities && *authorities)
        set(handle, CURLOPT_CAINFO, authorities);
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, curl_slist_free_all);
    if (request.from > 0) {
        set(handle, CURLOPT_RANGE, fmt::format("{}-", request.from).c_str());
        if (!request.validator.empty()) {
            headers.reset(curl_slist_append(nullptr, ("If-Range: " + request.validator).c_str()));
            set(handle, CURLOPT_HTTPHEADER, headers.get());
        }
    }
    const CURLcode code = curl_easy_perform(handle.get());
    if (receiver.failure) std::rethrow_exception(receiver.failure);
    if (get<long>(handle, CURLINFO_RESPONSE_CODE) == 416 && request.from > 0)
        return sink.nothing_behind(total_of_unsatisfied(header(handle, "Content-Range")));
    if (code != CURLE_OK) throw transport_error(handle, code, details);
    if (!receiver.begin()) std::rethrow_exception(receiver.failure);  // an answer without a byte
}

namespace {

UrlParts parts_of(const std::string& url) {
    UrlParts parts(curl_url(), curl_url_cleanup);
    const CURLUcode code = curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0);
    if (code != CURLUE_OK) throw Error(fmt::format("{}: is no url: {}", printable(url), curl_url_strerror(code)));
    return parts;
}

std::string part_of(const UrlParts& parts, CURLUPart which, unsigned flags) {
    char* text = nullptr;
    if (curl_url_get(parts.get(), which, &text, flags) != CURLUE_OK) return "";
    const std::unique_ptr<char, decltype(&curl_free)> owner(text, curl_free);
    return text;
}

}  // namespace

std::string path_of_file_url(const std::string& url) { return part_of(parts_of(url), CURLUPART_PATH, CURLU_URLDECODE); }

std::string url_below(const std::string& url, const std::string& name) {
    const UrlParts parts = parts_of(url);
    std::string path = part_of(parts, CURLUPART_PATH, CURLU_URLDECODE);
    if (!path.ends_with('/')) path += '/';
    const CURLUcode code = curl_url_set(parts.get(), CURLUPART_PATH, (path + name).c_str(), CURLU_URLENCODE);
    BFR_CHECK(code == CURLUE_OK, "{} below {}: {}", name, url, curl_url_strerror(code));
    return part_of(parts, CURLUPART_URL, 0);
}

}  // namespace bfr
