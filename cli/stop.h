// Ctrl-C: the first one asks the command to end after the samples in hand, the second one kills it.
#pragma once

#include <atomic>

namespace bfr {

// Catches SIGINT and SIGTERM from now on; the flag is set by the first of them.
const std::atomic<bool>& stop_on_signals();

}  // namespace bfr
