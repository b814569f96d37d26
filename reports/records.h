// What is known of one sample under one method: a line of records.jsonl.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/unit.h"
#include "datasets/sample.h"

namespace bfr {

struct Failure {
    std::string stage;  // "read", "restore", "score" or "write"
    std::string unit;   // the label of the metric or task; empty else
    std::string reason;
    bool operator==(const Failure&) const = default;
};

struct Record {
    std::string method;  // label
    std::string sample;  // id
    std::string inputs;  // input_fingerprint() of what it was computed from
    std::string group, label;
    std::string degraded_sha256, reference_sha256;  // empty where there is none or it can't be read
    int width = 0, height = 0;  // of the degraded picture, or of the reference without one; 0 where unread
    bool restored = false;      // else failures[0] is why
    std::string output_sha256;  // of the restored pixels; empty where not restored
    std::vector<std::pair<std::string, Score>> values;  // by ValueInfo::name, in the order of the units; finite
    // Of Restored::extras, where they were written: name -> path below the run's folder.
    std::vector<std::pair<std::string, std::string>> extras;
    Json details = Json::object();   // unit label (the method's own too) -> details, where not empty
    Json features = Json::object();  // unit label -> Scores::features, where there are any
    std::vector<Failure> failures;
    std::optional<double> seconds;                             // of restore()
    std::vector<std::pair<std::string, double>> unit_seconds;  // by unit label
};

Json to_json(const Record& record);
// Throws Error where it is not a record.
Record record_from_json(const Json& json);

// A hash of all that a record depends on besides the run's configuration: both files' hashes, group, label, annotated
// points.
std::string input_fingerprint(const SampleFiles& sample, const std::string& degraded_sha256,
                              const std::string& reference_sha256);

// Calls use(record) for every line in the order of the file. A last line that was torn by the death of its writer is
// left out; any other line that is not a record is an Error with file and line. A missing file has no records. Returns
// the bytes of whole records.
uint64_t read_records(const std::filesystem::path& file, const std::function<void(Record&&)>& use);

// Appends to records.jsonl; what append() returned from is on the disk.
class RecordLog {
  public:
    // `keep` bytes of the file stay (read_records' result), a torn line behind them is cut off.
    RecordLog(std::filesystem::path file, uint64_t keep);
    ~RecordLog();
    RecordLog(const RecordLog&) = delete;
    RecordLog& operator=(const RecordLog&) = delete;

    // Throws Error naming the file (no space, say); the file then ends with the last record before.
    void append(std::span<const Record> records);

  private:
    std::filesystem::path file_;
    int fd_ = -1;
    uint64_t size_ = 0;
};

}  // namespace bfr
