#include "weights/formats/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::byte> container(const std::string& header, size_t data_bytes) {
    const uint64_t length = header.size();
    std::vector<std::byte> bytes(sizeof length + header.size() + data_bytes);
    std::memcpy(bytes.data(), &length, sizeof length);
    std::memcpy(bytes.data() + sizeof length, header.data(), header.size());
    return bytes;
}

std::string refusal(std::vector<std::byte> bytes) {
    try {
        SafetensorsFile::parse(FileBytes::own(std::move(bytes), "some.safetensors"));
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

std::string refusal(const std::string& header, size_t data_bytes) { return refusal(container(header, data_bytes)); }

TEST(SafetensorsParity, GoldenOfMixedKinds) {
    const auto folder = testing::goldens("checkpoints", "mixed.safetensors");
    BFR_SKIP_WITHOUT("goldens/checkpoints", folder);
    const Json expected = testing::read_json(*folder / "expected.json");
    const auto file = SafetensorsFile::open(*folder / "mixed.safetensors");
    const Json& tensors = expected.at("files").at("mixed.safetensors");
    EXPECT_EQ(file.tensors().size(), tensors.size());
    const std::map<std::string, std::string> dtypes{
        {"float32", "F32"}, {"float16", "F16"}, {"bfloat16", "BF16"}, {"int64", "I64"}};
    for (const auto& [key, want] : tensors.items()) {
        SCOPED_TRACE(key);
        const TensorView& tensor = file.at(key);
        const std::string dtype(to_string(tensor.dtype));
        EXPECT_EQ(dtype, dtypes.at(want.at("dtype").get<std::string>()));
        EXPECT_EQ(tensor.shape, want.at("shape").get<std::vector<int64_t>>());
        const auto filled = testing::hash_fill(expected.at("salt").get<std::string>() + "mixed.safetensors/" + key,
                                               static_cast<size_t>(tensor.count()), want.at("lo").get<float>(),
                                               want.at("hi").get<float>());
        const auto floats = to_floats(tensor);
        ASSERT_EQ(floats.size(), filled.size());
        for (size_t i = 0; i < filled.size(); i++) {
            // half an ulp of what the dtype keeps of a value below 1: 11 bits, 8 bits
            const float tolerance = dtype == "F16" ? 0x1p-12f : dtype == "BF16" ? 0x1p-9f : 0.0f;
            const float value = dtype == "I64" ? std::nearbyint(filled[i]) : filled[i];
            EXPECT_NEAR(floats[i], value, tolerance) << i;
        }
    }
    EXPECT_EQ(file.metadata().at("note"), "hashed");
}

TEST(Safetensors, KeepsTheOrderOfTheBytes) {
    const std::string header =
        R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"a":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]},)"
        R"("e":{"dtype":"F64","shape":[0,7],"data_offsets":[1,1]}})";
    auto bytes = container(header, 3);
    bytes[bytes.size() - 3] = std::byte{1};
    bytes[bytes.size() - 1] = std::byte{200};
    const auto file = SafetensorsFile::parse(FileBytes::own(bytes, "x"));
    ASSERT_EQ(file.tensors().size(), 3u);
    EXPECT_EQ(file.tensors()[0].name, "a");
    EXPECT_THAT(to_integers(file.at("a")), ElementsAre(1));
    EXPECT_THAT(to_integers(file.at("b")), ElementsAre(0, 200));
    EXPECT_EQ(file.at("e").count(), 0);
    EXPECT_FALSE(file.has("c"));
    EXPECT_THROW(file.at("c"), Error);
}

TEST(Safetensors, ViewsOutliveTheObjectThatACopyWasMadeOf) {
    std::optional<SafetensorsFile> copy;
    {
        const testing::Scratch scratch;
        const auto bytes = container(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1);
        write_file(scratch / "a.safetensors", {reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
        copy = SafetensorsFile::open(scratch / "a.safetensors");
    }
    EXPECT_THAT(to_integers(copy->at("a")), ElementsAre(0));
}

TEST(Safetensors, RefusesWhatIsNotOne) {
    EXPECT_THAT(refusal(std::vector<std::byte>(7)), HasSubstr("too short"));
    EXPECT_THAT(refusal(std::vector<std::byte>(8)), HasSubstr("not a JSON object"));
    EXPECT_THAT(refusal(std::vector<std::byte>(100, std::byte{0xFF})), HasSubstr("truncated"));
    EXPECT_THAT(refusal("[]", 0), HasSubstr("not a JSON object"));
    EXPECT_THAT(refusal("{\"a\":", 0), HasSubstr("broken at byte"));
    EXPECT_THAT(refusal("{\"\xFF\":1}", 0), HasSubstr("broken at byte"));
    EXPECT_THAT(refusal("{\"a\":1e999}", 0), HasSubstr("beyond all bounds"));
    EXPECT_THAT(refusal(R"({"__metadata__":{"a":1}})", 0), HasSubstr("not a text"));
    EXPECT_EQ(refusal("{}", 0), "accepted");
    EXPECT_EQ(refusal("{}   ", 0), "accepted");
    EXPECT_THAT(refusal("{\"a\":{\"dtype\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}}", 0),
                HasSubstr("dtype"));
}

TEST(Safetensors, RefusesTensorsThatDoNotFit) {
    const auto one = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
        return R"({"t":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
    };
    EXPECT_EQ(refusal(one("\"F32\"", "[2]", "[0,8]"), 8), "accepted");
    EXPECT_THAT(refusal(one("\"F32\"", "[2]", "[0,4]"), 8), HasSubstr("don't make 4 bytes"));
    EXPECT_THAT(refusal(one("\"F32\"", "[2]", "[0,8]"), 7), HasSubstr("don't lie within"));
    EXPECT_THAT(refusal(one("\"F32\"", "[2]", "[8,0]"), 8), HasSubstr("don't lie within"));
    EXPECT_THAT(refusal(one("\"F32\"", "[2]", "[0,8]"), 9), HasSubstr("belong to none"));
    EXPECT_THAT(refusal(one("\"F32\"", "[1]", "[4,8]"), 8), HasSubstr("begin at 4"));
    EXPECT_THAT(refusal(one("\"F32\"", "[-2]", "[0,8]"), 8), HasSubstr("shape"));
    EXPECT_THAT(refusal(one("\"F32\"", "[2.0]", "[0,8]"), 8), HasSubstr("shape"));
    EXPECT_THAT(refusal(one("\"F32\"", "2", "[0,8]"), 8), HasSubstr("not a list"));
    EXPECT_THAT(refusal(one("\"F32\"", "[4611686018427387904,4611686018427387904]", "[0,8]"), 8),
                HasSubstr("don't make"));
    EXPECT_THAT(refusal(one("\"F32\"", "[4611686018427387904]", "[0,0]"), 0), HasSubstr("don't make"));
    EXPECT_THAT(refusal(one("\"F32\"", "[18446744073709551615]", "[0,8]"), 8), HasSubstr("shape"));
    EXPECT_THAT(refusal(one("\"F33\"", "[2]", "[0,8]"), 8), HasSubstr("F33"));
    EXPECT_THAT(refusal(one("32", "[2]", "[0,8]"), 8), HasSubstr("dtype"));
    EXPECT_THAT(refusal(R"({"t":5})", 8), HasSubstr("not an object"));
    EXPECT_THAT(refusal(R"({"t":{"dtype":"U8","shape":[8]}})", 8), HasSubstr("no data_offsets"));
    EXPECT_THAT(refusal(R"({"t":{"dtype":"U8","shape":[8],"data_offsets":[0,8],"x":1}})", 8), HasSubstr("'x'"));
}

TEST(Safetensors, RefusesOverlapsAndDoubledNames) {
    const std::string t = R"({"dtype":"U8","shape":[4],"data_offsets":[)";
    EXPECT_EQ(refusal("{\"a\":" + t + "0,4]},\"b\":" + t + "4,8]}}", 8), "accepted");
    EXPECT_THAT(refusal("{\"a\":" + t + "0,4]},\"b\":" + t + "2,6]}}", 6), HasSubstr("'b'"));
    EXPECT_THAT(refusal("{\"a\":" + t + "0,4]},\"b\":" + t + "0,4]}}", 4), HasSubstr("'b'"));
    EXPECT_THAT(refusal("{\"a\":" + t + "0,4]},\"a\":" + t + "4,8]}}", 8), HasSubstr("'a' twice"));
}

TEST(Safetensors, EveryTruncationIsRefused) {
    const auto whole = container(R"({"t":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})", 8);
    EXPECT_EQ(refusal(whole), "accepted");
    for (size_t size = 0; size < whole.size(); size++) {
        EXPECT_NE(refusal(std::vector<std::byte>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))),
                  "accepted")
            << size;
    }
}

// Bytes changed at random: an Error or tensors that can be read to their end, never anything else.
TEST(Safetensors, ChangedBytesAreAnErrorOrATensor) {
    const auto whole = container(R"({"__metadata__":{"a":"b"},"s":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},)"
                                 R"("t":{"dtype":"I32","shape":[1,2],"data_offsets":[8,16]}})",
                                 16);
    int accepted = 0;
    for (uint32_t round = 0; round < 5000; round++) {
        const Draw draw(1, "safetensors", "changes", 0, round);
        auto bytes = whole;
        const uint64_t changes = 1 + draw.integer(0, 4);
        for (uint64_t k = 0; k < changes; k++) {
            bytes[draw.integer(1 + 2 * k, bytes.size())] = static_cast<std::byte>(draw.integer(2 + 2 * k, 256));
        }
        try {
            const auto file = SafetensorsFile::parse(FileBytes::own(std::move(bytes), "changed"));
            for (const auto& tensor : file.tensors()) {
                EXPECT_EQ(to_doubles(tensor).size(), static_cast<size_t>(*element_count(tensor.shape)));
            }
            accepted++;
        } catch (const Error&) {
        }
    }
    EXPECT_GT(accepted, 100);
    EXPECT_LT(accepted, 4000);
}

TEST(Safetensors, MissingFileFolderAndEmptyFileAreErrorsThatNameIt) {
    const testing::Scratch scratch;
    EXPECT_THROW(SafetensorsFile::open(scratch / "none.safetensors"), Error);
    EXPECT_THROW(SafetensorsFile::open(scratch.path()), Error);
    write_text(scratch / "empty.safetensors", "");
    try {
        SafetensorsFile::open(scratch / "empty.safetensors");
        FAIL() << "an empty file was accepted";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("empty.safetensors"));
    }
}

TEST(TensorEntry, HalvesAndBFloats) {
    const std::vector<uint16_t> halves{0x3C00, 0xC000, 0x0001, 0x03FF, 0x7BFF, 0x7C00, 0x8000};
    TensorView view{"h", DType::kF16, {7}, std::as_bytes(std::span(halves))};
    const auto values = to_floats(view);
    EXPECT_THAT(values, ElementsAre(1.0f, -2.0f, 0x1p-24f, 1023 * 0x1p-24f, 65504.0f, INFINITY, 0.0f));
    EXPECT_TRUE(std::signbit(values[6]));
    const std::vector<uint16_t> bfloats{0x3F80, 0xC040, 0x7FC0};
    view = {"b", DType::kBF16, {3}, std::as_bytes(std::span(bfloats))};
    const auto doubles = to_doubles(view);
    EXPECT_EQ(doubles[0], 1.0);
    EXPECT_EQ(doubles[1], -3.0);
    EXPECT_TRUE(std::isnan(doubles[2]));
    EXPECT_THROW(to_integers(view), Error);
}

TEST(TensorEntry, IntegersAreExact) {
    const std::vector<int64_t> big{INT64_MAX, INT64_MIN};
    TensorView view{"i", DType::kI64, {2}, std::as_bytes(std::span(big))};
    EXPECT_EQ(to_integers(view), big);
    view.dtype = DType::kU64;
    EXPECT_THROW(to_integers(view), Error);
}

TEST(TensorEntry, CountsThatOverflowAreNone) {
    const std::vector<int64_t> huge{int64_t{1} << 40, int64_t{1} << 40}, negative{2, -1}, zero{0, int64_t{1} << 62, 4};
    EXPECT_FALSE(element_count(huge));
    EXPECT_FALSE(element_count(negative));
    EXPECT_EQ(element_count(zero), 0);
    EXPECT_EQ(element_count({}), 1);
}

}  // namespace
}  // namespace bfr
