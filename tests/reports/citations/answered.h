// Whether the table of citations says something of a name.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "reports/citations/uses.h"

namespace bfr {

// A name has works, or a reason why it has none.
inline void expect_answered(Cited kind, const std::string& name) {
    const auto uses = uses_of(kind, name);
    const bool answered =
        std::ranges::any_of(uses, [](const CitedUse* use) { return use->keys.empty() != use->none.empty(); });
    EXPECT_TRUE(answered) << to_string(kind) << " " << name << ": reports/citations/uses_table.cpp has no line for it";
}

}  // namespace bfr
