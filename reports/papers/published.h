// A published table beside a run: which of its numbers are what the run measured, how far they lie apart, and what
// keeps the others from being compared.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "reports/papers/paper.h"
#include "reports/table.h"

namespace bfr {

struct PublishedOptions {
    // Somebody vouches that the run's pictures are the table's, inputs too, and those of a file of statistics that has
    // the name of the table's.
    bool same_data = false;
    std::vector<std::pair<std::string, std::string>> as;  // rows of the run (row_named()) and the table's names of them
};

// The table's data that the run's may be: those whose set was recognised, else the table's only one. UsageError, naming
// them, where there are several and none was.
std::vector<const PublishedData*> data_beside(const Json& report, const PaperTable& table);

// One member of the report's "published". UsageError where `options.as` names a row that isn't there, one twice, or
// a name that the table doesn't have.
Json published_section(const Json& report, const PaperTable& table, const PublishedData& data,
                       const PublishedOptions& options);

// The tables of a report's "published". Numbers of papers stand in no other table, and none of these marks a best:
// what was measured on other data, or by other than the published weights, is set apart from them.
void add_published(const Json& report, size_t max_columns, ReportTables& out);

}  // namespace bfr
