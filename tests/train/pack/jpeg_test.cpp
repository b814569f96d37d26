#include "train/pack/jpeg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "base/random.h"
#include "tests/train/pack/pictures.h"
#include "tests/train/pack/plain_jpeg.h"

namespace bfr::train {
namespace {

using testing::rgb_picture;

constexpr int kSide = 40;  // no multiple of 16

std::vector<unsigned char> decoded(std::span<const unsigned char> jpeg, int side = kSide) {
    std::vector<unsigned char> rgb(static_cast<size_t>(side) * static_cast<size_t>(side) * 3);
    decode_jpeg(jpeg, side, rgb);
    return rgb;
}

std::string refusal(std::span<const unsigned char> jpeg, int side = kSide) {
    try {
        decoded(jpeg, side);
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

TEST(PackJpeg, ComesBackNearly) {
    const auto rgb = rgb_picture("a", kSide);
    double mean = 0, coarser = 0;
    const auto fine = decoded(encode_jpeg(rgb, kSide, 100)), coarse = decoded(encode_jpeg(rgb, kSide, kMinJpegQuality));
    for (size_t i = 0; i < rgb.size(); i++) {
        mean += std::abs(fine[i] - rgb[i]);
        coarser += std::abs(coarse[i] - rgb[i]);
    }
    // Quality 100 quantises by 1; half the chroma's pixels would cost several levels of this noise.
    EXPECT_LT(mean / static_cast<double>(rgb.size()), 0.8);
    EXPECT_GT(coarser, mean);
}

// Red and blue, and rows and columns, are where they were.
TEST(PackJpeg, KeepsChannelsAndRows) {
    std::vector<unsigned char> rgb(kSide * kSide * 3, 0);
    for (size_t i = 0; i < rgb.size(); i += 3) rgb[i + (i < rgb.size() / 2 ? 0 : 2)] = 200;
    const auto back = decoded(encode_jpeg(rgb, kSide, 95));
    EXPECT_NEAR(back[0], 200, 4);
    EXPECT_NEAR(back[2], 0, 4);
    EXPECT_NEAR(back[rgb.size() - 3], 0, 4);
    EXPECT_NEAR(back[rgb.size() - 1], 200, 4);
}

TEST(PackJpeg, IsCheckedBeforeItIsDecoded) {
    const auto jpeg = encode_jpeg(rgb_picture("a", kSide), kSide, 95);
    EXPECT_THAT(refusal(jpeg, kSide + 1), ::testing::HasSubstr("has 40x40 pixels, not 41x41"));
    for (const size_t length : {size_t{0}, size_t{1}, size_t{3}, size_t{100}, jpeg.size() - 1})
        EXPECT_NE(refusal(std::span(jpeg).first(length)), "accepted") << length;
    auto progressive = jpeg;
    for (size_t i = 0; i + 1 < progressive.size(); i++) {
        if (progressive[i] == 0xFF && progressive[i + 1] == 0xC0) progressive[i + 1] = 0xC2;
    }
    EXPECT_THAT(refusal(progressive), ::testing::HasSubstr("SOF0"));
    auto tables = jpeg;
    for (size_t i = 0; i + 8 < tables.size(); i++) {
        if (tables[i] == 0xFF && tables[i + 1] == 0xC4) tables[i + 12] = 255, tables[i + 13] = 255;
    }
    EXPECT_THAT(refusal(tables), ::testing::HasSubstr("Huffman table"));
    auto twice = jpeg;
    twice.insert(twice.end(), jpeg.begin() + 2, jpeg.end());
    EXPECT_THAT(refusal(twice), ::testing::HasSubstr("lies in its scan"));
    std::vector<unsigned char> png(100, 0);
    EXPECT_THAT(refusal(png), ::testing::HasSubstr("doesn't begin as a JPEG"));
}

// What the packs' decoder gives is what plain C gives: vector units change nothing.
TEST(PackJpeg, IsDecodedAlikeEverywhere) {
    for (const int quality : {91, 95, 100}) {
        for (const int side : {16, 40, 41, 128}) {
            const auto rgb = rgb_picture(std::to_string(quality + side), side);
            const auto jpeg = encode_jpeg(rgb, side, quality);
            EXPECT_EQ(decoded(jpeg, side), testing::plain_decoded(jpeg));
        }
    }
}

// Bytes changed at random end in a picture or an Error; a sanitizer's build sees the rest.
TEST(PackJpeg, DamageNeverCrashes) {
    const auto jpeg = encode_jpeg(rgb_picture("a", kSide), kSide, 91);
    size_t refused = 0, taken = 0;
    for (uint64_t round = 0; round < 20000; round++) {
        const Draw draw(round, "jpeg", "damage");
        auto damaged = jpeg;
        for (uint64_t k = 0; k < 1 + round % 8; k++) {
            const size_t within = round % 3 == 0 ? std::min<size_t>(700, jpeg.size()) : jpeg.size();
            damaged[draw.integer(2 * k, within)] = static_cast<unsigned char>(draw.integer(2 * k + 1, 256));
        }
        (refusal(damaged) == "accepted" ? taken : refused)++;
    }
    EXPECT_GT(refused, 100u);
    EXPECT_GT(taken, 100u);
}

}  // namespace
}  // namespace bfr::train
