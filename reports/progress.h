// What a person sees of a long job while it runs. Never on stdout, which is for results.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace bfr {

// Calls come from one thread at a time.
class Progress {
  public:
    virtual ~Progress() = default;
    // A job of `total` steps of which `done_before` were done by an earlier start (they don't count for the rate).
    virtual void begin(std::string what, uint64_t total, uint64_t done_before) = 0;
    virtual void advance(uint64_t n) = 0;
    // A line that stays: a warning, something worth knowing.
    virtual void note(std::string line) = 0;
    virtual void end() = 0;
};

// What the steps are, for the numbers beside the bar.
enum class ProgressUnit { kCount, kBytes };

// On stderr: a bar with rate and remaining time on a terminal, plain lines (at most one in 5 s) otherwise.
// A total of 0 bytes: nobody knows it.
std::unique_ptr<Progress> terminal_progress(ProgressUnit unit = ProgressUnit::kCount);
// Says nothing.
std::unique_ptr<Progress> silent_progress();

}  // namespace bfr
