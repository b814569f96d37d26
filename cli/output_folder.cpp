#include "cli/output_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "base/parse_json.h"
#include "datasets/sample_ids.h"
#include "reports/differences.h"
#include "reports/text.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr const char* kJobFile = "job.json";
constexpr const char* kJobSchema = "bfr-job/1";

// Empty where there is none that can be read.
Json read_job(const fs::path& file) {
    std::error_code code;
    if (!fs::exists(file, code)) return {};
    try {
        Json job = parse_json(read_text(file), printable(file));
        if (job.is_object() && job.value("schema", "") == kJobSchema) return job;
    } catch (const std::exception&) {  // what explains nothing is as good as none
    }
    return {};
}

}  // namespace

std::vector<std::string> pictures_in(const fs::path& folder, bool recursive) {
    std::vector<std::string> found;
    std::error_code code;
    constexpr auto kOptions = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator at(folder, kOptions, code), end; !code && at != end; at.increment(code)) {
        const std::string name = at->path().filename().native();
        std::error_code unknown;
        if (at->is_directory(unknown)) {
            if (!recursive || name.starts_with('.')) at.disable_recursion_pending();
        } else if (!name.starts_with('.') && is_picture_name(name)) {
            found.push_back(at->path().lexically_relative(folder).generic_string());
        }
    }
    std::ranges::sort(found);
    return found;
}

void enter_output_folder(const fs::path& folder, const std::string& option, const Json& job) {
    std::error_code code;
    fs::create_directories(folder, code);  // where it can't be made, writing says so
    Json now = {{"schema", kJobSchema}};
    now.update(job);
    const fs::path file = folder / kJobFile;
    const Json there = read_job(file);
    if (there == now) return;
    const auto recursive = [](const Json& one) { return one.is_object() && one.value("recursive", Json()) == true; };
    const auto pictures = pictures_in(folder, recursive(now) || recursive(there));
    if (!pictures.empty()) {
        const std::string why = there.is_null() ? fmt::format(", and no {} that says which job made them", kJobFile)
                                                : " of another job:" + difference_list(there, now);
        throw UsageError(
            fmt::format("{}: holds {} (the first: {}){}\n  Choose another folder with --{}, or delete this one: "
                        "pictures of two jobs in one folder would be scored as one",
                        printable(folder), count_text(pictures.size(), "picture"), pictures.front(), why, option));
    }
    write_text(file, now.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

void refuse_output_among_input(const std::string& option, const fs::path& in, const fs::path& out, bool recursive) {
    std::error_code code;
    if (fs::equivalent(in, out, code))
        throw UsageError(fmt::format("--{} and --out are the same folder; its pictures would be lost", option));
    if (!recursive) return;
    const fs::path below = fs::weakly_canonical(out, code).lexically_relative(fs::weakly_canonical(in, code));
    if (code || below.empty() || *below.begin() == "..") return;
    throw UsageError(
        fmt::format("--out is a folder below --{}, which is read with all folders in it: what is written now would be "
                    "read the next time; name one outside",
                    option));
}

}  // namespace bfr
