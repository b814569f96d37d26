#include "reports/report.h"

#include <algorithm>
#include <map>

#include "base/files.h"
#include "base/sha256.h"
#include "reports/ablation_report.h"
#include "reports/comparison.h"
#include "reports/describe.h"
#include "reports/json_values.h"
#include "reports/known_data.h"
#include "reports/pipeline.h"
#include "reports/protocols.h"
#include "reports/row_values.h"
#include "reports/statistics.h"
#include "reports/threads.h"

namespace bfr {
namespace {

class Builder {
  public:
    Builder(const RunDescription& description, const std::vector<Record>& records, std::span<const Task* const> tasks,
            std::span<const StoredSet> sets, const std::atomic<bool>* stop)
        : description_(description), tasks_(tasks), sets_(sets), stop_(stop) {
        for (const auto& method : description.methods) {
            if (method.at("available")) columns_.emplace_back(method.at("label"), RecordColumn(description.ids.size()));
        }
        for (const auto& record : records) place(record);
        for (const auto& unit : description.units) {
            if (!unit.at("available")) continue;
            for (const auto& value : unit.at("values")) value_names_.push_back(value.at("name"));
        }
    }

    // After rows().
    bool complete() const {
        return !stopped_ && std::all_of(columns_.begin(), columns_.end(), [](const auto& column) {
            return std::all_of(column.second.begin(), column.second.end(), [](const Record* one) { return one; });
        });
    }

    Json data() const;
    Json rows();
    Json samples() const;
    Json timing(const RunCost& cost) const;
    Json ablation(const Json& rows) const {
        return ablation_section(description_.ablation, columns_, value_names_, rows, description_.config.seed);
    }
    Json comparison(const Json& rows) const {
        const RunConfig& config = description_.config;
        return comparison_section(config.against, description_.methods, columns_, value_names_, rows, config.seed);
    }
    Json units() const;  // after rows(): with what the tasks said of their set values

  private:
    void place(const Record& record) {
        const auto& ids = description_.ids;
        const auto found = std::lower_bound(ids.begin(), ids.end(), record.sample);
        if (found == ids.end() || *found != record.sample) return;
        for (auto& [label, column] : columns_) {
            if (label == record.method) column[static_cast<size_t>(found - ids.begin())] = &record;
        }
    }

    const Record* any_record(size_t sample) const {
        for (const auto& [label, column] : columns_) {
            if (column[sample]) return column[sample];
        }
        return nullptr;
    }

    Json values_of_row(const std::vector<Json>& summaries, size_t row) const;
    std::vector<SetOfRow> sets_of_rows() const;
    void add_set(const std::string& label, SetOfRow one, Json& row);
    void add_tasks(const RecordColumn& column, Json& row);

    const RunDescription& description_;
    std::span<const Task* const> tasks_;
    std::span<const StoredSet> sets_;
    const std::atomic<bool>* stop_;
    bool stopped_ = false;  // before every set metric was summed up
    std::vector<std::pair<std::string, RecordColumn>> columns_;
    std::vector<std::string> value_names_;
    std::map<std::string, std::vector<ValueInfo>> set_values_;  // by unit label
};

Json Builder::data() const {
    const auto& data = description_.config.data;
    Json left_out = Json::array();
    for (const auto& one : description_.left_out) left_out.push_back({{"path", one.path}, {"reason", one.reason}});
    std::string inputs;
    std::vector<ListedFile> degraded, reference;
    for (size_t i = 0; i < description_.ids.size(); i++) {
        if (const Record* record = any_record(i)) {
            if (!record->degraded_sha256.empty()) degraded.push_back({record->sample, record->degraded_sha256});
            if (!record->reference_sha256.empty()) reference.push_back({record->sample, record->reference_sha256});
            inputs += Json{record->sample, record->degraded_sha256, record->reference_sha256}.dump() + "\n";
        }
    }
    Json sets = Json::array();
    if (!degraded.empty()) sets.push_back(describe_set("degraded", degraded));
    if (!reference.empty()) sets.push_back(describe_set("reference", reference));
    return {{"degraded", text_or_null(printable(data.degraded))},
            {"reference", text_or_null(printable(data.reference))},
            {"manifest", text_or_null(printable(data.manifest))},
            {"pattern", data.pattern},
            {"n", description_.ids.size()},
            {"left_out", left_out},
            {"fingerprint", sha256(std::string_view(inputs))},
            {"sets", sets}};
}

Json Builder::values_of_row(const std::vector<Json>& summaries, size_t row) const {
    Json values = Json::object();
    for (size_t i = 0; i < value_names_.size(); i++) values[value_names_[i]] = summaries[row * value_names_.size() + i];
    return values;
}

void Builder::add_set(const std::string& label, SetOfRow one, Json& row) {
    row["set_values"].update(one.set_values);
    if (!one.details.empty()) row["details"][label] = std::move(one.details);
    if (!one.infos.empty()) set_values_[label] = std::move(one.infos);
}

// Of each column all set metrics, two at once where the run has jobs: a Frechet distance takes seconds and some 200 MB,
// a kernel distance up to 512 MB.
std::vector<SetOfRow> Builder::sets_of_rows() const {
    constexpr int kMostAtOnce = 2;
    std::vector<SetOfRow> all(columns_.size() * sets_.size());
    const std::atomic<bool> never{false};
    run_pipeline(
        all.size(), std::min(kMostAtOnce, resolve_jobs(description_.config.jobs)),
        [&](uint64_t i) {
            const StoredSet& set = sets_[i % sets_.size()];
            all[i] = metric_of_row(columns_[i / sets_.size()].second, *set.metric, *set.store, set.against, stop_);
            return std::function<void()>();
        },
        never);
    return all;
}

void Builder::add_tasks(const RecordColumn& column, Json& row) {
    for (const Task* task : tasks_) add_set(task->info().label, task_of_row(column, *task), row);
}

Json Builder::rows() {
    // The bootstraps are the work here: each is a pure function, so they may run side by side.
    std::vector<Json> summaries(columns_.size() * value_names_.size());
    const std::atomic<bool> never{false};
    run_pipeline(
        summaries.size(), 0,
        [&](uint64_t i) {
            summaries[i] = value_of_row(columns_[i / value_names_.size()].second, value_names_[i % value_names_.size()],
                                        description_.config.seed);
            return std::function<void()>();
        },
        never);

    std::vector<SetOfRow> sets = sets_of_rows();
    stopped_ = std::ranges::any_of(sets, &SetOfRow::stopped);
    Json rows = Json::array();
    for (size_t i = 0; i < columns_.size(); i++) {
        const auto& [label, column] = columns_[i];
        uint64_t restored = 0, failed = 0;
        Json failures = Json::array();
        for (const Record* record : column) {
            if (!record) continue;
            restored += record->restored ? 1 : 0;
            failed += record->failures.empty() ? 0 : 1;
            for (const auto& failure : record->failures) {
                failures.push_back({{"sample", record->sample},
                                    {"stage", failure.stage},
                                    {"unit", text_or_null(failure.unit)},
                                    {"reason", failure.reason}});
            }
        }
        Json row = {{"method", label},
                    {"n", restored},
                    {"failed", failed},
                    {"failures", failures},
                    {"values", values_of_row(summaries, i)},
                    {"set_values", Json::object()},
                    {"details", Json::object()}};
        for (size_t s = 0; s < sets_.size(); s++)
            add_set(sets_[s].metric->info().label, std::move(sets[i * sets_.size() + s]), row);
        add_tasks(column, row);
        rows.push_back(std::move(row));
    }
    return rows;
}

Json Builder::samples() const {
    Json samples = Json::array();
    for (size_t i = 0; i < description_.ids.size(); i++) {
        const Record* first = any_record(i);
        if (!first) continue;
        Json results = Json::object();
        for (const auto& [label, column] : columns_) {
            const Record* record = column[i];
            if (!record) continue;
            const bool ok = record->restored;
            const Json json = to_json(*record);
            results[label] = {{"status", ok ? "ok" : "failed"},
                              {"stage", ok ? Json() : Json(record->failures.at(0).stage)},
                              {"reason", ok ? Json() : Json(record->failures.at(0).reason)},
                              {"output_sha256", json["output_sha256"]},
                              {"values", json["values"]},
                              {"missing", json["missing"]},
                              {"details", record->details}};
            for (const char* key : {"excluded", "extras"}) {
                if (json.contains(key)) results[label][key] = json[key];
            }
        }
        samples.push_back({{"id", first->sample},
                           {"group", text_or_null(first->group)},
                           {"label", text_or_null(first->label)},
                           {"degraded_sha256", text_or_null(first->degraded_sha256)},
                           {"reference_sha256", text_or_null(first->reference_sha256)},
                           {"width", first->width > 0 ? Json(first->width) : Json()},
                           {"height", first->height > 0 ? Json(first->height) : Json()},
                           {"results", std::move(results)}});
    }
    return samples;
}

Json Builder::timing(const RunCost& cost) const {
    std::map<std::string, std::vector<double>> of_methods, of_units;
    for (const auto& [label, column] : columns_) {
        for (const Record* record : column) {
            if (!record) continue;
            if (record->seconds) of_methods[label].push_back(*record->seconds);
            for (const auto& [unit, seconds] : record->unit_seconds) of_units[unit].push_back(seconds);
        }
    }
    Json methods = Json::object(), units = Json::object();
    for (const auto& method : description_.methods) {
        const auto found = of_methods.find(method.at("label"));
        const bool timed = found != of_methods.end() && !method.at("finished");
        methods[method.at("label")] = {{"seconds_median", timed ? Json(quantile(found->second, 0.5)) : Json()},
                                       {"seconds_mean", timed ? Json(mean(found->second)) : Json()}};
    }
    for (const auto& unit : description_.units) {
        const auto found = of_units.find(unit.at("label"));
        units[unit.at("label")] = {{"seconds_mean", found == of_units.end() ? Json() : Json(mean(found->second))}};
    }
    return {{"wall_seconds", cost.wall_seconds},
            {"methods", methods},
            {"units", units},
            {"peak_memory_bytes", cost.peak_memory_bytes}};
}

Json Builder::units() const {
    Json units = description_.units;
    for (auto& unit : units) {
        unit["set_values"] = Json::array();
        const auto found = set_values_.find(unit.at("label"));
        if (found == set_values_.end()) continue;
        for (const auto& value : found->second) unit["set_values"].push_back(describe(value));
    }
    return units;
}

}  // namespace

Json build_report(const RunDescription& description, std::vector<Record> records, std::span<const Task* const> tasks,
                  std::span<const StoredSet> sets, Json context, const RunCost& cost, const std::atomic<bool>* stop) {
    Builder builder(description, records, tasks, sets, stop);
    const Json rows = builder.rows();
    const Json data = builder.data();
    Json report = {{"schema", kReportSchema},
                   {"context", std::move(context)},
                   {"complete", builder.complete()},
                   {"seed", description.config.seed},
                   {"data", data},
                   {"methods", description.methods},
                   {"units", builder.units()},
                   {"warnings", training_warnings(data.at("sets"), description.methods, description.units)},
                   {"rows", rows},
                   {"samples", builder.samples()},
                   {"timing", builder.timing(cost)}};
    if (!description.config.presets.empty())
        report["presets"] = describe_presets(description.config.presets, may_have_references(description.config),
                                             report["units"], rows);
    if (!description.ablation.empty()) report["ablation"] = builder.ablation(rows);
    if (!description.config.against.empty()) report["comparison"] = builder.comparison(rows);
    return report;
}

std::string report_text(const Json& report) {
    return report.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bfr
