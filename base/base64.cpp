#include "base/base64.h"

#include <openssl/evp.h>

#include <bit>
#include <climits>
#include <cstdint>

#include "base/error.h"

namespace bfr {

std::string base64(std::span<const unsigned char> bytes) {
    BFR_CHECK(bytes.size() <= INT_MAX / 2, "{} bytes are too many for base64", bytes.size());
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
    text.resize(static_cast<size_t>(length));
    return text;
}

std::optional<std::vector<unsigned char>> bytes_of_base64(std::string_view text) {
    if (text.size() % 4 != 0 || text.size() > INT_MAX) return std::nullopt;
    std::vector<unsigned char> bytes(text.size() / 4 * 3);
    const int length = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                       static_cast<int>(text.size()));
    if (length < 0 || static_cast<size_t>(length) != bytes.size()) return std::nullopt;
    size_t padding = 0;  // OpenSSL counts it as zero bits
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') padding++;
    bytes.resize(bytes.size() - padding);
    // OpenSSL forgives blanks around the text, and bits that nobody wrote.
    return base64(bytes) == text ? std::optional(std::move(bytes)) : std::nullopt;
}

std::string base64_of_floats(std::span<const float> values) {
    std::vector<unsigned char> bytes;
    bytes.reserve(values.size() * 4);
    for (const float value : values) {
        const auto bits = std::bit_cast<uint32_t>(value);
        for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<unsigned char>(bits >> shift));
    }
    return base64(bytes);
}

std::optional<std::vector<float>> floats_of_base64(std::string_view text) {
    const auto bytes = bytes_of_base64(text);
    if (!bytes || bytes->size() % 4 != 0) return std::nullopt;
    std::vector<float> values;
    values.reserve(bytes->size() / 4);
    for (size_t i = 0; i < bytes->size(); i += 4) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 4; k++) bits |= static_cast<uint32_t>((*bytes)[i + k]) << (8 * k);
        values.push_back(std::bit_cast<float>(bits));
    }
    return values;
}

}  // namespace bfr
