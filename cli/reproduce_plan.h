// What a published table needs, as a page: what is here, what is missing and what mends it.
#pragma once

#include <string>

#include "base/json_fwd.h"
#include "reports/papers/reproduce.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

struct PlanText {
    std::string text;
    bool complete = false;  // nothing is missing
};

// `config`: of the whole table, with the folders as they were named; those that weren't are told as missing.
PlanText plan_text(const PaperTable& table, const PublishedData& data, const Reproduction& plan,
                   const RunConfig& config, const UnitContext& context);

}  // namespace bfr
