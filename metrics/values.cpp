// Another program's numbers as a metric: a table with a line for each picture.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "base/files.h"
#include "base/names.h"
#include "base/sha256.h"
#include "datasets/manifest.h"
#include "datasets/sample_ids.h"
#include "metrics/pictures.h"
#include "metrics/units.h"

namespace bfr {
namespace {

struct ValuesOptions {
    std::string file;
    std::vector<std::string> columns;  // empty: all that are neither id nor method
    std::string method;                // the row that the values belong to; empty: the table's own column says, or all
    Direction direction = Direction::kNone;
    std::string unit, name;
};

std::string trimmed(const std::string& text) {
    const size_t begin = text.find_first_not_of(" \t");
    return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_id_column(const std::string& name) { return name == "id" || name == "name" || name == "file"; }

struct Line {
    size_t number = 0;
    std::string method, id;
    std::vector<std::optional<double>> values;  // none where the cell is empty
};

struct ValueTable {
    std::vector<std::string> columns;
    bool has_methods = false;
    std::vector<Line> lines;
};

class TableReader {
  public:
    TableReader(const ValuesOptions& options, std::string name) : options_(options), name_(std::move(name)) {}

    ValueTable read(std::string_view text) {
        const auto records = parse_csv(text, name_);
        if (records.empty()) throw UsageError(fmt::format("{}: is empty", name_));
        read_header(records.front());
        for (size_t i = 1; i < records.size(); i++) read_line(records[i]);
        return std::move(table_);
    }

  private:
    [[noreturn]] void wrong(size_t line, const std::string& what) const {
        throw UsageError(fmt::format("{}:{}: {}", name_, line, what));
    }

    void read_header(const CsvRecord& header) {
        std::vector<std::string> names;
        for (const auto& cell : header.cells) names.push_back(trimmed(cell));
        std::set<std::string> seen;
        std::vector<std::string> known;
        for (size_t i = 0; i < names.size(); i++) {
            if (!seen.insert(names[i]).second)
                wrong(header.line, fmt::format("column '{}' is there twice", printable(names[i])));
            if (is_id_column(names[i])) {
                if (id_) wrong(header.line, fmt::format("both '{}' and '{}' name the picture", names[*id_], names[i]));
                id_ = i;
            } else if (names[i] == "method") {
                method_ = i;
            } else {
                known.push_back(names[i]);
            }
        }
        if (!id_) wrong(header.line, "no column names the picture: it is called id, name or file");
        table_.has_methods = method_.has_value();
        table_.columns = options_.columns.empty() ? known : options_.columns;
        if (table_.columns.empty()) wrong(header.line, "there is no column of values");
        for (const auto& column : table_.columns) {
            const auto found = std::find(names.begin(), names.end(), column);
            if (found == names.end() || is_id_column(column) || column == "method")
                wrong(header.line, unknown_name("column", printable(column), known));
            at_.push_back(static_cast<size_t>(found - names.begin()));
        }
        width_ = names.size();
    }

    void read_line(const CsvRecord& record) {
        if (record.cells.size() != width_) {
            wrong(record.line, fmt::format("{} cells where the first line has {}", record.cells.size(), width_));
        }
        Line line{record.line, method_ ? record.cells[*method_] : "", record.cells[*id_], {}};
        if (is_picture_name(line.id)) line.id = stem_of(line.id);
        if (line.id.empty()) wrong(record.line, "the picture has no name");
        for (const size_t i : at_) line.values.push_back(number(record, i));
        table_.lines.push_back(std::move(line));
    }

    std::optional<double> number(const CsvRecord& record, size_t i) const {
        const std::string cell = trimmed(record.cells[i]);
        if (cell.empty()) return std::nullopt;
        double value = 0;
        const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
        if (code != std::errc{} || end != cell.data() + cell.size() || !std::isfinite(value)) {
            wrong(record.line,
                  fmt::format("'{}' is no finite number; leave the cell empty where there is none", printable(cell)));
        }
        return value;
    }

    const ValuesOptions& options_;
    const std::string name_;
    ValueTable table_;
    std::optional<size_t> id_, method_;
    std::vector<size_t> at_;  // of the columns of values
    size_t width_ = 0;
};

// Whether a table's word means this row: its label or spec, the name that was given to it, or the label with that name.
bool means(const std::string& word, const std::string& label) {
    if (word == label) return true;
    const Spec spec = Spec::parse(label);
    const auto name = spec.options().find("name");
    if (name == spec.options().end()) return false;
    Spec named(spec.name());
    named.set("name", name->second);
    return word == name->second || word == named.canonical();
}

class Values : public ImageMetric {
  public:
    Values(const Spec& spec, ValuesOptions options) : options_(std::move(options)) {
        const std::filesystem::path file = options_.file;
        const std::string text = read_text(file);
        file_ = printable(file);
        table_ = TableReader(options_, file_).read(text);
        for (const auto& line : table_.lines) {
            const auto [found, fresh] = by_id_[line.id].emplace(line.method, &line);
            if (fresh) continue;
            throw UsageError(fmt::format(
                "{}:{}: the picture '{}'{} is in line {} already", file_, line.number, printable(line.id),
                line.method.empty() ? "" : fmt::format(" of '{}'", printable(line.method)), found->second->number));
        }
        Spec named("values");
        named.set("name", options_.name);
        info_.label = options_.name.empty() ? spec.canonical() : named.canonical();
        const std::string hash = sha256(std::string_view(text));
        info_.version = "1+" + sha256(std::string_view(spec.canonical())).substr(0, 12);
        info_.summary = "another program's values, read from a table";
        info_.convention = fmt::format("imported from {}, sha256 {}: nothing was computed here", file_, hash);
        info_.source = file_;
        info_.weights = {{printable(file.filename()), hash, text.size()}};
        info_.weights[0].own = true;
        info_.needs_reference = false;
        info_.imported = true;
        for (const auto& column : table_.columns) {
            const bool alone = table_.columns.size() == 1;
            info_.values.push_back({alone ? info_.label : info_.label + "." + column, options_.unit, options_.direction,
                                    fmt::format("column {} of {}", column, file_), 4});
        }
    }

    const ScorerInfo& info() const override { return info_; }

    Scores score(const ScoredPicture& picture) const override {
        if (!options_.method.empty() && !means(options_.method, picture.method))
            return none(fmt::format("{} has values of {} alone", file_, options_.method));
        const auto lines = by_id_.find(picture.sample_id);
        if (lines == by_id_.end()) return none(fmt::format("{} has no line for it", file_));
        const Line* line = nullptr;
        for (const auto& [method, one] : lines->second) {
            if (table_.has_methods && !means(method, picture.method)) continue;
            if (line) return none(fmt::format("{} has two lines for it", file_));
            line = one;
        }
        if (!line) return none(fmt::format("{} has no line for it by this method", file_));
        Scores scores;
        for (const auto& value : line->values)
            scores.values.push_back(value ? Score(*value) : Score::none(fmt::format("its cell in {} is empty", file_)));
        return scores;
    }

    std::vector<LeftOut> left_out(const RunScope& scope) const override {
        const size_t methods = scope.methods.size() + scope.unavailable.size();
        if (!table_.has_methods && options_.method.empty() && methods > 1) {
            throw UsageError(fmt::format(
                "metric {}: the run has {} methods, and {} doesn't say whose values it holds: give it a column "
                "method, or say method=",
                info_.label, methods, file_));
        }
        if (!options_.method.empty() && place_of(options_.method, scope) == Place::kNowhere) {
            throw UsageError(
                fmt::format("metric {}: method={} is no method of this run", info_.label, options_.method));
        }
        const bool nobody = !options_.method.empty() && place_of(options_.method, scope) == Place::kUnavailable;
        std::set<std::string> ids;
        for (const auto& sample : scope.samples) ids.insert(sample.id);
        std::vector<LeftOut> found;
        size_t more = 0;
        const auto add = [&](const Line& line, const std::string& what) {
            constexpr size_t kMost = 100;
            if (found.size() == kMost) {
                more++;
                return;
            }
            found.push_back({fmt::format("{}:{}", file_, line.number), what});
        };
        for (const auto& line : table_.lines) {
            const std::string& word = nobody ? options_.method : line.method;
            const bool of_method = nobody || table_.has_methods;
            const Place place = of_method ? place_of(word, scope) : Place::kRow;
            if (!ids.contains(line.id)) {
                add(line, fmt::format("'{}' is no sample of this run", printable(line.id)));
            } else if (place == Place::kNowhere) {
                add(line, fmt::format("'{}' is no method of this run", printable(word)));
            } else if (place == Place::kUnavailable) {
                add(line, fmt::format("the method '{}' is not available", printable(word)));
            }
        }
        if (more > 0)
            found.push_back({file_, fmt::format("{} more lines are of no sample or method of this run", more)});
        return found;
    }

  private:
    enum class Place { kNowhere, kRow, kUnavailable };

    Place place_of(const std::string& word, const RunScope& scope) const {
        Place place = Place::kNowhere;
        const std::string* first = nullptr;
        const auto look = [&](std::span<const std::string> labels, Place where) {
            for (const auto& label : labels) {
                if (!means(word, label)) continue;
                if (first) {
                    throw UsageError(fmt::format(
                        "metric {}: '{}' is both {} and {}: say the whole label where {} says whose values they are, "
                        "or give one of the methods another name=",
                        info_.label, printable(word), *first, label, options_.method.empty() ? file_ : "method="));
                }
                first = &label;
                place = where;
            }
        };
        look(scope.methods, Place::kRow);
        look(scope.unavailable, Place::kUnavailable);
        return place;
    }

    Scores none(const std::string& why) const {
        return {std::vector<Score>(info_.values.size(), Score::none(why)), Json::object()};
    }

    ValuesOptions options_;
    std::string file_;
    ValueTable table_;
    std::map<std::string, std::map<std::string, const Line*>> by_id_;  // then by method; of table_
    ScorerInfo info_;
};

std::vector<std::string> split_columns(const std::string& text) {
    std::vector<std::string> columns;
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find(',', begin), text.size());
        columns.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return columns;
}

}  // namespace

std::unique_ptr<ImageMetric> make_values(SpecReader& reader, const UnitContext&) {
    ValuesOptions options;
    options.file = reader.text("file", "");
    options.columns = split_columns(reader.text("column", ""));
    options.method = reader.text("method", "");
    options.direction = read_direction(reader);
    options.unit = reader.text("unit", "");
    options.name = reader.text("name", "");
    reader.finish();  // before the file is read: a misspelt option is the likelier mistake
    if (options.file.empty())
        throw UsageError("metric values: file= is missing; an example is values:file=lpips.csv,direction=lower");
    try {
        return std::make_unique<Values>(reader.spec(), std::move(options));
    } catch (const UsageError&) {
        throw;
    } catch (const Error& error) {  // there is no such file
        throw UsageError(error.what());
    }
}

}  // namespace bfr
