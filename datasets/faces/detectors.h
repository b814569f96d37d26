// dlib's two face detectors on pixels as they are: no scaling, boxes in those pixels, best first. One thread at a time
// each (base/pool.h). Their template-heavy insides are compiled in one source file each.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "datasets/faces/dlib_image.h"
#include "datasets/faces/models.h"

namespace bfr {

// The frontal HOG detector that is part of dlib itself: five views, threshold 0, faces from 80x80 pixels.
class HogDetector {
  public:
    HogDetector();
    ~HogDetector();
    std::vector<DetectedFace> operator()(const DlibImage& image);

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

// The max-margin CNN of mmod_human_face_detector.dat: faces from about 80x80 pixels, any pose. None on a
// picture with a side below 29 pixels.
class MmodDetector {
  public:
    explicit MmodDetector(const std::filesystem::path& file);
    ~MmodDetector();
    std::vector<DetectedFace> operator()(const DlibImage& image);

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace bfr
