// What `bfr report --against` names: rows of the run, and published tables.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cli/options.h"
#include "reports/papers/paper.h"
#include "reports/papers/published.h"

namespace bfr {

// By --against, --as, --same-data and --papers. UsageError where the last three stand without a table.
class Against {
  public:
    explicit Against(const Arguments& arguments);

    const std::vector<std::string>& rows() const { return rows_; }

    // UsageError where one of rows() is none of a run's (RunDescription::methods); it tells of published tables too.
    void check_rows(const Json& methods) const;
    // "did you mean the published table pmrf-celeba?", or where to find them.
    std::string tables_like(const std::string& name) const;

    // The report with the tables as its "published". UsageError where a name is both a table's and a row's, and for
    // what published_section() and data_beside() refuse.
    Json put_beside(Json report) const;

  private:
    struct Table {
        std::string name;
        Papers::Named named;
        bool is_said = false;  // paper:ID
    };
    Papers papers_;
    std::vector<Table> tables_;
    std::vector<std::string> rows_;
    PublishedOptions options_;
};

// --as and --same-data.
PublishedOptions published_options(const Arguments& arguments);

// As the report's "published", beside those that are there already, of which one of the same table and data goes.
void add_section(Json& report, Json section);

}  // namespace bfr
