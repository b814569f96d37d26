// The folder's restorers, for its registry alone: one function a file.
#pragma once

#include <memory>

#include "restore/restorer.h"

namespace bfr {

// The input itself: the baseline of every table.
RestorerRegistry::Entry degraded_entry();
// Non-local means and the bilateral filter, as OpenCV computes them: classical baselines.
RestorerRegistry::Entry opencv_denoise_entry();
RestorerRegistry::Entry opencv_bilateral_entry();
// Pictures that any other program restored, read from a folder.
RestorerRegistry::Entry outputs_entry();

}  // namespace bfr
