// The layers are those that dlib_face_recognition_resnet_model_v1.dat was saved with (dlib 19.24,
// examples/dnn_face_recognition_ex.cpp): a ResNet of 29 convolutions on 150x150 RGB, trained with a metric loss.
#include "datasets/faces/descriptor_network.h"

#include <dlib/dnn.h>

#include "datasets/faces/model_file.h"

namespace bfr {
namespace {

template <int filters, int stride, typename Below>
using Block = dlib::affine<
    dlib::con<filters, 3, 3, 1, 1, dlib::relu<dlib::affine<dlib::con<filters, 3, 3, stride, stride, Below>>>>>;
template <int filters, typename Below>
using Keep = dlib::relu<dlib::add_prev1<Block<filters, 1, dlib::tag1<Below>>>>;
template <int filters, typename Below>
using Halve = dlib::relu<
    dlib::add_prev2<dlib::avg_pool<2, 2, 2, 2, dlib::skip1<dlib::tag2<Block<filters, 2, dlib::tag1<Below>>>>>>>;

template <typename Below>
using Stem = dlib::max_pool<3, 3, 2, 2, dlib::relu<dlib::affine<dlib::con<32, 7, 7, 2, 2, Below>>>>;
template <typename Below>
using Stage32 = Keep<32, Keep<32, Keep<32, Below>>>;
template <typename Below>
using Stage64 = Keep<64, Keep<64, Keep<64, Halve<64, Below>>>>;
template <typename Below>
using Stage128 = Keep<128, Keep<128, Halve<128, Below>>>;
template <typename Below>
using Stage256 = Halve<256, Keep<256, Keep<256, Halve<256, Below>>>>;

constexpr unsigned long kChipSize = 150;
using Trunk = Stage256<Stage128<Stage64<Stage32<Stem<dlib::input_rgb_image_sized<kChipSize>>>>>>;
using Network = dlib::loss_metric<dlib::fc_no_bias<128, dlib::avg_pool_everything<Trunk>>>;

}  // namespace

FaceChip extract_face_chip(const DlibImage& image, const FacePoints& points) {
    if (points.size() != 5 && points.size() != 68) {
        throw Error(fmt::format("a face chip needs 5 or 68 points, not {}", points.size()));
    }
    std::vector<dlib::point> parts;
    for (const auto& p : points) {
        // Far beyond any picture, yet far from what overflows in dlib's rectangles.
        if (!(std::abs(p[0]) < 1e7 && std::abs(p[1]) < 1e7)) throw Error("a face point is no position on a picture");
        parts.emplace_back(std::lround(p[0]), std::lround(p[1]));
    }
    const auto details = dlib::get_face_chip_details(dlib::full_object_detection({}, parts), kChipSize, 0.25);
    const auto& rect = details.rect;
    const auto reach = dlib::grow_rect(dlib::rectangle(rect), static_cast<long>(rect.width() / 2) + 2);
    if (!(rect.width() >= 1 && rect.height() >= 1) || reach.intersect(dlib::get_rect(image)).is_empty()) {
        throw Error("the face's points are in one place or off the picture: no chip can be cut");
    }
    FaceChip chip{rect.left(), rect.top(), rect.right(), rect.bottom(), details.angle, {}};
    dlib::extract_image_chip(image, details, chip.pixels);
    return chip;
}

struct DescriptorNetwork::Parts {
    Network network;
};

DescriptorNetwork::DescriptorNetwork(const std::filesystem::path& file) : parts_(std::make_unique<Parts>()) {
    read_dlib_model(file, "face recognition network", parts_->network);
}
DescriptorNetwork::~DescriptorNetwork() = default;

std::vector<float> DescriptorNetwork::operator()(const DlibImage& chip) {
    BFR_CHECK(chip.nr() == kChipSize && chip.nc() == kChipSize, "a chip of {}x{}", chip.nc(), chip.nr());
    const dlib::matrix<float, 0, 1> found = parts_->network(chip);
    return {found.begin(), found.end()};
}

}  // namespace bfr
