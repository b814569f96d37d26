#include "reports/run_page/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
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
    const char* about;
    bool log;  // x, from its smallest number above 0 that the pairs resolve
};

constexpr Kind kKinds[] = {
    {"curve", "nme_interocular", "share", "faces below an error", "nme_interocular", "share of faces", "", false},
    {"roc", "far", "tar", "ROC", "false acceptance rate", "true acceptance rate",
     "rates below 1 / (pairs of two people) are not drawn: so few pairs don't resolve them", true},
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

// Over how many a curve is, as far as its holder says.
struct Support {
    std::string text;
    std::optional<double> least;  // of x: what fewer pairs than this don't resolve
};

// `holder`: details of landmarks (n) or of a protocol of verification (pairs, pairs_of_one_person).
Support support_of(const Json& holder, const Kind& kind) {
    if (!kind.log) {
        const uint64_t n = count_of(holder, "n");
        return {n > 0 ? count_text(n, "face") : "", {}};
    }
    const uint64_t pairs = count_of(holder, "pairs"), same = count_of(holder, "pairs_of_one_person");
    if (same == 0 || pairs <= same) return {};
    return {fmt::format("{} of one person, {} of two people", count_text(same, "pair"), pairs - same),
            1 / static_cast<double>(pairs - same)};
}

std::optional<Json> line_of(const Json& holder, const Kind& kind, size_t method) {
    const Json& curve = member(holder, kind.member);
    const auto x = numbers_of(member(curve, kind.x)), y = numbers_of(member(curve, kind.y));
    if (!x || !y || x->size() != y->size()) return std::nullopt;
    const Support over = support_of(holder, kind);
    // 1 / 1,000 and the rate 0.001 are the same, whatever their last bits are.
    const double least = over.least.value_or(0) * (1 - 1e-5);
    Json at = Json::array(), value = Json::array();
    for (size_t i = 0; i < x->size(); i++) {
        if (kind.log && ((*x)[i] <= 0 || (*x)[i] < least)) continue;
        at.push_back((*x)[i]);
        value.push_back((*y)[i]);
    }
    if (at.empty()) return std::nullopt;
    return Json{{"method", method}, {"x", std::move(at)}, {"y", std::move(value)}, {"over", over.text}};
}

// `protocol`: the member of the unit's details that holds the curve; empty: the details themselves.
void add_curve(const Json& report, const std::string& unit, const std::string& protocol, const Kind& kind,
               Json& curves) {
    Json lines = Json::array();
    size_t method = 0;
    for (const Json& row : member(report, "rows")) {
        const Json& details = member(member(row, "details"), unit);
        const Json& holder = protocol.empty() ? details : member(details, protocol);
        if (auto line = line_of(holder, kind, method)) lines.push_back(std::move(*line));
        method++;
    }
    if (lines.empty()) return;
    std::string title = visible(unit) + ": ";
    for (const char c : visible(protocol)) title += c == '_' ? ' ' : c;
    curves.push_back({{"title", title + (protocol.empty() ? "" : ", ") + kind.title},
                      {"x", kind.x_name},
                      {"y", kind.y_name},
                      {"log", kind.log},
                      {"about", kind.about},
                      {"lines", std::move(lines)}});
}

// Members of the unit's details that may hold a curve, of all rows: one of them may have none.
std::vector<std::string> protocols_of(const Json& report, const std::string& unit, const Kind& kind) {
    std::vector<std::string> names;
    for (const Json& row : member(report, "rows")) {
        const Json& details = member(member(row, "details"), unit);
        if (!details.is_object()) continue;
        for (const auto& [name, inner] : details.items()) {
            if (inner.is_object() && name != kind.member && std::ranges::find(names, name) == names.end())
                names.push_back(name);
        }
    }
    return names;
}

}  // namespace

Json run_curves(const Json& report) {
    Json curves = Json::array();
    for (const Json& unit : member(report, "units")) {
        const std::string label = text_of(unit, "label");
        for (const Kind& kind : kKinds) {
            add_curve(report, label, "", kind, curves);
            for (const std::string& name : protocols_of(report, label, kind))
                add_curve(report, label, name, kind, curves);
        }
    }
    return curves;
}

}  // namespace bfr
