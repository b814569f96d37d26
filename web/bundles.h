// What the pages' folders src/pages/* become: one script and one style sheet each, without anything from outside.
#pragma once

#include <string_view>

namespace bfr {

struct Bundle {
    std::string_view script, style;  // neither holds anything that would end its element
};

Bundle report_bundle();
Bundle training_bundle();

}  // namespace bfr
