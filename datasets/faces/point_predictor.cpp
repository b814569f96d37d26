#include "datasets/faces/point_predictor.h"

#include <dlib/image_processing/shape_predictor.h>

#include "datasets/faces/model_file.h"

namespace bfr {

struct PointPredictor::Parts {
    dlib::shape_predictor predictor;
};

PointPredictor::PointPredictor(const std::filesystem::path& file, size_t points) : parts_(std::make_unique<Parts>()) {
    read_dlib_model(file, fmt::format("{}-point shape predictor", points), parts_->predictor);
    if (const auto found = parts_->predictor.num_parts(); found != points) {
        throw Error(fmt::format("{}: a shape predictor of {} points, {} are wanted", printable(file), found, points));
    }
}
PointPredictor::~PointPredictor() = default;

FacePoints PointPredictor::operator()(const DlibImage& image, const FaceBox& box) const {
    if (box.right < box.left || box.bottom < box.top) {
        throw Error(fmt::format("an empty face box: {}, {}, {}, {}", box.left, box.top, box.right, box.bottom));
    }
    const auto shape = parts_->predictor(image, dlib::rectangle(box.left, box.top, box.right, box.bottom));
    FacePoints points;
    points.reserve(shape.num_parts());
    for (unsigned long i = 0; i < shape.num_parts(); i++) {
        points.push_back({static_cast<double>(shape.part(i).x()), static_cast<double>(shape.part(i).y())});
    }
    return points;
}

}  // namespace bfr
