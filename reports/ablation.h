// Ablations: a method of the configuration stands for its arms, one for each combination of values of its options.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "reports/config.h"

namespace bfr {

// The whole grid, the last option fastest. An arm is the method with its values; where the method has a `name`, which
// would be every arm's row, the arm's is that with the values behind it.
std::vector<Spec> arms_of(const Ablation& ablation);

// The configuration's methods, each ablated one replaced by its arms: those that a run has, in their order.
std::vector<Spec> methods_of(const RunConfig& config);

// The ablation of the methods that `names` name (by spec, by name=, by the unit's name where that is clear), or, with
// none, of the one method that has all the options. UsageError, listing the methods with their options, where that
// isn't one method.
std::vector<Ablation> find_ablations(const std::vector<Spec>& methods, const std::vector<OptionValues>& vary,
                                     const std::vector<std::string>& names);

// UsageError where an ablation makes no run: a method that isn't the configuration's, an option that it doesn't have or
// that is varied twice, a value that isn't legal (named), two values that are one, more than kMostArms arms. Nothing is
// loaded for it.
void check_ablations(const RunConfig& config);
inline constexpr size_t kMostArms = 1000;

// For run.json and the report: options, arms with their values, and the arm that the others are compared with (the one
// with the configuration's own values, where there is one that is available; else the first that is).
// `methods`: described (reports/describe.h), in the order of methods_of().
Json describe_ablations(const RunConfig& config, const Json& methods);

}  // namespace bfr
