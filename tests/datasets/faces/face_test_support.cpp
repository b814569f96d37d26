#include "tests/datasets/faces/face_test_support.h"

#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <string_view>

#include "base/error.h"
#include "base/sha256.h"
#include "tests/support/support.h"
#include "weights/catalogue/catalogue.h"

namespace bfr::testing {

const FaceFiles& face_files() {
    static const FaceFiles found = [] {
        FaceFiles result;
        try {
            const WeightsLocator locator;
            FaceModelFiles files;
            files.mmod = locator.find("mmod_human_face_detector.dat").path;
            files.points5 = locator.find("shape_predictor_5_face_landmarks.dat").path;
            files.points68 = locator.find("shape_predictor_68_face_landmarks.dat").path;
            files.recognition = locator.find("dlib_face_recognition_resnet_model_v1.dat").path;
            result.files = files;
        } catch (const NotAvailable& missing) {
            result.reason = missing.what();
        }
        return result;
    }();
    return found;
}

bool weights_are_required() {
    const char* value = std::getenv("BFR_REQUIRE_WEIGHTS");
    return value && std::string_view(value) == "1";
}

const FaceModels& face_models() {
    static const FaceModels models(*face_files().files);
    return models;
}

const Json& dlib_goldens() {
    static const Json json = read_json(*goldens("faces", "dlib.json") / "dlib.json");
    return json;
}

std::vector<GoldenFace> golden_faces() {
    std::vector<GoldenFace> faces;
    for (const auto& [name, values] : dlib_goldens().at("pictures").items()) faces.push_back({name, values});
    return faces;
}

ImagePtr golden_picture(const Json& values) {
    const auto picture = Image::load(*shared_dir() / values.at("file").get<std::string>());
    if (!values.contains("reduced_to")) return picture;
    cv::Mat reduced;
    cv::resize(picture->bgr8(), reduced, {values["reduced_to"][0].get<int>(), values["reduced_to"][1].get<int>()}, 0, 0,
               cv::INTER_AREA);
    return Image::from_bgr8(reduced, picture->name());
}

std::string sha256_of_rgb(const Image& image) {
    const cv::Mat& rgb = image.rgb8();
    return sha256(std::span<const unsigned char>(rgb.data, rgb.total() * rgb.elemSize()));
}

FaceBox box_of(const Json& rect) { return {rect.at(0), rect.at(1), rect.at(2), rect.at(3)}; }

FacePoints points_of(const Json& points) { return points.get<FacePoints>(); }

}  // namespace bfr::testing
