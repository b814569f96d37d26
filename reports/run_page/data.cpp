#include "reports/run_page/data.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/json_values.h"
#include "reports/read.h"
#include "reports/run_page/curves.h"
#include "reports/text.h"
#include "reports/value_columns.h"

namespace bfr {

namespace {

class Builder {
  public:
    explicit Builder(const Json& report) : report_(report) {
        for (const Json& row : member(report, "rows")) {
            rows_.push_back(&row);
            places_.emplace(text_of(row, "method"), rows_.size() - 1);
        }
        for (const auto& group : value_groups(report)) {
            for (const auto& unit : group.units) {
                for (const auto& column : unit) values_.push_back({group.title, column});
            }
        }
    }

    Json methods() const {
        std::map<std::string, const Json*> described;
        for (const Json& method : member(report_, "methods")) described[text_of(method, "label")] = &method;
        Json result = Json::array();
        for (const Json* row : rows_) {
            const std::string label = text_of(*row, "method");
            const auto found = described.find(label);
            const Json& method = found == described.end() ? member(Json(), "") : *found->second;
            const Json& timing = member(member(member(report_, "timing"), "methods"), label);
            result.push_back({{"label", visible(label)},
                              {"summary", visible(text_of(method, "summary"))},
                              {"n", count_of(*row, "n")},
                              {"failed", count_of(*row, "failed")},
                              {"seconds", number_or_null(number_of(timing, "seconds_median"))},
                              {"parameters", number_or_null(number_of(method, "parameters"))},
                              {"gflop", number_or_null(number_of(method, "gflop"))}});
        }
        return result;
    }

    Json values() const {
        Json result = Json::array();
        for (const auto& [group, column] : values_) {
            result.push_back({{"name", visible(column.name)},
                              {"title", visible(column.shown.title)},
                              {"group", visible(group)},
                              {"measure", visible(column.shown.measure)},
                              {"direction", direction_name(column.shown.direction)},
                              {"decimals", column.decimals},
                              {"summary", visible(column.shown.summary)},
                              {"of_set", column.of_set}});
        }
        return result;
    }

    Json rows() const {
        Json result = Json::array();
        for (const Json* row : rows_) {
            Json aggregates = Json::array();
            for (const auto& [group, column] : values_) aggregates.push_back(aggregate(*row, column));
            result.push_back(std::move(aggregates));
        }
        return result;
    }

    // Also fills the columns, which are a sample's like these.
    Json samples() {
        const Json& samples = member(report_, "samples");
        Json ids = Json::array(), failed = Json::array();
        for (const Json& sample : samples) ids.push_back(visible(text_of(sample, "id")));
        for (const Json* row : rows_) failed.push_back(add_columns(samples, text_of(*row, "method")));
        return {{"id", std::move(ids)},
                {"group", texts(samples, "group")},
                {"label", texts(samples, "label")},
                {"failed", std::move(failed)}};
    }

    Json ablations() const {
        Json result = Json::array();
        for (const Json& ablation : member(report_, "ablation")) {
            Json options = Json::array(), arms = Json::array();
            for (const Json& one : member(ablation, "vary")) {
                Json values = Json::array();
                for (const Json& value : member(one, "values"))
                    values.push_back(value.is_string() ? visible(value.get<std::string>()) : "");
                options.push_back({{"option", visible(text_of(one, "option"))}, {"values", std::move(values)}});
            }
            for (const Json& arm : member(ablation, "arms")) {
                const auto found = places_.find(text_of(arm, "method"));
                if (found == places_.end()) continue;
                Json values = Json::array();
                for (const Json& one : member(ablation, "vary"))
                    values.push_back(visible(text_of(member(arm, "options"), text_of(one, "option"))));
                arms.push_back({{"method", found->second}, {"options", std::move(values)}});
            }
            if (options.empty() || arms.empty()) continue;
            result.push_back({{"title", visible(text_of(ablation, "method"))},
                              {"options", std::move(options)},
                              {"arms", std::move(arms)}});
        }
        return result;
    }

    Json take_columns() { return std::move(columns_); }
    Json take_why() { return std::move(why_); }
    Json take_reasons() { return std::move(reasons_); }

  private:
    struct Value {
        std::string group;
        ValueColumn column;
    };

    static Json aggregate(const Json& row, const ValueColumn& column) {
        const Json& value = member(member(row, column.of_set ? "set_values" : "values"), column.name);
        const auto mean = number_of(value, column.of_set ? "value" : "mean");
        if (!mean) return nullptr;
        Json result = {{"mean", *mean}, {"n", count_of(value, "n")}};
        const Json& interval = member(value, "interval");
        const auto low = number_of(interval, "low"), high = number_of(interval, "high");
        if (low && high) {
            result["low"] = *low;
            result["high"] = *high;
        }
        return result;
    }

    static Json texts(const Json& samples, const char* key) {
        Json result = Json::array();
        bool any = false;
        for (const Json& sample : samples) {
            std::string text = visible(text_of(sample, key));
            any = any || !text.empty();
            result.push_back(std::move(text));
        }
        return any ? result : Json();
    }

    static std::string why_missing(const Json& result, const std::string& name) {
        const std::string missing = text_of(member(result, "missing"), name);
        if (!missing.empty()) return missing;
        for (const Json& excluded : member(result, "excluded"))
            if (excluded == name) return "excluded by an option of the unit";
        return "the report has no reason";
    }

    size_t reason(const std::string& text) {
        const auto [found, fresh] = reason_places_.emplace(text, reasons_.size());
        if (fresh) reasons_.push_back(visible(text));
        return found->second;
    }

    // Returns why the method failed, by sample.
    Json add_columns(const Json& samples, const std::string& method) {
        std::vector<const ValueColumn*> single;
        for (const auto& value : values_)
            if (!value.column.of_set) single.push_back(&value.column);
        std::vector<Json> columns(single.size(), Json::array()), why(single.size(), Json::array());
        Json failed = Json::object();
        size_t place = 0;
        for (const Json& sample : samples) {
            const Json& result = member(member(sample, "results"), method);
            const bool not_restored = text_of(result, "status") == "failed";
            const std::string failure =
                not_restored ? fmt::format("{}: {}", text_of(result, "stage"), text_of(result, "reason")) : "";
            if (not_restored) failed[std::to_string(place)] = visible(failure);
            for (size_t i = 0; i < single.size(); i++) {
                const auto number = number_of(member(result, "values"), single[i]->name);
                columns[i].push_back(number_or_null(number));
                if (number) continue;
                why[i].push_back(reason(not_restored ? "failed: " + failure : why_missing(result, single[i]->name)));
            }
            place++;
        }
        columns_.push_back(std::move(columns));
        why_.push_back(std::move(why));
        return failed;
    }

    const Json& report_;
    std::vector<const Json*> rows_;
    std::map<std::string, size_t> places_;  // of rows, by label
    std::vector<Value> values_;
    std::map<std::string, size_t> reason_places_;
    Json columns_ = Json::array(), why_ = Json::array(), reasons_ = Json::array();
};

}  // namespace

Json run_data(const Json& report) {
    Builder builder(report);
    Json data = {{"methods", builder.methods()}, {"values", builder.values()},       {"rows", builder.rows()},
                 {"samples", builder.samples()}, {"ablations", builder.ablations()}, {"curves", run_curves(report)}};
    data["columns"] = builder.take_columns();
    data["why"] = builder.take_why();
    data["reasons"] = builder.take_reasons();
    return data;
}

}  // namespace bfr
