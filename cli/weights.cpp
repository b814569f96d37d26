#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "cli/command.h"
#include "cli/weights_files.h"
#include "weights/formats/inspect.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr {
namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "weights list [NAME...] | fetch NAME...|--for UNIT|--all | verify [NAME...] | doctor\n"
        "       bfr weights inspect FILE [PATH] | convert FILE OUT.safetensors",
        "list: the files that the program can use, with licence and what each enables; with a NAME: all about it.\n"
        "fetch: brings files here (--out; else the user's cache). It goes on after a cut, checks size and SHA-256, "
        "and\n"
        "puts a file under its name only when it is whole and right. verify: hashes what is here. doctor: what is "
        "here,\n"
        "and for what isn't, what it would enable and the command that fetches it.\n"
        "inspect: what a file of weights holds: the values beside the tensors, and each tensor's path, dtype, shape "
        "and\n"
        "bytes; with a PATH, what lies there. convert: writes its tensors as safetensors. Both read torch's "
        "containers\n"
        "(.pt, .pth, .ckpt, old and new), pickles, safetensors, .npy and .npz. Nothing in a file is ever run: classes\n"
        "that this program doesn't know are shown as data.",
        {"for", "all", "mirror", "out", "force", "weights", "catalogue", "json", "subtree", "strip", "dtype"},
        {"bfr weights doctor", "bfr weights fetch --for identity",
         "bfr weights fetch face_expression_model.bin --mirror /media/usb/weights",
         "bfr weights inspect training.pt g_ema",
         "bfr weights convert training.pt generator.safetensors --subtree g_ema --dtype fp16"},
        1000,
        {"list", "fetch", "verify", "doctor", "inspect", "convert"}};
    return page;
}

int inspect(const Arguments& arguments) {
    const auto& operands = arguments.operands();
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
    const std::filesystem::path out = operands[2];
    if (out.extension() != ".safetensors") {
        throw UsageError(
            fmt::format("weights convert writes safetensors: '{}' must end in .safetensors", printable(out)));
    }
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
    write_safetensors(out, tensors, dtype);
    fmt::print("{}: {} tensors\n", operands[2], tensors.size());
    return kDone;
}

struct Action {
    std::string name;
    std::vector<std::string> options;
    size_t most_operands;  // behind the action
    int (*run)(const Arguments& arguments);
};

const std::vector<Action>& actions() {
    constexpr size_t kAny = 1000;
    static const std::vector<Action> actions = {
        {"list", {"weights", "catalogue", "json"}, kAny, list_weights},
        {"fetch", {"for", "all", "mirror", "out", "force", "weights", "catalogue"}, kAny, fetch_weights},
        {"verify", {"weights", "catalogue", "json"}, kAny, verify_weights},
        {"doctor", {"weights", "catalogue", "json"}, 0, weights_doctor},
        {"inspect", {}, 2, inspect},
        {"convert", {"subtree", "strip", "dtype"}, 2, convert},
    };
    return actions;
}

int weights(const Arguments& arguments, const std::vector<std::string>&) {
    std::vector<std::string> names;
    for (const auto& action : actions()) names.push_back(action.name);
    const auto& operands = arguments.operands();
    if (operands.empty())
        throw UsageError(fmt::format("weights what? One of {} (see: bfr weights --help)",
                                     fmt::format("{}", fmt::join(names, ", "))));
    const auto action = std::ranges::find(actions(), operands[0], &Action::name);
    if (action == actions().end()) throw UsageError(unknown_name("action", operands[0], names));
    for (const auto& option : page().options) {
        if (arguments.has(option) && std::ranges::find(action->options, option) == action->options.end())
            throw UsageError(fmt::format("weights {} takes no --{}", action->name, option));
    }
    if (operands.size() > action->most_operands + 1) {
        throw UsageError(fmt::format("'{}' is not expected behind weights {} (see: bfr weights --help)",
                                     operands[action->most_operands + 1], action->name));
    }
    return action->run(arguments);
}

}  // namespace

Command weights_command() {
    return {"weights", "the model files: fetches and checks them, shows what one holds, converts", page(), weights};
}

}  // namespace bfr
