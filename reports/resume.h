// What earlier starts of a run left, and what is still to be done.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reports/records.h"
#include "reports/sample_run.h"

namespace bfr {

// A record stands if its sample's files, group, label and points are what they were, a finished method still gives the
// same picture, and the saved picture, the files beside it and the features that set metrics keep are there. Everything
// else is done again; of two records of one sample and method the later one counts.
class Resume {
  public:
    // Reads OUT/records.jsonl. Both references must outlive it; `samples` sorted by id.
    Resume(const RunPlan& plan, const std::vector<SampleFiles>& samples);

    // Hashes the files of the samples that have records. Ends early once `stop` is set.
    void check(int jobs, const std::atomic<bool>& stop);

    // A sample and its methods, by index into the samples and the plan's methods; sorted.
    using Pending = std::pair<size_t, std::vector<size_t>>;
    const std::vector<Pending>& pending() const { return pending_; }
    uint64_t kept() const { return kept_; }           // records that stand
    uint64_t stale() const { return stale_.size(); }  // records of what has changed since, and that weren't redone yet
    uint64_t whole_bytes() const { return whole_bytes_; }

    void redone(const Record& record) { stale_.erase({record.method, record.sample}); }
    // Whether a report may hold the record: neither has anything changed since, nor did `stop` come before its check.
    bool holds(const Record& record) const {
        return !stale_.contains({record.method, record.sample}) && !unchecked_.contains(record.sample);
    }

  private:
    std::vector<size_t> check_sample(size_t i);
    bool stands(const Record& record, const Restorer& method, const SampleFiles& sample, const std::string& inputs);

    const RunPlan& plan_;
    const std::vector<SampleFiles>& samples_;
    std::vector<std::map<size_t, Record>> found_;  // by sample, then method; without values and details
    std::vector<Pending> pending_;
    uint64_t whole_bytes_ = 0, kept_ = 0;
    std::set<std::string> unchecked_;  // ids
    std::mutex mutex_;
    std::set<std::pair<std::string, std::string>> stale_;  // method, sample
};

}  // namespace bfr
