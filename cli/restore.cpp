#include <chrono>
#include <optional>

#include "base/error.h"
#include "cli/align_options.h"
#include "cli/command.h"
#include "cli/folder_job.h"
#include "cli/photographs.h"
#include "cli/restore_record.h"
#include "cli/start.h"
#include "cli/stop.h"
#include "reports/batches.h"
#include "reports/config.h"
#include "reports/threads.h"
#include "restore/restorer.h"
#include "weights/catalogue/missing.h"

namespace bfr {
namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "restore --in DIR --method SPEC --out DIR [OPTIONS]",
        "Restores every picture of a folder by one method. OUT holds ID.png for each (lossless, 8 bit; ID is the "
        "file's\n"
        "name without extension) and restore.jsonl: a line a picture with status, hash of the pixels, seconds, or the\n"
        "reason why it failed. Files that the method leaves beside its pictures are extras/METHOD/ID.NAME.\n"
        "A folder that holds the pictures of another job is refused.\n"
        "\n"
        "The pictures are those that `bfr run` makes with the same method and seed, to the byte; `bfr evaluate` and\n"
        "`bfr downstream` measure them.\n"
        "\n"
        "With --align the pictures are whole photographs: dlib finds every face, as `bfr align` does, and it is "
        "aligned\n"
        "to the method's size and restored. OUT then holds the faces, ID.face1.png, ID.face2.png ..., or with --paste\n"
        "the photographs with the restored faces in them; restore.jsonl has each face's box and transform. A "
        "photograph\n"
        "without a face counts as a failure, unless --faceless says otherwise. Needs dlib's model files (see "
        "--weights).",
        {"in",        "method",   "out",      "align", "paste",   "upscale",  "faceless", "size",
         "alignment", "template", "detector", "face",  "up",      "max-side", "min-face", "pattern",
         "recursive", "limit",    "seed",     "jobs",  "threads", "weights",  "device"},
        {"bfr restore --in faces/degraded --method opencv-denoise:h=5 --out results/denoise",
         "bfr restore --in photos --method vspbfr --align --paste --out results/photos"}};
    return page;
}

int restore(const Arguments& arguments, const std::vector<std::string>&) {
    arguments.required("method");
    const auto specs = arguments.specs("method");
    if (specs.size() != 1) throw UsageError("restore takes one --method; `bfr run` takes several");
    RunConfig config;
    config.methods = specs;
    tell_code(units_that_run_code(config));
    const PhotographOptions photograph_options = read_photograph_options(arguments);
    const UnitContext context = unit_context(arguments);
    std::optional<FaceModels> models;
    if (arguments.has("align")) models.emplace(find_face_models(context, photograph_options.align));
    const auto restorer = make_unit(restorers(), specs.front(), context);
    const uint64_t seed = seed_option(arguments);
    const std::filesystem::path out = arguments.required("out");

    const RunFolder folder{out};
    const RestorerInfo& info = restorer->info();
    const int jobs = resolve_jobs(jobs_option(arguments));
    const auto& stop = stop_on_signals();
    Batches batches({restorer.get()}, folder, seed, jobs, stop);
    const Json job_json = restore_job(specs.front(), info, seed);
    if (models) {
        Photographs photographs(photograph_options, {*models, *restorer, batches, folder, seed, jobs, stop});
        FolderJob job = photographs.job();
        job.job.update(job_json);
        return run_folder_job(arguments, job);
    }
    FolderJob job;
    job.job = job_json;
    if (info.batch) {
        job.chunk = *info.batch;
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
        Json line = restore_line(id, file, "ok", info.label);
        add_restored(line, degraded->sha256(), restored, seconds.count());
        PictureOutcome outcome{{{path, restored.image}}, {}, {}};
        add_extras(line, outcome, info, folder, id, restored);
        outcome.lines = {line};
        return outcome;
    };
    job.failure_line = [&](const std::string& id, const std::filesystem::path& file, const std::string& reason) {
        return restore_failure_line(id, file, info.label, reason);
    };
    job.stale = [&](const std::string& id) {
        auto files = extra_files(info, folder, id);
        files.push_back(path_of_id(out, id, ".png"));
        return files;
    };
    if (!info.extras.empty()) job.listed = refuse_extras_folder;
    return run_folder_job(arguments, job);
}

}  // namespace

Command restore_command() { return {"restore", "restore the pictures of a folder by one method", page(), restore}; }

}  // namespace bfr
