// Published tables: what a paper printed, and by which unit of this program the same would be computed
// (docs/papers.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unit.h"

namespace bfr {

// Whether a unit of this program computes what the paper did.
enum class Agreement {
    kSame,   // by all that the paper and its scripts say
    kGuess,  // they don't say enough: `reason` says what is missing
    kNone,   // no unit does: `reason` says why
};
std::string_view to_string(Agreement agreement);  // "same", "guess", "none"

struct PublishedMetric {
    std::string name;  // the paper's column
    Direction direction = Direction::kNone;
    Agreement agreement = Agreement::kNone;
    std::string unit;   // spec of a metric or task; empty for kNone
    std::string value;  // which of the unit's values, without the unit's label; empty: its first one
    double scale = 1;   // the unit's number times this is on the paper's scale
    std::string convention;
    std::string against;  // the set of references; empty: none, or not said
    std::string reason;   // empty for kSame
    bool task = false;    // the unit is one
};

struct PublishedNumber {
    double number = 0;
    std::string text;  // with the paper's digits
};

struct PublishedRow {
    std::string method;
    std::vector<std::optional<PublishedNumber>> numbers;  // one for each of PublishedData::metrics
};

// The part of a table that is of one data set.
struct PublishedData {
    std::string name;
    std::string set;     // as `bfr list datasets` calls it; empty: none of those
    std::string inputs;  // whose degraded pictures
    std::optional<uint64_t> n = {};
    std::vector<size_t> metrics = {};  // into PaperTable::metrics
    std::vector<PublishedRow> rows = {};
};

// Which method of this program a row of the paper is.
struct PublishedMethod {
    std::string name, unit;
};

struct PaperTable {
    std::string id, title, source;
    std::vector<std::string> notes;
    std::vector<PublishedMethod> methods;
    std::vector<PublishedMetric> metrics;
    std::vector<PublishedData> data;
};

// Throws UsageError "NAME:LINE: ..." for whatever isn't of the form of docs/papers.md, units that don't exist included.
PaperTable read_paper(std::string_view text, const std::string& name);

// The tables of papers/, by id, and a person's own behind them.
class Papers {
  public:
    // UsageError where a file can't be read, is no table, or has the id of one that is there.
    explicit Papers(const std::vector<std::filesystem::path>& own = {});

    const std::vector<PaperTable>& tables() const { return tables_; }
    const PaperTable* find(std::string_view id) const;  // null where there is none

    // Of "ID" or "ID/DATA".
    struct Named {
        const PaperTable* table = nullptr;
        const PublishedData* data = nullptr;  // null: of no one in particular
    };
    // UsageError, with near names, where there is none.
    Named named(const std::string& name) const;

  private:
    std::vector<PaperTable> tables_;
};

}  // namespace bfr
