#include "datasets/degradations/record.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/parse_json.h"

namespace bfr {
namespace {

// Takes the hash out of the object; empty where it has none.
std::string take_hash(Json& json, const char* key, std::string_view where) {
    const auto found = json.find(key);
    if (found == json.end()) return {};
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    const std::string hash = found->is_string() ? found->get<std::string>() : std::string();
    if (hash.size() != 64 || !std::all_of(hash.begin(), hash.end(), is_digit)) {
        throw UsageError(fmt::format("{}: \"{}\" must be 64 lower-case hexadecimal digits", where, key));
    }
    json.erase(found);
    return hash;
}

}  // namespace

Json record_to_json(const DegradationRecord& record) {
    Json json = parameters_to_json(record.parameters);
    if (!record.sha256.empty()) json["sha256"] = record.sha256;
    if (!record.reference_sha256.empty()) json["reference_sha256"] = record.reference_sha256;
    return json;
}

DegradationRecord record_from_json(const Json& json, std::string_view where) {
    if (!json.is_object()) throw UsageError(fmt::format("{}: an object is expected", where));
    Json rest = json;
    DegradationRecord record;
    record.sha256 = take_hash(rest, "sha256", where);
    record.reference_sha256 = take_hash(rest, "reference_sha256", where);
    record.parameters = parameters_from_json(rest, where);
    return record;
}

std::map<std::string, DegradationRecord> read_degradation_records(const std::filesystem::path& path) {
    std::map<std::string, DegradationRecord> records;
    const std::string text = read_text(path);
    size_t line = 0;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view row = std::string_view(text).substr(at, end - at);
        at = end + 1;
        line++;
        if (row.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        const std::string where = fmt::format("{}:{}", printable(path), line);
        Json json;
        try {
            json = parse_json(row, where);
        } catch (const Json::parse_error& e) {
            throw UsageError(fmt::format("{}: not JSON: {}", where, e.what()));
        }
        DegradationRecord record = record_from_json(json, where);
        const std::string id = record.parameters.id;
        if (!records.emplace(id, std::move(record)).second)
            throw UsageError(fmt::format("{}: '{}' is there twice", where, id));
    }
    return records;
}

}  // namespace bfr
