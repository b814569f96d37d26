#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "datasets/known_sets.h"
#include "datasets/manifest.h"
#include "downstream/task.h"
#include "metrics/metric.h"
#include "reports/papers/paper.h"
#include "restore/restorer.h"

namespace bfr {

namespace {

constexpr size_t kMostIdentifier = 64, kMostText = 2000;

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return text;
}

class Reader {
  public:
    Reader(std::string_view text, const std::string& name) : name_(name), records_(parse_csv(text, name)) {}

    PaperTable read() {
        for (const auto& record : records_) {
            if (record.cells.front().starts_with('#')) continue;
            line_ = record.line;
            check_texts(record.cells);
            read_record(record.cells);
        }
        line_ = records_.empty() ? 1 : records_.back().line;
        if (table_.id.empty()) wrong("there is no line 'table,ID'");
        if (table_.title.empty()) wrong("there is no line 'title,TEXT'");
        if (table_.source.empty()) wrong("there is no line 'source,TEXT': where the numbers are printed");
        if (table_.data.empty()) wrong("there is no line 'data,NAME,SET,INPUTS,N'");
        end_data();
        check_methods();
        return std::move(table_);
    }

  private:
    using Cells = std::vector<std::string>;

    [[noreturn]] void wrong(const std::string& what) const {
        throw UsageError(fmt::format("{}:{}: {}", name_, line_, what));
    }

    void check_texts(const Cells& cells) const {
        for (size_t i = 0; i < cells.size(); i++) {
            if (cells[i].size() > kMostText) wrong(fmt::format("cell {} has over {} characters", i + 1, kMostText));
            if (!is_utf8(cells[i])) wrong(fmt::format("cell {} is not UTF-8", i + 1));
            if (std::ranges::any_of(cells[i], [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
                wrong(fmt::format("cell {} holds a line end or another control character", i + 1));
        }
    }

    void read_record(const Cells& cells) {
        const std::string& kind = cells.front();
        if (kind == "table") {
            once(table_.id, cells);
            const bool plain = std::ranges::all_of(table_.id, [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
            });
            if (!plain || table_.id.size() > kMostIdentifier || table_.id.front() == '-')
                wrong("an ID has small letters, digits and . _ - alone, at most 64 of them");
        } else if (kind == "title") {
            once(table_.title, cells);
        } else if (kind == "source") {
            once(table_.source, cells);
        } else if (kind == "note") {
            need(cells, {"note", "TEXT"});
            table_.notes.push_back(cells[1]);
        } else if (kind == "method") {
            read_method(cells);
        } else if (kind == "metric") {
            read_metric(cells);
        } else if (kind == "data") {
            read_data(cells);
        } else if (kind == "values") {
            read_values(cells);
        } else if (kind == "row") {
            read_row(cells);
        } else {
            const std::vector<std::string> kinds = {"table",  "title", "source", "note", "method",
                                                    "metric", "data",  "values", "row"};
            wrong(unknown_name("kind of line", printable(kind), kinds));
        }
    }

    void need(const Cells& cells, const Cells& form) const {
        if (cells.size() == form.size()) return;
        std::string words;
        for (const auto& word : form) words += (words.empty() ? "" : ",") + word;
        wrong(fmt::format("{} cells where {} are expected: {}", cells.size(), form.size(), words));
    }

    void once(std::string& target, const Cells& cells) const {
        need(cells, {cells[0], "TEXT"});
        if (!target.empty()) wrong(fmt::format("a second line '{}'", cells[0]));
        if (cells[1].empty()) wrong(fmt::format("'{}' is empty", cells[0]));
        target = cells[1];
    }

    double number(const std::string& text, const std::string& what) const {
        double number = 0;
        const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (code != std::errc{} || end != text.data() + text.size() || !std::isfinite(number))
            wrong(fmt::format("{} must be a number such as 25.08, not '{}'", what, printable(text)));
        return number;
    }

    // What the registry says against a unit, told with file and line.
    template <class Unit>
    void check_unit(const Registry<Unit, UnitContext>& registry, const std::string& text) const {
        try {
            registry.read_options(Spec::parse(text));
        } catch (const UsageError& error) {
            wrong(error.what());
        }
        // Whoever is handed a table must not run a program by it.
        if (registry.find(Spec::parse(text).name())->runs_code)
            wrong(fmt::format("{} runs a program or loads code, which no table may name", printable(text)));
    }

    void read_method(const Cells& cells) {
        need(cells, {"method", "NAME", "UNIT"});
        check_unit(restorers(), cells[2]);
        for (const auto& one : table_.methods)
            if (lower(one.name) == lower(cells[1])) wrong(fmt::format("a second line of the method '{}'", cells[1]));
        table_.methods.push_back({cells[1], cells[2]});
    }

    void read_metric(const Cells& cells) {
        need(cells,
             {"metric", "NAME", "BETTER", "AGREEMENT", "UNIT", "VALUE", "SCALE", "CONVENTION", "AGAINST", "REASON"});
        PublishedMetric metric{.name = cells[1],
                               .unit = cells[4],
                               .value = cells[5],
                               .convention = cells[7],
                               .against = cells[8],
                               .reason = cells[9]};
        if (metric.name.empty()) wrong("the metric has no name");
        if (std::ranges::find(table_.metrics, metric.name, &PublishedMetric::name) != table_.metrics.end())
            wrong(fmt::format("a second metric '{}'", metric.name));
        const std::vector<std::string> betters = {"higher", "lower", "none"}, agreements = {"same", "guess", "none"};
        const auto choice = [&](const std::string& what, const std::string& text, const Cells& choices) {
            const auto found = std::ranges::find(choices, text);
            if (found == choices.end()) wrong(unknown_name(what, printable(text), choices));
            return static_cast<size_t>(found - choices.begin());
        };
        metric.direction = std::array{Direction::kHigherIsBetter, Direction::kLowerIsBetter,
                                      Direction::kNone}[choice("word for what is better", cells[2], betters)];
        metric.agreement = std::array{Agreement::kSame, Agreement::kGuess,
                                      Agreement::kNone}[choice("agreement", cells[3], agreements)];
        if (!cells[6].empty()) metric.scale = number(cells[6], "the scale");
        if (metric.scale <= 0) wrong("the scale must be over 0");
        if (metric.convention.empty()) wrong("the convention is empty: say in words how the paper computes it");
        const bool none = metric.agreement == Agreement::kNone;
        if (none != metric.unit.empty())
            wrong(none ? "a unit is named where the agreement is 'none'"
                       : "no unit is named; without one it is 'none'");
        if ((metric.agreement == Agreement::kSame) != metric.reason.empty())
            wrong(metric.reason.empty() ? fmt::format("'{}' needs a reason", cells[3])
                                        : "a reason is given where the agreement is 'same'");
        if (!none) {
            try {
                metric.task = tasks().find(Spec::parse(metric.unit).name()) != nullptr;
            } catch (const UsageError& error) {
                wrong(error.what());
            }
            if (metric.task) {
                check_unit(tasks(), metric.unit);
            } else {
                check_unit(metrics(), metric.unit);
            }
        }
        table_.metrics.push_back(std::move(metric));
    }

    void end_data() const {
        if (!table_.data.empty() && table_.data.back().rows.empty())
            wrong(fmt::format("the data '{}' has no row", table_.data.back().name));
    }

    void read_data(const Cells& cells) {
        need(cells, {"data", "NAME", "SET", "INPUTS", "N"});
        end_data();
        PublishedData data{.name = cells[1], .set = cells[2], .inputs = cells[3]};
        if (data.name.empty() || data.name.find('/') != std::string::npos)
            wrong("the data needs a name, and that has no '/'");
        if (std::ranges::find(table_.data, data.name, &PublishedData::name) != table_.data.end())
            wrong(fmt::format("a second line of the data '{}'", data.name));
        Cells known;
        for (const auto& set : known_sets()) known.push_back(set.name);
        if (!data.set.empty() && std::ranges::find(known, data.set) == known.end())
            wrong(unknown_name("data set", printable(data.set), known));
        if (!cells[4].empty()) {
            uint64_t n = 0;
            const auto [end, code] = std::from_chars(cells[4].data(), cells[4].data() + cells[4].size(), n);
            if (code != std::errc{} || end != cells[4].data() + cells[4].size() || n == 0)
                wrong(fmt::format("n must be a whole number from 1 on, or empty where it isn't said, not '{}'",
                                  printable(cells[4])));
            data.n = n;
        }
        table_.data.push_back(std::move(data));
    }

    PublishedData& data(const std::string& kind) {
        if (table_.data.empty()) wrong(fmt::format("'{}' comes before the first line 'data'", kind));
        return table_.data.back();
    }

    void read_values(const Cells& cells) {
        PublishedData& here = data("values");
        if (!here.metrics.empty()) wrong(fmt::format("a second line 'values' of {}", here.name));
        Cells known;
        for (const auto& metric : table_.metrics) known.push_back(metric.name);
        for (size_t i = 1; i < cells.size(); i++) {
            const auto found = std::ranges::find(known, cells[i]);
            if (found == known.end()) wrong(unknown_name("metric", printable(cells[i]), known));
            const auto index = static_cast<size_t>(found - known.begin());
            if (std::ranges::find(here.metrics, index) != here.metrics.end())
                wrong(fmt::format("the metric '{}' is named twice", cells[i]));
            here.metrics.push_back(index);
        }
        if (here.metrics.empty()) wrong("'values' names no metric");
    }

    void read_row(const Cells& cells) {
        PublishedData& here = data("row");
        if (here.metrics.empty()) wrong(fmt::format("'row' comes before the line 'values' of {}", here.name));
        if (cells.size() != here.metrics.size() + 2) {
            wrong(fmt::format("{} numbers where 'values' names {}", cells.size() < 2 ? 0 : cells.size() - 2,
                              here.metrics.size()));
        }
        PublishedRow row{cells[1], {}};
        if (row.method.empty()) wrong("the row has no method");
        for (const auto& one : here.rows) {
            if (lower(one.method) == lower(row.method))
                wrong(fmt::format("a second row of '{}' on {}", row.method, here.name));
        }
        for (size_t i = 2; i < cells.size(); i++) {
            const std::string& metric = table_.metrics[here.metrics[i - 2]].name;
            row.numbers.push_back(
                cells[i].empty() ? std::nullopt : std::optional(PublishedNumber{number(cells[i], metric), cells[i]}));
        }
        if (std::ranges::none_of(row.numbers, [](const auto& one) { return one.has_value(); }))
            wrong(fmt::format("the row of '{}' has no number", row.method));
        here.rows.push_back(std::move(row));
    }

    void check_methods() const {
        for (const auto& method : table_.methods) {
            const bool printed = std::ranges::any_of(table_.data, [&](const auto& data) {
                return std::ranges::find(data.rows, method.name, &PublishedRow::method) != data.rows.end();
            });
            if (!printed) wrong(fmt::format("the method '{}' has no row", method.name));
        }
    }

    const std::string& name_;
    const std::vector<CsvRecord> records_;
    size_t line_ = 1;
    PaperTable table_;
};

}  // namespace

PaperTable read_paper(std::string_view text, const std::string& name) { return Reader(text, name).read(); }

}  // namespace bfr
