// A stage's options, each stated once: its key, where its value goes, its limits, and what it is in a few words.
#pragma once

#include <string>
#include <vector>

#include "base/registry.h"
#include "base/spec.h"
#include "train/learner.h"
#include "train/loop.h"
#include "train/losses/judges.h"

namespace bfr::train {

// What a stage's spec says beside the stage itself.
struct StageSetup {
    LoopOptions loop;
    int64_t batch = 8;
    std::string name;                             // of its folder: the stage's, or the option `name`
    std::string init;                             // a best.safetensors whose weights it begins with; empty: drawn ones
    std::map<std::string, std::string> settings;  // of the training, as a snapshot keeps them
};

// The variable that a value goes to holds its default before.
class StageReader {
  public:
    explicit StageReader(const Spec& spec, SpecReader::Purpose purpose = SpecReader::Purpose::kMake)
        : reader_(spec, "stage", purpose) {}

    void number(const std::string& key, double& value, double lo, double hi, const std::string& summary);
    void integer(const std::string& key, int64_t& value, int64_t lo, int64_t hi, const std::string& summary);
    void flag(const std::string& key, bool& value, const std::string& summary);
    void text(const std::string& key, std::string& value, const std::string& summary);
    void choice(const std::string& key, std::string& value, const std::vector<std::string>& allowed,
                const std::string& summary);

    // What most stages have.
    void setup(StageSetup& setup);
    void optimiser(OptimiserOptions& options);
    void weights(PictureWeights& weights);
    void judges(JudgeOptions& options);

    // As SpecReader::finish(): before anything is loaded or looked for.
    void finish() const { reader_.finish(); }

    const std::string& stage() const { return reader_.spec().name(); }
    const std::map<std::string, std::string>& values() const { return reader_.values(); }
    const std::vector<OptionInfo>& options() const { return options_; }  // with the defaults, in the order read

  private:
    void add(const std::string& key, std::string fallback, std::string summary);

    SpecReader reader_;
    std::vector<OptionInfo> options_;
};

}  // namespace bfr::train
