#include "cli/align_options.h"

#include "base/error.h"
#include "weights/catalogue/missing.h"

namespace bfr {

const std::vector<std::string>& align_option_names() {
    static const std::vector<std::string> names = {"size", "alignment", "template", "detector",
                                                   "face", "up",        "max-side", "min-face"};
    return names;
}

AlignOptions read_align_options(const Arguments& arguments, const AlignOptions& defaults) {
    AlignOptions options = defaults;
    const auto number = [&](const char* name, int fallback, uint64_t least, uint64_t most) {
        return static_cast<int>(arguments.whole_number(name, static_cast<uint64_t>(fallback), least, most));
    };
    options.size = number("size", options.size, 16, 4096);
    if (arguments.has("alignment")) options.method = parse_align_method(arguments.text("alignment"));
    if (arguments.has("template") && options.method != AlignMethod::kFivePoints) {
        throw UsageError(
            "--template has no meaning with --alignment quad, whose square comes from the 68 points alone");
    }
    if (arguments.has("template")) options.face_template = parse_face_template(arguments.required("template"));
    if (arguments.has("detector")) options.detector = parse_face_finding(arguments.text("detector"));
    if (arguments.has("face")) options.choice = parse_face_choice(arguments.text("face"));
    if (arguments.has("up")) options.up = number("up", 0, 0, 4);
    options.max_side = number("max-side", options.max_side, 0, 100000);
    options.min_face = number("min-face", options.min_face, 0, 100000);
    check(options);
    return options;
}

Json to_json(const AlignOptions& options) {
    Json json = {{"alignment", to_string(options.method)}, {"size", options.size},
                 {"face", to_string(options.choice)},      {"detector", to_string(options.detector)},
                 {"max_side", options.max_side},           {"min_face", options.min_face}};
    json["up"] = options.up ? Json(*options.up) : Json();
    if (options.method == AlignMethod::kFivePoints) {
        json["template"] = {{"name", options.face_template.name},
                            {"frame", options.face_template.frame},
                            {"points", options.face_template.points}};
    }
    return json;
}

FaceModelFiles find_face_models(const UnitContext& context, const AlignOptions& options) {
    const std::string mmod = "mmod_human_face_detector.dat", points5 = "shape_predictor_5_face_landmarks.dat",
                      points68 = "shape_predictor_68_face_landmarks.dat";
    const bool quad = options.method == AlignMethod::kQuad, finds_mmod = options.detector == FaceFinding::kMmod;
    std::vector<std::string> needed = {quad ? points68 : points5};
    if (finds_mmod) needed.push_back(mmod);
    require_weights(context.weights, needed);
    FaceModelFiles files;
    (quad ? files.points68 : files.points5) = context.weights.find(needed.front()).path;
    if (finds_mmod) files.mmod = context.weights.find(mmod).path;
    return files;
}

}  // namespace bfr
