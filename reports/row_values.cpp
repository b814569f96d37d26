#include "reports/row_values.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/sha256.h"
#include "reports/statistics.h"

namespace bfr {
namespace {

constexpr const char* kNotRestored = "not restored";
constexpr const char* kLeftOut = "left out by the task's convention";

using Reasons = std::map<std::string, uint64_t>;  // why samples are missing, and how many for each

Json number_or_null(const std::optional<double>& number) {
    return number && std::isfinite(*number) ? Json(*number) : Json();
}

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

struct Found {
    std::optional<double> value;
    std::string reason;  // why there is none
};

Found find_value(const Record& record, const std::string& name) {
    for (const auto& [value_name, score] : record.values) {
        if (value_name == name) return {score.value, score.reason};
    }
    return {std::nullopt, kNotRestored};
}

// What a statistic is over, and what it lacks.
struct Supported {
    std::vector<Observation> observations;
    std::vector<std::string> samples;
    Reasons missing;

    void add(const Record& record, double value) {
        observations.push_back({value, record.group});
        samples.push_back(record.sample);
    }
};

Json describe(const Supported& all, const std::string& name, uint64_t seed) {
    const Summary summary = summarise(all.observations, seed, name);
    Json value = support(all.samples, all.missing);
    value["mean"] = number_or_null(summary.mean);
    value["std"] = number_or_null(summary.std);
    value["median"] = number_or_null(summary.median);
    value["min"] = number_or_null(summary.min);
    value["max"] = number_or_null(summary.max);
    value["interval"] = interval_or_null(summary.interval);
    return value;
}

}  // namespace

Json value_of_row(const RecordColumn& column, const std::string& name, uint64_t seed) {
    Supported all;
    for (const Record* record : column) {
        if (!record) continue;
        const Found found = find_value(*record, name);
        if (found.value) {
            all.add(*record, *found.value);
        } else {
            all.missing[found.reason]++;
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
        const Found mine = find_value(*column[i], name), other = find_value(*baseline[i], name);
        if (mine.value && other.value) {
            all.add(*column[i], *mine.value - *other.value);
        } else {
            all.missing[mine.value ? "baseline: " + other.reason : mine.reason]++;
        }
    }
    return describe(all, name, seed);
}

TaskOfRow task_of_row(const RecordColumn& column, const Task& task) {
    const auto& info = task.info();
    std::vector<TaskRecord> records;
    std::map<std::string, std::string> failed;  // samples, and why
    for (const Record* record : column) {
        if (!record) continue;
        const auto threw = std::find_if(record->failures.begin(), record->failures.end(),
                                        [&](const Failure& failure) { return failure.unit == info.label; });
        if (!record->restored || threw != record->failures.end()) {
            failed[record->sample] = record->restored ? threw->reason : kNotRestored;
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
        records.push_back(std::move(one));
    }
    TaskOfRow row;
    TaskSummary summary;
    try {
        summary = task.summarise(records);
    } catch (const std::exception& error) {
        row.details = {{"not_summarised", error.what()}};
        return row;
    }
    for (const auto& value : summary.values) {
        BFR_CHECK(value.samples.size() <= records.size(), "{} is over {} samples of {}", value.info.name,
                  value.samples.size(), records.size());
        const std::set<std::string> counted(value.samples.begin(), value.samples.end());
        Reasons missing;
        for (const auto& [sample, reason] : failed) missing[reason] += counted.contains(sample) ? 0 : 1;
        for (const auto& one : records) missing[kLeftOut] += one.failed || counted.contains(one.sample_id) ? 0 : 1;
        std::erase_if(missing, [](const auto& one) { return one.second == 0; });
        Json set_value = support(value.samples, missing);
        set_value["value"] = number_or_null(value.score.value);
        set_value["reason"] = nullptr;
        if (set_value["value"].is_null()) {
            set_value["reason"] = value.score.value ? "not a finite number" : value.score.reason;
        }
        set_value["interval"] = interval_or_null(value.interval);
        row.set_values[value.info.name] = std::move(set_value);
        row.infos.push_back(value.info);
    }
    row.details = std::move(summary.details);
    return row;
}

}  // namespace bfr
