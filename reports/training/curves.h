// A stage's log as web/src/pages/training.ts draws it.
#pragma once

#include "reports/training/training.h"

namespace bfr {

// {"curves": [{"name", "note", "kind": "loss"|"validation"|"pace", "x", "y", "bounded"}], "iterations" so far,
// "points_apart", "best": iteration or null, "sessions"}; numbers with six digits, at most 2,000 points a curve.
Json curves_of(const TrainingStage& stage);

}  // namespace bfr
