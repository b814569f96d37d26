// The models and the golden pictures that the tests of faces share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "datasets/faces/models.h"
#include "datasets/image.h"

namespace bfr::testing {

// dlib's four files by WeightsLocator; `reason` says why there are none.
struct FaceFiles {
    std::optional<FaceModelFiles> files;
    std::string reason;
};
const FaceFiles& face_files();
bool weights_are_required();  // BFR_REQUIRE_WEIGHTS=1

// One instance for all tests of a program. Only where face_files() has files.
const FaceModels& face_models();

// A picture of goldens/faces/dlib.json: its name there and its values, with where its pixels come from.
struct GoldenFace {
    std::string name;
    Json values;
};
std::vector<GoldenFace> golden_faces();  // needs goldens("faces") and shared_dir()
const Json& dlib_goldens();
// The picture that the goldens were computed on: London's are halved.
ImagePtr golden_picture(const Json& values);
std::string sha256_of_rgb(const Image& image);

FaceBox box_of(const Json& rect);
FacePoints points_of(const Json& points);

}  // namespace bfr::testing

#define BFR_NEED_FACE_MODELS()                                                                         \
    do {                                                                                               \
        if (!::bfr::testing::face_files().files) {                                                     \
            if (::bfr::testing::weights_are_required()) FAIL() << ::bfr::testing::face_files().reason; \
            GTEST_SKIP() << "SKIPPED: " << ::bfr::testing::face_files().reason;                        \
        }                                                                                              \
    } while (false)
#define BFR_NEED_GOLDEN_FACES()                                                           \
    do {                                                                                  \
        BFR_NEED_FACE_MODELS();                                                           \
        BFR_SKIP_WITHOUT("goldens/faces", ::bfr::testing::goldens("faces", "dlib.json")); \
        BFR_SKIP_WITHOUT("../shared/faces", ::bfr::testing::shared_dir());                \
    } while (false)
