#include "base/error.h"
#include "datasets/manifest.h"

namespace bfr {

std::vector<CsvRecord> parse_csv(std::string_view text, const std::string& name) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    std::vector<CsvRecord> records;
    size_t at = 0, line = 1;
    const auto ends_line = [&] {
        return at == text.size() || text[at] == '\n' ||
               (text[at] == '\r' && (at + 1 == text.size() || text[at + 1] == '\n'));
    };
    const auto wrong = [&](size_t where, const char* what) {
        throw UsageError(fmt::format("{}:{}: {}", name, where, what));
    };
    const auto quoted_cell = [&] {
        const size_t begun = line;
        std::string cell;
        for (at++;; at++) {
            if (at == text.size()) wrong(begun, "a quote is opened and never closed");
            if (text[at] == '\n') line++;
            if (text[at] == '"') {
                if (at + 1 == text.size() || text[at + 1] != '"') break;
                at++;
            }
            cell += text[at];
        }
        at++;
        if (!ends_line() && text[at] != ',')
            wrong(line, "text follows a closing quote; a quote within quotes is doubled");
        return cell;
    };
    const auto plain_cell = [&] {
        std::string cell;
        for (; !ends_line() && text[at] != ','; at++) {
            if (text[at] == '"') wrong(line, "a quote within a cell; put the whole cell in quotes and double it");
            cell += text[at];
        }
        return cell;
    };
    while (at < text.size()) {
        CsvRecord record{line, {}};
        for (;;) {
            record.cells.push_back(at < text.size() && text[at] == '"' ? quoted_cell() : plain_cell());
            if (ends_line()) break;
            at++;
        }
        const bool blank = record.cells.size() == 1 && record.cells.front().empty();
        if (!blank) records.push_back(std::move(record));
        if (at < text.size() && text[at] == '\r') at++;
        if (at < text.size()) at++;
        line++;
    }
    return records;
}

}  // namespace bfr
