#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/names.h"
#include "cli/command.h"
#include "reports/sample_run.h"
#include "reports/text.h"

namespace bfr {

std::vector<Command> commands() {
    return {run_command(),       ablate_command(),    restore_command(), evaluate_command(), downstream_command(),
            align_command(),     degrade_command(),   pack_command(),    report_command(),   compare_command(),
            reproduce_command(), list_command(),      weights_command(), datasets_command(), stats_command(),
            train_command(),     completion_command()};
}

namespace {

std::string overview() {
    std::string text =
        "Usage: bfr COMMAND ...\n\n"
        "Restores degraded faces with any number of methods, measures the results, and writes reports.\n\nCommands:\n";
    for (const auto& command : commands()) text += fmt::format("  {:12}{}\n", command.name, command.summary);
    text +=
        "\nOptions:\n"
        "  --help      this page; bfr COMMAND --help says all about one command\n"
        "  --version   version, commit, libraries, BLAS, instruction set\n"
        "\nA unit (method, metric, task) is written as name:option=value,option=value, and a value that holds , = : or "
        "\"\n"
        "is quoted: outputs:dir=\"runs, old\". Results go to stdout, progress to stderr.\n"
        "Exit code: 0 done, 1 some samples failed, a unit was not available, a condition of compare held or the "
        "command was\nstopped, 2 usage or set-up.\n"
        "\nExample, from photographs to a table:\n"
        "  bfr align   --in photos        --out faces/aligned\n"
        "  bfr degrade --in faces/aligned --out faces/degraded --reference-out faces/reference --preset vspbfr\n"
        "  bfr run     --degraded faces/degraded --reference faces/reference --out runs/first \\\n"
        "              --method degraded --method opencv-denoise --metric psnr --metric ssim\n";
    return text;
}

bool asks_for_help(const std::vector<std::string>& words) {
    for (const auto& word : words) {
        if (word == "--") return false;
        if (word == "--help" || word == "-h") return true;
    }
    return false;
}

int run_program(const std::vector<std::string>& line) {
    if (line.size() < 2) {
        fmt::print(stderr, "{}", overview());
        return kUnusable;
    }
    std::string name = line[1];
    std::vector<std::string> words(line.begin() + 2, line.end());
    if (name == "help" && !words.empty()) {
        name = words.front();
        words = {"--help"};
    }
    if (name == "--help" || name == "-h" || name == "help") {
        fmt::print("{}", overview());
        return kDone;
    }
    if (name == "--version") {
        fmt::print("{}", version_text());
        return kDone;
    }
    std::vector<std::string> known;
    for (const auto& command : commands()) {
        if (command.name != name) {
            known.push_back(command.name);
            continue;
        }
        if (asks_for_help(words)) {
            fmt::print("{}", help_text(command.page));
            return kDone;
        }
        return command.run(Arguments(name, command.page, words), line);
    }
    if (name.starts_with("-")) known = {"--help", "--version"};
    throw UsageError(unknown_name(name.starts_with("-") ? "option" : "command", name, known));
}

// A result that the disk didn't take is no result.
void check_stdout() {
    if (std::fflush(stdout) != 0 || std::ferror(stdout)) {
        throw Error("stdout can't be written (no space, or it was closed)");
    }
}

// A message may list things, each on an indented line of its own; any other line end in it is text from outside.
std::string visible_lines(std::string_view message) {
    constexpr std::string_view kItem = "\n  ";
    std::string text;
    for (size_t end = message.find(kItem); end != message.npos; end = message.find(kItem)) {
        text.append(visible(message.substr(0, end))).append(kItem);
        message.remove_prefix(end + kItem.size());
    }
    return text + visible(message);
}

int guarded(const std::vector<std::string>& line) {
    try {
        const int code = run_program(line);
        check_stdout();
        return code;
    } catch (...) {
        fmt::print(stderr, "bfr: error: {}\n", visible_lines(current_exception_text()));
        return kUnusable;
    }
}

}  // namespace
}  // namespace bfr

int main(int argc, char** argv) { return bfr::guarded(std::vector<std::string>(argv, argv + argc)); }
