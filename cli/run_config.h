// The configuration of `run` and `ablate`: a file's, with the options of the command line over it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "reports/config.h"

namespace bfr {

// Options that a command doesn't have stay the file's. `methods`: in place of the file's, whose ablations go with them.
// Without a file they stay those of `config`. UsageError for a bad file, and where its units may not run what they
// name.
RunConfig read_run_config(const Arguments& arguments, const std::optional<std::vector<Spec>>& methods,
                          RunConfig config = {});

}  // namespace bfr
