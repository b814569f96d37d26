// The output folder of a run: which file lies where, who may write there, and whether a run may go on in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "datasets/sample.h"
#include "reports/config.h"

namespace bfr {

inline constexpr const char* kReportSchema = "bfr-report/1";

// A method's label as a folder name: itself where it has only letters, digits and "._-", else with the others replaced
// and eight digits of its hash, so that two labels never share a folder.
std::string method_slug(const std::string& label);

// Of a key of features: "KEY.bin", made a file name likewise.
std::string features_file_name(const std::string& key);

struct RunFolder {
    std::filesystem::path root;

    std::filesystem::path run_file() const { return root / "run.json"; }
    std::filesystem::path records() const { return root / "records.jsonl"; }
    std::filesystem::path report() const { return root / "report.json"; }
    std::filesystem::path markdown() const { return root / "report.md"; }
    std::filesystem::path html() const { return root / "report.html"; }
    // Small pictures beside report.html (reports/run_page/gallery.h).
    std::filesystem::path thumbnails() const { return root / "thumbnails"; }
    std::filesystem::path lock() const { return root / ".lock"; }
    // What a batch needs while it is under way.
    std::filesystem::path scratch() const { return root / ".batch"; }
    // Of set metrics' features (reports/feature_store.h).
    std::filesystem::path features(const std::string& key) const;
    // Throws Error for an id that can't be a file name below the folder.
    std::filesystem::path image(const std::string& method_label, const std::string& id) const;
    // Of a file that a method leaves beside a picture (Extra::name); throws likewise.
    std::filesystem::path extra(const std::string& method_label, const std::string& id, const std::string& name) const;
    // As records name it: below the folder, '/' between its parts.
    std::string relative(const std::filesystem::path& path) const;
};

// Holds OUT/.lock as long as it lives; the system frees it when a process dies. Makes the folder.
class RunLock {
  public:
    // UsageError where another process holds it (with its number) or the folder can't be written.
    explicit RunLock(const RunFolder& folder);
    ~RunLock();
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

  private:
    int fd_ = -1;
};

// The number of the process that is at work in the folder ("unknown" where it left none); nothing where none is.
std::optional<std::string> process_at_work(const RunFolder& folder);

// What run.json holds: all that a report needs besides the records.
struct RunDescription {
    RunConfig config;
    Json methods = Json::array();  // as in the report
    Json units = Json::array();    // as in the report, without set_values
    std::vector<std::string> ids;  // the samples, sorted
    std::vector<LeftOut> left_out;
    Json ablation = Json::array();  // reports/ablation.h
};

Json to_json(const RunDescription& description);
// Throws Error naming the file where it isn't a run's.
RunDescription read_description(const std::filesystem::path& file);

// Writes run.json; where there is one already, only if its run can go on as this one: the same configuration apart from
// what can't change a number (jobs, out, limit, weights folders, save_images, allow_commands), the same labels,
// versions, options and weights of all its units, perhaps with more of them. UsageError else, saying what differs and
// what to do.
void enter_run(const RunFolder& folder, const RunDescription& description);

}  // namespace bfr
