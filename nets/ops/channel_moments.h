// Mean and spread of each channel of a picture, which normalisations begin with.
#pragma once

#include <cstdint>
#include <vector>

namespace bfr::nets {

struct ChannelMoment {
    double mean, sum_of_squares;  // of the deviations from it
};

// pixels: (count, channels), a channels-last picture; count > 0. Neither the result nor its rounding depends on the
// number of threads.
std::vector<ChannelMoment> channel_moments(const float* pixels, int64_t count, int64_t channels);

}  // namespace bfr::nets
