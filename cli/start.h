// What commands that compute do before they start.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"
#include "datasets/sample.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

// Options that several commands read, so that they mean the same everywhere. What wasn't given stays as it is.
int jobs_option(const Arguments& arguments, int fallback = 0);
std::string device_option(const Arguments& arguments, const std::string& fallback = "cpu");
int threads_option(const Arguments& arguments, int fallback = 1);
uint64_t seed_option(const Arguments& arguments, uint64_t fallback = 1);
void read_data_options(const Arguments& arguments, DataOptions& data);
// Of units that were typed: whoever types a program's name lets it run.
UnitContext unit_context(const Arguments& arguments);
// On stderr, before anything is made: the units that run a program or load code.
void tell_code(const std::vector<std::string>& units);

// On stderr, where LibTorch sits on a slow BLAS; where $BFR_WEIGHTS names no folder (unit_context does it too).
void warn_of_slow_blas();
void warn_of_missing_weights(const WeightsLocator& weights = WeightsLocator());

}  // namespace bfr
