#pragma once

#include "nets/stylegan2_generator.h"
#include "nets/vspbfr_restoration.h"

namespace bfr::train {

// A restoration net's decoder begins as the generator whose features it will get: its convolutions take the generator's
// filters (a SMART layer's branches a share each, its fusion passing them on), its styles listen to the prompt's codes
// and hardly yet to the rest. Both are of one style width and one table of channels.
void begin_as_generator(nets::RestorationNet& net, const nets::StyleGan2& generator);

}  // namespace bfr::train
