#include "cli/photographs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "cli/align_options.h"
#include "cli/restore_record.h"
#include "datasets/faces/paste.h"
#include "reports/pipeline.h"
#include "reports/sample_run.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr int kMostUpscaled = 8;
const std::vector<std::string> kPasteOptions = {"upscale", "faceless"};

std::string face_id(const std::string& id, size_t index) { return fmt::format("{}.face{}", id, index + 1); }

// "face2: why", of one face of a photograph.
std::string face_failure(size_t index, const std::string& reason) {
    return fmt::format("face{}: {}", index + 1, reason);
}

// How many faces each photograph has files of in the folder: 3 where there is ID.face3.png, whatever of face1 and
// face2. Those beside pictures lie in the same tree below extras/METHOD.
std::map<std::string, size_t> faces_in(const RunFolder& folder, const std::string& method) {
    std::map<std::string, size_t> found;
    const std::string extras = "extras/" + method_slug(method) + "/", mark = ".face";
    std::error_code code;
    constexpr auto kOptions = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator at(folder.root, kOptions, code), end; !code && at != end;
         at.increment(code)) {
        std::string name = folder.relative(at->path());
        if (name.starts_with(extras)) name.erase(0, extras.size());
        const size_t sign = name.rfind(mark);
        if (sign == std::string::npos) continue;
        size_t number = 0, i = sign + mark.size();
        for (; i < name.size() && name[i] >= '0' && name[i] <= '9' && number < 100000; i++)
            number = 10 * number + static_cast<size_t>(name[i] - '0');
        if (i == name.size() || name[i] != '.') continue;
        size_t& most = found[name.substr(0, sign)];
        most = std::max(most, number);
    }
    return found;
}

class Stopwatch {
  public:
    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

  private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

const std::vector<std::string>& photograph_option_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all = {"align", "paste"};
        all.insert(all.end(), kPasteOptions.begin(), kPasteOptions.end());
        all.insert(all.end(), align_option_names().begin(), align_option_names().end());
        return all;
    }();
    return names;
}

PhotographOptions read_photograph_options(const Arguments& arguments) {
    for (const auto& name : photograph_option_names()) {
        if (name == "align" || !arguments.has(name)) continue;
        if (!arguments.has("align")) throw UsageError(fmt::format("--{} has a meaning with --align alone", name));
        const bool of_paste = std::find(kPasteOptions.begin(), kPasteOptions.end(), name) != kPasteOptions.end();
        if (of_paste && !arguments.has("paste"))
            throw UsageError(fmt::format("--{} has a meaning with --paste alone", name));
    }
    PhotographOptions options;
    options.align.choice = FaceChoice::kAll;
    options.align = read_align_options(arguments, options.align);
    options.size_is_given = arguments.has("size");
    options.paste = arguments.has("paste");
    options.upscale = static_cast<int>(arguments.whole_number("upscale", 1, 1, kMostUpscaled));
    const std::string faceless = arguments.text("faceless", "fail");
    const std::vector<std::string> known = {"fail", "copy"};
    if (std::find(known.begin(), known.end(), faceless) == known.end())
        throw UsageError(unknown_name("value of --faceless", faceless, known));
    options.copy_faceless = faceless == "copy";
    return options;
}

Photographs::Photographs(PhotographOptions options, Parts parts)
    : options_(std::move(options)), parts_(std::move(parts)) {
    if (!options_.size_is_given) options_.align.size = info().side.value_or(options_.align.size);
    older_faces_ = faces_in(parts_.folder, info().label);
}

Photographs::~Photographs() {
    if (made_crops_) remove_crops();  // not those of another process that works in this folder
}

void Photographs::remove_crops() const {
    std::error_code ignored;
    fs::remove_all(crops(), ignored);
}

FolderJob Photographs::job() {
    FolderJob job;
    if (const auto& batch = info().batch) {
        job.chunk = *batch;
        job.prepare = [this](auto pictures) { return prepare(pictures); };
    }
    job.what = "restored";
    job.record_file = "restore.jsonl";
    job.job["align"] = to_json(options_.align);
    job.job["paste"] = options_.paste;
    job.job["upscale"] = options_.upscale;
    job.job["faceless"] = options_.copy_faceless ? "copy" : "fail";
    job.work = [this](const std::string& id, const fs::path& file) { return work(id, file); };
    job.failure_line = [this](const std::string& id, const fs::path& file, const std::string& reason) {
        return restore_failure_line(id, file, info().label, reason);
    };
    job.stale = [this](const std::string& id) {
        auto files = older_files(id, 0);
        if (options_.paste) files.push_back(path_of_id(parts_.folder.root, id, ".png"));
        return files;
    };
    if (!info().extras.empty()) job.listed = refuse_extras_folder;
    return job;
}

std::vector<fs::path> Photographs::files_of(const std::string& face_id) const {
    auto files = extra_files(info(), parts_.folder, face_id);
    if (!options_.paste) files.push_back(path_of_id(parts_.folder.root, face_id, ".png"));
    return files;
}

std::vector<fs::path> Photographs::older_files(const std::string& id, size_t first) const {
    std::vector<fs::path> files;
    const auto found = older_faces_.find(id);
    for (size_t k = first; found != older_faces_.end() && k < found->second; k++) {
        for (auto& file : files_of(face_id(id, k))) files.push_back(std::move(file));
    }
    return files;
}

Photographs::Found Photographs::find(const Image& photo) const {
    Found found;
    found.faces = align_faces(photo, parts_.models, options_.align, &found.failures);
    return found;
}

// A method that works in batches takes files: all faces of these photographs are cut out before it starts.
bool Photographs::prepare(std::span<const std::pair<std::string, fs::path>> pictures) {
    found_.clear();
    remove_crops();
    made_crops_ = true;
    run_pipeline(
        pictures.size(), parts_.jobs,
        [&](uint64_t i) -> std::function<void()> {
            const auto& [id, file] = pictures[i];
            Found found;
            try {
                found = find(*Image::load(file));
            } catch (const std::exception&) {
                return {};  // work() meets it again, and reports it
            }
            for (size_t k = 0; k < found.faces.size(); k++) {
                save_png(*found.faces[k].crop, path_of_id(crops(), face_id(id, k), ".png"));
                found.faces[k].crop = nullptr;
            }
            return [this, &id, found = std::move(found)]() mutable { found_[id] = std::move(found); };
        },
        parts_.stop);
    if (parts_.stop) return false;
    std::vector<Batches::Wanted> wanted;
    for (const auto& [id, found] : found_) {
        for (size_t k = 0; k < found.faces.size(); k++) {
            const std::string name = face_id(id, k);
            wanted.push_back({name, path_of_id(crops(), name, ".png"), {0}});
        }
    }
    std::sort(wanted.begin(), wanted.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return parts_.batches.prepare(wanted);
}

Photographs::Face Photographs::restore_face(const std::string& id, const AlignedFace& face) const {
    Face made;
    try {
        const ImagePtr crop = face.crop ? face.crop : Image::load(path_of_id(crops(), id, ".png"));
        const Stopwatch watch;
        Restored restored = parts_.batches.method(0, id).restore({*crop, id, parts_.seed});
        const double seconds = watch.seconds();
        if (options_.paste) check_pasteable(*restored.image);
        add_restored(made.line, pixel_sha256(*crop), restored, seconds);
        made.restored = std::move(restored);
    } catch (...) {
        made.failure = current_exception_text();
        made.line["reason"] = made.failure;
    }
    made.line["face"] = describe(face, options_.align);
    return made;
}

PictureOutcome Photographs::work(const std::string& id, const fs::path& file) const {
    const ImagePtr photo = Image::load(file);
    const Stopwatch watch;
    const auto prepared = found_.find(id);
    const Found found = prepared == found_.end() ? find(*photo) : prepared->second;
    if (found.faces.empty() && !options_.copy_faceless) throw Error(fmt::format("{}", fmt::join(found.failures, "; ")));
    std::vector<Face> faces;
    for (size_t k = 0; k < found.faces.size(); k++) faces.push_back(restore_face(face_id(id, k), found.faces[k]));
    std::error_code ignored;
    for (const auto& older : older_files(id, faces.size())) fs::remove(older, ignored);
    for (size_t k = 0; k < faces.size(); k++) {
        if (faces[k].restored.image) continue;
        for (const auto& older : files_of(face_id(id, k))) fs::remove(older, ignored);
    }
    if (!options_.paste) return write_faces(id, file, found, faces);
    return paste_all(id, file, *photo, found, faces, watch.seconds());
}

PictureOutcome Photographs::paste_all(const std::string& id, const fs::path& file, const Image& photo,
                                      const Found& found, std::vector<Face>& faces, double seconds) const {
    PictureOutcome outcome;
    std::vector<FaceToPaste> pasted;
    Json face_lines = Json::array();
    for (size_t k = 0; k < faces.size(); k++) {
        Json line;
        line["id"] = face_id(id, k);
        line["status"] = faces[k].restored.image ? "ok" : "failed";
        line.update(faces[k].line);
        if (faces[k].restored.image) {
            pasted.push_back({faces[k].restored.image, found.faces[k].photo_from_crop, options_.align.size});
            add_extras(line, outcome, info(), parts_.folder, face_id(id, k), faces[k].restored);
        } else {
            outcome.failures.push_back(face_failure(k, faces[k].failure));
        }
        face_lines.push_back(std::move(line));
    }
    const std::string why_not_more = fmt::format("{}", fmt::join(found.failures, "; "));
    if (!faces.empty()) outcome.failures.insert(outcome.failures.end(), found.failures.begin(), found.failures.end());

    Json line = restore_line(id, file, "ok", info().label);
    if (faces.empty()) {
        line["status"] = "copied";
        line["reason"] = why_not_more;
    } else if (!outcome.failures.empty()) {
        line["status"] = pasted.empty() ? "failed" : "incomplete";
        line["reason"] = fmt::format("{}", fmt::join(outcome.failures, "; "));
    }
    if (faces.empty() || !pasted.empty()) {
        const ImagePtr result = paste_faces(photo, pasted, options_.upscale);
        line["width"] = result->width();
        line["height"] = result->height();
        line["upscale"] = options_.upscale;
        line["degraded_sha256"] = photo.sha256();
        line["output_sha256"] = pixel_sha256(*result);
        outcome.pictures.emplace_back(path_of_id(parts_.folder.root, id, ".png"), result);
    }
    line["seconds"] = seconds;
    line["faces"] = std::move(face_lines);
    outcome.lines.push_back(std::move(line));
    return outcome;
}

PictureOutcome Photographs::write_faces(const std::string& id, const fs::path& file, const Found& found,
                                        std::vector<Face>& faces) const {
    PictureOutcome outcome;
    for (size_t k = 0; k < faces.size(); k++) {
        const std::string name = face_id(id, k);
        const bool made = faces[k].restored.image != nullptr;
        Json line = restore_line(name, file, made ? "ok" : "failed", info().label);
        line.update(faces[k].line);
        if (made) {
            outcome.pictures.emplace_back(path_of_id(parts_.folder.root, name, ".png"), faces[k].restored.image);
            add_extras(line, outcome, info(), parts_.folder, name, faces[k].restored);
        } else {
            outcome.failures.push_back(face_failure(k, faces[k].failure));
        }
        outcome.lines.push_back(std::move(line));
    }
    for (const auto& reason : found.failures) {
        outcome.lines.push_back(restore_failure_line(id, file, info().label, reason));
        outcome.failures.push_back(reason);
    }
    return outcome;
}

}  // namespace bfr
