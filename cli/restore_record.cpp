#include "cli/restore_record.h"

#include "base/error.h"
#include "base/files.h"
#include "reports/extras.h"
#include "reports/sample_run.h"

namespace bfr {

Json restore_job(const Spec& method, const RestorerInfo& info, uint64_t seed) {
    Json options = restorers().read_options(method), weights = Json::object();
    for (const auto& option : restorers().find(method.name())->options) {
        if (option.aside) options.erase(option.key);
    }
    for (const auto& file : info.weights) weights[file.file] = file.sha256;
    return {{"command", "restore"}, {"method", info.label}, {"version", info.version},
            {"options", options},   {"weights", weights},   {"seed", seed}};
}

Json restore_line(const std::string& id, const std::filesystem::path& source, const std::string& status,
                  const std::string& method) {
    Json line;
    line["id"] = id;
    line["source"] = printable(source);
    line["status"] = status;
    line["method"] = method;
    return line;
}

Json restore_failure_line(const std::string& id, const std::filesystem::path& source, const std::string& method,
                          const std::string& reason) {
    Json line = restore_line(id, source, "failed", method);
    line["reason"] = reason;
    return line;
}

void add_restored(Json& line, const std::string& degraded_sha256, const Restored& restored, double seconds) {
    line["width"] = restored.image->width();
    line["height"] = restored.image->height();
    line["degraded_sha256"] = degraded_sha256;
    line["output_sha256"] = pixel_sha256(*restored.image);
    line["seconds"] = restored.seconds.value_or(seconds);
    if (!restored.details.empty()) line["details"] = restored.details;
}

void add_extras(Json& line, PictureOutcome& outcome, const RestorerInfo& info, const RunFolder& folder,
                const std::string& id, Restored& restored) {
    check_extras(info, restored.extras);
    for (auto& extra : restored.extras) {
        const auto file = folder.extra(info.label, id, extra.name);
        line["extras"][extra.name] = folder.relative(file);
        outcome.extras.emplace_back(file, std::move(extra.content));
    }
}

std::vector<std::filesystem::path> extra_files(const RestorerInfo& info, const RunFolder& folder,
                                               const std::string& id) {
    std::vector<std::filesystem::path> files;
    for (const auto& name : info.extras) files.push_back(folder.extra(info.label, id, name));
    return files;
}

void refuse_extras_folder(const std::vector<std::string>& ids) {
    for (const auto& id : ids) {
        if (id.starts_with("extras/"))
            throw UsageError(
                fmt::format("{}: this method's own files go to extras/; give that folder another name", printable(id)));
    }
}

}  // namespace bfr
