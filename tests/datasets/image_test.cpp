#include "datasets/image.h"

#include <ATen/ops/full.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "tests/datasets/odd_pictures.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using namespace bfr::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<int> rgb_values(const Image& image) {
    const cv::Mat& rgb = image.rgb8();
    return {rgb.data, rgb.data + 3 * rgb.total()};
}
std::vector<int> rgb_of(const Bytes& bytes) { return rgb_values(*Image::decode(bytes, "picture")); }
bool same(const cv::Mat& a, const cv::Mat& b) {
    return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}
std::string error_of(const Bytes& bytes, const DecodeLimits& limits = {}) {
    try {
        Image::decode(bytes, "picture", limits);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(Image, EightBitFilesGiveExactlyOpenCvsPixels) {
    const cv::Mat noise = noise_picture(37, 23);
    for (const std::string extension : {".png", ".jpg", ".webp", ".tiff", ".bmp"}) {
        const Bytes bytes = encoded(extension, noise);
        const auto image = Image::decode(bytes, "x" + extension);
        EXPECT_TRUE(same(image->bgr8(), cv::imdecode(bytes, cv::IMREAD_COLOR))) << extension;
        EXPECT_TRUE(same(image->decoder_gray8(), cv::imdecode(bytes, cv::IMREAD_GRAYSCALE))) << extension;
        EXPECT_EQ(image->width(), 37);
        EXPECT_EQ(image->height(), 23);
        EXPECT_EQ(image->sha256(), sha256(bytes));
        EXPECT_TRUE(image->bgr8().isContinuous());
    }
    for (const std::string extension : {".png", ".tiff", ".bmp"}) {
        EXPECT_TRUE(same(Image::decode(encoded(extension, noise), "x")->bgr8(), noise)) << extension;
    }
}

TEST(ImageParity, RealPhotographsHaveTheGoldensPixels) {
    const auto folder = goldens("faces", "dlib.json");
    BFR_SKIP_WITHOUT("goldens/faces", folder);
    const auto shared = shared_dir();
    BFR_SKIP_WITHOUT("../shared", shared);
    const Json json = read_json(*folder / "dlib.json");
    ASSERT_FALSE(json.at("pictures").empty());
    for (const auto& [name, picture] : json.at("pictures").items()) {
        const auto image = Image::load(*shared / picture.at("file").get<std::string>());
        const cv::Mat& rgb = image->rgb8();
        EXPECT_EQ(sha256({rgb.data, 3 * rgb.total()}), picture.at("sha256_rgb").get<std::string>()) << name;
        EXPECT_EQ(image->width(), picture.at("size").at(0).get<int>()) << name;
    }
}

TEST(Image, TheFormatIsThatOfTheContent) {
    const Scratch scratch;
    const std::vector<std::pair<std::string, std::string>> formats = {
        {".png", "png"}, {".jpg", "jpeg"}, {".webp", "webp"}, {".tiff", "tiff"}, {".bmp", "bmp"}};
    for (const auto& [extension, format] : formats) {
        write_file(scratch / "named.png", encoded(extension, smooth_picture(8, 8)));
        EXPECT_EQ(Image::load(scratch / "named.png")->info().format, format);
    }
}

TEST(Image, SixteenBitsAreDividedBy257AndRounded) {
    Bytes rows;
    for (int value = 0; value < 65536; value++) {
        rows.push_back(static_cast<unsigned char>(value >> 8));
        rows.push_back(static_cast<unsigned char>(value));
    }
    TiffSpec gray{256, 256, 1, 16, 1};
    gray.big_endian = true;
    TiffSpec inverse = gray;
    inverse.photometric = 0;
    const auto png = Image::decode(png_file(256, 256, 16, 0, rows), "png"),
               tiff = Image::decode(tiff_file(gray, rows), "tiff"),
               inverted = Image::decode(tiff_file(inverse, rows), "inverted");
    EXPECT_EQ(png->info().bit_depth, 16);
    EXPECT_EQ(png->info().channels, 1);
    int differs_from_opencv = 0;
    for (int value = 0; value < 65536; value++) {
        const int expected = static_cast<int>(std::lround(value / 257.0));
        ASSERT_EQ(png->bgr8().data[3 * value], expected) << value;
        ASSERT_EQ(tiff->bgr8().data[3 * value + 1], expected) << value;
        ASSERT_EQ(inverted->bgr8().data[3 * value + 2], 255 - expected) << value;
        differs_from_opencv += expected != value >> 8;
    }
    // What makes the policy worth stating: cv::imread's PNGs keep the high byte, another level for one value in four.
    EXPECT_GT(differs_from_opencv, 16000);
    EXPECT_EQ(cv::imdecode(png_file(1, 1, 16, 0, {0, 200}), cv::IMREAD_COLOR).data[0], 0);
    EXPECT_THAT(rgb_of(png_file(1, 1, 16, 0, {0, 200})), ElementsAre(1, 1, 1));
}

TEST(Image, SixteenBitColoursAndAlpha) {
    EXPECT_THAT(rgb_of(png_file(1, 1, 16, 2, {0, 128, 1, 0, 255, 255})), ElementsAre(0, 1, 255));
    EXPECT_THAT(rgb_of(png_file(1, 1, 16, 6, {0, 129, 1, 0, 255, 255, 0, 0})), ElementsAre(1, 1, 255));
    EXPECT_THAT(rgb_of(png_file(1, 1, 16, 4, {128, 0, 0, 0})), ElementsAre(128, 128, 128));
    const TiffSpec rgb{1, 1, 3, 16, 2};
    EXPECT_THAT(rgb_of(tiff_file(rgb, {128, 0, 129, 0, 255, 255})), ElementsAre(0, 1, 255));
    const TiffSpec rgba{1, 1, 4, 16, 2, 2};
    EXPECT_THAT(rgb_of(tiff_file(rgba, {128, 0, 129, 0, 255, 255, 0, 0})), ElementsAre(0, 1, 255));
}

TEST(Image, GrayBecomesThreeEqualChannels) {
    for (const std::string extension : {".png", ".jpg", ".tiff", ".bmp"}) {
        const cv::Mat gray = noise_picture(16, 8, CV_8UC1);
        const auto image = Image::decode(encoded(extension, gray), "gray" + extension);
        std::vector<cv::Mat> planes;
        cv::split(image->bgr8(), planes);
        EXPECT_TRUE(same(planes[0], planes[1]) && same(planes[1], planes[2])) << extension;
        EXPECT_TRUE(extension == ".jpg" || same(planes[0], gray)) << extension;
    }
    EXPECT_EQ(Image::decode(encoded(".jpg", noise_picture(8, 8, CV_8UC1)), "x")->info().channels, 1);
}

TEST(Image, AlphaIsDroppedNotBlended) {
    const cv::Mat bgra(2, 2, CV_8UC4, cv::Scalar(100, 50, 20, 7));
    for (const auto& bytes : {encoded(".png", bgra), encoded(".webp", bgra, {cv::IMWRITE_WEBP_QUALITY, 101})}) {
        const auto image = Image::decode(bytes, "alpha");
        EXPECT_EQ(image->bgr8().at<cv::Vec3b>(0, 0), cv::Vec3b(100, 50, 20));
        EXPECT_TRUE(image->info().has_alpha);
        EXPECT_EQ(image->info().channels, 4);
    }
    EXPECT_THAT(rgb_of(png_file(2, 1, 8, 4, {100, 0, 50, 255})), ElementsAre(100, 100, 100, 50, 50, 50));
    for (const int kind : {0, 1, 2}) {  // not said, associated, unassociated
        TiffSpec rgba{1, 1, 4, 8, 2, kind};
        EXPECT_THAT(rgb_of(tiff_file(rgba, {100, 50, 20, 128})), ElementsAre(100, 50, 20)) << kind;
        rgba.big_endian = true;
        EXPECT_THAT(rgb_of(tiff_file(rgba, {100, 50, 20, 128})), ElementsAre(100, 50, 20)) << kind;
        const TiffSpec gray{1, 1, 2, 8, 1, kind};
        EXPECT_THAT(rgb_of(tiff_file(gray, {100, 128})), ElementsAre(100, 100, 100)) << kind;
    }
}

TEST(Image, PalettesAndFewBits) {
    const Bytes palette = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    EXPECT_THAT(rgb_of(png_file(4, 1, 2, 3, {0x1B}, {{"PLTE", palette}, {"tRNS", {0, 128}}})),
                ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
    EXPECT_THAT(rgb_of(png_file(2, 1, 1, 0, {0x40})), ElementsAre(0, 0, 0, 255, 255, 255));
    EXPECT_THAT(rgb_of(png_file(2, 1, 4, 0, {0x1F})), ElementsAre(17, 17, 17, 255, 255, 255));
    EXPECT_THAT(rgb_of(palette_bmp(2, 1, {1, 0}, {3, 2, 1, 0, 6, 5, 4, 0})), ElementsAre(4, 5, 6, 1, 2, 3));
    TiffSpec colours{2, 1, 1, 8, 3};
    colours.palette.resize(768);
    for (int i = 0; i < 256; i++) {
        colours.palette[i] = static_cast<uint16_t>(257 * i);
        colours.palette[256 + i] = static_cast<uint16_t>(257 * (255 - i));
    }
    EXPECT_THAT(rgb_of(tiff_file(colours, {9, 200})), ElementsAre(9, 246, 0, 200, 55, 0));
    EXPECT_THAT(rgb_of(tiff_file({2, 1, 1, 1, 1}, {0x40})), ElementsAre(0, 0, 0, 255, 255, 255));
    EXPECT_THAT(rgb_of(tiff_file({2, 1, 1, 1, 0}, {0x40})), ElementsAre(255, 255, 255, 0, 0, 0));
}

TEST(Image, CmykJpegsAreConvertedByTheDecoder) {
    const auto image = Image::decode(cmyk_jpeg(200, 100, 50, 220), "cmyk");
    EXPECT_EQ(image->info().channels, 4);
    // Stored inverted, as Adobe's programs do: k - ((255 - c) k >> 8).
    const auto channel = [](int ink, int black) { return black - ((255 - ink) * black >> 8); };
    EXPECT_EQ(image->bgr8().at<cv::Vec3b>(3, 3), cv::Vec3b(channel(50, 220), channel(100, 220), channel(200, 220)));
}

TEST(Image, ExifOrientationIsApplied) {
    // Where the stored picture's four corners (a b / c d) come to lie.
    const std::vector<std::string> corners = {"", "abcd", "badc", "dcba", "cdab", "acbd", "cadb", "dbca", "bdac"};
    const cv::Mat stored = smooth_picture(48, 32);
    const std::map<char, cv::Point> at = {{'a', {0, 0}}, {'b', {47, 0}}, {'c', {0, 31}}, {'d', {47, 31}}};
    for (int orientation = 1; orientation <= 8; orientation++) {
        const Bytes data(stored.data, stored.data + 3 * stored.total());
        TiffSpec tiff{48, 32, 3, 8, 2};
        tiff.orientation = orientation;
        const Bytes jpeg = encoded(".jpg", stored, {cv::IMWRITE_JPEG_QUALITY, 100});
        const Bytes webp = encoded(".webp", stored, {cv::IMWRITE_WEBP_QUALITY, 101});
        const std::vector<std::pair<std::string, Bytes>> files = {
            {"jpeg", jpeg_with_exif(jpeg, orientation)},
            {"jpeg, Motorola order", jpeg_with_exif(jpeg, orientation, true)},
            {"png", png_with_chunk(encoded(".png", stored), {"eXIf", exif_block(orientation)})},
            {"webp", webp_with_exif(webp, 48, 32, orientation)},
            {"tiff", tiff_file(tiff, data)}};
        for (const auto& [kind, bytes] : files) {
            const auto image = Image::decode(bytes, kind);
            EXPECT_EQ(image->info().exif_orientation, orientation) << kind;
            ASSERT_EQ(image->width(), orientation >= 5 ? 32 : 48) << kind << orientation;
            ASSERT_EQ(image->height(), orientation >= 5 ? 48 : 32) << kind << orientation;
            const cv::Point seen[4] = {
                {0, 0}, {image->width() - 1, 0}, {0, image->height() - 1}, {image->width() - 1, image->height() - 1}};
            for (int k = 0; k < 4; k++) {
                auto expected = stored.at<cv::Vec3b>(at.at(corners[orientation][k]));
                if (kind == "tiff") std::swap(expected[0], expected[2]);  // its data was given as RGB
                const auto got = image->bgr8().at<cv::Vec3b>(seen[k]);
                EXPECT_LE(cv::norm(got, expected, cv::NORM_INF), 8)
                    << kind << " " << orientation << " corner " << k;  // JPEG's loss
            }
            EXPECT_EQ(image->decoder_gray8().size(), image->bgr8().size()) << kind << orientation;
            if (kind == "webp") continue;  // cv::imread leaves a WebP as it lies
            EXPECT_TRUE(same(image->bgr8(), cv::imdecode(bytes, cv::IMREAD_COLOR))) << kind << orientation;
            EXPECT_TRUE(same(image->decoder_gray8(), cv::imdecode(bytes, cv::IMREAD_GRAYSCALE))) << kind << orientation;
        }
    }
}

TEST(Image, AnOrientationOutOfRangeCountsAsUpright) {
    for (const int orientation : {0, 9, 65535}) {
        const auto image = Image::decode(jpeg_with_exif(encoded(".jpg", smooth_picture(16, 8)), orientation), "x");
        EXPECT_EQ(image->info().exif_orientation, 1);
        EXPECT_EQ(image->width(), 16);
    }
}

TEST(Image, ColourProfilesAndGammaAreNotApplied) {
    const Bytes plain = png_file(2, 1, 8, 0, {7, 90});
    EXPECT_EQ(rgb_of(png_with_chunk(plain, {"gAMA", {0, 0, 0xB1, 0x8F}})), rgb_of(plain));
    EXPECT_EQ(rgb_of(png_with_chunk(plain, {"sRGB", {0}})), rgb_of(plain));
}

TEST(Image, TiledAndPlanarTiffs) {
    TiffSpec planar{2, 1, 3, 8, 2};
    planar.planar = 2;
    EXPECT_THAT(rgb_of(tiff_file(planar, {1, 2, 3, 4, 5, 6})), ElementsAre(1, 3, 5, 2, 4, 6));
    TiffSpec tiled{40, 5, 1, 8, 1};
    tiled.tile = 32;
    Bytes data(2 * 1024);
    for (size_t i = 0; i < data.size(); i++) data[i] = static_cast<unsigned char>(i % 251);
    const auto image = Image::decode(tiff_file(tiled, data), "tiled");
    EXPECT_EQ(image->bgr8().at<cv::Vec3b>(4, 31)[0], data[4 * 32 + 31]);
    EXPECT_EQ(image->bgr8().at<cv::Vec3b>(4, 39)[0], data[1024 + 4 * 32 + 7]);
}

TEST(Image, KindsThatCannotBeReadAreRefusedByName) {
    TiffSpec floats{1, 1, 1, 32, 1};
    floats.sample_format = 3;
    EXPECT_THAT(error_of(tiff_file(floats, {0, 0, 0, 0})), HasSubstr("floating-point"));
    TiffSpec planar{2, 1, 3, 16, 2};
    planar.planar = 2;
    EXPECT_THAT(error_of(tiff_file(planar, Bytes(12))), HasSubstr("16-bit TIFF other than"));
    EXPECT_THAT(error_of(tiff_file({2, 1, 4, 16, 5}, Bytes(16))), HasSubstr("16-bit TIFF other than"));
    EXPECT_THAT(error_of(tiff_file({2, 1, 1, 4, 1}, {0x12})), HasSubstr("4 bits a sample"));
    TiffSpec tiles{16, 16, 1, 8, 1};
    tiles.tile = 16;
    EXPECT_THAT(error_of(tiff_file(tiles, Bytes(256))), HasSubstr("tiles of less than 1024 bytes"));
    EXPECT_THAT(error_of({'I', 'I', 43, 0, 8, 0, 0, 0}), HasSubstr("BigTIFF"));
    Bytes twelve_bits = encoded(".jpg", smooth_picture(8, 8));
    const Bytes frame = {0xFF, 0xC0, 0x00, 0x11, 8};
    const auto at = std::search(twelve_bits.begin(), twelve_bits.end(), frame.begin(), frame.end());
    ASSERT_NE(at, twelve_bits.end());
    at[4] = 12;
    EXPECT_THAT(error_of(twelve_bits), HasSubstr("JPEG of 12 bits"));
    Bytes animation = webp_with_exif(encoded(".webp", smooth_picture(8, 8)), 8, 8, 1);
    animation[20] |= 0x02;
    EXPECT_THAT(error_of(animation), HasSubstr("animation"));
}

TEST(Image, Rgb01HoldsTheChannelsInOrder) {
    cv::Mat bgr(2, 3, CV_8UC3, cv::Scalar(0, 51, 255));
    bgr.at<cv::Vec3b>(1, 2) = {1, 2, 3};
    const auto image = Image::from_bgr8(bgr, "memory");
    const at::Tensor rgb = image->rgb01();
    ASSERT_EQ(rgb.sizes(), (at::IntArrayRef{1, 3, 2, 3}));
    EXPECT_EQ(rgb.scalar_type(), at::kFloat);
    EXPECT_TRUE(rgb.is_contiguous());
    const float* values = rgb.data_ptr<float>();
    EXPECT_EQ(values[0], 1.0f);
    EXPECT_EQ(values[6], 0.2f);
    EXPECT_EQ(values[12], 0.0f);
    EXPECT_EQ(values[5], 3.0f / 255.0f);
    EXPECT_EQ(values[17], 1.0f / 255.0f);
    // Each caller's own: writing into one leaves the next as it was.
    image->rgb01().data_ptr<float>()[0] = 0.5f;
    EXPECT_EQ(image->rgb01().data_ptr<float>()[0], 1.0f);
}

TEST(Image, QuantisingClampsRoundsHalfUpAndInvertsRgb01) {
    cv::Mat bgr(1, 256, CV_8UC3);
    for (int k = 0; k < 256; k++) bgr.at<cv::Vec3b>(0, k) = {uchar(k), uchar(255 - k), uchar(k / 2)};
    const auto image = Image::from_bgr8(bgr, "all levels");
    EXPECT_TRUE(same(Image::from_rgb01(image->rgb01(), "again")->bgr8(), bgr));
    at::Tensor rgb = at::full({3, 1, 4}, 0.0f);
    float* values = rgb.data_ptr<float>();
    const float infinity = std::numeric_limits<float>::infinity();
    const float inputs[12] = {-1, 2, infinity, -infinity, 0.5f / 255, 0.49f / 255, 1.5f / 255, 254.49f / 255,
                              0,  1, 0.25f,    0.75f};
    std::copy(inputs, inputs + 12, values);
    EXPECT_THAT(rgb_values(*Image::from_rgb01(rgb, "x")), ElementsAre(0, 1, 0, 255, 0, 255, 255, 2, 64, 0, 254, 191));
    values[7] = std::nanf("");
    EXPECT_THROW(
        {
            try {
                Image::from_rgb01(rgb, "restored 7");
            } catch (const Error& error) {
                EXPECT_THAT(error.what(), ::testing::AllOf(HasSubstr("restored 7"), HasSubstr("NaN")));
                throw;
            }
        },
        Error);
    EXPECT_ANY_THROW(Image::from_rgb01(at::full({1, 1, 4, 4}, 0.0f), "one channel"));
    EXPECT_ANY_THROW(Image::from_rgb01(at::full({2, 3, 4, 4}, 0.0f), "two pictures"));
}

TEST(Image, APictureInMemoryHasTheGrayAndTheHashOfItself) {
    const cv::Mat noise = noise_picture(31, 17);
    const auto image = Image::from_bgr8(noise, "memory");
    EXPECT_EQ(image->info().format, "memory");
    EXPECT_TRUE(same(image->decoder_gray8(), cv::imdecode(encoded(".png", noise), cv::IMREAD_GRAYSCALE)));
    EXPECT_EQ(image->sha256(), Image::from_bgr8(noise.clone(), "another name")->sha256());
    cv::Mat other = noise.clone();
    other.data[5] ^= 1;
    EXPECT_NE(image->sha256(), Image::from_bgr8(other, "memory")->sha256());
    EXPECT_NE(image->sha256(),
              Image::from_bgr8(noise.reshape(3, 31).clone(), "memory")->sha256());  // same bytes, 17x31
    const cv::Mat part = noise(cv::Rect(3, 2, 9, 5));
    EXPECT_TRUE(Image::from_bgr8(part, "part")->bgr8().isContinuous());
    EXPECT_TRUE(same(Image::from_bgr8(part, "part")->bgr8(), part));
    EXPECT_ANY_THROW(Image::from_bgr8(cv::Mat(), "nothing"));
    EXPECT_ANY_THROW(Image::from_bgr8(cv::Mat(2, 2, CV_8UC1), "gray"));
}

TEST(Image, ViewsAreTheSameForAllThreads) {
    const auto image = Image::decode(encoded(".png", noise_picture(64, 64)), "x");
    std::vector<const void*> seen(8);
    std::vector<std::thread> threads;
    for (auto& view : seen)
        threads.emplace_back([&] { view = image->decoder_gray8().data + 0 * image->rgb8().total(); });
    for (auto& thread : threads) thread.join();
    EXPECT_THAT(seen, ::testing::Each(seen.front()));
}

TEST(SavePng, IsLosslessAndTheSameEveryTime) {
    const Scratch scratch;
    const auto image = Image::from_bgr8(noise_picture(33, 20), "noise");
    save_png(*image, scratch / "new folder/a.png");
    save_png(*image, scratch / "b.png");
    EXPECT_TRUE(same(cv::imread((scratch / "new folder/a.png").string()), image->bgr8()));
    EXPECT_EQ(read_file(scratch / "new folder/a.png"), read_file(scratch / "b.png"));
    EXPECT_TRUE(same(Image::load(scratch / "b.png")->bgr8(), image->bgr8()));
}

TEST(SavePng, SaysWhichFileCannotBeWritten) {
    const Scratch scratch;
    write_text(scratch / "file", "not a folder");
    try {
        save_png(*Image::from_bgr8(smooth_picture(4, 4), "x"), scratch / "file/a.png");
        FAIL() << "written below a file";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("file/a.png"));
    }
}

}  // namespace
}  // namespace bfr
