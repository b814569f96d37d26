// Little-endian numbers and runs of bytes, one after another, never beyond the end.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace bfr {

// Reads from `at` on. Whatever lies beyond the end is an Error "FILE: ends in the middle of ...". `file` and the bytes
// outlive the reader.
class ByteReader {
  public:
    ByteReader(std::span<const std::byte> bytes, uint64_t at, const std::string& file)
        : bytes_(bytes), at_(at), file_(&file) {
        if (at > bytes.size()) fail(0);
    }

    uint64_t at() const { return at_; }
    uint64_t left() const { return bytes_.size() - at_; }

    std::span<const std::byte> take(uint64_t count) {
        if (count > left()) fail(count);
        const auto taken = bytes_.subspan(at_, count);
        at_ += count;
        return taken;
    }
    std::string_view text(uint64_t count) {
        const auto taken = take(count);
        return {reinterpret_cast<const char*>(taken.data()), taken.size()};
    }
    void skip(uint64_t count) { take(count); }

    uint8_t u8() { return number<uint8_t>(); }
    uint16_t u16() { return number<uint16_t>(); }
    uint32_t u32() { return number<uint32_t>(); }
    uint64_t u64() { return number<uint64_t>(); }
    template <class Number>
    Number number() {
        Number value;
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }

  private:
    [[noreturn]] void fail(uint64_t count) const {
        throw Error(fmt::format("{}: cut short: {} bytes wanted at byte {}, {} are there", *file_, count, at_,
                                bytes_.size() < at_ ? 0 : bytes_.size() - at_));
    }

    std::span<const std::byte> bytes_;
    uint64_t at_;
    const std::string* file_;
};

}  // namespace bfr
