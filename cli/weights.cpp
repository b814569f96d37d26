#include <fmt/format.h>

#include "base/error.h"
#include "base/names.h"
#include "cli/command.h"
#include "weights/formats/inspect.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr {
namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "weights inspect FILE [PATH] | weights convert FILE OUT.safetensors",
        "inspect shows what a file of weights holds: the values beside the tensors, and each tensor's path, dtype, "
        "shape\n"
        "and bytes; with a PATH, what lies there. convert writes its tensors as safetensors.\n"
        "Reads torch's containers (.pt, .pth, .ckpt, old and new), pickles, safetensors, .npy and .npz. Nothing in a "
        "file\n"
        "is ever run: classes that this program doesn't know are shown as data.",
        {"subtree", "strip", "dtype"},
        {"bfr weights inspect training.pt", "bfr weights inspect training.pt g_ema",
         "bfr weights convert training.pt generator.safetensors --subtree g_ema --dtype fp16"},
        3,
        {"inspect", "convert"}};
    return page;
}

int inspect(const Arguments& arguments) {
    const auto& operands = arguments.operands();
    for (const char* option : {"subtree", "strip", "dtype"}) {
        if (arguments.has(option)) throw UsageError(fmt::format("weights inspect takes no --{}", option));
    }
    if (operands.size() < 2) throw UsageError("weights inspect needs a file (see: bfr weights --help)");
    fmt::print("{}", inspect_text(open_checkpoint(operands[1]), operands.size() > 2 ? operands[2] : ""));
    return kDone;
}

std::optional<DType> wanted_dtype(const Arguments& arguments) {
    const std::string dtype = arguments.text("dtype", "keep");
    if (dtype == "keep") return std::nullopt;
    if (dtype == "fp16") return DType::kF16;
    if (dtype == "fp32") return DType::kF32;
    throw UsageError(unknown_name("dtype", dtype, std::vector<std::string>{"keep", "fp16", "fp32"}));
}

int convert(const Arguments& arguments) {
    const auto& operands = arguments.operands();
    if (operands.size() < 3)
        throw UsageError("weights convert needs a file and the file to write (see: bfr weights --help)");
    const auto dtype = wanted_dtype(arguments);
    const std::string subtree = arguments.text("subtree"), strip = arguments.text("strip");
    const auto checkpoint = open_checkpoint(operands[1]);
    auto tensors = checkpoint.below(subtree);
    if (tensors.empty()) {
        throw UsageError(fmt::format("{}: no tensors{}; bfr weights inspect shows what there is", checkpoint.name(),
                                     subtree.empty() ? "" : fmt::format(" below '{}'", subtree)));
    }
    for (auto& tensor : tensors) {
        if (!strip.empty() && tensor.path.starts_with(strip)) tensor.path.erase(0, strip.size());
    }
    write_safetensors(operands[2], tensors, dtype);
    fmt::print("{}: {} tensors\n", operands[2], tensors.size());
    return kDone;
}

int weights(const Arguments& arguments, const std::vector<std::string>&) {
    const std::vector<std::string> actions = {"inspect", "convert"};
    const auto& operands = arguments.operands();
    if (operands.empty()) throw UsageError("weights what? One of inspect, convert (see: bfr weights --help)");
    if (operands[0] == "inspect") return inspect(arguments);
    if (operands[0] == "convert") return convert(arguments);
    throw UsageError(unknown_name("action", operands[0], actions));
}

}  // namespace

Command weights_command() {
    return {"weights", "what a file of weights holds; writes it as safetensors", page(), weights};
}

}  // namespace bfr
