#include "datasets/faces/models.h"

#include <dlib/image_transforms.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/names.h"
#include "base/pool.h"
#include "base/shared_model.h"
#include "datasets/faces/descriptor_network.h"
#include "datasets/faces/detectors.h"
#include "datasets/faces/dlib_image.h"
#include "datasets/faces/point_predictor.h"

namespace bfr {
namespace {

// The mmod network holds 1,000 bytes a pixel: 2^23 pixels are 8 GB.
constexpr int64_t kMaxSearchedPixels = int64_t{1} << 23;
constexpr int kMaxUp = 4;

const std::vector<std::pair<std::string, FaceFinding>>& finding_names() {
    static const std::vector<std::pair<std::string, FaceFinding>> names = {{"crop", FaceFinding::kCrop},
                                                                           {"whole", FaceFinding::kWhole},
                                                                           {"hog", FaceFinding::kHog},
                                                                           {"mmod", FaceFinding::kMmod}};
    return names;
}

// The box of a reduced picture on the picture itself: its edges are scaled, not its pixels' centres.
FaceBox enlarge(const FaceBox& box, double x, double y) {
    return {std::lround(box.left * x), std::lround(box.top * y), std::lround((box.right + 1) * x) - 1,
            std::lround((box.bottom + 1) * y) - 1};
}

// What dlib refuses is an Error that names the picture.
template <class Call>
auto on_picture(const Image& image, Call&& call) {
    try {
        return call();
    } catch (const dlib::error& e) {
        throw Error(fmt::format("{}: dlib failed: {}", image.name(), e.what()));
    }
}

template <class Detector>
std::vector<DetectedFace> search(Pool<Detector>& detectors, const Image& image, int up, int max_side) {
    if (up < 0 || up > kMaxUp) throw UsageError(fmt::format("a picture is doubled 0 to {} times, not {}", kMaxUp, up));
    if (max_side < 0)
        throw UsageError(fmt::format("the largest side of a search is 0 (no limit) or more, not {}", max_side));
    const int side = std::max(image.width(), image.height());
    const bool reduced = max_side > 0 && side > max_side;
    const double scale = reduced ? static_cast<double>(max_side) / side : 1.0;
    const int width = reduced ? std::max(1, static_cast<int>(std::lround(image.width() * scale))) : image.width();
    const int height = reduced ? std::max(1, static_cast<int>(std::lround(image.height() * scale))) : image.height();
    if ((int64_t{width} << up) * (int64_t{height} << up) > kMaxSearchedPixels) {
        throw Error(
            fmt::format("{}: {}x{} pixels doubled {} times are too many to search for faces; search a reduced copy",
                        image.name(), width, height, up));
    }

    DlibImage copy;
    if (reduced) {
        cv::Mat small;
        cv::resize(image.bgr8(), small, {width, height}, 0, 0, cv::INTER_AREA);
        copy = to_dlib_image(small);
    } else if (up > 0) {
        copy = dlib_image(image);
    }
    const dlib::pyramid_down<2> pyramid;
    for (int i = 0; i < up; i++) dlib::pyramid_up(copy, pyramid);
    const DlibImage& searched = reduced || up > 0 ? copy : dlib_image(image);

    auto faces =
        on_picture(image, [&] { return detectors.with([&](Detector& detector) { return detector(searched); }); });
    for (auto& [box, confidence] : faces) {
        const dlib::rectangle r = pyramid.rect_down(dlib::rectangle(box.left, box.top, box.right, box.bottom), up);
        box = {r.left(), r.top(), r.right(), r.bottom()};
        if (reduced) {
            box =
                enlarge(box, static_cast<double>(image.width()) / width, static_cast<double>(image.height()) / height);
        }
    }
    return faces;
}

}  // namespace

FaceFinding parse_face_finding(const std::string& text) {
    std::vector<std::string> known;
    for (const auto& [name, finding] : finding_names()) {
        if (name == text) return finding;
        known.push_back(name);
    }
    throw UsageError(unknown_name("way to find a face", text, known));
}

std::string to_string(FaceFinding finding) {
    for (const auto& [name, value] : finding_names()) {
        if (value == finding) return name;
    }
    BFR_CHECK(false, "no name for face finding {}", static_cast<int>(finding));
}

std::string describe(FaceFinding finding) {
    switch (finding) {
        case FaceFinding::kCrop:
            return "the face is the box (98, 134) to (419, 455) of 512, where it lies on an FFHQ-aligned crop";
        case FaceFinding::kWhole:
            return "the face is the whole picture";
        case FaceFinding::kHog:
            return "the face is the best one of dlib's HOG detector after one up-sampling";
        case FaceFinding::kMmod:
            return "the face is the best one of dlib's mmod detector on the picture as it is";
    }
    BFR_CHECK(false, "no words for face finding {}", static_cast<int>(finding));
}

std::optional<FaceBox> fixed_face_box(FaceFinding finding, int width, int height) {
    if (finding == FaceFinding::kWhole) return FaceBox{0, 0, width - 1, height - 1};
    if (finding != FaceFinding::kCrop) return std::nullopt;
    const auto scaled = [](double of_512, int side) { return std::lround(of_512 / 512 * side); };
    return FaceBox{scaled(98, width), scaled(134, height), scaled(420, width) - 1, scaled(456, height) - 1};
}

struct FaceModels::Parts {
    FaceModelFiles files;

    Pool<HogDetector>& hog() {
        return lazily<Pool<HogDetector>>(hog_, {}, [] {
            return std::make_shared<Pool<HogDetector>>([] { return std::make_unique<HogDetector>(); });
        });
    }
    Pool<MmodDetector>& mmod() { return network<MmodDetector>(mmod_, files.mmod); }
    Pool<DescriptorNetwork>& recognition() { return network<DescriptorNetwork>(recognition_, files.recognition); }
    const PointPredictor& points5() { return predictor(points5_, files.points5, 5); }
    const PointPredictor& points68() { return predictor(points68_, files.points68, 68); }

  private:
    template <class T>
    T& lazily(std::shared_ptr<T>& slot, const std::filesystem::path& file,
              const std::function<std::shared_ptr<T>()>& make) {
        const std::lock_guard lock(mutex_);
        if (!slot) slot = shared_model<T>(file.string(), make);
        return *slot;
    }
    template <class Network>
    Pool<Network>& network(std::shared_ptr<Pool<Network>>& slot, const std::filesystem::path& file) {
        return lazily<Pool<Network>>(slot, file, [&file] {
            return std::make_shared<Pool<Network>>([file] { return std::make_unique<Network>(file); });
        });
    }
    const PointPredictor& predictor(std::shared_ptr<PointPredictor>& slot, const std::filesystem::path& file,
                                    size_t points) {
        return lazily<PointPredictor>(slot, file, [&] { return std::make_shared<PointPredictor>(file, points); });
    }

    std::mutex mutex_;
    std::shared_ptr<Pool<HogDetector>> hog_;
    std::shared_ptr<Pool<MmodDetector>> mmod_;
    std::shared_ptr<Pool<DescriptorNetwork>> recognition_;
    std::shared_ptr<PointPredictor> points5_, points68_;
};

FaceModels::FaceModels(FaceModelFiles files) : parts_(std::make_unique<Parts>()) { parts_->files = std::move(files); }
FaceModels::~FaceModels() = default;

std::vector<DetectedFace> FaceModels::detect_hog(const Image& image, int up, int max_side) const {
    return search(parts_->hog(), image, up, max_side);
}

std::vector<DetectedFace> FaceModels::detect_mmod(const Image& image, int up, int max_side) const {
    return search(parts_->mmod(), image, up, max_side);
}

FacePoints FaceModels::points5(const Image& image, const FaceBox& box) const {
    return on_picture(image, [&] { return parts_->points5()(dlib_image(image), box); });
}

FacePoints FaceModels::points68(const Image& image, const FaceBox& box) const {
    return on_picture(image, [&] { return parts_->points68()(dlib_image(image), box); });
}

std::optional<FaceBox> FaceModels::find_face(const Image& image, FaceFinding finding) const {
    if (const auto box = fixed_face_box(finding, image.width(), image.height())) return box;
    const auto key =
        finding == FaceFinding::kHog ? std::string("faces.box hog") : "faces.box mmod " + parts_->files.mmod.string();
    return image.memo<std::optional<FaceBox>>(key, [&]() -> std::optional<FaceBox> {
        const auto faces = finding == FaceFinding::kHog ? detect_hog(image, 1) : detect_mmod(image, 0);
        if (faces.empty()) return std::nullopt;
        return faces.front().box;
    });
}

std::optional<FacePoints> FaceModels::find_points68(const Image& image, FaceFinding finding) const {
    const auto key = fmt::format("faces.points68 {} {} {}", to_string(finding), parts_->files.mmod.string(),
                                 parts_->files.points68.string());
    return image.memo<std::optional<FacePoints>>(key, [&]() -> std::optional<FacePoints> {
        const auto box = find_face(image, finding);
        if (!box) return std::nullopt;
        return points68(image, *box);
    });
}

std::optional<std::vector<float>> FaceModels::find_descriptor(const Image& image, FaceFinding finding) const {
    const auto& files = parts_->files;
    const auto key = fmt::format("faces.descriptor {} {} {} {}", to_string(finding), files.mmod.string(),
                                 files.points68.string(), files.recognition.string());
    return image.memo<std::optional<std::vector<float>>>(key, [&]() -> std::optional<std::vector<float>> {
        const auto points = find_points68(image, finding);
        if (!points) return std::nullopt;
        return descriptor(image, *points);
    });
}

std::vector<float> FaceModels::descriptor(const Image& image, const FacePoints& points) const {
    return on_picture(image, [&] {
        const auto chip = extract_face_chip(dlib_image(image), points);
        return parts_->recognition().with([&](DescriptorNetwork& network) { return network(chip.pixels); });
    });
}

}  // namespace bfr
