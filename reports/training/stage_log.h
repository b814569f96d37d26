// What bfr train wrote of one stage (docs/training.md: log.jsonl), read as a file of anybody's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace bfr {

struct LogLine {
    int64_t iteration = 0;
    std::map<std::string, double> values;
};

struct StageLog {
    std::vector<LogLine> training;    // means of losses; iterations ascend, here and below
    std::vector<LogLine> validation;  // of pictures of people held out
    std::vector<LogLine> pace;        // "factor" of the learning rate, "waited": share of the time without a batch
    std::vector<std::pair<int64_t, double>> seconds;  // of training until an iteration, over all sessions
    std::vector<int64_t> sessions;                    // where it was started or went on
    Json session = Json::object();                    // of the last one: "settings", "commit"; empty in older logs
    uint64_t unreadable = 0;                          // lines that are no JSON object with an iteration: torn ones
    uint64_t left_out = 0;                            // values of more names than a page can show

    int64_t iteration() const;  // the last one that it tells of
    // Of the validations after training began, the one of least "score".
    const LogLine* best() const;
    std::optional<size_t> best_place() const;  // in validation
    // Iterations a second, over the last 500 iterations or the last two times that were noted.
    std::optional<double> speed() const;
};

// What was done again after an interruption counts as it was done last.
StageLog read_stage_log(std::string_view text);

// At most `most` lines: each is the mean of as many neighbouring ones, at the last one's iteration.
std::vector<LogLine> thinned(const std::vector<LogLine>& lines, size_t most);

// At most `most` (three or more) of 0 .. count - 1, ascending and evenly, with the first, the last and `kept`.
std::vector<size_t> spread(size_t count, size_t most, std::optional<size_t> kept);

}  // namespace bfr
