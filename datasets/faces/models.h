// dlib's face models: detectors, landmarks, and the 128-number descriptor, run as dlib's own programs run them.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/image.h"

namespace bfr {

// Left, top, right, bottom in pixels, all inclusive (dlib::rectangle): width = right - left + 1.
struct FaceBox {
    long left = 0, top = 0, right = 0, bottom = 0;
    bool operator==(const FaceBox&) const = default;
};

struct DetectedFace {
    FaceBox box;
    double confidence = 0;
};

// Integer pixel positions, as dlib gives them: 5 points (outer and inner corner of the eye at the picture's right, of
// the eye at its left, under the nose) or the 68 of iBUG 300-W.
using FacePoints = std::vector<std::array<double, 2>>;

// How a face is found on a picture.
enum class FaceFinding {
    kCrop,   // the box where the face lies on a crop aligned to the FFHQ template; nothing is searched
    kWhole,  // the whole picture is the face's box
    kHog,    // dlib's frontal HOG detector after one up-sampling, the best face
    kMmod,   // dlib's mmod CNN on the picture as it is, the best face
};
FaceFinding parse_face_finding(const std::string& text);  // "crop", "whole", "hog", "mmod"; UsageError else
std::string to_string(FaceFinding finding);
// "the face is ...", for conventions.
std::string describe(FaceFinding finding);
// The box of kCrop and kWhole, which the picture's size alone decides; none for a detector.
//
// kCrop's is dlib's HOG box on FFHQ-aligned crops: (98, 134) to (419, 455) of 512 pixels, the median, and the box of
// more than half, of 237 of 240 people (LFW's training people, dlib's five points, template of 512). A shape predictor
// expects such a box: started from the whole crop, it misses the clean face's eyes as often as not.
std::optional<FaceBox> fixed_face_box(FaceFinding finding, int width, int height);

// Paths of dlib's own model files; one that is empty is an error only when something asks for it.
struct FaceModelFiles {
    std::filesystem::path mmod;         // mmod_human_face_detector.dat
    std::filesystem::path points5;      // shape_predictor_5_face_landmarks.dat
    std::filesystem::path points68;     // shape_predictor_68_face_landmarks.dat
    std::filesystem::path recognition;  // dlib_face_recognition_resnet_model_v1.dat
};

// Thread-safe; each thread at work gets network instances of its own (dlib's networks keep state).
class FaceModels {
  public:
    explicit FaceModels(FaceModelFiles files);
    ~FaceModels();

    // Best first. `up`: how often the picture is doubled first (dlib's pyramid_up); boxes are in the picture's own
    // pixels and may reach outside it. `max_side` > 0: a larger picture is searched on a copy reduced to it (area
    // average), boxes mapped back. Throws Error for more than 2^23 pixels to search (after reducing and doubling).
    std::vector<DetectedFace> detect_hog(const Image& image, int up, int max_side = 0) const;
    std::vector<DetectedFace> detect_mmod(const Image& image, int up, int max_side = 0) const;

    FacePoints points5(const Image& image, const FaceBox& box) const;
    FacePoints points68(const Image& image, const FaceBox& box) const;

    // The best face's box by `finding`; none where the detector finds none. Kept in the picture's memo.
    std::optional<FaceBox> find_face(const Image& image, FaceFinding finding) const;
    // 68 points of that face. Kept in the picture's memo.
    std::optional<FacePoints> find_points68(const Image& image, FaceFinding finding) const;
    // 128 numbers (two of one person lie less than 0.6 apart): the chip by 68 points (150 pixels, padding 0.25), the
    // ResNet without jitter. Kept in the picture's memo.
    std::optional<std::vector<float>> find_descriptor(const Image& image, FaceFinding finding) const;
    // The same from points that are at hand (5 or 68).
    std::vector<float> descriptor(const Image& image, const FacePoints& points) const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace bfr
