#pragma once

#include <array>
#include <filesystem>
#include <string>

namespace bfr {

// Where dlib's five points (order of FacePoints) lie on an aligned crop.
struct FaceTemplate {
    std::string name;
    double frame = 0;  // side of the square in which the points are given
    std::array<std::array<double, 2>, 5> points{};

    // The points on a crop of `size` pixels: points * size / frame.
    std::array<std::array<double, 2>, 5> scaled_to(int size) const;
};

// FFHQ's mean face in its dlib variant (eye corners and nose base) in a frame of 1024: CodeFormer b33cc7d,
// facelib/utils/face_restoration_helper.py.
FaceTemplate ffhq_template();

// {"frame": 1024, "points": [[x, y], ... five]}; its name is the file's stem. Throws UsageError naming the file:
// unreadable, another shape, points outside [-frame, 2 frame], or (nearly) all in one place.
FaceTemplate load_face_template(const std::filesystem::path& file);

// "ffhq", or a path that ends in .json; UsageError else.
FaceTemplate parse_face_template(const std::string& text);

}  // namespace bfr
