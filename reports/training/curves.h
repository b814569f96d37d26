// A stage's log as web/src/pages/training.ts draws it.
#pragma once

#include "reports/training/training.h"

namespace bfr {

// {"curves": [{"name", "note", "kind": "loss"|"validation"|"pace", "x", "y", "bounded"}], "left_out": values that came
// out as no finite number, "iterations" so far, "points_apart", "best": iteration or null, "sessions"}. Numbers have
// six digits; a curve has 1 to 2,000 points: means of neighbours, or some of the validations with the best one among
// them.
Json curves_of(const TrainingStage& stage);

}  // namespace bfr
