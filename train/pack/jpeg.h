// The pictures of a pack: baseline JPEG with full chroma, by stb's header-only coder. On plain memory, without
// LibTorch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace bfr::train {

inline constexpr int kMinJpegQuality = 91, kMaxJpegQuality = 100;  // below, the coder would halve the chroma

// `rgb`: side x side x 3 bytes, row by row. The same bytes on every machine.
std::vector<unsigned char> encode_jpeg(std::span<const unsigned char> rgb, int side, int quality);

// Throws Error saying why it is no baseline JPEG of side x side: SOF0, 8 bit, three components, one scan, closed by
// EOI.
void check_jpeg(std::span<const unsigned char> jpeg, int side);

// side x side x 3 bytes of RGB into `rgb`, the same on every machine. Throws Error as check_jpeg(), and where the
// picture can't be decoded.
void decode_jpeg(std::span<const unsigned char> jpeg, int side, std::span<unsigned char> rgb);

}  // namespace bfr::train
