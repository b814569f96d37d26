// docs/metrics.md and docs/set-metrics.md, which are compiled into the program: what it says of a metric and what the
// pages say are one text.
#pragma once

#include <string>
#include <string_view>

namespace bfr {

std::string_view metrics_page();

// What the pages have below "## NAME", up to the next heading of that rank; empty where it has nothing.
std::string metrics_page_on(const std::string& name);

}  // namespace bfr
