#include "base/sha256.h"

#include <openssl/evp.h>

#include <fstream>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace bfr {
namespace {

class Hasher {
  public:
    Hasher() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
        BFR_CHECK(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1, "SHA-256 can't be set up");
    }
    void add(const void* data, size_t size) {
        BFR_CHECK(EVP_DigestUpdate(context_.get(), data, size) == 1, "SHA-256 failed");
    }
    std::string hex() {
        unsigned char digest[32];
        BFR_CHECK(EVP_DigestFinal_ex(context_.get(), digest, nullptr) == 1, "SHA-256 failed");
        std::string text;
        for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
        return text;
    }

  private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::string sha256(std::span<const unsigned char> bytes) {
    Hasher hasher;
    hasher.add(bytes.data(), bytes.size());
    return hasher.hex();
}

std::string sha256(std::string_view text) {
    return sha256({reinterpret_cast<const unsigned char*>(text.data()), text.size()});
}

std::string sha256_of_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error(fmt::format("{}: can't be opened", printable(path)));
    Hasher hasher;
    std::vector<char> block(1 << 20);
    do {
        file.read(block.data(), static_cast<std::streamsize>(block.size()));
        hasher.add(block.data(), static_cast<size_t>(file.gcount()));
    } while (file);
    if (file.bad()) throw Error(fmt::format("{}: can't be read", printable(path)));
    return hasher.hex();
}

}  // namespace bfr
