// Samples named one by one in a file (docs/data.md): .jsonl or .csv.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/sample.h"

namespace bfr {

// Throws UsageError naming file and line. Neither sorted nor cut; samples whose files don't exist are left out.
SampleList read_manifest(const std::filesystem::path& manifest);

struct CsvRecord {
    size_t line = 1;  // on which it begins, from 1
    std::vector<std::string> cells;
};
// RFC 4180: quoted cells may hold commas, line ends and doubled quotes; lines end by LF or CRLF; empty lines are passed
// over. A byte order mark is dropped. Throws UsageError "NAME:LINE: ...".
std::vector<CsvRecord> parse_csv(std::string_view text, const std::string& name);

}  // namespace bfr
