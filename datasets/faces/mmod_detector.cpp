// King, "Max-Margin Object Detection", 2015. The layers are those that mmod_human_face_detector.dat was saved with
// (dlib 19.24, examples/dnn_mmod_face_detection_ex.cpp): three strided 5x5 convolutions down to 1/8, three more, a 9x9
// score map, over a tiled pyramid of steps of 5/6.
#include <dlib/dnn.h>

#include <algorithm>

#include "datasets/faces/detectors.h"
#include "datasets/faces/model_file.h"

namespace bfr {
namespace {

template <long filters, typename Below>
using Halve = dlib::relu<dlib::affine<dlib::con<filters, 5, 5, 2, 2, Below>>>;
template <typename Below>
using Keep = dlib::relu<dlib::affine<dlib::con<45, 5, 5, 1, 1, Below>>>;
using Pyramid = dlib::input_rgb_image_pyramid<dlib::pyramid_down<6>>;
using Network = dlib::loss_mmod<dlib::con<1, 9, 9, 1, 1, Keep<Keep<Keep<Halve<32, Halve<32, Halve<16, Pyramid>>>>>>>>;

// Above this many pixels the layers' buffers (hundreds of bytes a pixel) are given back after the search.
constexpr long kKeepBuffersUpTo = 1L << 20;
// Three unpadded 5x5 strides need 29 pixels; dlib throws where its pyramid of a smaller picture has fewer.
constexpr long kSmallestSide = 29;

}  // namespace

struct MmodDetector::Parts {
    Network network;
};

MmodDetector::MmodDetector(const std::filesystem::path& file) : parts_(std::make_unique<Parts>()) {
    read_dlib_model(file, "mmod face detector", parts_->network);
}
MmodDetector::~MmodDetector() = default;

std::vector<DetectedFace> MmodDetector::operator()(const DlibImage& image) {
    std::vector<DetectedFace> faces;
    if (std::min(image.nr(), image.nc()) < kSmallestSide) return faces;
    for (const auto& face : parts_->network(image)) {
        const auto& r = face.rect;
        faces.push_back({{r.left(), r.top(), r.right(), r.bottom()}, face.detection_confidence});
    }
    if (image.size() > kKeepBuffersUpTo) parts_->network.clean();
    return faces;
}

}  // namespace bfr
