#include "reports/resume.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <system_error>

#include "reports/pipeline.h"

namespace bfr {
namespace {

bool failed_at(const Record& record, const std::string& stage) {
    return std::any_of(record.failures.begin(), record.failures.end(),
                       [&](const Failure& failure) { return failure.stage == stage; });
}

bool is_file(const std::filesystem::path& path) {
    std::error_code code;
    const auto size = std::filesystem::file_size(path, code);
    return !code && size > 0;
}

bool image_is_there(const RunPlan& plan, const Record& record) {
    if (!record.restored || failed_at(record, "write")) return true;  // there is none to be had
    return is_file(plan.folder.image(record.method, record.sample));
}

// A record of a start that left others (its method was given options under one name, say) lacks them too.
bool extras_are_there(const RunPlan& plan, const Restorer& method, const Record& record) {
    if (!record.restored || failed_at(record, "write")) return true;
    return std::ranges::all_of(method.info().extras, [&](const std::string& name) {
        return std::ranges::any_of(record.extras, [&](const auto& one) { return one.first == name; }) &&
               is_file(plan.folder.extra(record.method, record.sample, name));
    });
}

}  // namespace

Resume::Resume(const RunPlan& plan, const std::vector<SampleFiles>& samples)
    : plan_(plan), samples_(samples), found_(samples.size()) {
    std::map<std::string, size_t> methods;
    for (size_t m = 0; m < plan.methods.size(); m++) methods[plan.methods[m]->info().label] = m;
    whole_bytes_ = read_records(plan.folder.records(), [&](Record&& record) {
        const auto method = methods.find(record.method);
        const auto sample = std::lower_bound(samples.begin(), samples.end(), record.sample,
                                             [](const SampleFiles& one, const std::string& id) { return one.id < id; });
        if (method == methods.end() || sample == samples.end() || sample->id != record.sample) return;
        const bool lacks = lacks_values(record) || lacks_reference_features(record);
        if (!lacks) {
            record.values.clear();
            record.details = Json();
            record.features = Json();
            record.unit_seconds.clear();
        }
        found_[static_cast<size_t>(sample - samples.begin())].insert_or_assign(
            method->second, Found{lacks, std::make_shared<Record>(std::move(record))});
    });
}

void Resume::check(int jobs, const std::atomic<bool>& stop) {
    run_pipeline(
        samples_.size(), jobs,
        [this](uint64_t i) {
            return [this, i, pending = check_sample(i)] {
                kept_ += plan_.methods.size() - pending.size();
                found_[i].clear();
                if (!pending.empty()) pending_.push_back({i, pending});
            };
        },
        stop);
    std::ranges::sort(pending_, {}, &Pending::sample);
    for (size_t i = 0; i < samples_.size(); i++) {
        if (!found_[i].empty()) unchecked_.insert(samples_[i].id);
    }
    found_.clear();
}

bool Resume::lacks_values(const Record& record) const {
    return record.restored &&
           std::ranges::any_of(plan_.scorers, [&](const Scorer& scorer) { return !is_scored(plan_, record, scorer); });
}

// Of a sample that failed: its reference is in the set of references all the same.
bool Resume::lacks_reference_features(const Record& record) const {
    return !record.restored && !record.reference_sha256.empty() &&
           std::ranges::any_of(plan_.scorers, [&](const Scorer& scorer) {
               return scorer.set && scorer.info->needs_reference &&
                      !plan_.features->of(scorer.set->features()).contains(record.reference_sha256);
           });
}

std::vector<PendingMethod> Resume::check_sample(size_t i) {
    const auto& records = found_[i];
    std::string inputs;
    if (!records.empty()) {
        const SampleFiles& sample = samples_[i];
        inputs = input_fingerprint(sample, file_sha256(sample.degraded), file_sha256(sample.reference));
    }
    std::vector<PendingMethod> pending;
    for (size_t m = 0; m < plan_.methods.size(); m++) {
        const auto found = records.find(m);
        if (found == records.end() || !stands(*found->second.record, *plan_.methods[m], samples_[i], inputs)) {
            pending.push_back({m, nullptr});
        } else if (found->second.lacks_values) {
            const auto& record = found->second.record;
            const bool saved =
                !plan_.methods[m]->info().finished && (!record->restored || saved_picture(plan_.folder, *record));
            pending.push_back({m, saved ? record : nullptr});
            if (!record->restored) continue;  // its values stand; only the reference is read for a set
            const std::lock_guard lock(mutex_);
            incomplete_.emplace(record->method, record->sample);
        }
    }
    return pending;
}

bool Resume::stands(const Record& record, const Restorer& method, const SampleFiles& sample,
                    const std::string& inputs) {
    const bool reads_files = method.info().finished && !failed_at(record, "read");
    if (record.inputs == inputs && (!reads_files || finished_output_is_same(method, record, sample, plan_.seed))) {
        return (!plan_.save_images || image_is_there(plan_, record)) && extras_are_there(plan_, method, record);
    }
    const std::lock_guard lock(mutex_);
    stale_.emplace(record.method, record.sample);
    return false;
}

}  // namespace bfr
