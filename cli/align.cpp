#include "cli/align_options.h"
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

int align(const Arguments& arguments, const std::vector<std::string>&) {
    const AlignOptions options = read_align_options(arguments);
    const std::filesystem::path out = arguments.required("out");
    arguments.required("in");
    const FaceModels models(find_face_models(unit_context(arguments), options));

    FolderJob job;
    job.what = "aligned";
    job.record_file = "manifest.jsonl";
    job.job = {{"command", "align"}, {"options", to_json(options)}};
    const auto older_crops = [&](const std::string& id, size_t first) {
        std::vector<std::filesystem::path> crops;
        std::error_code code;
        const bool all = options.choice == FaceChoice::kAll;
        for (size_t i = first; all || i == 0; i++) {
            auto path = path_of_id(out, crop_id(id, options, i), ".png");
            if (!std::filesystem::exists(path, code)) break;
            crops.push_back(std::move(path));
        }
        return crops;
    };
    job.work = [&](const std::string& id, const std::filesystem::path& file) {
        const ImagePtr photo = Image::load(file);
        PictureOutcome outcome;
        const auto faces = align_faces(*photo, models, options, &outcome.failures);
        for (size_t i = 0; i < faces.size(); i++) {
            const std::string name = crop_id(id, options, i);
            outcome.pictures.emplace_back(path_of_id(out, name, ".png"), faces[i].crop);
            outcome.lines.push_back(align_manifest_line(name, file, *photo, faces[i], options));
        }
        std::error_code ignored;
        for (const auto& older : older_crops(id, faces.size())) std::filesystem::remove(older, ignored);
        for (const auto& reason : outcome.failures) outcome.lines.push_back(align_failure_line(id, file, reason));
        return outcome;
    };
    job.failure_line = align_failure_line;
    job.stale = [&](const std::string& id) { return older_crops(id, 0); };
    return run_folder_job(arguments, job);
}

}  // namespace

Command align_command() { return {"align", "cut aligned faces out of photographs", page(), align}; }

}  // namespace bfr
