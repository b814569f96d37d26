#include "datasets/manifest.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/names.h"
#include "datasets/sample_ids.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kTextKeys = {"id", "degraded", "reference", "group", "label"};
constexpr size_t kPoints = 68;
constexpr uint64_t kMaxBytes = uint64_t{1} << 30;

struct Row {
    size_t line = 1;
    std::map<std::string, std::string> texts;  // empty values are absent
    std::optional<std::vector<std::array<double, 2>>> points;
};

class Reader {
  public:
    explicit Reader(const fs::path& manifest) : manifest_(manifest), name_(printable(manifest)) {}

    SampleList read() {
        std::string text;
        try {
            text = read_text(manifest_, kMaxBytes);
        } catch (const Error& error) {
            throw UsageError(error.what());
        }
        const std::string extension = manifest_.extension().string();
        if (extension == ".jsonl") {
            read_jsonl(text);
        } else if (extension == ".csv") {
            read_csv(text);
        } else {
            throw UsageError(fmt::format("{}: a manifest's name ends in .jsonl or .csv", name_));
        }
        return std::move(list_);
    }

  private:
    [[noreturn]] void wrong(size_t line, const std::string& what) const {
        throw UsageError(fmt::format("{}:{}: {}", name_, line, what));
    }

    void read_csv(const std::string& text) {
        const auto records = parse_csv(text, name_);
        if (records.empty()) throw UsageError(fmt::format("{}: is empty; its first line names the columns", name_));
        const auto& header = records.front();
        for (size_t i = 0; i < header.cells.size(); i++) {
            const auto& column = header.cells[i];
            if (column == "points") wrong(header.line, "points are read from .jsonl manifests alone");
            if (std::find(kTextKeys.begin(), kTextKeys.end(), column) == kTextKeys.end()) {
                wrong(header.line, unknown_name("column", printable(column), kTextKeys));
            }
            if (std::find(header.cells.begin(), header.cells.begin() + i, column) != header.cells.begin() + i) {
                wrong(header.line, fmt::format("two columns named '{}'", column));
            }
        }
        for (size_t r = 1; r < records.size(); r++) {
            const auto& [line, cells] = records[r];
            if (cells.size() != header.cells.size()) {
                wrong(line, fmt::format("{} cells where the header has {}", cells.size(), header.cells.size()));
            }
            Row row{line, {}, {}};
            for (size_t i = 0; i < cells.size(); i++) row.texts[header.cells[i]] = cells[i];
            add(row);
        }
    }

    void read_jsonl(std::string_view text) {
        if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
        size_t line = 0;
        for (size_t begin = 0; begin < text.size();) {
            const size_t end = std::min(text.find('\n', begin), text.size());
            const auto content = text.substr(begin, end - begin);
            begin = end + 1;
            line++;
            if (content.find_first_not_of(" \t\r") != std::string_view::npos) add(json_row(content, line));
        }
    }

    Row json_row(std::string_view content, size_t line) const {
        std::set<std::string> keys;
        const auto refuse_doubled = [&](int depth, Json::parse_event_t event, Json& parsed) {
            if (event == Json::parse_event_t::key && depth == 1 && !keys.insert(parsed.get<std::string>()).second) {
                wrong(line, fmt::format("'{}' is given twice", printable(parsed.get<std::string>())));
            }
            return true;
        };
        Json json;
        try {
            json = Json::parse(content, refuse_doubled);
        } catch (const Json::exception& error) {
            wrong(line, fmt::format("is not JSON: {}", printable(error.what())));
        }
        if (!json.is_object()) wrong(line, "must be one JSON object, such as {\"degraded\": \"lq/a.png\"}");
        Row row{line, {}, {}};
        for (const auto& [key, value] : json.items()) {
            if (key == "points") {
                if (!value.is_null()) row.points = points(value, line);
            } else if (std::find(kTextKeys.begin(), kTextKeys.end(), key) == kTextKeys.end()) {
                auto known = kTextKeys;
                known.push_back("points");
                wrong(line, unknown_name("key", printable(key), known));
            } else if (value.is_string()) {
                row.texts[key] = value.get<std::string>();
            } else if (!value.is_null()) {
                wrong(line, fmt::format("'{}' must be text in quotes, not {}", key, value.type_name()));
            }
        }
        return row;
    }

    std::vector<std::array<double, 2>> points(const Json& json, size_t line) const {
        const auto refuse = [&] {
            wrong(line, fmt::format("'points' must be {} pairs of numbers, [[x, y], ...]", kPoints));
        };
        if (!json.is_array() || json.size() != kPoints) refuse();
        std::vector<std::array<double, 2>> points;
        for (const auto& pair : json) {
            if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_number()) refuse();
            points.push_back({pair[0].get<double>(), pair[1].get<double>()});
            if (!std::isfinite(points.back()[0]) || !std::isfinite(points.back()[1])) refuse();
        }
        return points;
    }

    std::optional<fs::path> file(const Row& row, const std::string& key) const {
        const auto found = row.texts.find(key);
        if (found == row.texts.end() || found->second.empty()) return std::nullopt;
        if (found->second.find('\0') != std::string::npos) wrong(row.line, fmt::format("'{}' holds a zero byte", key));
        return manifest_.parent_path() / found->second;
    }

    // False, with the reason noted, where a named file is not there.
    bool is_there(const std::optional<fs::path>& path, size_t line) {
        if (!path) return true;
        std::error_code code;
        const auto status = fs::status(*path, code);
        if (fs::is_regular_file(status)) return true;
        const bool absent = status.type() == fs::file_type::not_found;
        const std::string what = absent                                 ? "does not exist"
                                 : status.type() == fs::file_type::none ? "can't be looked at: " + code.message()
                                                                        : "is not a file";
        list_.left_out.push_back({printable(*path), fmt::format("{} ({}:{} names it)", what, name_, line)});
        return false;
    }

    void add(const Row& row) {
        const auto text = [&](const char* key) {
            const auto found = row.texts.find(key);
            return found == row.texts.end() ? std::string() : found->second;
        };
        for (const auto& [key, value] : row.texts) {
            if (!is_utf8(value)) wrong(row.line, fmt::format("'{}' is not UTF-8", key));
        }
        SampleFiles sample;
        sample.degraded = file(row, "degraded");
        sample.reference = file(row, "reference");
        if (!sample.degraded && !sample.reference) wrong(row.line, "names neither a degraded nor a reference picture");
        sample.id = text("id");
        const bool named = !sample.id.empty();
        if (!named) sample.id = stem_of((sample.degraded ? sample.degraded : sample.reference)->filename().native());
        if (const auto problem = id_problem(sample.id); !problem.empty()) {
            wrong(row.line, fmt::format("the id '{}': {}", printable(sample.id), problem));
        }
        sample.group = text("group");
        sample.label = text("label");
        sample.points = row.points;
        const auto [before, is_new] = lines_.try_emplace(sample.id, row.line);
        if (!is_new) {
            wrong(row.line,
                  fmt::format("the id '{}' is also that of line {}{}", printable(sample.id), before->second,
                              named ? "" : "; give each an id of its own (without one it is the file's stem)"));
        }
        const bool degraded = is_there(sample.degraded, row.line), reference = is_there(sample.reference, row.line);
        if (degraded && reference) list_.samples.push_back(std::move(sample));
    }

    const fs::path manifest_;
    const std::string name_;
    SampleList list_;
    std::map<std::string, size_t> lines_;  // of each id
};

}  // namespace

SampleList read_manifest(const fs::path& manifest) { return Reader(manifest).read(); }

}  // namespace bfr
