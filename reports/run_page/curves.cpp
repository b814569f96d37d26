#include "reports/run_page/curves.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "reports/read.h"
#include "reports/text.h"

namespace bfr {

namespace {

// A member of a unit's details that holds a curve: its two arrays, and how they are drawn.
struct Kind {
    const char *member, *x, *y;
    const char *title, *x_name, *y_name;
    bool log;  // x, from its smallest number above 0
};

constexpr Kind kKinds[] = {
    {"curve", "nme_interocular", "share", "faces below an error", "nme_interocular", "share of faces", false},
    {"roc", "far", "tar", "ROC", "false acceptance rate", "true acceptance rate", true},
};

std::optional<std::vector<double>> numbers_of(const Json& array) {
    if (!array.is_array() || array.empty()) return std::nullopt;
    std::vector<double> numbers;
    for (const Json& one : array) {
        if (!one.is_number()) return std::nullopt;
        numbers.push_back(six_digits(one.get<double>()));
    }
    return numbers;
}

std::optional<Json> line_of(const Json& curve, const Kind& kind, size_t method) {
    const auto x = numbers_of(member(curve, kind.x)), y = numbers_of(member(curve, kind.y));
    if (!x || !y || x->size() != y->size()) return std::nullopt;
    Json at = Json::array(), value = Json::array();
    for (size_t i = 0; i < x->size(); i++) {
        if (kind.log && (*x)[i] <= 0) continue;
        at.push_back((*x)[i]);
        value.push_back((*y)[i]);
    }
    if (at.empty()) return std::nullopt;
    return Json{{"method", method}, {"x", std::move(at)}, {"y", std::move(value)}};
}

// `protocol`: the member of the unit's details that holds the curve; empty: the details themselves.
void add_curve(const Json& report, const std::string& unit, const std::string& protocol, const Kind& kind,
               Json& curves) {
    Json lines = Json::array();
    size_t method = 0;
    for (const Json& row : member(report, "rows")) {
        const Json& details = member(member(row, "details"), unit);
        const Json& holder = protocol.empty() ? details : member(details, protocol);
        if (auto line = line_of(member(holder, kind.member), kind, method)) lines.push_back(std::move(*line));
        method++;
    }
    if (lines.empty()) return;
    std::string title = visible(unit) + ": ";
    for (const char c : visible(protocol)) title += c == '_' ? ' ' : c;
    curves.push_back({{"title", title + (protocol.empty() ? "" : ", ") + kind.title},
                      {"x", kind.x_name},
                      {"y", kind.y_name},
                      {"log", kind.log},
                      {"lines", std::move(lines)}});
}

}  // namespace

Json run_curves(const Json& report) {
    Json curves = Json::array();
    const Json& rows = member(report, "rows");
    if (!rows.is_array() || rows.empty()) return curves;
    for (const Json& unit : member(report, "units")) {
        const std::string label = text_of(unit, "label");
        for (const Kind& kind : kKinds) {
            add_curve(report, label, "", kind, curves);
            const Json& details = member(member(rows.front(), "details"), label);
            if (!details.is_object()) continue;
            for (const auto& [name, inner] : details.items())
                if (inner.is_object() && name != kind.member) add_curve(report, label, name, kind, curves);
        }
    }
    return curves;
}

}  // namespace bfr
