#pragma once

#include <filesystem>
#include <memory>

#include "datasets/faces/dlib_image.h"
#include "datasets/faces/models.h"

namespace bfr {

// dlib's cascade of regression trees (Kazemi and Sullivan, CVPR 2014). Any number of threads may use one.
class PointPredictor {
  public:
    // Throws Error where the file holds another number of points.
    PointPredictor(const std::filesystem::path& file, size_t points);
    ~PointPredictor();
    // Throws Error for an empty box. The box may reach outside the picture.
    FacePoints operator()(const DlibImage& image, const FaceBox& box) const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace bfr
