#include "reports/report_records.h"

#include "reports/read.h"

namespace bfr {

Record record_in_report(const std::string& id, const std::string& label, const Json& result,
                        const std::set<std::string>& names) {
    Record record;
    record.method = label;
    record.sample = id;
    record.restored = text_of(result, "status") == "ok";
    const Json& values = member(result, "values");
    if (!values.is_object()) return record;
    std::set<std::string> excluded;
    for (const Json& name : member(result, "excluded"))
        if (name.is_string()) excluded.insert(name.get<std::string>());
    for (const auto& [name, value] : values.items()) {
        if (!names.contains(name)) continue;
        if (const auto number = number_of(values, name)) {
            record.values.emplace_back(name, *number);
            continue;
        }
        const std::string reason = text_of(member(result, "missing"), name);
        record.values.emplace_back(name, Score::none(reason.empty() ? "the report has no reason" : reason));
        record.values.back().second.is_excluded = excluded.contains(name);
    }
    return record;
}

}  // namespace bfr
