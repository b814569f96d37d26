#include "weights/formats/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/weights/bytes.h"

namespace bfr {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string npy(const std::string& header, const std::string& data, int version = 1) {
    const auto length = header.size();
    return "\x93NUMPY" + std::string(1, static_cast<char>(version)) + '\0' +
           (version == 1 ? number(static_cast<uint16_t>(length)) : number(static_cast<uint32_t>(length))) + header +
           data;
}
std::string header(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
    return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }   \n";
}

std::vector<int64_t> integers(const std::string& file) {
    return to_integers(materialise(parse_npy(file_of(file), "f"), "t").view);
}
std::string refusal(const std::string& file) {
    return refusal_of([&] { materialise(parse_npy(file_of(file), "f"), "t"); });
}

TEST(Npy, OrdersVersionsAndEnds) {
    const std::string six("\1\2\3\4\5\6");
    EXPECT_THAT(integers(npy(header("|u1", "(2, 3)"), six)), ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_THAT(integers(npy(header("|u1", "(2, 3)", "True"), six)), ElementsAre(1, 3, 5, 2, 4, 6));
    EXPECT_THAT(integers(npy(header(">i2", "(3,)"), six, 2)), ElementsAre(0x102, 0x304, 0x506));
    EXPECT_THAT(integers(npy(header("<i2", "(3L,)"), six, 3)), ElementsAre(0x201, 0x403, 0x605));
    EXPECT_THAT(integers(npy(header("<i2", "(0, 4)"), "")), ElementsAre());
    EXPECT_THAT(integers(npy(header("<i2", "()"), "\1\2")), ElementsAre(0x201));
}

TEST(Npy, Refusals) {
    EXPECT_THAT(refusal("no"), HasSubstr("no .npy"));
    EXPECT_THAT(refusal(npy(header("<f8", "(1,)"), "1234567")), HasSubstr("don't make 7 bytes"));
    EXPECT_THAT(refusal(npy(header("<f8", "(1,)"), "123456789")), HasSubstr("don't make 9 bytes"));
    EXPECT_THAT(refusal(npy(header("<c8", "(1,)"), "12345678")), HasSubstr("'<c8'"));
    EXPECT_THAT(refusal(npy(header("|O", "(1,)"), "12345678")), HasSubstr("'|O'"));
    EXPECT_THAT(refusal(npy(header("<f8", "(4611686018427387904, 4)"), "")), HasSubstr("don't make"));
    EXPECT_THAT(refusal(npy(header("<f8", "(99999999999999999999,)"), "")), HasSubstr("shape"));
    EXPECT_THAT(refusal(npy(header("<f8", "(-1,)"), "")), HasSubstr("shape"));
    EXPECT_THAT(refusal(npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': ()}", "12345678")),
                HasSubstr("structure"));
    EXPECT_THAT(refusal(npy("{'descr': '<f8', 'shape': ()}", "12345678")), HasSubstr("lacks"));
    EXPECT_THAT(refusal(npy("{'descr': '<f8', 'descr': '<f8'}", "12345678")), HasSubstr("twice"));
    EXPECT_THAT(refusal(npy("__import__('os')", "")), HasSubstr("no '{'"));
    EXPECT_THAT(refusal(npy(header("<f8", "(1,)"), "12345678", 4)), HasSubstr("version 4"));
    const auto whole = npy(header("<f8", "(2, 1)"), std::string(16, 'x'));
    EXPECT_EQ(refusal(whole), "accepted");
    for (size_t size = 0; size < whole.size(); size++) EXPECT_NE(refusal(whole.substr(0, size)), "accepted") << size;
}

}  // namespace
}  // namespace bfr
