#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "base/error.h"
#include "base/files.h"
#include "datasets/image.h"
#include "tests/datasets/odd_pictures.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using namespace bfr::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string error_of(const Bytes& bytes, const DecodeLimits& limits = {}) {
    try {
        Image::decode(bytes, "bad picture", limits);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}
std::string load_error(const std::filesystem::path& path) {
    try {
        Image::load(path);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

struct Sound {
    std::string kind;
    Bytes bytes;
};
std::vector<Sound> sound_pictures() {
    const cv::Mat picture = smooth_picture(24, 16);
    TiffSpec tiled{24, 16, 1, 8, 1};
    tiled.tile = 32;
    tiled.big_endian = true;
    cv::Mat deep;
    picture.convertTo(deep, CV_16U, 257);
    const Bytes webp = encoded(".webp", picture, {cv::IMWRITE_WEBP_QUALITY, 90});
    return {{"png", encoded(".png", picture)},
            {"png, 16 bit", encoded(".png", deep)},
            {"png, palette", png_file(4, 2, 2, 3, {0x1B, 0xE4}, {{"PLTE", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}})},
            {"jpeg", encoded(".jpg", picture)},
            {"jpeg, progressive", encoded(".jpg", picture, {cv::IMWRITE_JPEG_PROGRESSIVE, 1})},
            {"jpeg, restart markers", encoded(".jpg", picture, {cv::IMWRITE_JPEG_RST_INTERVAL, 2})},
            {"jpeg, Exif", jpeg_with_exif(encoded(".jpg", picture), 6)},
            {"jpeg, CMYK", cmyk_jpeg(10, 200, 30, 150)},
            {"webp", webp},
            {"webp, lossless", encoded(".webp", picture, {cv::IMWRITE_WEBP_QUALITY, 101})},
            {"webp, extended", webp_with_exif(webp, 24, 16, 8)},
            {"tiff", encoded(".tiff", picture)},
            {"tiff, plain", tiff_file({24, 16, 1, 8, 1}, Bytes(24 * 16, 9))},
            {"tiff, tiled", tiff_file(tiled, Bytes(1024, 7))},
            {"bmp", encoded(".bmp", picture)},
            {"bmp, palette", palette_bmp(4, 2, {0, 1, 1, 0, 1, 1, 0, 0}, {1, 2, 3, 0, 4, 5, 6, 0})}};
}

// libjpeg and libpng print what they think of each broken file.
class Quiet {
  public:
    Quiet() : before_(::dup(2)) {
        const int nowhere = ::open("/dev/null", O_WRONLY);
        ::dup2(nowhere, 2);
        ::close(nowhere);
    }
    ~Quiet() {
        ::dup2(before_, 2);
        ::close(before_);
    }

  private:
    int before_;
};

TEST(BadImages, EveryCutIsAnError) {
    const Quiet quiet;
    for (const auto& [kind, bytes] : sound_pictures()) {
        ASSERT_EQ(error_of(bytes), "no error") << kind;
        int said_truncated = 0;
        for (size_t size = 0; size < bytes.size(); size++) {
            const std::string error = error_of({bytes.begin(), bytes.begin() + size});
            ASSERT_THAT(error, HasSubstr("bad picture: "))
                << kind << ", the first " << size << " of " << bytes.size() << " bytes";
            said_truncated += error.find("is truncated") != std::string::npos;
        }
        EXPECT_GE(said_truncated, static_cast<int>(bytes.size()) - 16) << kind;
    }
}

TEST(BadImages, WhateverIsFlippedGivesAnErrorOrAPicture) {
    const Quiet quiet;
    DecodeLimits limits;
    limits.max_pixels = 1 << 16;
    for (const auto& [kind, bytes] : sound_pictures()) {
        for (size_t at = 0; at < bytes.size(); at++) {
            for (const int mask : {0x01, 0x80, 0xFF}) {
                Bytes flipped = bytes;
                flipped[at] ^= static_cast<unsigned char>(mask);
                try {
                    const auto image = Image::decode(flipped, "flipped", limits);
                    ASSERT_FALSE(image->bgr8().empty()) << kind << " byte " << at;
                    ASSERT_LE(image->bgr8().total(), limits.max_pixels) << kind << " byte " << at;
                    ASSERT_EQ(image->decoder_gray8().size(), image->bgr8().size()) << kind << " byte " << at;
                } catch (const Error& error) {
                    ASSERT_THAT(error.what(), HasSubstr("flipped: ")) << kind << " byte " << at;
                }
            }
        }
    }
}

TEST(BadImages, FlippedAndCutTogether) {
    const Quiet quiet;
    DecodeLimits limits;
    limits.max_pixels = 1 << 16;
    for (const auto& [kind, bytes] : sound_pictures()) {
        for (uint64_t round = 0; round < 400; round++) {
            const auto draws = hash_fill(kind + std::to_string(round), 9, 0, 1);
            Bytes broken(bytes.begin(), bytes.begin() + static_cast<size_t>((0.5f + draws[0] / 2) * bytes.size()));
            for (int k = 1; k < 9; k += 2) {
                broken[static_cast<size_t>(draws[k] * (broken.size() - 1))] =
                    static_cast<unsigned char>(draws[k + 1] * 255);
            }
            try {
                ASSERT_LE(Image::decode(broken, "broken", limits)->bgr8().total(), limits.max_pixels) << kind;
            } catch (const Error&) {
                continue;
            }
        }
    }
}

TEST(BadImages, BytesAfterTheEndAreAllowed) {
    for (auto& [kind, bytes] : sound_pictures()) {
        const auto before = Image::decode(bytes, kind);
        bytes.insert(bytes.end(), {'t', 'r', 'a', 'i', 'l', 0xFF, 0xD8, 0});
        EXPECT_EQ(cv::norm(Image::decode(bytes, kind)->bgr8(), before->bgr8(), cv::NORM_INF), 0) << kind;
    }
}

TEST(BadImages, AThumbnailsEndIsNotThePicturesEnd) {
    const Bytes thumbnail = encoded(".jpg", smooth_picture(8, 8));
    const Bytes picture = jpeg_with_exif(encoded(".jpg", smooth_picture(64, 64)), 1, false, thumbnail);
    EXPECT_EQ(error_of(picture), "no error");
    for (const size_t cut : {size_t{2}, size_t{100}, picture.size() / 2}) {
        EXPECT_THAT(error_of({picture.begin(), picture.end() - cut}), HasSubstr("is truncated")) << cut;
    }
}

TEST(BadImages, APngsBrokenChecksumIsFound) {
    Bytes png = encoded(".png", smooth_picture(16, 16));
    png[png.size() / 2] ^= 1;
    EXPECT_THAT(error_of(png), AllOf(HasSubstr("is damaged"), HasSubstr("checksum")));
}

TEST(BadImages, APngWithFewerRowsThanItSays) {
    const Quiet quiet;
    Bytes few = png_file(8, 2, 8, 0, Bytes(16, 5));
    const Bytes many = png_file(8, 90, 8, 0, Bytes(720, 5));
    std::copy(many.begin() + 8, many.begin() + 33, few.begin() + 8);
    EXPECT_THAT(error_of(few), HasSubstr("bad picture: can't be decoded"));
}

// The size in each header, put to 60000x60000 (WebP: its most, 16383x16383).
TEST(BadImages, BombsAreRefusedFromTheHeader) {
    const cv::Mat small = smooth_picture(8, 8);
    const auto patched = [](Bytes bytes, size_t at, const Bytes& value) {
        std::copy(value.begin(), value.end(), bytes.begin() + at);
        return bytes;
    };
    const Bytes be = {0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60}, le = {0x60, 0xEA, 0, 0, 0x60, 0xEA, 0, 0};
    Bytes png = patched(encoded(".png", small), 16, be);
    const Bytes ihdr = png_chunk({"IHDR", {png.begin() + 16, png.begin() + 29}});
    EXPECT_THAT(error_of(patched(png, 8, ihdr)), HasSubstr("60000x60000"));
    Bytes jpeg = encoded(".jpg", small);
    const Bytes frame = {0xFF, 0xC0, 0x00, 0x11, 8};
    const auto at = std::search(jpeg.begin(), jpeg.end(), frame.begin(), frame.end()) - jpeg.begin();
    EXPECT_THAT(error_of(patched(jpeg, at + 5, {0xEA, 0x60, 0xEA, 0x60})), HasSubstr("60000x60000"));
    EXPECT_THAT(error_of(patched(encoded(".bmp", small), 18, le)), HasSubstr("60000x60000"));
    EXPECT_THAT(error_of(tiff_file({60000, 60000, 1, 8, 1}, Bytes(16))), HasSubstr("60000x60000"));
    DecodeLimits limits;
    limits.max_pixels = 1 << 20;
    Bytes webp = encoded(".webp", small, {cv::IMWRITE_WEBP_QUALITY, 90});
    EXPECT_THAT(error_of(patched(webp, 26, {0xFF, 0x3F, 0xFF, 0x3F}), limits), HasSubstr("16383x16383"));
    Bytes lossless = encoded(".webp", small, {cv::IMWRITE_WEBP_QUALITY, 101});
    EXPECT_THAT(error_of(patched(lossless, 21, {0xFF, 0xFF, 0xFF, 0x0F}), limits), HasSubstr("16384x16384"));
    EXPECT_THAT(error_of(webp_with_exif(webp, 60000, 60000, 1), limits), HasSubstr("60000x60000"));
    TiffSpec tiled{8, 8, 1, 8, 1};
    tiled.tile = 65000;
    EXPECT_THAT(error_of(tiff_file(tiled, Bytes(16))), HasSubstr("65000x65000"));
}

TEST(BadImages, TheLimitsCountTheLastPixelAndByte) {
    const Bytes png = encoded(".png", smooth_picture(10, 10));
    DecodeLimits limits;
    limits.max_pixels = 100;
    EXPECT_EQ(error_of(png, limits), "no error");
    limits.max_pixels = 99;
    EXPECT_THAT(error_of(png, limits), AllOf(HasSubstr("10x10"), HasSubstr("99 pixels")));
    limits = {};
    limits.max_file_bytes = png.size() - 1;
    EXPECT_THAT(error_of(png, limits), HasSubstr("more than the limit"));
}

TEST(BadImages, FilesThatAreNoPictures) {
    const Scratch scratch;
    write_text(scratch / "empty.png", "");
    EXPECT_THAT(load_error(scratch / "empty.png"), AllOf(HasSubstr("empty.png"), HasSubstr("is empty (0 bytes)")));
    write_text(scratch / "text.png", "This is no picture.\n");
    EXPECT_THAT(load_error(scratch / "text.png"), AllOf(HasSubstr("text.png"), HasSubstr("is not a picture")));
    write_text(scratch / "page.jpg", "<!doctype html>");
    EXPECT_THAT(load_error(scratch / "page.jpg"), HasSubstr("is not a picture"));
    std::filesystem::create_directory(scratch / "x.png");
    EXPECT_THAT(load_error(scratch / "x.png"), HasSubstr("is not a regular file"));
    EXPECT_THAT(load_error(scratch / "absent.png"), AllOf(HasSubstr("absent.png"), HasSubstr("can't be opened")));
    write_file(scratch / "locked.png", encoded(".png", smooth_picture(4, 4)));
    std::filesystem::permissions(scratch / "locked.png", std::filesystem::perms::none);
    if (::geteuid() != 0) {  // root may read everything
        EXPECT_THAT(load_error(scratch / "locked.png"), HasSubstr("can't be opened"));
    }
}

TEST(BadImages, APipeIsNoPicture) {
    const Scratch scratch;
    ASSERT_EQ(::mkfifo((scratch / "pipe.png").c_str(), 0600), 0);
    // Its other end is held open: opening a pipe waits for that.
    const int other_end = ::open((scratch / "pipe.png").c_str(), O_RDWR);
    EXPECT_THAT(load_error(scratch / "pipe.png"), HasSubstr("is not a regular file"));
    ::close(other_end);
}

TEST(BadImages, NamesAreShownHarmlessly) {
    const Scratch scratch;
    const std::string name = "a\nb\x1b[31m\xff.png";
    write_text(scratch / name, "text");
    EXPECT_THAT(load_error(scratch / name), HasSubstr("a\\nb\\x1b[31m\\xff.png"));
}

}  // namespace
}  // namespace bfr
