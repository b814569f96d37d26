// A training's folder as bfr train leaves it, also while it is at work: a folder for each stage.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/training/stage_log.h"

namespace bfr {

struct TrainingStage {
    std::string name;  // of its folder; UTF-8
    std::string kind;  // "prior" ...; empty where that isn't known
    StageLog log;
    std::vector<std::pair<std::string, std::string>> settings;  // with the seed, the data's hash, the program's commit
    int64_t iterations = 0;                                     // planned; 0: not known
    int64_t batch = 0;                                          // 0: not known
    std::vector<std::string> rows;     // of its pictures, from top to bottom; empty where the log doesn't name them
    std::optional<double> rate;        // learning rate before its schedule
    std::string written;               // when the log was: 2026-01-02T03:04:05Z
    std::string failure;               // a number that wasn't finite ended it; empty where that didn't happen
    std::vector<std::string> remarks;  // what couldn't be read
    std::vector<std::pair<int64_t, std::filesystem::path>> grids;  // iteration and file, ascending

    bool finished() const { return iterations > 0 && log.iteration() >= iterations; }
    std::optional<double> seconds_left() const;
    std::string state() const;  // "finished", "stopped: ...", "1,000 of 6,000 iterations"
};

struct Training {
    std::string name;
    std::filesystem::path folder;
    std::vector<TrainingStage> stages;
};

// Whether some folder below it holds a log.jsonl.
bool is_training(const std::filesystem::path& folder);

// `order`: kinds of stages in the order in which they are trained; others come last, by name. Throws Error where the
// folder or a log can't be read; of anything else that can't there is a remark.
Training read_training(const std::filesystem::path& folder, const std::vector<std::string>& order);

// A line a stage.
std::string training_text(const Training& training);

// Curves, pictures, settings: one file without a network.
std::string training_page(const Training& training);

}  // namespace bfr
