// What is compared: rows of one report or of several, their samples brought together by id.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/unit.h"
#include "reports/records.h"

namespace bfr {

struct ComparedReport {
    std::string name;  // as a person named it
    Json report;
};

struct ComparedRow {
    std::string name;   // its title or label; "LABEL @ REPORT" where several of the rows have that label
    std::string label;  // in its report
    size_t report = 0;
    std::vector<const Record*> column;  // of all ids; null where its report doesn't have the sample under this method
};

struct ComparedValue {
    ValueInfo info;
    Json unit;             // as in the report that has it first, without the unit's other values
    bool of_set = false;   // of the whole set: without pairs
    bool chosen = true;    // false: for a condition alone
    std::string conflict;  // why the reports' numbers may differ for another reason than the method; empty: none
};

struct CompareOptions {
    std::vector<std::string> rows = {};    // "NAME", "NAME @ REPORT", either "as TITLE" (row_named()); none: all
    std::string baseline = {};             // likewise; empty: the first of the rows
    std::vector<std::string> values = {};  // names of values, or of units for all of theirs; none: all
    std::vector<std::string> gates = {};   // reports/compare/gates.h
    size_t pictures = 3;                   // so many with the largest gain and loss each
    bool force = false;                    // compare what isn't alike all the same, and mark it
};

struct Compared {
    std::vector<ComparedRow> rows;  // the first is the baseline
    std::vector<ComparedValue> values;
    std::vector<std::string> ids;               // of all reports, sorted
    std::map<std::string, std::string> groups;  // by id, where there is one
    std::vector<std::vector<Record>> records;   // what the columns point to
    // What a reader must know: {"about", "text"}, in the order found.
    Json warnings = Json::array();
    Json conflicts = Json::array();  // likewise, of what --force let pass

    Compared() = default;
    Compared(Compared&&) = default;  // the columns point into it
    Compared(const Compared&) = delete;
};

// Of the values also those that `needed` names. UsageError for a name that is no row's or no value's, where there is
// only one row, and, unless forced, where a value's convention, version, weights, measure or direction, or the inputs
// or group of a sample, differ between the rows' reports. Error where a report has no rows or samples, or a sample
// twice. `reports`: at least one, each checked (reports/read.h).
Compared bring_together(const std::vector<ComparedReport>& reports, const CompareOptions& options,
                        const std::vector<std::string>& needed);

// As its report's "rows" have it.
const Json& row_in(const std::vector<ComparedReport>& reports, const ComparedRow& row);

// Of all values in the reports, single samples' and sets'.
std::vector<std::string> value_names(const std::vector<ComparedReport>& reports);

}  // namespace bfr
