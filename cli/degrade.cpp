#include <fmt/format.h>

#include <atomic>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "cli/command.h"
#include "cli/folder_job.h"
#include "cli/start.h"
#include "datasets/degradations/chain.h"
#include "datasets/degradations/degrade_image.h"
#include "datasets/degradations/record.h"
#include "reports/text.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr const char* kRecordFile = "parameters.jsonl";

const CommandPage& page() {
    static const CommandPage page = {
        "degrade --in DIR --out DIR --preset NAME|FILE.json [OPTIONS]\n       bfr degrade --in DIR --out DIR --params "
        "FILE",
        "Makes degraded pictures of clean ones (blur, down-sampling, noise, JPEG ...), as published systems make "
        "their\n"
        "training and test sets, or as a chain of your own tells: a JSON file with a list of steps "
        "(docs/degradations.md).\n"
        "What is drawn for a picture depends on --seed and the picture's id alone: not on the other pictures, the "
        "order "
        "or\n"
        "the number of jobs. difface-test alone is a grid over a set: there the picture's place by id decides, --limit "
        "or not.\n"
        "\n"
        "OUT holds ID.png for each picture, and parameters.jsonl: a line a picture with all that was drawn and the "
        "hash of\n"
        "the result. --params applies such a file again and checks the hashes; a picture that comes out otherwise, or "
        "has\n"
        "no line, is a failure. Where a preset changes the reference too (gray, moved), --reference-out keeps the "
        "pairs.",
        {"in", "out", "preset", "params", "reference-out", "reference-size", "seed", "pattern", "recursive", "limit",
         "jobs"},
        {"bfr degrade --in faces/reference --out faces/degraded --preset gfpgan --seed 1",
         "bfr degrade --in faces/reference --out faces/phone --preset phone.json",
         "bfr degrade --in faces/reference --out faces/again --params faces/degraded/parameters.jsonl"}};
    return page;
}

// Where the parameters come from: drawn from a preset, or replayed.
struct Source {
    std::optional<DegradationPreset> preset;
    DrawOptions draw;
    std::map<std::string, size_t> places;  // of all ids, for a grid
    uint64_t seed = 1;
    std::map<std::string, DegradationRecord> records;
    Json job;  // FolderJob::job

    DegradedImage degrade(const Image& clean, const std::string& id) const {
        if (preset) {
            DrawOptions options = draw;
            if (preset->grid) options.place = {places.at(id), places.size()};
            return degrade_image(clean, id, seed, *preset, options);
        }
        const auto found = records.find(id);
        if (found == records.end()) throw Error("the parameters file has no line for it");
        return degrade_image(clean, found->second.parameters);
    }

    // Why the result isn't the one that was recorded; empty where it is.
    std::string difference(const std::string& id, const DegradationRecord& record) const {
        const auto found = records.find(id);
        if (found == records.end()) return {};
        const auto differ = [](const std::string& recorded, const std::string& now) {
            return !recorded.empty() && recorded != now;
        };
        if (!differ(found->second.sha256, record.sha256) &&
            !differ(found->second.reference_sha256, record.reference_sha256))
            return {};
        return "its pixels are not those that were recorded: another clean picture, or other versions of OpenCV or "
               "libjpeg";
    }
};

Source read_source(const Arguments& arguments) {
    Source source;
    if (arguments.texts("preset").size() > 1) throw UsageError("degrade: --preset is given twice");
    if (arguments.has("preset") == arguments.has("params")) {
        throw UsageError(
            "degrade takes one of --preset NAME|FILE.json (to draw) and --params FILE (to apply what was drawn)");
    }
    if (arguments.has("params")) {
        for (const char* option : {"seed", "reference-size"}) {
            if (arguments.has(option))
                throw UsageError(fmt::format("--{} has no meaning with --params: nothing is drawn", option));
        }
        const fs::path file = arguments.required("params");
        std::error_code code;
        if (fs::equivalent(file, fs::path(arguments.required("out")) / kRecordFile, code)) {
            throw UsageError("--params is the file that --out would replace; name another folder for the new pictures");
        }
        source.records = read_degradation_records(file);
        source.job = {{"command", "degrade"}, {"params_sha256", sha256_of_file(file)}};
        return source;
    }
    source.preset = parse_degradation(arguments.required("preset"));
    source.seed = seed_option(arguments);
    if (arguments.has("reference-size")) {
        source.draw.reference_size = static_cast<int>(arguments.whole_number("reference-size", 0, 0, kMaxDegradedSide));
    }
    const std::string preset = arguments.required("preset");
    source.job = {{"command", "degrade"},
                  {"preset", source.preset->name},
                  {"seed", source.seed},
                  {"reference_size", source.draw.reference_size.value_or(source.preset->reference_size)}};
    if (preset.ends_with(".json")) source.job["chain_sha256"] = sha256_of_file(preset);
    return source;
}

int degrade(const Arguments& arguments, const std::vector<std::string>&) {
    Source source = read_source(arguments);
    const fs::path out = arguments.required("out");
    std::optional<fs::path> reference_out;
    if (arguments.has("reference-out")) reference_out = arguments.required("reference-out");
    for (const char* other : {"in", "out"}) {
        std::error_code code;
        if (reference_out && (*reference_out == arguments.required(other) ||
                              fs::equivalent(*reference_out, arguments.text(other), code))) {
            throw UsageError(fmt::format("--reference-out and --{} are the same folder", other));
        }
    }

    std::atomic<uint64_t> changed{0};  // references that are not the clean picture any more

    FolderJob job;
    job.what = "degraded";
    job.record_file = kRecordFile;
    job.job = source.job;
    if (reference_out) job.more_folders["reference-out"] = *reference_out;
    job.listed = [&](const std::vector<std::string>& ids) {
        if (!source.preset || !source.preset->grid) return;
        for (size_t i = 0; i < ids.size(); i++) source.places[ids[i]] = i;
        job.job["grid_over_ids_sha256"] = sha256(std::string_view(Json(ids).dump()));
        const size_t combinations = grid_size(*source.preset);
        if (ids.size() == combinations) return;
        fmt::print(stderr, "bfr: {} has {} combinations, the folder {}: {}\n", source.preset->name, combinations,
                   count_text(ids.size(), "picture"),
                   ids.size() < combinations ? "they are spread over the grid" : "the grid begins anew at its end");
    };
    job.work = [&](const std::string& id, const fs::path& file) {
        const ImagePtr clean = Image::load(file);
        const DegradedImage made = source.degrade(*clean, id);
        const DegradationRecord record = degradation_record(made);
        if (made.reference) changed++;
        PictureOutcome outcome;
        outcome.pictures.emplace_back(path_of_id(out, id, ".png"), made.degraded);
        if (reference_out) {
            outcome.pictures.emplace_back(path_of_id(*reference_out, id, ".png"),
                                          made.reference ? made.reference : clean);
        }
        outcome.lines.push_back(record_to_json(record));
        if (auto difference = source.difference(id, record); !difference.empty())
            outcome.failures.push_back(std::move(difference));
        return outcome;
    };
    // The parameters file holds parameters alone, so that it can be replayed; failures are told on stderr.
    job.failure_line = nullptr;
    job.stale = [&](const std::string& id) {
        std::vector<fs::path> paths = {path_of_id(out, id, ".png")};
        if (reference_out) paths.push_back(path_of_id(*reference_out, id, ".png"));
        return paths;
    };
    const int code = run_folder_job(arguments, job);
    if (changed > 0 && !reference_out) {
        fmt::print(
            stderr,
            "bfr: {} changed with the degraded picture (gray or moved); --reference-out DIR keeps them as pairs\n",
            count_text(changed, "reference"));
    }
    return code;
}

}  // namespace

Command degrade_command() {
    return {"degrade", "make degraded pictures, seeded, by published presets or your own chain", page(), degrade};
}

}  // namespace bfr
