#include "cli/against.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/names.h"
#include "reports/comparison.h"
#include "reports/read.h"

namespace bfr {
namespace {

constexpr std::string_view kPaper = "paper:", kRow = "row:";

bool is_row(const std::string& name, const Json& report) {
    Json methods = Json::array();
    for (const Json& method : member(report, "methods"))
        methods.push_back({{"label", text_of(method, "label")}, {"available", true}});
    try {
        row_named(name, methods);
    } catch (const UsageError&) {
        return false;
    }
    return true;
}

}  // namespace

PublishedOptions published_options(const Arguments& arguments) {
    PublishedOptions options{arguments.has("same-data"), {}};
    for (const auto& text : arguments.texts("as")) {
        const size_t at = text.rfind('=');
        if (at == std::string::npos || at == 0 || at + 1 == text.size())
            throw UsageError(fmt::format("--as {}: ROW=METHOD is expected, such as vspbfr=VSPBFR", text));
        options.as.emplace_back(text.substr(0, at), text.substr(at + 1));
    }
    return options;
}

void add_section(Json& report, Json section) {
    if (!member(report, "published").is_array()) report["published"] = Json::array();
    Json& all = report["published"];
    const auto same = [&](const Json& one) {
        return text_of(one, "table") == text_of(section, "table") &&
               text_of(member(one, "data"), "name") == text_of(member(section, "data"), "name");
    };
    const auto found = std::ranges::find_if(all, same);
    if (found == all.end()) {
        all.push_back(std::move(section));
    } else {
        *found = std::move(section);
    }
}

Against::Against(const Arguments& arguments)
    : papers_(arguments.paths("papers")), options_(published_options(arguments)) {
    for (const auto& text : arguments.texts("against")) {
        if (text.starts_with(kRow)) {
            rows_.push_back(text.substr(kRow.size()));
            continue;
        }
        const bool is_said = text.starts_with(kPaper);
        const std::string name = is_said ? text.substr(kPaper.size()) : text;
        if (is_said || papers_.find(name.substr(0, name.find('/')))) {
            tables_.push_back({name, papers_.named(name), is_said});
        } else {
            rows_.push_back(name);
        }
    }
    if (!tables_.empty()) return;
    for (const char* option : {"as", "same-data", "papers"}) {
        if (arguments.has(option))
            throw UsageError(fmt::format("--{} is for a published table: name it with --against TABLE", option));
    }
}

void Against::check_rows(const Json& methods) const {
    for (const std::string& name : rows_) {
        try {
            row_named(name, methods);
        } catch (const UsageError& error) {
            throw UsageError(fmt::format("{} ({})", error.what(), tables_like(name)));
        }
    }
}

std::string Against::tables_like(const std::string& name) const {
    std::vector<std::string> ids;
    for (const auto& table : papers_.tables()) ids.push_back(table.id);
    const auto near = near_names(name.substr(0, name.find('/')), ids);
    if (near.empty()) return "published tables: bfr list papers";
    return fmt::format("or did you mean the published table {}?", fmt::join(near, " or "));
}

Json Against::put_beside(Json report) const {
    for (const Table& table : tables_) {
        if (!table.is_said && is_row(table.name, report)) {
            throw UsageError(
                fmt::format("'{0}' is a published table and a row of the run: say paper:{0} or row:{0}", table.name));
        }
        const auto& [paper, data] = table.named;
        for (const PublishedData* one : data ? std::vector<const PublishedData*>{data} : data_beside(report, *paper))
            add_section(report, published_section(report, *paper, *one, options_));
    }
    return report;
}

}  // namespace bfr
