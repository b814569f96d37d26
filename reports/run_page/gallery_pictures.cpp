#include "reports/run_page/gallery_pictures.h"

#include <opencv2/core.hpp>
#include <utility>

#include "base/error.h"
#include "reports/config.h"
#include "reports/read.h"
#include "reports/sample_run.h"

namespace bfr {

namespace {

// Where the samples' own pictures lie; empty where that can't be told any more (the data were moved, say).
std::map<std::string, SampleFiles> files_by_id(const Json& report) {
    std::map<std::string, SampleFiles> files;
    try {
        const RunConfig config = config_from_json(member(member(report, "context"), "config"), "");
        for (SampleFiles& sample : samples_of(config).samples) files.emplace(sample.id, std::move(sample));
    } catch (const Error&) {
        files.clear();
    }
    return files;
}

Picture absent(std::string why, bool failed = false) { return {.absent = std::move(why), .failed = failed}; }

}  // namespace

GalleryReader::GalleryReader(const Json& report, std::vector<std::string> rows, const std::filesystem::path& run_folder,
                             const GalleryOptions& options)
    : report_(report), rows_(std::move(rows)), folder_{run_folder}, options_(options), files_(files_by_id(report)) {}

Shown GalleryReader::read(const Json& sample) const {
    Shown shown{&sample, text_of(sample, "id"), {}, {}, {}};
    const auto found = files_.find(shown.id);
    const SampleFiles* files = found == files_.end() ? nullptr : &found->second;
    ImagePtr input;
    shown.degraded = own_picture(files, files ? files->degraded : std::nullopt, &input);
    shown.reference = own_picture(files, files ? files->reference : std::nullopt, nullptr);
    for (const std::string& label : rows_)
        shown.restored.push_back(restored_picture(sample, shown.id, label, input.get()));
    for (const Json& method : member(report_, "methods")) {
        const std::string label = text_of(method, "label");
        for (const Json& name : member(method, "extras")) {
            if (name.is_string() && name.get<std::string>().ends_with(".png"))
                add_beside(shown, member(member(sample, "results"), label), label, name.get<std::string>());
        }
    }
    return shown;
}

Picture GalleryReader::own_picture(const SampleFiles* files, const std::optional<std::filesystem::path>& path,
                                   ImagePtr* keep) const {
    if (!files) return absent("the data are no longer where the report found them");
    return path ? load(*path, nullptr, keep) : absent("none");
}

Picture GalleryReader::restored_picture(const Json& sample, const std::string& id, const std::string& method,
                                        const Image* input) const {
    const Json& result = member(member(sample, "results"), method);
    if (text_of(result, "status") == "failed") {
        return absent("failed: " + text_of(result, "stage") + ": " + text_of(result, "reason"), true);
    }
    if (!result.is_object()) return absent("not restored");
    try {
        const std::filesystem::path path = folder_.image(method, id);
        std::error_code ignored;
        if (!std::filesystem::exists(path, ignored)) {
            // What gives back the input is known without its file.
            if (!input || pixel_sha256(*input) != text_of(result, "output_sha256"))
                return absent("the picture was not saved");
            return small(*input, true);
        }
        return linked(load(path, input, nullptr), path);
    } catch (const Error& error) {
        return absent(error.what());
    }
}

void GalleryReader::add_beside(Shown& shown, const Json& result, const std::string& method,
                               const std::string& name) const {
    if (shown.beside.size() >= options_.beside || !member(result, "extras").contains(name)) return;
    try {
        const std::filesystem::path path = folder_.extra(method, shown.id, name);
        shown.beside.push_back({method, name, linked(load(path, nullptr, nullptr), path)});
    } catch (const Error& error) {
        shown.beside.push_back({method, name, absent(error.what())});
    }
}

Picture GalleryReader::linked(Picture picture, const std::filesystem::path& path) const {
    if (picture.absent.empty()) picture.file = folder_.relative(path);
    return picture;
}

Picture GalleryReader::small(const Image& image, bool is_input) const {
    return {.thumbnail = make_thumbnail(image, options_.side, options_.quality),
            .is_input = is_input,
            .width = image.width(),
            .height = image.height()};
}

Picture GalleryReader::load(const std::filesystem::path& path, const Image* input, ImagePtr* keep) const {
    try {
        const ImagePtr image = Image::load(path);
        if (keep) *keep = image;
        const bool same = input && input->bgr8().size() == image->bgr8().size() &&
                          cv::norm(input->bgr8(), image->bgr8(), cv::NORM_INF) == 0;
        return small(*image, same);
    } catch (const Error& error) {
        return absent(error.what());
    }
}

}  // namespace bfr
