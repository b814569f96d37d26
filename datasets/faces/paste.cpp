#include "datasets/faces/paste.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "base/error.h"
#include "datasets/faces/align.h"

namespace bfr {
namespace {

// Below this many pixels of the photo for one of the face, bicubic sampling would step over pixels.
constexpr double kLeastSampledScale = 2.0 / 3;
// Pixels of the crop (of the photo, where those are larger). Beyond the photo's frame the crop was grey, and sampling
// reaches so far.
constexpr double kFrameFade = 3;

cv::Matx33d squared(const cv::Matx23d& m) { return {m(0, 0), m(0, 1), m(0, 2), m(1, 0), m(1, 1), m(1, 2), 0, 0, 1}; }

cv::Matx23d affine(const cv::Matx33d& m) { return {m(0, 0), m(0, 1), m(0, 2), m(1, 0), m(1, 1), m(1, 2)}; }

// Of a picture that is made `factor` times larger, pixel centres at integers before and after.
cv::Matx33d enlargement(double factor) {
    const double shift = (factor - 1) / 2;
    return {factor, 0, shift, 0, factor, shift, 0, 0, 1};
}

double faded(double t) {
    t = std::clamp(t, 0.0, 1.0);
    return t * t * (3 - 2 * t);
}

// A face as it lies in the photo.
struct Layer {
    cv::Rect region;              // of the photo
    cv::Mat pixels;               // CV_8UC3 of the region
    cv::Matx23d unit_from_photo;  // the crop is the square from 0 to 1
    double frame_fade = 1;        // pixels of the photo over which it fades towards the frame
};

cv::Rect region_of(const cv::Matx23d& photo_from_crop, int crop_size, const cv::Size& photo) {
    const double edges[] = {-0.5, crop_size - 0.5};
    double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (const double u : edges) {
        for (const double v : edges) {
            const cv::Vec2d p = photo_from_crop * cv::Vec3d(u, v, 1);
            left = std::min(left, p[0]), right = std::max(right, p[0]);
            top = std::min(top, p[1]), bottom = std::max(bottom, p[1]);
        }
    }
    const auto inside = [](double value, int limit) {
        return static_cast<int>(std::clamp(value, 0.0, static_cast<double>(limit)));
    };
    const int x = inside(std::floor(left), photo.width), y = inside(std::floor(top), photo.height);
    return {x, y, inside(std::ceil(right) + 1, photo.width) - x, inside(std::ceil(bottom) + 1, photo.height) - y};
}

// The region is empty for a face that lies outside the photo.
Layer layer_of(const FaceToPaste& face, const cv::Size& photo, int upscale) {
    cv::Mat pixels = face.face->bgr8();
    check_pasteable(*face.face);
    const cv::Matx23d photo_from_crop = affine(enlargement(upscale) * squared(face.photo_from_crop));
    const cv::Matx33d crop_from_photo = squared(inverse(photo_from_crop));
    Layer layer;
    layer.region = region_of(photo_from_crop, face.crop_size, photo);
    const double unit = 1.0 / face.crop_size;
    layer.unit_from_photo = affine(cv::Matx33d(unit, 0, unit / 2, 0, unit, unit / 2, 0, 0, 1) * crop_from_photo);
    if (layer.region.empty()) return layer;

    const double crop_pixel = std::hypot(photo_from_crop(0, 0), photo_from_crop(1, 0));
    layer.frame_fade = kFrameFade * std::max(1.0, crop_pixel);
    const double scale = crop_pixel * face.crop_size / pixels.cols;
    if (scale < kLeastSampledScale) {
        const int side = std::max(1, static_cast<int>(std::lround(pixels.cols * scale)));
        cv::Mat reduced;
        cv::resize(pixels, reduced, {side, side}, 0, 0, cv::INTER_AREA);
        pixels = reduced;
    }
    const cv::Matx33d photo_from_region(1, 0, layer.region.x, 0, 1, layer.region.y, 0, 0, 1);
    const cv::Matx33d face_from_crop = enlargement(static_cast<double>(pixels.cols) / face.crop_size);
    cv::warpAffine(pixels, layer.pixels, cv::Mat(affine(face_from_crop * crop_from_photo * photo_from_region)),
                   layer.region.size(), cv::INTER_CUBIC | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
    return layer;
}

// One row of the photo while the faces are mixed.
class Row {
  public:
    explicit Row(const cv::Size& photo) : photo_(photo), sums_(static_cast<size_t>(photo.width)) {}

    void add(const Layer& layer, int y) {
        const auto& m = layer.unit_from_photo;
        const auto* pixels = layer.pixels.ptr<cv::Vec3b>(y - layer.region.y);
        const auto from_frame = [&](int place, int size) {
            return faded(std::min(place, size - 1 - place) / layer.frame_fade);
        };
        const double row_weight = from_frame(y, photo_.height);
        for (int i = 0; i < layer.region.width; i++) {
            const int x = layer.region.x + i;
            const double u = m(0, 0) * x + m(0, 1) * y + m(0, 2), v = m(1, 0) * x + m(1, 1) * y + m(1, 2);
            const double weight = paste_weight(u) * paste_weight(v) * from_frame(x, photo_.width) * row_weight;
            if (weight <= 0) continue;
            Sum& sum = sums_[static_cast<size_t>(x)];
            const double depth = (1 - std::abs(2 * u - 1)) * (1 - std::abs(2 * v - 1));
            const double share = weight * std::pow(depth, 4);
            sum.share += share;
            sum.photo *= 1 - weight;
            for (int c = 0; c < 3; c++) sum.colour[static_cast<size_t>(c)] += share * pixels[i][c];
        }
    }

    // Mixes what was added into the photo's row, and forgets it.
    void finish(cv::Vec3b* photo) {
        for (size_t x = 0; x < sums_.size(); x++) {
            Sum& sum = sums_[x];
            if (sum.share <= 0) continue;
            for (int c = 0; c < 3; c++) {
                const double face = sum.colour[static_cast<size_t>(c)] / sum.share;
                photo[x][c] = cv::saturate_cast<uchar>(face + sum.photo * (photo[x][c] - face));
            }
            sum = {};
        }
    }

  private:
    struct Sum {
        double share = 0, photo = 1;  // photo: how much of it shows through
        std::array<double, 3> colour{};
    };
    cv::Size photo_;
    std::vector<Sum> sums_;
};

}  // namespace

double paste_weight(double position) { return faded(std::min(position, 1 - position) / kPasteFeather); }

void check_pasteable(const Image& face) {
    if (face.width() == face.height()) return;
    throw Error(
        fmt::format("the restored face is {}x{} pixels: only a square one can be pasted", face.width(), face.height()));
}

ImagePtr paste_faces(const Image& photo, std::span<const FaceToPaste> faces, int upscale) {
    BFR_CHECK(upscale >= 1, "upscaled {} times", upscale);
    const cv::Size size{photo.width() * upscale, photo.height() * upscale};
    const uint64_t limit = DecodeLimits{}.max_pixels;
    if (static_cast<uint64_t>(photo.width()) * static_cast<uint64_t>(photo.height()) >
        limit / (static_cast<uint64_t>(upscale) * static_cast<uint64_t>(upscale))) {
        throw Error(fmt::format("{}x{} pixels, upscaled {} times, are more than {}", photo.width(), photo.height(),
                                upscale, limit));
    }
    cv::Mat result;
    if (upscale == 1) {
        result = photo.bgr8().clone();
    } else {
        cv::resize(photo.bgr8(), result, size, 0, 0, cv::INTER_CUBIC);
    }
    std::vector<Layer> layers;
    for (const auto& face : faces) {
        layers.push_back(layer_of(face, size, upscale));
        if (layers.back().region.empty()) layers.pop_back();
    }
    Row row(size);
    for (int y = 0; y < size.height; y++) {
        bool touched = false;
        for (const auto& layer : layers) {
            if (y < layer.region.y || y >= layer.region.y + layer.region.height) continue;
            row.add(layer, y);
            touched = true;
        }
        if (touched) row.finish(result.ptr<cv::Vec3b>(y));
    }
    return Image::from_bgr8(result, photo.name());
}

}  // namespace bfr
