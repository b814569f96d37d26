// Restored faces back into the photograph that they were cut out of; docs/align.md.
#pragma once

#include <opencv2/core/matx.hpp>
#include <span>

#include "datasets/image.h"

namespace bfr {

// Share of the crop's side over which a pasted face fades in from each edge: from nothing at the edge to the whole face
// so far inside. facexlib 05b5905 and CodeFormer 07c8cc6 (face_restoration_helper.py) erode the square by a twentieth
// of its side and blur what is left by as much, which comes to the same width.
inline constexpr double kPasteFeather = 0.1;

// Weight of a face's pixel on one axis: 0 at the crop's edges and outside, 1 from kPasteFeather inside, between them
// 3 t^2 - 2 t^3. `position`: 0 at one edge of the crop, 1 at the other. A pixel's weight is the product of both axes'.
double paste_weight(double position);

struct FaceToPaste {
    ImagePtr face;                // restored; square, of any side
    cv::Matx23d photo_from_crop;  // AlignedFace's: pixel centres at integers
    int crop_size = 512;          // side of the crop that this matrix moves
};

// Throws Error for a face that isn't square.
void check_pasteable(const Image& face);

// The photo, made `upscale` times larger by cv::resize (bicubic), with the faces in it. A pixel that no face reaches is
// the (upscaled) photo's, bit for bit. A face is sampled bicubically, after an area average where it comes out smaller;
// at the photo's own frame it fades over three of its pixels alone. Where faces overlap, each counts by its weight
// times the fourth power of how deep inside its crop the pixel lies: the order doesn't matter. Throws Error: a face
// that isn't square, a result larger than DecodeLimits allows.
ImagePtr paste_faces(const Image& photo, std::span<const FaceToPaste> faces, int upscale = 1);

}  // namespace bfr
