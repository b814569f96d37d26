// What every restorer, metric and task says of itself. The engine, the tables and the reports read this and never a
// name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace bfr {

enum class Direction { kHigherIsBetter, kLowerIsBetter, kNone };

// One number that a unit gives for a sample, or for a whole set.
struct ValueInfo {
    std::string name;  // column and JSON key, unique over all units of a run: "psnr", "landmarks.nme_interocular"
    std::string unit;  // "dB", "px", "degree", or empty for a pure number
    Direction direction = Direction::kNone;
    std::string summary;  // one line: what it is
    int decimals = 4;     // in tables only; JSON has full precision
};

struct WeightsUse {
    std::string file;  // the catalogue's name
    std::string sha256;
    uint64_t bytes = 0;
    bool pinned = false;  // nobody publishes its hash: this is what was there on first use
    // The beginning of its SHA-256 that its published name carries, and that this file's was compared with; else empty.
    std::string name_digits = {};
    bool own = false;  // a person's own file: its hash was compared with nothing
};

struct UnitInfo {
    std::string label;       // the spec's canonical form, with what a default stands for
    std::string version;     // of the algorithm: changes whenever a value may change
    std::string summary;     // one line
    std::string convention;  // what exactly is computed: colour space, range, window, what is excluded
    std::string source;      // the paper, the upstream file and commit
    std::vector<WeightsUse> weights;
    // Data sets by whose people it was trained, beyond those of its weights (weights/catalogue/training_data.h).
    std::vector<std::string> trained_on = {};
};

// A number, or the reason why there is none ("no face found", "infinite: the pictures are equal").
struct Score {
    std::optional<double> value;
    std::string reason;
    bool is_excluded = false;  // there is a number, but an option leaves it out: neither a failure nor a lack

    Score(double number) : value(number) {}  // NOLINT: a number is a score; a non-finite one is checked by the engine
    static Score none(std::string why) { return Score(std::move(why)); }
    // `by`: "exclude_below=1 (under 1 degree)"
    static Score excluded(const std::string& by) {
        Score score("excluded by " + by);
        score.is_excluded = true;
        return score;
    }

  private:
    explicit Score(std::string why) : reason(std::move(why)) {}
};

// What a metric or a task found on one sample.
struct Scores {
    std::vector<Score> values;      // one for each of ScorerInfo::values, in that order
    Json details = Json::object();  // kept in the record and shown in the report: points, probabilities, labels
    Json features = {};             // kept in the record alone, for Task::summarise(): embeddings; null: none
};

// A metric's or a task's description.
struct ScorerInfo : UnitInfo {
    bool needs_reference = true;
    bool imported = false;  // another program's numbers, read from a file: nothing was computed here
    std::vector<ValueInfo> values;
    std::vector<ValueInfo> set_values = {};  // what a task says of a whole set, in the order of TaskSummary::values
    // Whether Task::summarise() is also given the samples that were not restored or on which run() threw.
    bool told_of_failures = false;
};

}  // namespace bfr
