#include <chrono>

#include "base/error.h"
#include "base/files.h"
#include "cli/command.h"
#include "cli/folder_job.h"
#include "cli/start.h"
#include "cli/stop.h"
#include "reports/batches.h"
#include "reports/config.h"
#include "reports/extras.h"
#include "reports/sample_run.h"
#include "reports/threads.h"
#include "restore/restorer.h"

namespace bfr {
namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "restore --in DIR --method SPEC --out DIR [OPTIONS]",
        "Restores every picture of a folder by one method. OUT holds ID.png for each (lossless, 8 bit; ID is the "
        "file's\n"
        "name without extension) and restore.jsonl: a line a picture with status, hash of the pixels, seconds, or the\n"
        "reason why it failed. Files that the method leaves beside its pictures are extras/METHOD/ID.NAME.\n"
        "\n"
        "The pictures are those that `bfr run` makes with the same method and seed, to the byte; `bfr evaluate` and\n"
        "`bfr downstream` measure them.",
        {"in", "method", "out", "pattern", "recursive", "limit", "seed", "jobs", "threads", "weights", "device"},
        {"bfr restore --in faces/degraded --method opencv-denoise:h=5 --out results/denoise"}};
    return page;
}

Json start_line(const std::string& id, const std::filesystem::path& file, const std::string& status) {
    Json line;
    line["id"] = id;
    line["source"] = printable(file);
    line["status"] = status;
    return line;
}

// Such pictures would lie among the files beside the others.
void refuse_extras_folder(const std::vector<std::string>& ids) {
    for (const auto& id : ids) {
        if (id.starts_with("extras/"))
            throw UsageError(
                fmt::format("{}: this method's own files go to extras/; give that folder another name", printable(id)));
    }
}

int restore(const Arguments& arguments, const std::vector<std::string>&) {
    arguments.required("method");
    const auto specs = arguments.specs("method");
    if (specs.size() != 1) throw UsageError("restore takes one --method; `bfr run` takes several");
    RunConfig config;
    config.methods = specs;
    tell_code(units_that_run_code(config));
    const auto restorer = restorers().make(specs.front(), unit_context(arguments));
    const uint64_t seed = seed_option(arguments);
    const std::filesystem::path out = arguments.required("out");

    const RunFolder folder{out};
    const std::string& label = restorer->info().label;
    Batches batches({restorer.get()}, folder, seed, resolve_jobs(jobs_option(arguments)), stop_on_signals());
    FolderJob job;
    if (restorer->info().batch) {
        job.chunk = *restorer->info().batch;
        job.prepare = [&](std::span<const std::pair<std::string, std::filesystem::path>> pictures) {
            std::vector<Batches::Wanted> wanted;
            for (const auto& [id, file] : pictures) wanted.push_back({id, file, {0}});
            return batches.prepare(wanted);
        };
    }
    job.what = "restored";
    job.record_file = "restore.jsonl";
    job.work = [&](const std::string& id, const std::filesystem::path& file) {
        const auto path = path_of_id(out, id, ".png");
        const ImagePtr degraded = Image::load(file);
        const auto start = std::chrono::steady_clock::now();
        Restored restored = batches.method(0, id).restore({*degraded, id, seed});
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        check_extras(restorer->info(), restored.extras);
        Json line = start_line(id, file, "ok");
        line["method"] = label;
        line["width"] = restored.image->width();
        line["height"] = restored.image->height();
        line["degraded_sha256"] = degraded->sha256();
        line["output_sha256"] = pixel_sha256(*restored.image);
        line["seconds"] = restored.seconds.value_or(seconds.count());
        if (!restored.details.empty()) line["details"] = restored.details;
        PictureOutcome outcome{{{path, restored.image}}, {}, {}};
        for (auto& extra : restored.extras) {
            const auto file = folder.extra(label, id, extra.name);
            line["extras"][extra.name] = folder.relative(file);
            outcome.extras.emplace_back(file, std::move(extra.content));
        }
        outcome.lines = {line};
        return outcome;
    };
    job.failure_line = [&](const std::string& id, const std::filesystem::path& file, const std::string& reason) {
        Json line = start_line(id, file, "failed");
        line["method"] = label;
        line["reason"] = reason;
        return line;
    };
    job.stale = [&](const std::string& id) {
        std::vector files = {path_of_id(out, id, ".png")};
        for (const auto& name : restorer->info().extras) files.push_back(folder.extra(label, id, name));
        return files;
    };
    if (!restorer->info().extras.empty()) job.listed = refuse_extras_folder;
    return run_folder_job(arguments, job);
}

}  // namespace

Command restore_command() { return {"restore", "restore the pictures of a folder by one method", page(), restore}; }

}  // namespace bfr
