#include <fmt/format.h>
#include <torch/utils.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "cli/command.h"
#include "cli/start.h"
#include "cli/stop.h"
#include "datasets/degradations/chain.h"
#include "nets/device.h"
#include "reports/context.h"
#include "reports/progress.h"
#include "reports/text.h"
#include "reports/threads.h"
#include "train/snapshot.h"
#include "train/stages.h"
#include "train/vspbfr/export.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr int64_t kHeldOut = 128;

const CommandPage& page() {
    static const CommandPage page = {
        "train SYSTEM STAGE --data PACK --out DIR [OPTIONS]\n"
        "       bfr train vspbfr export [unet] --out DIR --to FOLDER",
        "Trains one stage of a SYSTEM: of vspbfr prior, style-encoder, code-diffuser, restoration, in this order; of "
        "clrface\n"
        "autoencoder, prior, and irn at any time. STAGE is written "
        "as a\n"
        "unit, restoration:iterations=30000,perceptual=2 (bfr list stages), and what it learns goes to OUT/STAGE (or "
        "OUT/NAME, with "
        "name=NAME):\n"
        "best.safetensors, the weights of the least validation score; log.jsonl; grids of pictures; and "
        "snapshot.safetensors,\n"
        "from which the same command goes on, whatever stopped it. Later stages read the earlier ones' best weights "
        "there.\n"
        "\n"
        "PACK is what bfr pack makes. --held-out people take no part in training: the validation is of one picture of "
        "each.\n"
        "\n"
        "unet trains the baseline, a plain U-Net, on the same faces.\n"
        "\n"
        "export writes what the four stages gave as the files that the method runs with (vspbfr:files=FOLDER), fp16,\n"
        "beside copies of the files that a stage was trained around (pretrained=FILE, diffuser=FILE);\n"
        "export unet the baseline (unet:file=FOLDER/unet.safetensors).",
        {"data", "out", "preset", "held-out", "minutes", "seed", "threads", "precision", "device", "weights", "to",
         "stage-name"},
        {"bfr train vspbfr prior --data packs/lfw-train --out training --minutes 60",
         "bfr train vspbfr export --out training --to weights/mine"},
        3,
        {"vspbfr", "clrface"},
        {{"out", "folder of the system in training: a folder below it for each stage"},
         {"preset", "degradation by which degraded faces are made (default vspbfr)"},
         {"device", "where networks, batches and degradations are: cpu, cuda or cuda:N"}}};
    return page;
}

int export_trained(const train::System& system, const Arguments& arguments) {
    if (system.name != "vspbfr") throw UsageError(fmt::format("train {} has no export yet", system.name));
    for (const char* option : {"data", "preset", "held-out", "minutes", "seed", "threads", "precision", "device"}) {
        if (arguments.has(option)) throw UsageError(fmt::format("train vspbfr export takes no --{}", option));
    }
    const UnitContext units = unit_context(arguments);
    train::ExportOptions options{arguments.required("out"), arguments.required("to")};
    options.find = [&](const std::string& name) { return units.weights.find(name).path; };
    for (const auto& text : arguments.texts("stage-name")) {
        const size_t equals = text.find('=');
        if (equals == std::string::npos || equals + 1 == text.size())
            throw UsageError(fmt::format("--stage-name: '{}' must be STAGE=NAME", visible(text)));
        options.names[text.substr(0, equals)] = text.substr(equals + 1);
    }
    const auto& operands = arguments.operands();
    if (operands.size() > 2 && operands[2] != "unet")
        throw UsageError(
            fmt::format("train vspbfr export: '{}' can't be exported; unet can, or nothing is named: the "
                        "system",
                        visible(operands[2])));
    const auto files = operands.size() > 2 ? std::vector{train::export_unet(options)} : train::export_system(options);
    uint64_t bytes = 0;
    int64_t numbers = 0;
    for (const auto& file : files) {
        fmt::print("{}: {} numbers, {} bytes\n", visible(printable(file.path)), file.numbers, file.bytes);
        bytes += file.bytes;
        numbers += file.numbers;
    }
    if (files.size() > 1) fmt::print("together: {} numbers, {} bytes\n", numbers, bytes);
    return kDone;
}

int train_stage(const Arguments& arguments, const std::vector<std::string>&) {
    if (arguments.operands().size() < 2)
        throw UsageError("train what? bfr train vspbfr STAGE --data PACK --out DIR, or bfr train clrface STAGE");
    const train::System& system = train::find_system(arguments.operands()[0]);
    if (arguments.operands()[1] == "export") return export_trained(system, arguments);
    if (arguments.operands().size() > 2) {
        throw UsageError(fmt::format("train {} trains one stage: '{}' is one too many", system.name,
                                     visible(arguments.operands()[2])));
    }
    for (const char* option : {"to", "stage-name"}) {
        if (arguments.has(option)) throw UsageError(fmt::format("--{} is of train vspbfr export", option));
    }
    const Spec spec = Spec::parse(arguments.operands()[1]);
    const UnitContext units = unit_context(arguments);
    const uint64_t seed = seed_option(arguments);
    const train::StageContext context{arguments.required("out"),
                                      [&](const std::string& name) { return units.weights.find(name).path; },
                                      {seed, device_of(units.device)}};
    train::MadeStage made = train::read_stage(system, spec, context);
    made.setup.loop.minutes = static_cast<double>(arguments.whole_number("minutes", 0, 0, 1'000'000));
    made.setup.loop.seed = seed;
    made.setup.loop.commit = program_commit();
    const std::string precision = arguments.text("precision", "fp32");
    if (precision != "fp32" && precision != "bf16")
        throw UsageError(fmt::format("--precision {}: must be fp32 or bf16", visible(precision)));
    made.setup.loop.precision = precision == "bf16" ? at::kBFloat16 : at::kFloat;

    const auto pack = std::make_shared<const train::PackReader>(arguments.required("data"));
    const DegradationPreset degradation =
        arguments.has("preset") ? parse_degradation(arguments.text("preset")) : find_degradation_preset("vspbfr");
    const auto held_out = static_cast<int64_t>(arguments.whole_number("held-out", kHeldOut, 1, 1'000'000));
    train::Split split = train::split_by_group(*pack, held_out, seed);
    const at::Device device = context.run.device;
    const train::BatchSource training(pack, std::move(split.training), degradation, made.setup.batch, seed, device);
    const train::BatchSource validation(pack, std::move(split.validation), degradation, 1, seed, device);

    Json settings(made.setup.settings);
    settings["seed"] = seed;
    settings["data"] = pack->sha256();
    settings["degradation"] = degradation.name;
    settings["held_out"] = held_out;
    settings["precision"] = precision;

    set_up_process_threads(1, threads_option(arguments));
    warn_of_slow_blas();
    torch::manual_seed(seed);
    const fs::path folder = context.system / made.setup.name;
    fs::create_directories(folder / "grids");
    const bool anew = !fs::exists(folder / train::kSnapshotFile);
    const auto stage = made.make(training, anew);
    const auto progress = terminal_progress();
    progress->note(fmt::format("{} pictures to train on, {} people held out", training.size(), validation.size()));
    const train::LoopResult result =
        train::run_loop(*stage, training, validation, made.setup.loop, settings, folder, stop_on_signals(),
                        [&](const std::string& line) { progress->note(line); });
    fmt::print("{} iterations {}\n", result.iteration, result.finished ? "done" : "so far");
    return result.finished ? kDone : kSomeFailed;
}

}  // namespace

Command train_command() { return {"train", "trains the stages of a restoration system", page(), train_stage}; }

}  // namespace bfr
