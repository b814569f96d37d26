// A command: its page of help and its function. The table of them is in main.cpp.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace bfr {

// Exit codes of the program. Anything thrown is kUnusable.
enum ExitCode {
    kDone = 0,
    kSomeFailed = 1,  // some samples failed, a unit wasn't available, a condition of compare held, or Ctrl-C ended it early
    kUnusable = 2,    // usage or set-up
};

struct Command {
    std::string name, summary;
    const CommandPage& page;
    // `line`: the whole command line, for the report.
    int (*run)(const Arguments& arguments, const std::vector<std::string>& line);
};

Command run_command();
Command ablate_command();
Command restore_command();
Command evaluate_command();
Command downstream_command();
Command align_command();
Command degrade_command();
Command pack_command();
Command report_command();
Command reproduce_command();
Command compare_command();
Command list_command();
Command weights_command();
Command datasets_command();
Command stats_command();
Command completion_command();
Command train_command();

// All of the above, in the order of the overview.
std::vector<Command> commands();

// What --version prints.
std::string version_text();

}  // namespace bfr
