#include "datasets/faces/align.h"

#include <algorithm>
#include <cmath>
#include <opencv2/calib3d.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"

namespace bfr {
namespace {

constexpr int kMinSize = 16, kMaxSize = 4096, kMaxUp = 4;
constexpr int kLargestWarpedSide = 32766;  // cv::warpAffine's coordinates are 16-bit

const std::vector<std::pair<std::string, FaceChoice>>& choice_names() {
    static const std::vector<std::pair<std::string, FaceChoice>> names = {{"largest", FaceChoice::kLargest},
                                                                          {"best", FaceChoice::kBest},
                                                                          {"centre", FaceChoice::kCentre},
                                                                          {"all", FaceChoice::kAll}};
    return names;
}

const std::vector<std::pair<std::string, AlignMethod>>& method_names() {
    static const std::vector<std::pair<std::string, AlignMethod>> names = {{"five-points", AlignMethod::kFivePoints},
                                                                           {"quad", AlignMethod::kQuad}};
    return names;
}

struct FoundFace {
    FaceBox box;
    std::optional<double> confidence;

    long width() const { return box.right - box.left + 1; }
    long height() const { return box.bottom - box.top + 1; }
    double area() const { return static_cast<double>(width()) * static_cast<double>(height()); }
};

int doublings(const AlignOptions& options) {
    if (options.up) return *options.up;
    return options.detector == FaceFinding::kHog ? 1 : 0;
}

std::vector<FoundFace> find_faces(const Image& photo, const FaceModels& models, const AlignOptions& options) {
    if (const auto box = fixed_face_box(options.detector, photo.width(), photo.height())) return {{*box, std::nullopt}};
    const auto detected = options.detector == FaceFinding::kHog
                              ? models.detect_hog(photo, doublings(options), options.max_side)
                              : models.detect_mmod(photo, doublings(options), options.max_side);
    std::vector<FoundFace> faces;
    for (const auto& [box, confidence] : detected) faces.push_back({box, confidence});
    return faces;
}

double squared_distance_from_centre(const Image& photo, const FaceBox& box) {
    const double x = (box.left + box.right + 1 - photo.width()) / 2.0,
                 y = (box.top + box.bottom + 1 - photo.height()) / 2.0;
    return x * x + y * y;
}

// `faces` are best first, and the first of equals is kept: the better one.
std::vector<FoundFace> choose(const Image& photo, std::vector<FoundFace> faces, FaceChoice choice) {
    if (faces.empty() || choice == FaceChoice::kAll) return faces;
    auto chosen = faces.begin();
    if (choice == FaceChoice::kLargest) {
        chosen = std::max_element(faces.begin(), faces.end(),
                                  [](const FoundFace& a, const FoundFace& b) { return a.area() < b.area(); });
    } else if (choice == FaceChoice::kCentre) {
        chosen = std::min_element(faces.begin(), faces.end(), [&](const FoundFace& a, const FoundFace& b) {
            return squared_distance_from_centre(photo, a.box) < squared_distance_from_centre(photo, b.box);
        });
    }
    return {*chosen};
}

// What `choose` left, cut out; none where its points fix no position.
std::optional<AlignedFace> align_face(const Image& photo, const FaceModels& models, const AlignOptions& options,
                                      const FoundFace& face) {
    if (options.method == AlignMethod::kQuad) {
        auto points = models.points68(photo, face.box);
        const auto quad = quad_alignment(points, photo.width(), photo.height(), options.size);
        if (!quad) return std::nullopt;
        auto crop = Image::from_bgr8(quad_crop(photo.bgr8(), *quad, options.size), photo.name());
        return AlignedFace{std::move(crop),
                           inverse(quad->photo_from_crop),
                           quad->photo_from_crop,
                           face.box,
                           face.confidence,
                           std::move(points),
                           quad};
    }
    auto points = models.points5(photo, face.box);
    const auto matrix = crop_from_points(points, options.face_template, options.size);
    if (!matrix) return std::nullopt;
    return AlignedFace{warp_crop(photo, *matrix, options.size),
                       *matrix,
                       inverse(*matrix),
                       face.box,
                       face.confidence,
                       std::move(points)};
}

Json rows(const cv::Matx23d& m) {
    return Json::array({Json::array({m(0, 0), m(0, 1), m(0, 2)}), Json::array({m(1, 0), m(1, 1), m(1, 2)})});
}

}  // namespace

AlignMethod parse_align_method(const std::string& text) {
    std::vector<std::string> known;
    for (const auto& [name, method] : method_names()) {
        if (name == text) return method;
        known.push_back(name);
    }
    throw UsageError(unknown_name("alignment", text, known));
}

std::string to_string(AlignMethod method) {
    for (const auto& [name, value] : method_names()) {
        if (value == method) return name;
    }
    BFR_CHECK(false, "no name for alignment {}", static_cast<int>(method));
}

FaceChoice parse_face_choice(const std::string& text) {
    std::vector<std::string> known;
    for (const auto& [name, choice] : choice_names()) {
        if (name == text) return choice;
        known.push_back(name);
    }
    throw UsageError(unknown_name("choice of faces", text, known));
}

std::string to_string(FaceChoice choice) {
    for (const auto& [name, value] : choice_names()) {
        if (value == choice) return name;
    }
    BFR_CHECK(false, "no name for face choice {}", static_cast<int>(choice));
}

void check(const AlignOptions& options) {
    if (options.size < kMinSize || options.size > kMaxSize) {
        throw UsageError(
            fmt::format("size: a crop has {} to {} pixels a side, not {}", kMinSize, kMaxSize, options.size));
    }
    if (options.up && (*options.up < 0 || *options.up > kMaxUp)) {
        throw UsageError(fmt::format("up: a photo is doubled 0 to {} times, not {}", kMaxUp, *options.up));
    }
    if (options.max_side < 0) throw UsageError(fmt::format("max_side: 0 (no limit) or more, not {}", options.max_side));
    if (options.min_face < 0) throw UsageError(fmt::format("min_face: 0 or more pixels, not {}", options.min_face));
}

std::optional<cv::Matx23d> crop_from_points(const FacePoints& points, const FaceTemplate& face_template, int size) {
    BFR_CHECK(points.size() == 5, "five points are wanted, not {}", points.size());
    std::vector<cv::Point2d> from, to;
    for (const auto& [x, y] : points) from.emplace_back(x, y);
    for (const auto& [x, y] : face_template.scaled_to(size)) to.emplace_back(x, y);
    cv::Mat found;
    try {
        found = cv::estimateAffinePartial2D(from, to, cv::noArray(), cv::LMEDS);
    } catch (const cv::Exception& e) {
        throw Error(fmt::format("the alignment of five points failed: {}", e.what()));
    }
    if (found.empty()) return std::nullopt;
    const cv::Matx23d matrix(found);
    const double squared_scale = matrix(0, 0) * matrix(0, 0) + matrix(1, 0) * matrix(1, 0);
    if (!std::isfinite(squared_scale + matrix(0, 2) + matrix(1, 2)) || squared_scale < 1e-12) return std::nullopt;
    return matrix;
}

cv::Matx23d inverse(const cv::Matx23d& matrix) {
    cv::Mat result;
    cv::invertAffineTransform(cv::Mat(matrix), result);
    return result;
}

ImagePtr warp_crop(const Image& photo, const cv::Matx23d& crop_from_photo, int size) {
    if (std::max(photo.width(), photo.height()) > kLargestWarpedSide) {
        throw Error(fmt::format("{}: {}x{} pixels; a crop is cut from at most {} a side", photo.name(), photo.width(),
                                photo.height(), kLargestWarpedSide));
    }
    cv::Mat crop;
    cv::warpAffine(photo.bgr8(), crop, cv::Mat(crop_from_photo), {size, size}, cv::INTER_LINEAR, cv::BORDER_CONSTANT,
                   {135, 133, 132});
    return Image::from_bgr8(crop, photo.name());
}

std::vector<AlignedFace> align_faces(const Image& photo, const FaceModels& models, const AlignOptions& options,
                                     std::vector<std::string>* failures) {
    check(options);
    const auto fail = [&](std::string reason) {
        if (failures) failures->push_back(std::move(reason));
    };
    auto faces = find_faces(photo, models, options);
    if (faces.empty()) {
        fail("no face found");
        return {};
    }
    const size_t found = faces.size();
    std::erase_if(faces, [&](const FoundFace& face) { return face.width() < options.min_face; });
    if (faces.empty()) {
        fail(fmt::format("no face of at least {} pixels ({} smaller)", options.min_face, found));
        return {};
    }
    std::vector<AlignedFace> aligned;
    for (const auto& face : choose(photo, std::move(faces), options.choice)) {
        if (auto done = align_face(photo, models, options, face)) {
            aligned.push_back(std::move(*done));
        } else {
            fail(fmt::format("the {} points of the face at {}, {} fix no position",
                             options.method == AlignMethod::kQuad ? "68" : "five", face.box.left, face.box.top));
        }
    }
    return aligned;
}

std::string crop_id(const std::string& photo_id, const AlignOptions& options, size_t index) {
    if (options.choice != FaceChoice::kAll) return photo_id;
    return fmt::format("{}_{:02}", photo_id, index);
}

Json describe(const AlignedFace& face, const AlignOptions& options) {
    Json facts;
    facts["size"] = options.size;
    facts["crop_from_photo"] = rows(face.crop_from_photo);
    facts["photo_from_crop"] = rows(face.photo_from_crop);
    facts["box"] = {face.box.left, face.box.top, face.box.right, face.box.bottom};
    facts["confidence"] = face.confidence ? Json(*face.confidence) : Json(nullptr);
    facts["method"] = to_string(options.method);
    if (face.quad) {
        const cv::Rect& crop = face.quad->crop;
        facts["points68"] = face.points;
        facts["quad"] = {{"corners", face.quad->quad},
                         {"side", face.quad->side},
                         {"shrink", face.quad->shrink},
                         {"shrunk_size", {face.quad->shrunk.width, face.quad->shrunk.height}},
                         {"crop", {crop.x, crop.y, crop.x + crop.width, crop.y + crop.height}},
                         {"corners_in_crop", face.quad->quad_in_crop}};
    } else {
        facts["points5"] = face.points;
        facts["template"] = {{"name", options.face_template.name},
                             {"frame", options.face_template.frame},
                             {"points", options.face_template.points}};
    }
    facts["detector"] = {{"name", to_string(options.detector)}};
    if (options.detector == FaceFinding::kHog || options.detector == FaceFinding::kMmod) {
        facts["detector"]["up"] = doublings(options);
        facts["detector"]["max_side"] = options.max_side;
    }
    facts["choice"] = to_string(options.choice);
    facts["min_face"] = options.min_face;
    return facts;
}

Json align_manifest_line(const std::string& crop_id, const std::filesystem::path& source, const Image& photo,
                         const AlignedFace& face, const AlignOptions& options) {
    Json line;
    line["id"] = crop_id;
    line["source"] = printable(source);
    line["source_size"] = {photo.width(), photo.height()};
    line["source_sha256"] = photo.sha256();
    line.update(describe(face, options));
    return line;
}

Json align_failure_line(const std::string& photo_id, const std::filesystem::path& source, const std::string& reason) {
    Json line;
    line["id"] = photo_id;
    line["source"] = printable(source);
    line["failure"] = reason;
    return line;
}

}  // namespace bfr
