#include "cli/weights_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/weights_support.h"
#include "reports/progress.h"
#include "reports/sample_run.h"
#include "reports/text.h"
#include "weights/catalogue/bundled.h"
#include "weights/fetch/fetch.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

void print_json(const Json& json) { fmt::print("{}\n", json.dump(1, ' ', false, Json::error_handler_t::replace)); }

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json to_json(const KnownFile& file, const WeightsLocator& locator) {
    const auto path = locator.path_of(file.name);
    return {{"name", file.name},
            {"bytes", file.bytes ? Json(*file.bytes) : Json()},
            {"sha256", file.sha256 ? Json(*file.sha256) : Json()},
            {"pinned", !file.sha256},
            {"licence", file.licence},
            {"citation", text_or_null(file.citation)},
            {"source", text_or_null(file.source)},
            {"urls", file.urls},
            {"enables", file.enables},
            {"path", path ? Json(printable(*path)) : Json()}};
}

// A bar by the house's rules, of bytes.
class FetchBar : public FetchProgress {
  public:
    void begin(const std::string& name, std::optional<uint64_t> total, uint64_t done_before) override {
        end();
        bar_->begin(name, total.value_or(0), done_before);
        running_ = true;
    }
    void advance(uint64_t bytes) override { bar_->advance(bytes); }
    void note(const std::string& line) override { bar_->note("bfr: " + line); }
    void end() override {
        if (running_) bar_->end();
        running_ = false;
    }

  private:
    std::unique_ptr<Progress> bar_ = terminal_progress(ProgressUnit::kBytes);
    bool running_ = false;
};

std::vector<KnownFile> wanted_files(const Arguments& arguments, const Catalogue& catalogue) {
    const bool named = arguments.operands().size() > 1, all = arguments.has("all"), unit = arguments.has("for");
    if (named + all + unit != 1) {
        throw UsageError(
            "weights fetch needs either names (bfr weights list), --for UNIT or --all (see: bfr weights --help)");
    }
    std::vector<KnownFile> files;
    if (!unit) {
        files = named_files(names_behind(arguments), catalogue);
        if (all) std::erase_if(files, comes_with_program);
        return files;
    }
    for (const auto& spec : arguments.texts("for")) {
        auto needed = files_for(spec, catalogue);
        if (needed.empty()) fmt::print(stderr, "bfr: {} needs no file of the catalogue\n", visible(spec));
        for (auto& file : needed) {
            if (std::ranges::none_of(files, [&](const auto& other) { return other.name == file.name; }))
                files.push_back(std::move(file));
        }
    }
    return files;
}

fs::path fetch_folder(const Arguments& arguments) {
    fs::path folder = arguments.text("out");
    if (folder.empty()) folder = user_weights_folder();
    if (folder.empty())
        throw UsageError("neither $XDG_CACHE_HOME nor $HOME says where the user's cache is; name a folder with --out");
    return folder;
}

// Where units would find it: a file that lies in another searched folder isn't fetched a second time, and one that is
// wrong there, or to be replaced (`force`), would hide the one that is fetched.
std::optional<fs::path> found_elsewhere(const WeightsLocator& locator, const std::string& name, const fs::path& folder,
                                        bool force) {
    const KnownFile& file = locator.catalogue().file(name);
    const auto [check, state, text] = verdict_of(locator, file);
    std::error_code code;
    if (check.state == FileCheck::kMissing || fs::equivalent(check.path.parent_path(), folder, code))
        return std::nullopt;
    const std::string replace = "--force --out " + shell_word(check.path.parent_path().native());
    if (state == "wrong") {
        throw Error(fmt::format(
            "{}: is another file than the {} one ({}), and hides whatever is fetched; remove it, or replace it with {}",
            printable(check.path), file.sha256 ? "catalogue's" : "known", text, replace));
    }
    // One whose hash is published can't be any newer.
    if (force && !file.sha256) {
        throw Error(fmt::format("{}: hides whatever --force would fetch into {}; replace it with {}",
                                printable(check.path), printable(folder), replace));
    }
    return check.path;
}

Fetched fetch_one(const KnownFile& file, const Arguments& arguments, const WeightsLocator& locator,
                  const fs::path& folder, const FetchOptions& options) {
    if (!arguments.has("out")) {
        if (const auto path = found_elsewhere(locator, file.name, folder, options.force))
            return {*path, "", "", !file.sha256};
    }
    FetchBar bar;
    return fetch_file(file, folder, options, bar);
}

}  // namespace

int list_weights(const Arguments& arguments) {
    const WeightsLocator locator = weights_locator(arguments);
    const auto files = named_files(names_behind(arguments), locator.catalogue());
    if (arguments.has("json")) {
        Json all = Json::array();
        for (const auto& file : files) all.push_back(to_json(file, locator));
        print_json({{"files", all}});
        return kDone;
    }
    fmt::print("{}", list_of_weights(locator, names_behind(arguments), arguments.texts("catalogue")));
    return kDone;
}

int fetch_weights(const Arguments& arguments) {
    const WeightsLocator locator = weights_locator(arguments);
    const auto files = wanted_files(arguments, locator.catalogue());
    const fs::path folder = fetch_folder(arguments);
    FetchOptions options;
    if (arguments.has("mirror")) options.mirror = mirror_url(arguments.required("mirror"));
    options.force = arguments.has("force");
    int code = kDone;
    for (const auto& file : files) {
        try {
            const Fetched fetched = fetch_one(file, arguments, locator, folder, options);
            fmt::print("{}  {}\n", fetched.url.empty() ? "here   " : "fetched", visible(printable(fetched.path)));
            if (fetched.url.empty()) continue;
            fmt::print(stderr, "bfr: {}: licence: {}\n", file.name, visible(file.licence));
            if (fetched.pinned) {
                fmt::print(stderr, "bfr: {}: nobody publishes its hash; pinned as it came: sha256 {}\n", file.name,
                           fetched.sha256);
            }
        } catch (const UsageError&) {
            throw;
        } catch (const std::exception&) {
            fmt::print(stderr, "bfr: error: {}\n", visible(current_exception_text()));
            code = kSomeFailed;
        }
        std::fflush(stdout);
    }
    return code;
}

int verify_weights(const Arguments& arguments) {
    const WeightsLocator locator = weights_locator(arguments);
    const bool named = arguments.operands().size() > 1;
    Json all = Json::array();
    int code = kDone;
    for (const auto& file : named_files(names_behind(arguments), locator.catalogue())) {
        const auto [check, state, text] = verdict_of(locator, file);
        if (state == "wrong" || (named && check.state == FileCheck::kMissing)) code = kSomeFailed;
        if (arguments.has("json")) {
            all.push_back({{"name", file.name},
                           {"state", state},
                           {"path", text_or_null(printable(check.path))},
                           {"expected_sha256", text_or_null(check.expected)},
                           {"found_sha256", text_or_null(check.found)},
                           {"pinned", !file.sha256}});
            continue;
        }
        std::string line = fmt::format("{:8}  {}", state, file.name);
        if (!check.path.empty()) line += "  " + printable(check.path);
        if (!text.empty()) line += ": " + text;
        fmt::print("{}\n", visible(line));
    }
    if (arguments.has("json")) print_json({{"files", all}});
    return code;
}

}  // namespace bfr
