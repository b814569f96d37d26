// Test sets that are a grid: every combination of a few values, one picture each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bfr {

struct TestGrid {
    std::vector<std::string> axes;  // names of the draws whose values the grid decides, the slowest first
    // The draw that the authors' script made with Python's random.choice, one a combination in their order, and the
    // seed that it gave to random.seed.
    std::string python_drawn;
    uint32_t python_seed = 0;
};

// A picture's place in its set, whose pictures are sorted by id.
struct PlaceInSet {
    size_t index = 0, count = 1;
};

// Which of `combinations` a picture gets. In a set of at least so many the i-th picture gets combination
// i % combinations. A smaller set steps over the grid by the number nearest to combinations / 1.618 that shares no
// divisor with it, so that each axis' values come about equally often.
size_t grid_combination(PlaceInSet place, size_t combinations);

// Python 3's random.seed(seed), then `count` times random.choice(range(below)): the Mersenne Twister's upper bits,
// numbers that are too large drawn again. The same in every version since 3.2.
std::vector<uint32_t> python_choices(uint32_t seed, uint32_t below, size_t count);

}  // namespace bfr
