// What the published files of weights were trained on, as far as their authors say it.
#pragma once

#include <string>
#include <vector>

namespace bfr {

// Names of data sets, as datasets/known_sets.h has them; empty where it isn't known.
std::vector<std::string> training_sets_of_file(const std::string& file);

}  // namespace bfr
