#pragma once

#include <string>
#include <vector>

#include "datasets/faces/models.h"

namespace bfr {

// What a detector without a file of weights was trained on: dlib's HOG detector on pictures of LFW (the comments of
// dlib 19.24, dlib/image_processing/frontal_face_detector.h).
inline std::vector<std::string> training_sets_of(FaceFinding finding) {
    if (finding == FaceFinding::kHog) return {"LFW"};
    return {};
}

}  // namespace bfr
