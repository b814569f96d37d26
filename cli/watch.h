// Following a run that is at work in its folder.
#pragma once

#include <functional>

#include "base/json_fwd.h"
#include "reports/run_folder.h"

namespace bfr {

// Calls `show` with the report that `rebuild` makes, at first and whenever records.jsonl has grown; says on stderr who
// is at work. Ends with kDone once the report is complete; with kSomeFailed, saying so, where no process is at work and
// it isn't (a run that was killed, say). Ctrl-C ends it as it ends any program: nothing is left half done.
int watch_run(const RunFolder& folder, const std::function<Json()>& rebuild,
              const std::function<void(const Json& report)>& show);

}  // namespace bfr
