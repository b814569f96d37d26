#include <fmt/format.h>
#include <fmt/ranges.h>

#include <thread>

#include "base/files.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/weights_files.h"
#include "cli/weights_support.h"
#include "reports/context.h"
#include "reports/text.h"
#include "reports/threads.h"
#include "weights/catalogue/bundled.h"
#include "weights/catalogue/pins.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

struct Found {
    KnownFile file;
    Verdict verdict;
    std::string mend;  // command; empty where there is nothing to mend
};

// To the folder in which the doctor was asked to look, where there is one.
std::string mend_of(const Arguments& arguments, const KnownFile& file, const Verdict& verdict) {
    const FileCheck& check = verdict.check;
    const bool wrong = verdict.state == "wrong";
    if (comes_with_program(file)) {
        if (check.state == FileCheck::kMissing) return mend_of_bundled();
        return wrong ? "rm " + shell_word(check.path.native()) + "; then " + mend_of_bundled() : "";
    }
    std::string fetch = fetch_line(file.name, arguments.texts("catalogue"));
    if (arguments.has("weights")) {
        const fs::path there = check.path.parent_path();
        fetch += " --out " + shell_word(there.empty() ? arguments.paths("weights").front().native() : there.native());
    }
    if (check.state == FileCheck::kMissing) return fetch;
    if (!wrong) return "";
    std::string remove = "rm " + shell_word(check.path.native());
    // the pin of a file that never was what it should be
    if (check.state == FileCheck::kRight) remove += " " + shell_word(read_pin(check.path).value().path.native());
    return remove + " && " + fetch;
}

std::vector<Found> look(const Arguments& arguments, const WeightsLocator& locator) {
    std::vector<Found> all;
    for (const auto& file : locator.catalogue().files()) {
        const Verdict verdict = verdict_of(locator, file);
        all.push_back({file, verdict, mend_of(arguments, file, verdict)});
    }
    return all;
}

bool is_folder(const fs::path& path) {
    std::error_code code;
    return fs::is_directory(path, code);
}

Json to_json(const WeightsLocator& locator, const std::vector<Found>& all) {
    Json folders = Json::array(), files = Json::array();
    for (const auto& folder : locator.folders())
        folders.push_back({{"path", printable(folder)}, {"exists", is_folder(folder)}});
    for (const auto& one : all) {
        files.push_back({{"name", one.file.name},
                         {"state", one.verdict.state},
                         {"path", one.verdict.check.path.empty() ? Json() : Json(printable(one.verdict.check.path))},
                         {"enables", one.file.enables},
                         {"mend", one.mend.empty() ? Json() : Json(one.mend)}});
    }
    const auto warning = blas_warning();
    return {{"folders", folders},
            {"files", files},
            {"machine",
             {{"blas", blas_name()},
              {"blas_warning", warning ? Json(*warning) : Json()},
              {"instruction_set", instruction_set()},
              {"cpu", cpu_model()},
              {"cores", std::thread::hardware_concurrency()}}}};
}

std::string to_text(const WeightsLocator& locator, const std::vector<Found>& all) {
    std::string text = "Folders, in the order in which they are searched\n";
    for (const auto& folder : locator.folders()) {
        const char* note = is_folder(folder) ? "" : "  (no such folder)";
        text += fmt::format("  {}{}\n", visible(printable(folder)), note);
    }
    text += "\nFiles\n";
    for (const auto& one : all) {
        text += fmt::format("  {:8}  {}", one.verdict.state, one.file.name);
        if (one.verdict.state == "wrong") text += ": " + visible(one.verdict.text);
        if (!one.mend.empty()) {
            const std::string enables = fmt::format("{}", fmt::join(one.file.enables, ", "));
            if (!enables.empty()) text += "\n            without it: no " + visible(enables);
            text += "\n            " + visible(one.mend);
        } else {
            text += "  " + visible(printable(one.verdict.check.path));
        }
        text += '\n';
    }
    text += fmt::format("\nMachine\n  BLAS             {}\n", blas_name());
    if (const auto warning = blas_warning()) text += fmt::format("                   {}\n", *warning);
    return text + fmt::format("  instruction set  {}\n  CPU              {}, {}\n", instruction_set(), cpu_model(),
                              count_text(std::thread::hardware_concurrency(), "core"));
}

}  // namespace

int weights_doctor(const Arguments& arguments) {
    const WeightsLocator locator = weights_locator(arguments);
    const auto all = look(arguments, locator);
    size_t ill = locator.missing_folder() ? 1 : 0;
    for (const auto& one : all) ill += !one.mend.empty();
    if (arguments.has("json")) {
        fmt::print("{}\n", to_json(locator, all).dump(1, ' ', false, Json::error_handler_t::replace));
    } else {
        fmt::print("{}", to_text(locator, all));
    }
    return ill > 0 ? kSomeFailed : kDone;
}

}  // namespace bfr
