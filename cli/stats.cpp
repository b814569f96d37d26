#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "cli/command.h"
#include "cli/start.h"
#include "cli/stop.h"
#include "reports/folder_statistics.h"
#include "reports/text.h"
#include "reports/threads.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "stats DIR --out FILE [OPTIONS]",
        "Computes the mean and covariance of the Inception features of a folder's pictures once, for metrics that "
        "compare\n"
        "with them: fid:stats=FILE, fid_infinity:stats=FILE. The file says of how many pictures it is, by which "
        "convention\n"
        "(resizer, sums), of which weights and which list of pictures; a metric refuses one that isn't of its own\n"
        "features and convention. A FILE that ends in .npz is written as pytorch-fid's, one in .pth as BasicSR's:\n"
        "those tools don't read what it is of, bfr does.\n"
        "\n"
        "Stopped, the same command goes on: what is done is kept in FILE.features until the file is written. Pictures "
        "that\n"
        "can't be read are named and left out, and the exit code is 1.",
        {"out", "convention", "order", "inception", "pattern", "recursive", "limit", "jobs", "threads", "weights"},
        {"bfr stats ffhq512 --out ffhq512.stats", "bfr stats ffhq512 --out ffhq512.npz"},
        1,
        {},
        {{"out", "the file that is written: NAME.stats, NAME.npz or NAME.pth"},
         {"pattern", "which files are read, and what {id} is in their names"}}};
    return page;
}

StatisticsFormat format_of(const fs::path& file) {
    if (file.extension() == ".npz") return StatisticsFormat::kNpz;
    if (file.extension() == ".stats") return StatisticsFormat::kStats;
    if (file.extension() == ".pth") return StatisticsFormat::kPth;
    throw UsageError(
        fmt::format("--out {}: must end in .stats, or in .npz for pytorch-fid's format, or in .pth for BasicSR's",
                    printable(file)));
}

InceptionConvention convention_of(const Arguments& arguments) {
    Spec spec("stats");
    for (const char* option : {"convention", "order"}) {
        if (arguments.has(option)) spec.set(option, arguments.text(option));
    }
    SpecReader reader(spec, "command");
    return read_inception_convention(reader);
}

int stats(const Arguments& arguments, const std::vector<std::string>&) {
    if (arguments.operands().empty()) throw UsageError("of which folder? bfr stats DIR --out FILE");
    const fs::path folder = arguments.operands()[0], out = arguments.required("out");
    const StatisticsFormat format = format_of(out);
    const InceptionConvention convention = convention_of(arguments);
    DataOptions data;
    read_data_options(arguments, data);
    FolderListing listing = list_folder(folder, data.pattern, data.recursive);
    while (data.limit > 0 && listing.files.size() > data.limit) listing.files.erase(std::prev(listing.files.end()));
    if (listing.files.size() < 2)
        throw UsageError(fmt::format("{}: a covariance needs at least 2 pictures, and there {} {}", printable(folder),
                                     listing.files.size() == 1 ? "is" : "are", listing.files.size()));
    std::optional<fs::path> inception;
    if (arguments.has("inception")) inception = arguments.text("inception");
    const InceptionFeatures features("stats", convention, inception, unit_context(arguments));
    const int jobs = resolve_jobs(jobs_option(arguments));
    set_up_process_threads(jobs, threads_option(arguments));
    warn_of_slow_blas();

    const auto progress = terminal_progress();
    for (const auto& one : listing.left_out) progress->note(fmt::format("left out: {}: {}", one.path, one.reason));
    const fs::path store = out.string() + ".features";
    const FolderStatistics made =
        folder_statistics(listing.files, convention, features, store, jobs, *progress, stop_on_signals());
    for (const auto& [id, reason] : made.failed) progress->note(fmt::format("failed: {}: {}", id, reason));
    write_statistics(out, made.statistics, format);
    std::error_code ignored;
    fs::remove(store, ignored);
    const Gaussian& gaussian = made.statistics.gaussian;
    fmt::print(
        "file         {}\nn            {}\nfailed       {}\nrank         at most {} of {}\nconvention   {}\nfeatures   "
        "  "
        "{}\nlist sha256  {}\n",
        visible(printable(out)), gaussian.n, made.failed.size(), gaussian.largest_rank(), gaussian.size(),
        made.statistics.convention, made.statistics.features, made.statistics.list_sha256);
    return made.failed.empty() ? kDone : kSomeFailed;
}

}  // namespace

Command stats_command() {
    return {"stats", "mean and covariance of a folder's Inception features, for fid:stats=FILE", page(), stats};
}

}  // namespace bfr
