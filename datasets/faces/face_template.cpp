#include "datasets/faces/face_template.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "base/parse_json.h"

namespace bfr {
namespace {

constexpr uint64_t kMaxTemplateBytes = 1 << 20;

bool is_number(const Json& json) { return json.is_number() && std::isfinite(json.get<double>()); }

bool is_point(const Json& json) {
    return json.is_array() && json.size() == 2 && is_number(json[0]) && is_number(json[1]);
}

}  // namespace

std::array<std::array<double, 2>, 5> FaceTemplate::scaled_to(int size) const {
    auto scaled = points;
    for (auto& point : scaled) {
        for (auto& coordinate : point) coordinate *= size / frame;
    }
    return scaled;
}

FaceTemplate ffhq_template() {
    return {"ffhq",
            1024,
            {{{686.77227723, 488.62376238},
              {586.77227723, 493.59405941},
              {337.91089109, 488.38613861},
              {437.95049505, 493.51485149},
              {513.58415842, 678.5049505}}}};
}

FaceTemplate load_face_template(const std::filesystem::path& file) {
    const auto wrong = [&](const std::string& what) {
        return UsageError(fmt::format("{}: {}; a face template is {{\"frame\": 1024, \"points\": [[x, y], ... five]}}",
                                      printable(file), what));
    };
    Json json;
    try {
        json = parse_json(read_text(file, kMaxTemplateBytes), printable(file));
    } catch (const Json::exception&) {
        throw wrong("not JSON");
    } catch (const Error& e) {
        throw UsageError(e.what());
    }
    if (!json.is_object() || !json.contains("frame") || !json.contains("points"))
        throw wrong("no \"frame\" or no \"points\"");
    if (!is_number(json["frame"]) || json["frame"].get<double>() <= 0) throw wrong("\"frame\" is not a length");
    const auto& points = json["points"];
    if (!points.is_array() || points.size() != 5 || !std::all_of(points.begin(), points.end(), is_point)) {
        throw wrong("\"points\" are not five points");
    }

    FaceTemplate face{printable(file.stem()), json["frame"].get<double>(), {}};
    double lo[2] = {INFINITY, INFINITY}, hi[2] = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < 5; i++) {
        for (size_t axis = 0; axis < 2; axis++) {
            const double value = face.points[i][axis] = points[i][axis].get<double>();
            lo[axis] = std::min(lo[axis], value);
            hi[axis] = std::max(hi[axis], value);
        }
    }
    if (std::min(lo[0], lo[1]) < -face.frame || std::max(hi[0], hi[1]) > 2 * face.frame)
        throw wrong("points far off the frame");
    if (std::max(hi[0] - lo[0], hi[1] - lo[1]) < face.frame / 100) throw wrong("the points are all in one place");
    return face;
}

FaceTemplate parse_face_template(const std::string& text) {
    if (text == "ffhq") return ffhq_template();
    const std::filesystem::path file(text);
    if (file.extension() == ".json") return load_face_template(file);
    const std::vector<std::string> known = {"ffhq"};
    throw UsageError(unknown_name("face template", text, known) + " (or a .json file of five points)");
}

}  // namespace bfr
