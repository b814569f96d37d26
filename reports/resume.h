// What earlier starts of a run left, and what is still to be done.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reports/records.h"
#include "reports/sample_run.h"

namespace bfr {

// A record stands if its sample's files, group, label and points are what they were, a finished method still gives the
// same picture, and the saved picture and the files beside it are there. One that stands but lacks values, or features
// that set metrics keep (a metric is new, or wasn't available before), is completed: the saved picture is scored, where
// it is the restored one to the pixel; finished methods read theirs again. Everything else is done again; of two
// records of one sample and method the later one counts.
class Resume {
  public:
    // Reads OUT/records.jsonl. Both references must outlive it; `samples` sorted by id.
    Resume(const RunPlan& plan, const std::vector<SampleFiles>& samples);

    // Hashes the files of the samples that have records. Ends early once `stop` is set.
    void check(int jobs, const std::atomic<bool>& stop);

    // What is to be done of a sample (its index), sorted by method.
    struct Pending {
        size_t sample;
        std::vector<PendingMethod> methods;
    };
    const std::vector<Pending>& pending() const { return pending_; }
    uint64_t kept() const { return kept_; }  // records that stand, complete
    // Records that weren't redone yet: of what has changed since, and those that lack values.
    uint64_t stale() const { return stale_.size(); }
    uint64_t incomplete() const { return incomplete_.size(); }
    uint64_t whole_bytes() const { return whole_bytes_; }

    void redone(const Record& record) {
        stale_.erase({record.method, record.sample});
        incomplete_.erase({record.method, record.sample});
    }
    // Whether a report may hold the record: it stands, is complete, and `stop` didn't come before its check.
    bool holds(const Record& record) const {
        const std::pair key(record.method, record.sample);
        return !stale_.contains(key) && !incomplete_.contains(key) && !unchecked_.contains(record.sample);
    }

  private:
    std::vector<PendingMethod> check_sample(size_t i);
    bool stands(const Record& record, const Restorer& method, const SampleFiles& sample, const std::string& inputs);
    bool lacks_values(const Record& record) const;
    bool lacks_reference_features(const Record& record) const;

    const RunPlan& plan_;
    const std::vector<SampleFiles>& samples_;
    struct Found {
        bool lacks_values;
        std::shared_ptr<Record> record;  // of one that lacks nothing neither values nor details
    };
    std::vector<std::map<size_t, Found>> found_;  // by sample, then method
    std::vector<Pending> pending_;
    uint64_t whole_bytes_ = 0, kept_ = 0;
    std::set<std::string> unchecked_;  // ids
    std::mutex mutex_;
    std::set<std::pair<std::string, std::string>> stale_, incomplete_;  // method, sample
};

}  // namespace bfr
