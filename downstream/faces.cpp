#include "downstream/faces.h"

namespace bfr {

FaceFinding read_finding(SpecReader& reader, const std::string& fallback) {
    static const std::vector<std::string> known{"crop", "whole", "hog", "mmod"};
    return parse_face_finding(reader.choice("find", fallback, known));
}

FaceModelFiles find_face_models(const UnitContext& context, FaceFinding finding, bool with_points68,
                                std::vector<WeightsUse>& weights) {
    FaceModelFiles files;
    const auto find = [&](const char* name) {
        auto found = context.weights.find(name);
        weights.push_back(found.use);
        return found.path;
    };
    if (with_points68) files.points68 = find("shape_predictor_68_face_landmarks.dat");
    if (finding == FaceFinding::kMmod) files.mmod = find("mmod_human_face_detector.dat");
    return files;
}

std::optional<bool> detail_flag(const Json& details, const char* key) {
    if (!details.is_object()) return std::nullopt;
    const auto found = details.find(key);
    if (found == details.end() || !found->is_boolean()) return std::nullopt;
    return found->get<bool>();
}

std::optional<std::string> detail_text(const Json& details, const char* key) {
    if (!details.is_object()) return std::nullopt;
    const auto found = details.find(key);
    if (found == details.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

}  // namespace bfr
