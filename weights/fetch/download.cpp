#include "weights/fetch/download.h"

#include <algorithm>
#include <cctype>
#include <thread>

#include "base/files.h"
#include "weights/catalogue/read_catalogue.h"
#include "weights/fetch/transfer.h"
#include "weights/fetch/unpack.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr uint64_t kMostUnknown = uint64_t{1} << 40;  // of a file whose size nobody gives
constexpr uint64_t kEnoughProgress = 1 << 20;         // an attempt that brought this much is no failure
constexpr std::chrono::milliseconds kLongestPause{30'000};

[[noreturn]] void refuse(const std::string& what) { throw TransferError(TransferError::kRefused, what); }

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

bool looks_like_a_page(std::span<const unsigned char> bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), std::min<size_t>(bytes.size(), 256));
    const auto start = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    if (start == std::string_view::npos) return false;
    const std::string first = lower(text.substr(start, 14));
    return first.starts_with("<!doctype html") || first.starts_with("<html") || first.starts_with("<head");
}

[[noreturn]] void refuse_page() {
    refuse(
        "the server answers with a web page, for logging in or agreeing to something perhaps; fetch the file with a "
        "browser into a folder, and name that with --mirror");
}

class PartSink : public TransferSink {
  public:
    // `from`: the first byte that is asked for.
    PartSink(const KnownFile& file, const std::string& url, uint64_t from, PartFile& part, FetchProgress& progress)
        : file_(file),
          url_(url),
          from_(from),
          part_(part),
          progress_(progress),
          packed_(is_packed(url, file.name)),
          announced_(from > 0 ? part.origin().total : std::nullopt),
          start_(part.size()) {}

    void begin(const TransferHead& head) override {
        if (lower(head.type).starts_with("text/html")) refuse_page();
        if (head.from != 0 && head.from != from_)
            refuse(fmt::format("the server sends from byte {}, where {} was asked for", head.from, from_));
        const bool goes_on = head.from > 0;
        const auto total = head.total || !goes_on ? head.total : announced_;
        check_size(total);
        if (goes_on) check_announced(total);
        if (!goes_on) part_.restart({url_, head.validator, total});
        resumed = goes_on;
        announced_ = total;
        start_ = part_.size();
        check_space(total);
        progress_.begin(file_.name, total ? total : packed_ ? std::nullopt : file_.bytes, part_.size());
    }

    void write(std::span<const unsigned char> bytes) override {
        if (part_.size() == 0 && looks_like_a_page(bytes)) refuse_page();
        const uint64_t most = std::min(limit(), announced_.value_or(kMostUnknown));
        if (bytes.size() > most - std::min(most, part_.size())) {
            part_.restart({});
            refuse(fmt::format("the server sends more than {} bytes; the file has {}", most,
                               most < limit() ? fmt::format("{} by its own word", most) : size_text()));
        }
        part_.append(bytes);
        progress_.advance(bytes.size());
    }

    void nothing_behind(std::optional<uint64_t> total) override {
        if (total) check_size(total);
        check_announced(total);
        if (const auto whole = total ? total : whole_size(); whole && *whole != part_.size())
            start_again(fmt::format("the server has nothing behind byte {} of a file of {}", part_.size(), *whole));
        if (!total && !file_.sha256) {
            start_again(fmt::format("the server has nothing behind byte {} and doesn't say how long the file is",
                                    part_.size()));
        }
        resumed = true;
    }

    // An answer may be whole and yet not bring the whole rest.
    void check_whole() const {
        const auto whole = whole_size();
        if (!whole || part_.size() >= *whole) return;
        throw TransferError(
            TransferError::kInterrupted,
            fmt::format("the file ends after {} bytes; the {} {}", part_.size(),
                        whole == file_.bytes ? "one of the catalogue has" : "server says that it has", *whole));
    }

    uint64_t brought() const { return part_.size() - std::min(part_.size(), start_); }

    bool resumed = false;

  private:
    std::optional<uint64_t> whole_size() const { return !packed_ && file_.bytes ? file_.bytes : announced_; }
    uint64_t limit() const {
        if (!file_.bytes) return kMostUnknown;
        return packed_ ? most_packed(*file_.bytes) : *file_.bytes;
    }
    std::string size_text() const {
        return fmt::format("{} bytes{}", file_.bytes.value_or(kMostUnknown),
                           file_.bytes ? packed_ ? " unpacked" : "" : " at most");
    }

    [[noreturn]] void start_again(const std::string& why) {
        part_.restart({});
        throw TransferError(TransferError::kInterrupted, why + "; what had come is dropped");
    }

    // Of the file that the part is the beginning of.
    void check_announced(std::optional<uint64_t> total) {
        if (total && announced_ && *total != *announced_)
            start_again(fmt::format("the server's file has {} bytes, where it had {}", *total, *announced_));
    }

    void check_size(std::optional<uint64_t> total) const {
        if (!total && !file_.bytes && !file_.sha256)
            refuse("the server doesn't say how long the file is, and nobody else does: a cut couldn't be seen");
        if (!total) return;
        if (*total > limit() || (!packed_ && file_.bytes && *total != *file_.bytes))
            refuse(fmt::format("the server's file has {} bytes; the one of the catalogue has {}", *total, size_text()));
    }

    void check_space(std::optional<uint64_t> total) const {
        std::error_code code;
        const auto space = fs::space(part_.path().parent_path().empty() ? "." : part_.path().parent_path(), code);
        if (code) return;
        uint64_t wanted = total ? *total : packed_ ? 0 : file_.bytes.value_or(0);
        wanted -= std::min(wanted, part_.size());
        if (packed_) wanted += *file_.bytes;
        if (wanted > space.available)
            throw Error(
                fmt::format("{}: no space: {} bytes are to come, and {} are free there; free some, or choose "
                            "another folder with --out",
                            printable(part_.path()), wanted, space.available));
    }

    const KnownFile& file_;
    const std::string& url_;
    const uint64_t from_;
    PartFile& part_;
    FetchProgress& progress_;
    const bool packed_;
    std::optional<uint64_t> announced_;  // bytes of the server's file, by its own word
    uint64_t start_;                     // bytes of the part before this answer's first
};

// From which byte, and on what condition. A part of unknown origin is never gone on with.
TransferRequest next_request(const KnownFile& file, const std::string& url, const PartFile& part,
                             const FetchOptions& options) {
    TransferRequest request{url, 0, "", options.connect, options.stall};
    const auto origin = part.origin();
    if (part.size() == 0 || origin.url.empty() || url.starts_with("file:")) return request;
    if (origin.url == url) request.validator = origin.validator;
    const bool same_form = is_packed(origin.url, file.name) == is_packed(url, file.name);
    if (!request.validator.empty() || (file.sha256 && same_form)) request.from = part.size();
    return request;
}

std::string seconds_text(std::chrono::milliseconds time) {
    return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000);
}

}  // namespace

bool download(const KnownFile& file, const std::string& url, PartFile& part, const FetchOptions& options,
              FetchProgress& progress) {
    const bool packed = is_packed(url, file.name);
    bool answered = false;
    for (int failures = 0;;) {
        const TransferRequest request = next_request(file, url, part, options);
        if (request.from > 0 && !packed && part.size() == file.bytes) return true;  // only to be checked
        PartSink sink(file, url, request.from, part, progress);
        try {
            transfer(request, sink);
            progress.end();
            sink.check_whole();
            return sink.resumed;
        } catch (const TransferError& error) {
            progress.end();
            answered = answered || sink.brought() > 0;
            if (sink.brought() >= kEnoughProgress) failures = 0;
            const bool may_pass = error.kind() == TransferError::kInterrupted ||
                                  (error.kind() == TransferError::kUnreachable && answered);
            if (!may_pass || ++failures >= options.tries) throw;
            const auto pause = std::max<std::chrono::milliseconds>(
                std::min(options.first_pause * (1 << std::min(failures - 1, 10)), kLongestPause), error.wait());
            progress.note(fmt::format("{}: {}: {}; again in {}", file.name, url, error.what(), seconds_text(pause)));
            std::this_thread::sleep_for(pause);
        }
    }
}

}  // namespace bfr
