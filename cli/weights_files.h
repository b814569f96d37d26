// `bfr weights` on the catalogue's files: list, fetch, verify, doctor. Each returns the exit code.
#pragma once

#include "cli/options.h"

namespace bfr {

int list_weights(const Arguments& arguments);
int fetch_weights(const Arguments& arguments);
int verify_weights(const Arguments& arguments);
int weights_doctor(const Arguments& arguments);

}  // namespace bfr
