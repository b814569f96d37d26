#include "weights/fetch/unpack.h"

#include <bzlib.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>
#include <vector>

#include "base/files.h"
#include "weights/fetch/transfer.h"

namespace bfr {
namespace {

constexpr size_t kBlock = 1 << 18;

[[noreturn]] void damaged(const std::string& how) {
    throw TransferError(TransferError::kRefused, "what came is no sound bzip2 file: " + how);
}

class Output {
  public:
    explicit Output(const std::filesystem::path& path)
        : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666)) {
        if (fd_ < 0) fail();
    }
    ~Output() {
        if (fd_ >= 0) ::close(fd_);
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    void write(const char* data, size_t size) {
        while (size > 0) {
            const ssize_t n = ::write(fd_, data, size);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) fail();
            data += n;
            size -= static_cast<size_t>(n);
        }
    }

  private:
    [[noreturn]] void fail() const {
        throw Error(fmt::format("{}: can't be written: {}", printable(path_), std::generic_category().message(errno)));
    }
    std::filesystem::path path_;
    int fd_;
};

class Decoder {
  public:
    Decoder() { start(); }
    ~Decoder() { BZ2_bzDecompressEnd(&stream_); }
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    bz_stream* operator->() { return &stream_; }
    int step() { return BZ2_bzDecompress(&stream_); }
    // For the next stream, with the input that is left.
    void restart() {
        bz_stream rest = stream_;
        BZ2_bzDecompressEnd(&stream_);
        start();
        stream_.next_in = rest.next_in;
        stream_.avail_in = rest.avail_in;
    }

  private:
    void start() {
        stream_ = {};
        BFR_CHECK(BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK, "libbz2 can't be set up");
    }
    bz_stream stream_;
};

}  // namespace

uint64_t most_packed(uint64_t bytes) { return bytes + bytes / 100 + 600; }  // by libbz2's manual

void unpack_bzip2(const std::filesystem::path& packed, const std::filesystem::path& out, uint64_t bytes) {
    std::ifstream input(packed, std::ios::binary);
    if (!input) throw Error(fmt::format("{}: can't be opened", printable(packed)));
    Output output(out);
    Decoder decoder;
    std::vector<char> in(kBlock), unpacked(kBlock);
    uint64_t done = 0;
    bool ended = false;  // between two streams
    bool full = false;   // more may be there to come without more input
    for (;;) {
        if (decoder->avail_in == 0) {
            input.read(in.data(), kBlock);
            if (input.bad()) throw Error(fmt::format("{}: can't be read", printable(packed)));
            decoder->next_in = in.data();
            decoder->avail_in = static_cast<unsigned>(input.gcount());
            if (decoder->avail_in == 0 && (ended || !full)) break;
        }
        if (ended) decoder.restart();
        decoder->next_out = unpacked.data();
        decoder->avail_out = kBlock;
        const int code = decoder.step();
        ended = code == BZ_STREAM_END;
        full = decoder->avail_out == 0;
        if (code != BZ_OK && !ended) damaged("it can't be unpacked");
        const size_t size = kBlock - decoder->avail_out;
        if (size > bytes - done) damaged(fmt::format("it unpacks to more than the {} bytes that it should", bytes));
        output.write(unpacked.data(), size);
        done += size;
    }
    if (!ended) damaged("it ends in the middle");
    if (done != bytes) damaged(fmt::format("it unpacks to {} bytes, where it should to {}", done, bytes));
}

}  // namespace bfr
