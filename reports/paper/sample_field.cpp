#include "reports/paper/sample_field.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/names.h"
#include "base/parse_json.h"
#include "datasets/manifest.h"
#include "reports/read.h"
#include "reports/text.h"

namespace bfr {

namespace {

constexpr uint64_t kMostBytes = uint64_t{256} << 20;

std::string value_in(const Json& sample, const std::string& id, const std::string& field) {
    if (field == "folder") return id.substr(0, id.find('/') == std::string::npos ? 0 : id.rfind('/'));
    if (field != "size") return text_of(sample, field);
    const uint64_t width = count_of(sample, "width"), height = count_of(sample, "height");
    return width > 0 && height > 0 ? fmt::format("{}x{}", width, height) : "";
}

std::string text_of_value(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.is_number() || value.is_boolean() ? value.dump() : "";
}

class FileReader {
  public:
    FileReader(const std::string& file, const std::string& key) : name_(printable(file)), key_(key) {
        std::string text;
        try {
            text = read_text(file, kMostBytes);
        } catch (const Error& error) {
            throw UsageError(error.what());
        }
        if (file.ends_with(".csv")) {
            read_csv(text);
        } else {
            read_jsonl(text);
        }
    }

    // Of all ids in the file; empty for none.
    std::map<std::string, std::string> values;

  private:
    [[noreturn]] void wrong(size_t line, const std::string& what) const {
        throw UsageError(fmt::format("{}:{}: {}", name_, line, what));
    }

    void add(size_t line, const std::string& id, std::string value) {
        if (id.empty()) wrong(line, "the sample has no id");
        if (!values.emplace(id, std::move(value)).second)
            wrong(line, fmt::format("the sample '{}' is named before", visible(id)));
    }

    void read_csv(const std::string& text) {
        const auto records = parse_csv(text, name_);
        if (records.empty()) throw UsageError(fmt::format("{}: is empty; its first line names the columns", name_));
        const auto& head = records.front().cells;
        const auto column = [&](const std::string& name) {
            const auto found = std::ranges::find(head, name);
            if (found == head.end()) wrong(records.front().line, unknown_name("column", printable(name), head));
            return static_cast<size_t>(found - head.begin());
        };
        const size_t id = column("id"), value = column(key_);
        for (size_t i = 1; i < records.size(); i++) {
            const auto& [line, cells] = records[i];
            if (cells.size() != head.size())
                wrong(line, fmt::format("{} cells where the header has {}", cells.size(), head.size()));
            add(line, cells[id], cells[value]);
        }
    }

    void read_jsonl(std::string_view text) {
        if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
        size_t line = 0;
        bool found = false;
        for (size_t begin = 0; begin < text.size();) {
            const size_t end = std::min(text.find('\n', begin), text.size());
            const std::string content(text.substr(begin, end - begin));
            begin = end + 1;
            line++;
            if (content.find_first_not_of(" \t\r") == std::string::npos) continue;
            Json json;
            try {
                json = parse_json(content, name_);
            } catch (const Json::parse_error& error) {
                wrong(line, fmt::format("is not JSON: {}", visible(error.what())));
            }
            const Json* const value = at_key(json);
            found = found || value;
            add(line, text_of(json, "id"), value ? text_of_value(*value) : "");
        }
        if (!found) throw UsageError(fmt::format("{}: no line has the key '{}'", name_, visible(key_)));
    }

    // Null where it isn't there. A key with a point in it stands before one inside another.
    const Json* at_key(const Json& object) const {
        if (object.is_object() && object.contains(key_)) return &object.at(key_);
        const Json* at = &object;
        for (size_t begin = 0; begin <= key_.size();) {
            const size_t end = std::min(key_.find('.', begin), key_.size());
            const std::string part = key_.substr(begin, end - begin);
            begin = end + 1;
            if (at->is_array()) {
                size_t index = 0;
                const auto [stop, code] = std::from_chars(part.data(), part.data() + part.size(), index);
                if (code != std::errc{} || stop != part.data() + part.size() || index >= at->size()) return nullptr;
                at = &at->at(index);
            } else if (at->is_object() && at->contains(part)) {
                at = &at->at(part);
            } else {
                return nullptr;
            }
        }
        return at;
    }

    const std::string name_;
    const std::string& key_;
};

SampleField field_in_file(const std::string& file, const std::string& key, const std::set<std::string>& ids) {
    SampleField field{key, printable(file), {}};
    const FileReader read(file, key);
    bool known = false;
    for (const auto& [id, value] : read.values) {
        if (!ids.contains(id)) continue;
        known = true;
        if (!value.empty()) field.values.emplace(id, value);
    }
    if (!known) {
        const auto quoted = [](const std::string& id) { return fmt::format("'{}'", visible(id)); };
        throw UsageError(fmt::format("{}: knows none of the report's {}: its ids are like {}, theirs like {}",
                                     field.source, count_text(ids.size(), "sample"),
                                     read.values.empty() ? "none" : quoted(read.values.begin()->first),
                                     ids.empty() ? "none" : quoted(*ids.begin())));
    }
    return field;
}

std::optional<double> number(std::string_view text) {
    double number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = code == std::errc{} && end == text.data() + text.size() && std::isfinite(number);
    return whole ? std::optional(number) : std::nullopt;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

const std::vector<std::string>& sample_fields() {
    static const std::vector<std::string> fields = {"group", "label", "folder", "size"};
    return fields;
}

SampleField sample_field(const std::string& text, const Json& report) {
    std::set<std::string> ids;
    for (const Json& sample : member(report, "samples")) ids.insert(text_of(sample, "id"));
    SampleField field{text, "", {}};
    if (std::ranges::find(sample_fields(), text) != sample_fields().end()) {
        for (const Json& sample : member(report, "samples")) {
            const std::string id = text_of(sample, "id");
            if (std::string value = value_in(sample, id, text); !value.empty()) field.values[id] = std::move(value);
        }
    } else {
        const size_t colon = text.rfind(':');
        const std::string file = text.substr(0, colon);
        if (colon == std::string::npos || colon + 1 == text.size() ||
            !(file.ends_with(".csv") || file.ends_with(".jsonl"))) {
            throw UsageError(unknown_name("field", printable(text), sample_fields()) +
                             "; of a file of your own: --by FILE.csv:COLUMN or FILE.jsonl:KEY");
        }
        field = field_in_file(file, text.substr(colon + 1), ids);
    }
    if (field.values.empty()) {
        throw UsageError(fmt::format(
            "--by {}: none of the {} has one{}", printable(text), count_text(ids.size(), "sample"),
            text == "group" || text == "label"
                ? ": a manifest gives it to a run (docs/data.md), and --by FILE.csv:COLUMN to a report alone"
            : text == "folder" ? ": ids without a folder; --recursive gives a run those with one"
                               : ""));
    }
    return field;
}

bool comes_before(std::string_view a, std::string_view b) {
    const auto x = number(a), y = number(b);
    if (x && y && *x != *y) return *x < *y;
    if (x.has_value() != y.has_value()) return x.has_value();
    size_t i = 0, k = 0;
    while (i < a.size() && k < b.size()) {
        if (!is_digit(a[i]) || !is_digit(b[k])) {
            if (a[i] != b[k]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[k]);
            i++;
            k++;
            continue;
        }
        const auto digits = [](std::string_view text, size_t& at) {
            while (at + 1 < text.size() && text[at] == '0' && is_digit(text[at + 1])) at++;
            const size_t begin = at;
            while (at < text.size() && is_digit(text[at])) at++;
            return text.substr(begin, at - begin);
        };
        const std::string_view one = digits(a, i), other = digits(b, k);
        if (one.size() != other.size()) return one.size() < other.size();
        if (one != other) return one < other;
    }
    if (i < a.size() || k < b.size()) return i == a.size();
    return a < b;
}

}  // namespace bfr
