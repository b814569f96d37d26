// Picture files that no encoder at hand writes, byte by byte: for the decoder's tests.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <string>
#include <utility>
#include <vector>

namespace bfr::testing {

using Bytes = std::vector<unsigned char>;

// A picture of hashed values: every pixel differs from its neighbours.
cv::Mat noise_picture(int width, int height, int type = CV_8UC3);
// Smooth colours that a lossy format keeps well; its four corners differ.
cv::Mat smooth_picture(int width, int height);
Bytes encoded(const std::string& extension, const cv::Mat& picture, const std::vector<int>& parameters = {});

using PngChunk = std::pair<std::string, Bytes>;
// `rows`: packed samples, row by row, without filter bytes. `chunks` go between IHDR and IDAT.
Bytes png_file(int width, int height, int bit_depth, int colour_type, const Bytes& rows,
               const std::vector<PngChunk>& chunks = {});
Bytes png_chunk(const PngChunk& chunk);
Bytes png_with_chunk(const Bytes& png, const PngChunk& chunk);  // put behind IHDR

struct TiffSpec {
    int width = 0, height = 0;
    int samples = 3, bits = 8;
    int photometric = 2;    // 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 CMYK
    int extra_samples = 0;  // 1 associated alpha, 2 unassociated alpha
    int orientation = 0;    // 0: no tag
    int sample_format = 0;  // 0: no tag
    int planar = 1;
    int tile = 0;  // tiles of this width and height instead of one strip
    bool big_endian = false;
    std::vector<uint16_t> palette = {};  // all reds, all greens, all blues
};
Bytes tiff_file(const TiffSpec& spec, const Bytes& data);

// A TIFF block with the orientation tag alone, as Exif stores it.
Bytes exif_block(int orientation, bool big_endian = false);
// The JPEG with an Exif segment, in which `thumbnail` follows the tags.
Bytes jpeg_with_exif(const Bytes& jpeg, int orientation, bool big_endian = false, const Bytes& thumbnail = {});
// An 8x8 JPEG of four components, each of one value; with Adobe's segment, as CMYK files have it.
Bytes cmyk_jpeg(int c, int m, int y, int k);
// A WebP in the extended layout with an Exif chunk.
Bytes webp_with_exif(const Bytes& webp, int width, int height, int orientation);
// An 8-bit BMP with a palette (blue, green, red, 0 each).
Bytes palette_bmp(int width, int height, const Bytes& indices, const Bytes& palette);

}  // namespace bfr::testing
