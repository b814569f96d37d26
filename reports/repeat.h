// A run that repeats another one's report: what is different before it starts, and whether its numbers came out again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "datasets/sample.h"
#include "reports/config.h"
#include "reports/run_folder.h"

namespace bfr {

// What `report` was computed by. Its relative paths are relative to the folder in which that run was started, which no
// report says. UsageError where it holds no configuration, or not one of this program.
RunConfig config_of_report(const Json& report);

// A line for each thing that is another now: program, libraries, processor; a unit's version, weights or absence; a
// sample, or one of its pictures by SHA-256, which are read for it. `context`: make_context()'s.
std::vector<std::string> differences_today(const Json& report, const RunDescription& today, const Json& context,
                                           const std::vector<SampleFiles>& samples);

// The numbers of the rows that both reports have, "there" and "now": means, and values of the whole set.
struct Repetition {
    struct Number {
        std::string row, value;
        double there = 0, now = 0;
        double difference = 0;  // |now - there| / |there|; absolute where `there` is 0
    };
    uint64_t numbers = 0, equal = 0;            // equal: in every bit
    std::vector<Number> others;                 // that are not, the largest difference first
    std::vector<std::string> only_there;        // "ROW VALUE": a number there, none now
    uint64_t pictures = 0, equal_pictures = 0;  // restored ones, by the SHA-256 of their pixels
};
Repetition compare_numbers(const Json& there, const Json& now);

// For a person, a few lines without a line end at the last; `name`: what the report is called.
std::string repetition_text(const Repetition& repetition, const std::string& name);

}  // namespace bfr
