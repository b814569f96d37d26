// Cutting faces out of photographs so that they lie as in FFHQ: found by dlib's detectors, moved by dlib's five points
// as CodeFormer b33cc7d does it (facelib/utils/face_restoration_helper.py with dlib), or by 68 points as FFHQ itself
// was made (quad.h); docs/align.md.
#pragma once

#include <filesystem>
#include <opencv2/core/matx.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "datasets/faces/face_template.h"
#include "datasets/faces/models.h"
#include "datasets/faces/quad.h"
#include "datasets/image.h"

namespace bfr {

enum class AlignMethod {
    kFivePoints,  // the similarity that a least-median-of-squares fit of the five points to the template gives
    kQuad,        // FFHQ's turned square around eyes and mouth, from 68 points
};
AlignMethod parse_align_method(const std::string& text);  // "five-points", "quad"; UsageError else
std::string to_string(AlignMethod method);

enum class FaceChoice {
    kLargest,  // by the box's area
    kBest,     // by the detector's confidence
    kCentre,   // the box whose middle is nearest to the picture's
    kAll,      // every face, best first
};
FaceChoice parse_face_choice(const std::string& text);  // "largest", "best", "centre", "all"; UsageError else
std::string to_string(FaceChoice choice);

struct AlignOptions {
    AlignMethod method = AlignMethod::kFivePoints;
    int size = 512;                                // side of the crop, 16 to 4096
    FaceTemplate face_template = ffhq_template();  // of five points
    FaceChoice choice = FaceChoice::kLargest;
    FaceFinding detector = FaceFinding::kMmod;  // kWhole, kCrop: nothing is searched
    std::optional<int> up;  // how often the searched copy is doubled, 0 to 4; by default 0 for mmod, 1 for HOG
    int max_side =
        1024;          // a larger photo is searched on a copy reduced to this (cropped from the photo itself); 0: never
    int min_face = 0;  // faces whose box is narrower, in pixels of the photo, are left out
};
// Throws UsageError naming the option that is out of range.
void check(const AlignOptions& options);

struct AlignedFace {
    ImagePtr crop;                     // size x size
    cv::Matx23d crop_from_photo;       // pixel centres at integers, as OpenCV has them
    cv::Matx23d photo_from_crop;       // its inverse
    FaceBox box;                       // pixels of the photo
    std::optional<double> confidence;  // the detector's; none where nothing is searched
    FacePoints points;                 // five or 68, pixels of the photo
    std::optional<QuadAlignment> quad = {};
};

// Scaled rotation and shift that moves the points to the template on a crop of `size`; none where they fix none (all in
// one place). cv::estimateAffinePartial2D with LMEDS: its random sequence is fixed, so equal points give equal matrices
// in any thread.
std::optional<cv::Matx23d> crop_from_points(const FacePoints& points, const FaceTemplate& face_template, int size);

// cv::warpAffine, bilinear; outside the photo B 135, G 133, R 132. Throws Error for a photo with a side over 32,766
// pixels.
ImagePtr warp_crop(const Image& photo, const cv::Matx23d& crop_from_photo, int size);

cv::Matx23d inverse(const cv::Matx23d& matrix);

// A pure function of its arguments. Empty where no face is found or none is large enough; every reason why the photo or
// one of the chosen faces has no crop is appended to `failures`.
std::vector<AlignedFace> align_faces(const Image& photo, const FaceModels& models, const AlignOptions& options,
                                     std::vector<std::string>* failures = nullptr);

// Under which id the crop of face `index` is written: the photo's, or with FaceChoice::kAll always "ID_00", "ID_01"
// ..., so that no two photos' crops can share one.
std::string crop_id(const std::string& photo_id, const AlignOptions& options, size_t index);

// How the face was found and cut, enough to do it again: size, both matrices, box, confidence, points, the options.
Json describe(const AlignedFace& face, const AlignOptions& options);

// One line of manifest.jsonl: how `crop_id` was cut from the photo `source`.
Json align_manifest_line(const std::string& crop_id, const std::filesystem::path& source, const Image& photo,
                         const AlignedFace& face, const AlignOptions& options);
// The line of a photo, or of one of its faces, that has no crop.
Json align_failure_line(const std::string& photo_id, const std::filesystem::path& source, const std::string& reason);

}  // namespace bfr
