// A training stage: networks, what they learn from a batch, how they are judged.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "weights/state_dict/state_dict.h"

namespace bfr::train {

struct Batch {
    at::Tensor clean, degraded;  // (B, 3, S, S) RGB in [-1, 1]
    std::vector<std::string> ids;
};

using Values = std::map<std::string, double>;

class BatchSource;

class Stage {
  public:
    virtual ~Stage() = default;

    // One step on a batch of that iteration (from 0): every random number depends on the run's seed and on it alone.
    // `factor`: of every learning rate. Returns what is logged: losses by name, "gradient" the norm.
    virtual Values step(int64_t iteration, double factor, const Batch& batch) = 0;

    // Mean values over pictures that take no part in training; "score" is what the best weights have least of.
    virtual Values validate(const std::vector<Batch>& batches) = 0;

    // Pictures side by side for somebody to look at, (3, H, W) in [0, 1].
    virtual at::Tensor show(const Batch& batch) = 0;
    // What the rows of show() are, from top to bottom: "degraded faces".
    virtual std::vector<std::string> rows() const = 0;

    // All that the next step depends on.
    virtual void save(StateDict& to) const = 0;
    virtual void restore(const StateDict& from, const std::string& source) = 0;

    // Takes the weights of a result() for a beginning: fine-tuning. Throws Error naming `source` where they don't fit.
    virtual void begin_from(const StateDict& result, const std::string& source) = 0;

    // What the program restores with, under the published keys. `training`: for what is measured on it.
    virtual StateDict result(const BatchSource& training) const = 0;
};

}  // namespace bfr::train
