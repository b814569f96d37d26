// Ctrl-C: the first one asks the command to end after the samples in hand, the second one kills it, and with
// it the programs that it runs.
#pragma once

#include <atomic>

namespace bfr {

// Catches SIGINT, SIGTERM and, unless it was ignored, SIGHUP from now on; the flag is set by the first of them.
const std::atomic<bool>& stop_on_signals();

}  // namespace bfr
