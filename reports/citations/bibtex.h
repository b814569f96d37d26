// The works behind a report, as BibTeX.
#pragma once

#include <string>

#include "base/json_fwd.h"

namespace bfr {

// The program that made the report, then the works of its methods, metrics and tasks, protocols, published tables,
// recognised data, weights and their training data, each once, below comments that say what of the report it is for;
// and comments for what has no work here. What gave no number (not available) is in a comment alone. Text of the report
// stands in comments of one line without '@', which begins an entry for BibTeX even there, and in fields escaped.
std::string bibtex(const Json& report);

}  // namespace bfr
