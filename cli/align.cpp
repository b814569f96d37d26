#include "datasets/faces/align.h"

#include "base/error.h"
#include "cli/command.h"
#include "cli/folder_job.h"
#include "cli/start.h"

namespace bfr {
namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "align --in DIR --out DIR [OPTIONS]",
        "Cuts the face out of every photo of a folder so that it lies as in FFHQ, the way restoration systems want "
        "it:\n"
        "dlib finds the face and five points on it, and the picture is moved, turned and scaled onto the template; or "
        "--alignment\n"
        "quad: the square that FFHQ's own recipe makes of 68 points, with Pillow's filters.\n"
        "\n"
        "OUT holds ID.png for each photo, and manifest.jsonl: a line a face with its box, points and the matrix from "
        "the\n"
        "photo to the crop, or the reason why there is none (no face found). Photos without a face count as failures.\n"
        "Needs dlib's model files (see --weights).",
        {"in", "out", "size", "alignment", "template", "detector", "face", "up", "max-side", "min-face", "pattern",
         "recursive", "limit", "jobs", "weights"},
        {"bfr align --in photos --out faces/reference --size 512",
         "bfr align --in photos --out faces/ffhq --alignment quad --detector hog"}};
    return page;
}

AlignOptions read_options(const Arguments& arguments) {
    AlignOptions options;
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

FaceModelFiles find_models(const Arguments& arguments, const AlignOptions& options) {
    const UnitContext context = unit_context(arguments);
    FaceModelFiles files;
    if (options.method == AlignMethod::kQuad) {
        files.points68 = context.weights.find("shape_predictor_68_face_landmarks.dat").path;
    } else {
        files.points5 = context.weights.find("shape_predictor_5_face_landmarks.dat").path;
    }
    if (options.detector == FaceFinding::kMmod) files.mmod = context.weights.find("mmod_human_face_detector.dat").path;
    return files;
}

int align(const Arguments& arguments, const std::vector<std::string>&) {
    const AlignOptions options = read_options(arguments);
    const std::filesystem::path out = arguments.required("out");
    arguments.required("in");
    const FaceModels models(find_models(arguments, options));

    FolderJob job;
    job.what = "aligned";
    job.record_file = "manifest.jsonl";
    job.work = [&](const std::string& id, const std::filesystem::path& file) {
        const ImagePtr photo = Image::load(file);
        PictureOutcome outcome;
        const auto faces = align_faces(*photo, models, options, &outcome.failures);
        for (size_t i = 0; i < faces.size(); i++) {
            const std::string name = crop_id(id, options, i);
            outcome.pictures.emplace_back(path_of_id(out, name, ".png"), faces[i].crop);
            outcome.lines.push_back(align_manifest_line(name, file, *photo, faces[i], options));
        }
        for (const auto& reason : outcome.failures) outcome.lines.push_back(align_failure_line(id, file, reason));
        return outcome;
    };
    job.failure_line = align_failure_line;
    job.stale = [&](const std::string& id) {
        if (options.choice == FaceChoice::kAll) return std::vector<std::filesystem::path>{};
        return std::vector{path_of_id(out, id, ".png")};
    };
    return run_folder_job(arguments, job);
}

}  // namespace

Command align_command() { return {"align", "cut aligned faces out of photographs", page(), align}; }

}  // namespace bfr
