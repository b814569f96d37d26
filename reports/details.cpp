#include "reports/details.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "reports/read.h"
#include "reports/text.h"

namespace bfr {

namespace {

constexpr size_t kLargest = 16;  // lines and columns; what is larger is for programs, in report.json

struct Matrix {
    std::vector<std::string> names;  // of lines and columns
    std::vector<std::vector<double>> lines;
};

bool is_square_of_numbers(const Json& json) {
    if (!json.is_array() || json.size() < 2 || json.size() > kLargest) return false;
    return std::ranges::all_of(json, [&](const Json& line) {
        return line.is_array() && line.size() == json.size() &&
               std::ranges::all_of(line, [](const Json& x) { return x.is_number(); });
    });
}

std::vector<std::string> names_beside(const Json& details, size_t count) {
    for (const Json& sibling : details) {
        const auto is_text = [](const Json& one) { return one.is_string(); };
        if (!sibling.is_array() || sibling.size() != count || !std::ranges::all_of(sibling, is_text)) continue;
        return sibling.get<std::vector<std::string>>();
    }
    std::vector<std::string> numbers;
    for (size_t i = 0; i < count; i++) numbers.push_back(std::to_string(i));
    return numbers;
}

std::optional<Matrix> matrix_of(const Json& details, const std::string& key) {
    const Json& json = member(details, key);
    if (!is_square_of_numbers(json)) return std::nullopt;
    return Matrix{names_beside(details, json.size()), json.get<std::vector<std::vector<double>>>()};
}

// A cell is shaded by its share of its line.
Markup table_of(const Matrix& matrix, const std::string& caption) {
    Markup head, body;
    for (const std::string& name : matrix.names) head += html("<th scope=\"col\"><span>{}</span></th>", name);
    for (size_t i = 0; i < matrix.lines.size(); i++) {
        double sum = 0;
        for (const double number : matrix.lines[i]) sum += std::max(number, 0.0);
        body += html("<tr><th scope=\"row\">{}</th>", matrix.names[i]);
        for (const double number : matrix.lines[i]) {
            const double share = sum > 0 ? std::max(number, 0.0) / sum : 0;
            body += html("<td data-share=\"{}\">{}</td>", fmt::format("{:.3f}", share), fmt::format("{:.4g}", number));
        }
        body += html("</tr>");
    }
    return html(
        "<table "
        "class=\"matrix\"><caption><bdi>{}</bdi></caption><thead><tr><td></td>{}</tr></thead><tbody>{}</tbody></"
        "table>\n",
        caption, head, body);
}

std::string words(std::string key) {
    std::ranges::replace(key, '_', ' ');
    return key;
}

Markup tables_of_task(const Json& report, const std::string& task) {
    std::vector<std::string> keys;
    for (const Json& row : member(report, "rows")) {
        const Json& details = member(member(row, "details"), task);
        if (!details.is_object()) continue;
        for (const auto& [key, value] : details.items()) {
            if (is_square_of_numbers(value) && std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
        }
    }
    Markup out;
    for (const std::string& key : keys) {
        Markup tables;
        for (const Json& row : member(report, "rows")) {
            const auto matrix = matrix_of(member(member(row, "details"), task), key);
            if (matrix) tables += table_of(*matrix, text_of(row, "method"));
        }
        out += html("<h3>{}: {}</h3>\n<div class=\"matrices\">{}</div>\n", task, words(key), tables);
    }
    return out;
}

}  // namespace

Markup details_section(const Json& report) {
    Markup out;
    for (const Json& unit : member(report, "units")) out += tables_of_task(report, text_of(unit, "label"));
    if (out.empty()) return out;
    return html(
        "<section><h2>Counts</h2>\n<p class=\"quiet\">Lines are the first of the two, columns the second; a cell is "
        "shaded by its share of the line.</p>\n{}</section>\n",
        out);
}

}  // namespace bfr
