#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "cli/command.h"
#include "cli/list_datasets.h"
#include "cli/start.h"
#include "cli/stop.h"
#include "datasets/image.h"
#include "datasets/known_sets.h"
#include "datasets/sample.h"
#include "reports/pipeline.h"
#include "reports/progress.h"
#include "reports/sample_run.h"
#include "reports/text.h"
#include "reports/threads.h"

namespace bfr {
namespace {

constexpr size_t kNamed = 5;  // of many pictures, so many are named

const CommandPage& page() {
    static const CommandPage page = {
        "datasets list [NAME] | datasets check DIR [OPTIONS]",
        "list: the field's test sets, what is known of each, and with a NAME all about it.\n"
        "check: reads every picture of a folder and says how many there are, of which sizes, a hash over the list of\n"
        "them, which test set they are or look like, which pictures have equal files, and which can't be read.\n"
        "\n"
        "The hash is SHA-256 over a line [\"ID\",\"SHA-256 of the file\"] for each picture, in the order of the ids; "
        "it "
        "is\n"
        "also in the report of a run (data.sets). No hash of a published set is known, so that a folder looks like one "
        "by\n"
        "count and names; with --known FILE it is compared with hashes of your own:\n"
        "  [{\"name\": \"my LFW-Test\", \"list_sha256\": \"...\", \"people_of\": [\"LFW\"]}]\n"
        "Exit code 1 where a picture can't be read.",
        {"recursive", "pattern", "known", "jobs"},
        {"bfr datasets list", "bfr datasets list LFW-Test", "bfr datasets check faces/reference"},
        2,
        {"list", "check"}};
    return page;
}

std::string field(const std::string& name, const std::string& text) {
    return text.empty() ? "" : fmt::format("{:14}{}\n", name, visible(text));
}

struct Picture {
    std::string id;
    std::filesystem::path file;
    std::string sha256, error;
    int width = 0, height = 0;
};

std::string first_few(const std::vector<std::string>& all) {
    const size_t shown = std::min(all.size(), kNamed);
    std::string text =
        fmt::format("{}", fmt::join(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
    if (all.size() > shown) text += fmt::format(" and {} more", all.size() - shown);
    return text;
}

// Every picture is decoded: a cut file shows in nothing else.
void read(std::vector<Picture>& pictures, int jobs) {
    const auto& stop = stop_on_signals();
    const auto progress = terminal_progress();
    progress->begin("read", pictures.size(), 0);
    run_pipeline(
        pictures.size(), jobs,
        [&](uint64_t i) {
            Picture& picture = pictures[i];
            try {
                const ImagePtr image = Image::load(picture.file);
                picture.sha256 = image->sha256();
                picture.width = image->width();
                picture.height = image->height();
            } catch (...) {
                picture.error = current_exception_text();
                picture.sha256 = file_sha256(picture.file);
            }
            return [&] { progress->advance(1); };
        },
        stop);
    progress->end();
    if (stop) throw Error("stopped before every picture was read; nothing is said of the folder");
}

std::string sizes_of(const std::vector<Picture>& pictures) {
    std::map<std::pair<int, int>, std::vector<std::string>> by_size;
    for (const auto& one : pictures) {
        if (one.error.empty()) by_size[{one.width, one.height}].push_back(one.id);
    }
    std::vector<std::pair<std::pair<int, int>, std::vector<std::string>>> sorted(by_size.begin(), by_size.end());
    std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
    std::string text;
    for (size_t i = 0; i < std::min(sorted.size(), kNamed); i++) {
        const auto& [size, ids] = sorted[i];
        text += field("size", fmt::format("{}x{}: {}{}", size.first, size.second, count_text(ids.size(), "picture"),
                                          i == 0 ? "" : ": " + first_few(ids)));
    }
    if (sorted.size() > kNamed)
        text += field("size", fmt::format("and {}", count_text(sorted.size() - kNamed, "other size")));
    return text;
}

std::string equal_files_of(const std::vector<Picture>& pictures) {
    std::map<std::string, std::vector<std::string>> by_hash;
    for (const auto& one : pictures) {
        if (!one.sha256.empty()) by_hash[one.sha256].push_back(one.id);
    }
    std::string text;
    size_t groups = 0;
    for (const auto& [hash, ids] : by_hash) {
        if (ids.size() > 1 && groups++ < kNamed) text += field("equal files", first_few(ids));
    }
    if (groups > kNamed) text += field("equal files", fmt::format("and {} more groups", groups - kNamed));
    return text;
}

std::string recognised(const std::vector<ListedFile>& files, const std::vector<KnownSet>& own) {
    std::vector<KnownSet> sets = own;
    const auto all = known_sets();
    sets.insert(sets.end(), all.begin(), all.end());
    const auto found = recognise(files, sets);
    if (found.empty()) return field("known as", "none of the sets that bfr datasets list shows");
    std::string text;
    for (const auto& one : found) {
        text += field(std::string(words_of(one.certainty) == "is" ? "is" : "known as"),
                      one.certainty == SetMatch::kSame
                          ? one.set->name
                          : fmt::format("{} {}{}", words_of(one.certainty), one.set->name,
                                        one.differences.empty() ? "" : ": " + one.differences));
        if (!one.set->people_of.empty()) {
            text += field("people of", fmt::format("{}", fmt::join(one.set->people_of, ", ")));
        }
    }
    return text;
}

int check(const Arguments& arguments) {
    const std::string folder = arguments.operands().at(1);
    std::vector<KnownSet> own;
    if (arguments.has("known")) own = read_known_sets(arguments.required("known"));
    const int jobs = resolve_jobs(jobs_option(arguments));
    set_up_process_threads(jobs, 1);
    const FolderListing listing = list_folder(folder, arguments.text("pattern", "{id}"), arguments.has("recursive"));
    std::vector<Picture> pictures;
    for (const auto& [id, file] : listing.files) pictures.push_back({id, file, "", ""});
    read(pictures, jobs);

    std::vector<ListedFile> files;
    std::vector<std::string> unreadable;
    for (const auto& one : pictures) {
        files.push_back({one.id, one.sha256});
        if (!one.error.empty()) unreadable.push_back(one.error);
    }
    std::string text = field("folder", folder) + field("pictures", std::to_string(pictures.size())) +
                       sizes_of(pictures) + field("list sha256", list_sha256(files)) + recognised(files, own) +
                       equal_files_of(pictures);
    if (!unreadable.empty()) {
        text += field("unreadable", std::to_string(unreadable.size()));
        for (const auto& why : unreadable) text += field("", why);
    }
    if (!listing.left_out.empty()) {
        text += field("left out", std::to_string(listing.left_out.size()));
        for (const auto& one : listing.left_out) text += field("", one.path + ": " + one.reason);
    }
    fmt::print("{}", text);
    return unreadable.empty() ? kDone : kSomeFailed;
}

int datasets(const Arguments& arguments, const std::vector<std::string>&) {
    const std::vector<std::string> actions = {"list", "check"};
    const auto& operands = arguments.operands();
    if (operands.empty()) throw UsageError("datasets what? One of list, check (see: bfr datasets --help)");
    if (operands[0] == "list") {
        fmt::print("{}", list_known_sets(operands.size() > 1 ? operands[1] : ""));
        return kDone;
    }
    if (operands[0] != "check") throw UsageError(unknown_name("action", operands[0], actions));
    if (operands.size() < 2) throw UsageError("datasets check needs a folder (see: bfr datasets --help)");
    return check(arguments);
}

}  // namespace

Command datasets_command() {
    return {"datasets", "the field's test sets; what a folder of pictures is", page(), datasets};
}

}  // namespace bfr
