// Which rows and values of the reports are compared.
#pragma once

#include <string>
#include <vector>

#include "reports/compare/sources.h"

namespace bfr {

// The baseline first; without columns. A row that has the same results as an earlier report's row of its label is left
// out, which `warnings` say, unless it is named with its report.
std::vector<ComparedRow> compared_rows(const std::vector<ComparedReport>& reports, const CompareOptions& options,
                                       Json& warnings);

// In the order of the reports. `needed`: names of values that are taken too where they aren't chosen.
std::vector<ComparedValue> compared_values(const std::vector<ComparedReport>& reports,
                                           const std::vector<ComparedRow>& rows, const std::vector<std::string>& values,
                                           const std::vector<std::string>& needed);

// What sets two descriptions of one unit or method apart, "version '1' in A, '2' in B": version, convention, weights.
// Empty: nothing.
std::string difference_of_units(const Json& a, const std::string& in_a, const Json& b, const std::string& in_b);

}  // namespace bfr
