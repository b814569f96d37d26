#include "base/base64.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace bfr {
namespace {

std::string of_text(std::string_view text) {
    return base64({reinterpret_cast<const unsigned char*>(text.data()), text.size()});
}

TEST(Base64, Rfc4648Examples) {
    EXPECT_EQ(of_text(""), "");
    EXPECT_EQ(of_text("f"), "Zg==");
    EXPECT_EQ(of_text("fo"), "Zm8=");
    EXPECT_EQ(of_text("foobar"), "Zm9vYmFy");
}

TEST(Base64, WhatIsNotIt) {
    for (const char* text : {"Z", "Zg=", "Zg", "Zh==", "Z===", "====", "Zm9v\n", " Zm9", "Zm9vYm=y", "Z\xC3\xA4=="}) {
        EXPECT_FALSE(bytes_of_base64(text)) << text;
    }
    EXPECT_TRUE(bytes_of_base64(""));
    EXPECT_FALSE(floats_of_base64("Zm9v"));
}

TEST(Base64, FloatsAreLittleEndian) {
    const float one = 1;
    EXPECT_EQ(base64_of_floats({&one, 1}), "AACAPw==");
}

RC_GTEST_PROP(Base64Property, ThereAndBack, (const std::vector<unsigned char>& bytes)) {
    RC_ASSERT(bytes_of_base64(base64(bytes)) == bytes);
}

RC_GTEST_PROP(Base64Property, FloatsThereAndBack, (const std::vector<uint32_t>& bits)) {
    std::vector<float> values;
    for (const uint32_t one : bits) values.push_back(std::bit_cast<float>(one));
    const auto back = floats_of_base64(base64_of_floats(values));
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->size() == bits.size());
    for (size_t i = 0; i < bits.size(); i++) RC_ASSERT(std::bit_cast<uint32_t>((*back)[i]) == bits[i]);
}

}  // namespace
}  // namespace bfr
