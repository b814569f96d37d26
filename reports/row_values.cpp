#include "reports/row_values.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/sha256.h"
#include "reports/json_values.h"
#include "reports/sample_run.h"
#include "reports/statistics.h"

namespace bfr {
namespace {

constexpr const char* kNotRestored = "not restored";
constexpr const char* kNoReference = "there is no reference";

using Reasons = std::map<std::string, uint64_t>;  // why samples are missing, and how many for each

Json interval_or_null(const std::optional<Interval>& interval) {
    if (!interval) return {};
    return {{"low", interval->low},    {"high", interval->high},
            {"level", kLevel},         {"method", "percentile bootstrap"},
            {"resamples", kResamples}, {"clusters", interval->clusters ? Json(*interval->clusters) : Json()}};
}

// `samples`: ids in the order of the run's.
Json support(const std::vector<std::string>& samples, const Reasons& missing) {
    Json reasons = Json::object();
    uint64_t missing_n = 0;
    for (const auto& [reason, count] : missing) {
        reasons[reason] = count;
        missing_n += count;
    }
    return {{"n", samples.size()},
            {"missing", missing_n},
            {"missing_reasons", reasons},
            {"samples_sha256", sha256(Json(samples).dump())}};
}

Score find_value(const Record& record, const std::string& name) {
    for (const auto& [value_name, score] : record.values) {
        if (value_name == name) return score;
    }
    return Score::none(kNotRestored);
}

// What a statistic is over, and what it lacks.
struct Supported {
    std::vector<Observation> observations;
    std::vector<std::string> samples;
    Reasons missing, excluded;

    void add(const Record& record, double value) {
        observations.push_back({value, record.group});
        samples.push_back(record.sample);
    }
    void add_lack(const Score& score, bool of_baseline = false) {
        if (score.is_excluded) {
            excluded[score.reason + (of_baseline ? " in the baseline" : "")]++;
        } else {
            missing[(of_baseline ? "baseline: " : "") + score.reason]++;
        }
    }
};

Json describe(const Supported& all, const std::string& name, uint64_t seed) {
    const Summary summary = summarise(all.observations, seed, name);
    Json value = support(all.samples, all.missing);
    if (!all.excluded.empty()) {
        uint64_t excluded = 0;
        for (const auto& [reason, count] : all.excluded) excluded += count;
        value["excluded"] = excluded;
        value["excluded_reasons"] = all.excluded;
    }
    value["mean"] = number_or_null(summary.mean);
    value["std"] = number_or_null(summary.std);
    value["median"] = number_or_null(summary.median);
    value["min"] = number_or_null(summary.min);
    value["max"] = number_or_null(summary.max);
    value["interval"] = interval_or_null(summary.interval);
    return value;
}

using Absent = std::map<std::string, std::string>;  // samples, and why

// Why a unit has nothing of a sample; none where it has.
std::optional<std::string> why_not_scored(const Record& record, const std::string& unit) {
    if (!record.restored) return kNotRestored;
    const auto threw = std::ranges::find(record.failures, unit, &Failure::unit);
    return threw == record.failures.end() ? std::nullopt : std::optional(threw->reason);
}

// `present`: the samples that the unit was given.
SetOfRow describe(SetSummary summary, const std::vector<std::string>& present, const Absent& absent,
                  const char* left_out) {
    SetOfRow row;
    for (const auto& value : summary.values) {
        BFR_CHECK(value.samples.size() <= present.size() + absent.size(), "{} is over {} samples of {}",
                  value.info.name, value.samples.size(), present.size() + absent.size());
        const std::set<std::string> counted(value.samples.begin(), value.samples.end());
        Reasons missing;
        for (const auto& [sample, reason] : absent) missing[reason] += counted.contains(sample) ? 0 : 1;
        for (const auto& sample : present) missing[left_out] += counted.contains(sample) ? 0 : 1;
        std::erase_if(missing, [](const auto& one) { return one.second == 0; });
        Json set_value = support(value.samples, missing);
        set_value["value"] = number_or_null(value.score.value);
        set_value["reason"] = nullptr;
        if (set_value["value"].is_null()) {
            set_value["reason"] = value.score.value ? "not a finite number" : value.score.reason;
        }
        set_value["interval"] = interval_or_null(value.interval);
        if (!value.note.empty()) set_value["note"] = value.note;
        row.set_values[value.info.name] = std::move(set_value);
        row.infos.push_back(value.info);
    }
    row.details = std::move(summary.details);
    return row;
}

}  // namespace

Json value_of_row(const RecordColumn& column, const std::string& name, uint64_t seed) {
    Supported all;
    for (const Record* record : column) {
        if (!record) continue;
        const Score found = find_value(*record, name);
        if (found.value) {
            all.add(*record, *found.value);
        } else {
            all.add_lack(found);
        }
    }
    return describe(all, name, seed);
}

Json difference_of_rows(const RecordColumn& column, const RecordColumn& baseline, const std::string& name,
                        uint64_t seed) {
    BFR_CHECK(column.size() == baseline.size(), "rows of {} and {} samples", column.size(), baseline.size());
    Supported all;
    for (size_t i = 0; i < column.size(); i++) {
        if (!column[i] || !baseline[i]) continue;
        const Score mine = find_value(*column[i], name), other = find_value(*baseline[i], name);
        if (mine.value && other.value) {
            all.add(*column[i], *mine.value - *other.value);
        } else if (mine.value) {
            all.add_lack(other, true);
        } else {
            all.add_lack(mine);
        }
    }
    return describe(all, name, seed);
}

SetOfRow task_of_row(const RecordColumn& column, const Task& task) {
    const auto& info = task.info();
    std::vector<TaskRecord> records;
    Absent absent;
    std::vector<std::string> present;
    for (const Record* record : column) {
        if (!record) continue;
        if (const auto why = why_not_scored(*record, info.label)) {
            absent[record->sample] = *why;
            if (info.told_of_failures) records.push_back({record->sample, record->group, {}, Json::object(), {}, true});
            continue;
        }
        TaskRecord one{record->sample,
                       record->group,
                       {},
                       record->details.value(info.label, Json::object()),
                       record->features.value(info.label, Json())};
        for (const auto& value : info.values) {
            for (const auto& [name, score] : record->values) {
                if (name == value.name) one.values.push_back(score.value);
            }
        }
        present.push_back(record->sample);
        records.push_back(std::move(one));
    }
    try {
        return describe(task.summarise(records), present, absent, "left out by the task's convention");
    } catch (...) {
        return {{}, Json::object(), {{"not_summarised", current_exception_text()}}};
    }
}

SetOfRow metric_of_row(const RecordColumn& column, const SetMetric& metric, const FeatureStore& store,
                       const ReferenceFolder& against, const std::atomic<bool>* stop) {
    const auto& info = metric.info();
    Absent absent;
    std::vector<std::string> present, restored, references;
    uint64_t without_features = 0;
    for (const Record* record : column) {
        if (!record) continue;
        auto why = why_not_scored(*record, info.label);
        // The references are a set of their own: an output that is missing takes none of them away.
        const bool may_lack = why.has_value();  // a reference that can't be read, say
        if (const std::string& reference = record->reference_sha256; info.needs_reference && !reference.empty()) {
            if (!may_lack || store.contains(reference)) {
                references.push_back(reference);
            } else {
                without_features++;
            }
        }
        if (!why && info.needs_reference && record->reference_sha256.empty()) why = kNoReference;
        if (why) {
            absent[record->sample] = *why;
            continue;
        }
        present.push_back(record->sample);
        restored.push_back(record->output_sha256);
    }
    SetSummary summary;
    bool stopped = false;
    try {
        if (stop && *stop) throw Stopped();
        if (!against.none.empty()) throw Error(against.none);
        const auto restored_rows = store.rows(restored);
        std::unique_ptr<FeatureRows> reference_rows;
        if (info.needs_reference) reference_rows = store.rows(references);
        if (metric.against()) reference_rows = rows_of_either(store, against.store.get(), against.pictures);
        summary = metric.summarise({present, *restored_rows, reference_rows.get(), stop});
        if (metric.against()) summary.details["against"] = against.about;
        for (auto& value : summary.values) {
            if (!against.note.empty()) value.note += (value.note.empty() ? "" : "; ") + against.note;
        }
        if (without_features > 0) summary.details["references_without_features"] = without_features;
    } catch (...) {
        stopped = stop && *stop;
        const std::string reason = current_exception_text();
        for (const auto& value : info.set_values) summary.values.push_back({value, Score::none(reason), present});
    }
    SetOfRow row = describe(std::move(summary), present, absent, "left out by the metric's convention");
    row.stopped = stopped;
    return row;
}

}  // namespace bfr
