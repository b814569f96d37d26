// The faces of goldens/faces/align.json, and the pictures that they were cut from.
#pragma once

#include "datasets/image.h"
#include "tests/datasets/faces/face_test_support.h"
#include "tests/support/support.h"

namespace bfr::testing {

inline const Json& align_goldens() {
    static const Json json = read_json(*goldens("faces", "align.json") / "align.json");
    return json;
}

// The picture that a face of align.json was cut from.
inline ImagePtr photo_of(const Json& face) {
    Json source = {{"file", face.at("picture")}};
    if (!face.at("reduced_to").is_null()) source["reduced_to"] = face["reduced_to"];
    const auto picture = golden_picture(source);
    if (face.at("cut_ltrb").is_null()) return picture;
    const auto cut = face["cut_ltrb"].get<std::array<int, 4>>();
    return Image::from_bgr8(picture->bgr8()({cut[0], cut[1], cut[2] - cut[0], cut[3] - cut[1]}).clone(),
                            picture->name());
}

}  // namespace bfr::testing
