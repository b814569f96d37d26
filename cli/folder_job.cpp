#include "cli/folder_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "cli/command.h"
#include "cli/output_folder.h"
#include "cli/start.h"
#include "cli/stop.h"
#include "reports/extras.h"
#include "reports/pipeline.h"
#include "reports/progress.h"
#include "reports/run_folder.h"
#include "reports/sample_run.h"
#include "reports/text.h"
#include "reports/threads.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr size_t kMostNotes = 10;  // failures that are told at once; all of them are in the record file

class Runner {
  public:
    Runner(const Arguments& arguments, const FolderJob& job) : job_(job), out_(arguments.required("out")) {
        DataOptions data;
        read_data_options(arguments, data);
        const fs::path in = arguments.required("in");
        refuse_output_among_input("in", in, out_, data.recursive);
        FolderListing listing = list_folder(in, data.pattern, data.recursive);
        std::vector<std::string> ids;
        for (auto& [id, file] : listing.files) {
            ids.push_back(id);
            if (data.limit == 0 || items_.size() < data.limit) items_.emplace_back(id, file);
        }
        left_out_ = std::move(listing.left_out);
        in_ = in;
        pattern_ = data.pattern;
        recursive_ = data.recursive;
        if (items_.empty()) {
            const LeftOut& first = left_out_.front();
            throw UsageError(fmt::format("{}: has no picture that can be taken; the first that was left out: {}: {}",
                                         printable(in), first.path, first.reason));
        }
        if (job.listed) job.listed(ids);
        jobs_ = resolve_jobs(jobs_option(arguments));
        set_up_process_threads(jobs_, threads_option(arguments));
    }

    int run() {
        const RunLock lock(RunFolder{out_});
        enter(out_, "out");
        for (const auto& [option, folder] : job_.more_folders) enter(folder, option);
        older_ = pictures_in(out_, recursive_);
        warn_of_slow_blas();
        // An older one says nothing of the pictures that are written from now on.
        std::error_code ignored;
        fs::remove(record_path(), ignored);
        const auto& stop = stop_on_signals();
        const auto progress = terminal_progress();
        note_all(*progress, left_out_.size(), "left out",
                 [&](size_t i) { return left_out_[i].path + ": " + left_out_[i].reason; });
        progress->begin("pictures", items_.size(), 0);
        const size_t chunk = job_.chunk == 0 ? items_.size() : static_cast<size_t>(job_.chunk);
        for (size_t begin = 0; begin < items_.size() && !stop; begin += chunk) {
            const size_t n = std::min(chunk, items_.size() - begin);
            if (job_.prepare && !job_.prepare(std::span(items_).subspan(begin, n))) break;
            work_on(begin, n, *progress, stop);
        }
        progress->end();
        write_records();
        return tell();
    }

  private:
    void enter(const fs::path& folder, const std::string& option) const {
        Json job = job_.job;
        // From here, so that all of it may be moved.
        std::error_code code;
        job["in"] = printable(fs::proximate(in_, folder, code));
        job["pattern"] = pattern_;
        job["recursive"] = recursive_;
        enter_output_folder(folder, option, job);
    }

    void work_on(size_t begin, size_t n, Progress& progress, const std::atomic<bool>& stop) {
        run_pipeline(
            n, jobs_,
            [&](uint64_t k) -> std::function<void()> {
                const size_t i = begin + k;
                PictureOutcome outcome = work(i);
                std::vector<std::string> written;
                for (const auto& [path, image] : outcome.pictures)
                    written.push_back(path.lexically_relative(out_).generic_string());
                return [this, i, &progress, written = std::move(written), failures = std::move(outcome.failures),
                        lines = std::move(outcome.lines)] {
                    made_ += !written.empty();
                    written_.insert(written.begin(), written.end());
                    record(i, failures, lines, progress);
                };
            },
            stop);
    }

    // Writing throws through: where the folder takes no picture, there is no use in going on.
    PictureOutcome work(size_t i) const {
        const auto& [id, file] = items_[i];
        PictureOutcome outcome;
        try {
            outcome = job_.work(id, file);
        } catch (...) {
            const std::string reason = current_exception_text();
            outcome = {};
            if (job_.failure_line) outcome.lines.push_back(job_.failure_line(id, file, reason));
            outcome.failures.push_back(reason);
        }
        if (outcome.pictures.empty()) {
            std::error_code ignored;
            for (const auto& path : job_.stale(id)) fs::remove(path, ignored);
        }
        for (const auto& [path, image] : outcome.pictures) save_png(*image, path);
        for (const auto& [path, content] : outcome.extras) write_content(content, path);
        return outcome;
    }

    void record(size_t i, const std::vector<std::string>& failures, const std::vector<Json>& lines,
                Progress& progress) {
        std::string& text = records_[i];
        for (const auto& line : lines) text += line.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
        for (const auto& reason : failures) {
            failed_++;
            if (failed_ <= kMostNotes || !job_.failure_line)
                progress.note(fmt::format("failed: {}: {}", items_[i].first, reason));
            else if (failed_ == kMostNotes + 1)
                progress.note(fmt::format("more failures are in {}", printable(record_path())));
        }
        progress.advance(1);
    }

    template <class Text>
    static void note_all(Progress& progress, size_t count, const char* what, const Text& text) {
        for (size_t i = 0; i < count && i < kMostNotes; i++) progress.note(fmt::format("{}: {}", what, text(i)));
        if (count > kMostNotes) progress.note(fmt::format("{}: {} more", what, count - kMostNotes));
    }

    fs::path record_path() const { return out_ / job_.record_file; }

    void write_records() const {
        std::string text;
        for (const auto& [i, lines] : records_) text += lines;
        write_text(record_path(), text);
    }

    int tell() const {
        const size_t done = records_.size();
        fmt::print(stderr, "bfr: {} of {} {}{}; see {}\n", made_, count_text(items_.size(), "picture"), job_.what,
                   failed_ > 0 ? fmt::format(", {}", count_text(failed_, "failure")) : "", printable(record_path()));
        if (done < items_.size()) fmt::print(stderr, "bfr: stopped early; the same command does all of them\n");
        tell_older();
        return failed_ > 0 || done < items_.size() ? kSomeFailed : kDone;
    }

    // Those of an earlier start of the same job, with another --limit say: right, but not in the record.
    void tell_older() const {
        std::vector<std::string> stay;
        std::error_code code;
        for (const auto& name : older_) {
            if (!written_.contains(name) && fs::exists(out_ / name, code)) stay.push_back(name);
        }
        if (stay.empty()) return;
        fmt::print(stderr, "bfr: {} of an earlier start of this job {} in the folder (the first: {})\n",
                   count_text(stay.size(), "picture"), stay.size() == 1 ? "stays" : "stay", visible(stay.front()));
    }

    const FolderJob& job_;
    const fs::path out_;
    fs::path in_;
    std::string pattern_;
    bool recursive_ = false;
    std::vector<std::string> older_;  // pictures that were there, as paths below the folder
    std::set<std::string> written_;
    std::vector<std::pair<std::string, fs::path>> items_;
    std::vector<LeftOut> left_out_;
    int jobs_ = 1;
    std::map<size_t, std::string> records_;
    size_t made_ = 0;  // pictures that came to something
    uint64_t failed_ = 0;
};

}  // namespace

int run_folder_job(const Arguments& arguments, const FolderJob& job) { return Runner(arguments, job).run(); }

}  // namespace bfr
