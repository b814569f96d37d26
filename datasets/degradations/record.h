// The parameters file of `bfr degrade`: one JSON object a line, one line a picture.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/json_fwd.h"
#include "datasets/degradations/parameters.h"

namespace bfr {

struct DegradationRecord {
    DegradationParameters parameters;
    std::string sha256;            // of the degraded picture's width, height and BGR pixels (Image::sha256)
    std::string reference_sha256;  // of the changed reference's; empty where the clean picture itself is the reference
    bool operator==(const DegradationRecord&) const = default;
};

// The parameters' object (parameters_to_json) with "sha256" and, where there is one, "reference_sha256". Reading throws
// UsageError; "sha256" may be left out, as in a file written by hand.
Json record_to_json(const DegradationRecord& record);
DegradationRecord record_from_json(const Json& json, std::string_view where);

// By id. Throws UsageError naming the file and line: no JSON, a bad record, an id twice.
std::map<std::string, DegradationRecord> read_degradation_records(const std::filesystem::path& path);

}  // namespace bfr
