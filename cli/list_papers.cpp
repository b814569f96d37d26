#include "cli/list_papers.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/text.h"

namespace bfr {
namespace {

std::string field(const std::string& name, const std::string& text) {
    return text.empty() ? "" : fmt::format("{:11}{}\n", name, visible(text));
}

std::string n_text(const PublishedData& data) { return data.n ? fmt::format("{}", *data.n) : "not said"; }

// A line of the list.
std::vector<std::string> summary_of(const PaperTable& table, const PublishedData& data) {
    const auto same =
        std::ranges::count_if(data.metrics, [&](size_t i) { return table.metrics[i].agreement == Agreement::kSame; });
    return {table.data.size() == 1 ? table.id : table.id + "/" + data.name,
            data.name,
            data.inputs,
            n_text(data),
            count_text(data.rows.size(), "method"),
            fmt::format("{} of {}", same, count_text(data.metrics.size(), "metric")),
            table.title};
}

// Columns as wide as their widest cell; the last of a line as it is.
std::string aligned(const std::vector<std::vector<std::string>>& lines) {
    const auto width = [](std::string_view text) {
        return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
    };
    std::vector<size_t> widths;
    for (const auto& line : lines) {
        widths.resize(std::max(widths.size(), line.size()));
        for (size_t i = 0; i < line.size(); i++) widths[i] = std::max(widths[i], width(visible(line[i])));
    }
    std::string text;
    for (const auto& line : lines) {
        for (size_t i = 0; i < line.size(); i++) {
            const std::string cell = visible(line[i]);
            text += cell;
            if (i + 1 < line.size()) text += std::string(widths[i] - width(cell) + 2, ' ');
        }
        text += '\n';
    }
    return text;
}

std::string text_of(const PublishedMetric& metric) {
    const char* better = metric.direction == Direction::kHigherIsBetter  ? "higher is better"
                         : metric.direction == Direction::kLowerIsBetter ? "lower is better"
                                                                         : "";
    const auto line = [](const char* name, const std::string& text) {
        return text.empty() ? "" : fmt::format("  {:12}{}\n", name, visible(text));
    };
    std::string unit;
    if (metric.agreement == Agreement::kNone) {
        unit = "none: " + metric.reason;
    } else {
        unit = fmt::format("{} {}", metric.task ? "--task" : "--metric", metric.unit);
        if (!metric.value.empty()) unit += ", its value " + metric.value;
        if (metric.scale != 1) unit += fmt::format(", times {}", metric.scale);
        if (metric.agreement == Agreement::kGuess) unit += "; a guess: " + metric.reason;
    }
    return fmt::format("\n{}\n", visible(metric.name)) + line("convention", metric.convention) +
           line("against", metric.against) + line("better", better) + line("unit", unit);
}

std::string text_of(const PaperTable& table, const PublishedData& data) {
    std::string text = '\n' + field("data", data.name) + field("inputs", data.inputs) +
                       field("set", data.set.empty() ? "none that bfr knows" : data.set) + field("n", n_text(data)) +
                       '\n';
    std::vector<std::vector<std::string>> lines = {{"method"}};
    for (const size_t i : data.metrics) lines.front().push_back(table.metrics[i].name);
    for (const auto& row : data.rows) {
        lines.push_back({row.method});
        for (const auto& number : row.numbers) lines.back().push_back(number ? number->text : "-");
    }
    return text + aligned(lines);
}

}  // namespace

std::string list_papers(const Papers& papers, const std::string& wanted) {
    if (wanted.empty()) {
        std::vector<std::vector<std::string>> lines = {
            {"table", "data", "inputs", "n", "methods", "computed", "title"}};
        for (const auto& table : papers.tables())
            for (const auto& data : table.data) lines.push_back(summary_of(table, data));
        return aligned(lines);
    }
    const auto [table, one] = papers.named(wanted);
    std::string text = field("table", table->id) + field("title", table->title) + field("source", table->source);
    for (const auto& note : table->notes) text += field("note", note);
    for (const auto& method : table->methods) text += field("method", method.name + " is " + method.unit);
    for (const auto& data : table->data) {
        if (!one || one == &data) text += text_of(*table, data);
    }
    for (size_t i = 0; i < table->metrics.size(); i++) {
        if (!one || std::ranges::find(one->metrics, i) != one->metrics.end()) text += text_of(table->metrics[i]);
    }
    return text;
}

}  // namespace bfr
