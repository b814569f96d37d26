// Reports with made-up numbers.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/random.h"

namespace bfr::testing {

inline std::string hash_of(const std::string& text) { return std::string(64 - text.size(), '0') + text; }

struct SimulatedRow {
    std::string label;
    double shift;  // of more, from what all rows share
};

// Samples s000 ...: `more` and `less`, of which more and less is better, and `set`, over the whole set. `pictures`: so
// many samples of each group; 0: without.
inline Json simulated_report(int samples, const std::vector<SimulatedRow>& rows, int pictures = 0, uint64_t seed = 1) {
    const auto value = [](const char* name, const char* direction) {
        return Json{{"name", name}, {"unit", ""}, {"direction", direction}, {"summary", ""}, {"decimals", 3}};
    };
    const auto unit = [](const Json& value, const char* key) {
        Json unit = {{"kind", "metric"},
                     {"label", value["name"]},
                     {"version", "1"},
                     {"summary", ""},
                     {"convention", "simulated"},
                     {"source", ""},
                     {"weights", Json::array()},
                     {"available", true},
                     {"values", Json::array()},
                     {"set_values", Json::array()}};
        unit[key].push_back(value);
        return unit;
    };
    Json report = {{"schema", "bfr-report/1"},
                   {"complete", true},
                   {"seed", seed},
                   {"units",
                    {unit(value("more", "higher"), "values"), unit(value("less", "lower"), "values"),
                     unit(value("set", "lower"), "set_values")}},
                   {"methods", Json::array()},
                   {"rows", Json::array()},
                   {"samples", Json::array()}};
    for (const auto& row : rows) {
        report["methods"].push_back({{"label", row.label}, {"version", "1"}, {"available", true}});
        report["rows"].push_back(
            {{"method", row.label},
             {"n", samples},
             {"failed", 0},
             {"set_values", {{"set", {{"n", samples}, {"value", 3 - row.shift}, {"samples_sha256", "x"}}}}}});
    }
    for (int i = 0; i < samples; i++) {
        const std::string id = "s" + std::string(i < 10 ? "00" : i < 100 ? "0" : "") + std::to_string(i);
        Json results = Json::object();
        for (const auto& row : rows) {
            const Draw draw(11, id, row.label), shared(11, id, "shared");
            const double more = 20 + 3 * shared.normal(0) + row.shift + 0.2 * draw.normal(0);
            results[row.label] = {{"status", "ok"},
                                  {"output_sha256", hash_of(row.label + id)},
                                  {"values", {{"more", more}, {"less", 40 - more + 0.1 * draw.normal(1)}}},
                                  {"missing", Json::object()}};
        }
        report["samples"].push_back({{"id", id},
                                     {"group", pictures > 0 ? Json("person " + std::to_string(i / pictures)) : Json()},
                                     {"degraded_sha256", hash_of("d" + id)},
                                     {"reference_sha256", hash_of("f" + id)},
                                     {"results", std::move(results)}});
    }
    return report;
}

}  // namespace bfr::testing
