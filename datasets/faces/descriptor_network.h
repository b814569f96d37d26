// The chip that dlib cuts around a face, and the network that describes it.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "datasets/faces/dlib_image.h"
#include "datasets/faces/models.h"

namespace bfr {

struct FaceChip {
    double left = 0, top = 0, right = 0, bottom = 0;  // before rotation, pixels of the picture, all inclusive
    double angle = 0;                                 // radians, about the rectangle's centre
    DlibImage pixels;                                 // 150x150
};

// dlib's get_face_chip_details(points, 150, 0.25) and extract_image_chip. 5 or 68 points; throws Error for another
// number, and for points that fix no face (all in one place, or off the picture).
FaceChip extract_face_chip(const DlibImage& image, const FacePoints& points);

// The ResNet of dlib_face_recognition_resnet_model_v1.dat. One thread at a time (base/pool.h).
class DescriptorNetwork {
  public:
    explicit DescriptorNetwork(const std::filesystem::path& file);
    ~DescriptorNetwork();
    std::vector<float> operator()(const DlibImage& chip);  // 150x150 -> 128 numbers

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace bfr
