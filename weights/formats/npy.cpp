#include "weights/formats/npy.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "weights/formats/byte_reader.h"

namespace bfr {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxHeaderBytes = 1 << 20;
constexpr size_t kMaxDimensions = 64;

struct Header {
    std::string_view descr;
    bool fortran = false;
    std::vector<int64_t> shape;
};

// The header is a Python dict of three entries: a text, True or False, and a tuple of counts.
class HeaderParser {
  public:
    HeaderParser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

    Header parse() {
        Header header;
        std::array<bool, 3> seen{};
        const auto once = [&](size_t which, std::string_view key) {
            if (std::exchange(seen[which], true)) fail(fmt::format("has '{}' twice", key));
        };
        expect('{');
        while (!accept('}')) {
            const std::string_view key = quoted();
            expect(':');
            if (key == "descr") {
                once(0, key);
                if (peek() != '\'' && peek() != '"') fail("describes a structure: arrays of plain numbers are read");
                header.descr = quoted();
            } else if (key == "fortran_order") {
                once(1, key);
                header.fortran = truth();
            } else if (key == "shape") {
                once(2, key);
                header.shape = counts();
            } else {
                fail(fmt::format("has the key '{}'", printable(key)));
            }
            if (!accept(',') && peek() != '}') fail("is no dict");
        }
        if (!seen[0] || !seen[1] || !seen[2]) fail("lacks descr, fortran_order or shape");
        if (peek() != '\0') fail("goes on after its end");
        return header;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Error(fmt::format("{}: its header {}", where_, what));
    }
    char peek() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) at_++;
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    bool accept(char wanted) {
        if (peek() != wanted) return false;
        at_++;
        return true;
    }
    void expect(char wanted) {
        if (!accept(wanted)) fail(fmt::format("has no '{}' where it belongs", wanted));
    }
    std::string_view quoted() {
        const char quote = peek();
        if (quote != '\'' && quote != '"') fail("has no text where it belongs");
        const size_t end = text_.find(quote, at_ + 1);
        if (end == std::string_view::npos) fail("has a text without an end");
        const auto content = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        return content;
    }
    bool truth() {
        peek();
        for (const std::string_view word : {"True", "False"}) {
            if (text_.substr(at_).starts_with(word)) {
                at_ += word.size();
                return word == "True";
            }
        }
        fail("says neither True nor False for fortran_order");
    }
    std::vector<int64_t> counts() {
        std::vector<int64_t> numbers;
        expect('(');
        while (!accept(')')) {
            peek();
            int64_t number = 0;
            const auto [end, code] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
            if (code != std::errc() || number < 0 || numbers.size() == kMaxDimensions) fail("has a shape that is none");
            at_ = static_cast<size_t>(end - text_.data());
            accept('L');  // Python 2
            numbers.push_back(number);
            if (!accept(',') && peek() != ')') fail("has a shape that is none");
        }
        return numbers;
    }

    std::string_view text_;
    const std::string& where_;
    size_t at_ = 0;
};

}  // namespace

std::optional<NumpyType> parse_numpy_type(std::string_view text) {
    NumpyType type{};
    if (!text.empty() && std::string_view("<>=|").find(text.front()) != std::string_view::npos) {
        type.big_endian = text.front() == '>';
        text.remove_prefix(1);
    }
    constexpr std::pair<std::string_view, DType> kNames[] = {
        {"b1", DType::kBool}, {"u1", DType::kU8},  {"i1", DType::kI8},  {"u2", DType::kU16},
        {"i2", DType::kI16},  {"u4", DType::kU32}, {"i4", DType::kI32}, {"u8", DType::kU64},
        {"i8", DType::kI64},  {"f2", DType::kF16}, {"f4", DType::kF32}, {"f8", DType::kF64}};
    for (const auto& [name, dtype] : kNames) {
        if (name == text) {
            type.dtype = dtype;
            return type;
        }
    }
    return std::nullopt;
}

bool looks_like_npy(std::span<const std::byte> bytes) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()).starts_with(kMagic);
}

StoredTensor parse_npy(const FileBytes& file, const std::string& where) {
    ByteReader in(file.bytes(), 0, where);
    if (!looks_like_npy(file.bytes())) throw Error(fmt::format("{}: is no .npy array", where));
    in.skip(kMagic.size());
    const uint8_t version = in.u8();
    in.skip(1);
    if (version < 1 || version > 3) throw Error(fmt::format("{}: is of .npy version {}, not 1 to 3", where, version));
    const uint64_t length = version == 1 ? in.u16() : in.u32();
    if (length > kMaxHeaderBytes) throw Error(fmt::format("{}: has a header of {} bytes", where, length));
    const Header header = HeaderParser(in.text(length), where).parse();
    const auto type = parse_numpy_type(header.descr);
    if (!type)
        throw Error(fmt::format("{}: its dtype '{}' is none that this program reads", where, printable(header.descr)));

    const auto data = in.take(in.left());
    const auto count = element_count(header.shape);
    uint64_t bytes = 0;
    if (!count || __builtin_mul_overflow(static_cast<uint64_t>(*count), element_bytes(type->dtype), &bytes) ||
        bytes != data.size()) {
        throw Error(fmt::format("{}: {} of {} don't make {} bytes", where, shape_text(header.shape),
                                to_string(type->dtype), data.size()));
    }
    StoredTensor tensor{type->dtype, header.shape, dense_strides(header.shape, header.fortran), 0,
                        std::make_shared<const TensorStorage>(TensorStorage{file.part(data), type->big_endian})};
    check_view(tensor, where);
    return tensor;
}

}  // namespace bfr
