// The trainer: runs a stage's steps, keeps its state on disk so that killing it at any moment costs minutes, judges it
// and keeps the best weights.
#pragma once

#include <c10/core/ScalarType.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>

#include "base/json_fwd.h"
#include "train/batches.h"
#include "train/stage.h"

namespace bfr::train {

struct LoopOptions {
    int64_t iterations = 1000;     // of the whole training, over all sessions; the learning rate's schedule is of these
    double minutes = 0;            // of this session, after which it stops and can be continued; 0: no limit
    int64_t warm_up = 100;         // iterations in which the learning rate rises
    double last_rate = 0.05;       // what is left of the learning rate at the end, by a half cosine
    int64_t validate_every = 500;  // iterations
    double save_every = 120;       // seconds
    uint64_t seed = 1;
    at::ScalarType precision = at::kFloat;  // of convolutions and pictures inside of networks: float32, bfloat16
    int workers = 1;                        // threads that make batches
    int64_t log_every = 10;                 // iterations; what is logged are means over them
    std::string commit;                     // of the program; noted in the log
};

// Files of a stage's folder.
//   snapshot.safetensors   all that the next step depends on; its metadata: iteration, settings
//   best.safetensors       what the program restores with, of the least validation score so far
//   log.jsonl              a line each `log_every` iterations, each validation and each start (docs/training.md)
//   grids/NNNNNNN.png      pictures to look at, one a validation
//   bad-batch.safetensors  the batch whose losses were no finite numbers, if that happened
struct LoopResult {
    int64_t iteration = 0;
    bool finished = false;  // all iterations are done
};

// Goes on from the folder's snapshot where there is one. `settings`: what the training is; a snapshot of other settings
// is refused with UsageError that names the first difference. `say` gets lines for a person. Throws Error where a loss
// or a gradient isn't finite, after the batch was saved.
LoopResult run_loop(Stage& stage, const BatchSource& training, const BatchSource& validation,
                    const LoopOptions& options, const Json& settings, const std::filesystem::path& folder,
                    const std::atomic<bool>& stop, const std::function<void(const std::string&)>& say);

}  // namespace bfr::train
