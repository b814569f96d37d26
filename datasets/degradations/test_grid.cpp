#include "datasets/degradations/test_grid.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

#include "base/error.h"

namespace bfr {
namespace {

// The Mersenne Twister's state from a key of one word: init_by_array of Matsumoto and Nishimura's mt19937ar (2002),
// which is how Python seeds it. A SeedSequence, whose words std::mt19937 takes for its state as they are.
class InitByArray {
  public:
    using result_type = std::uint32_t;
    explicit InitByArray(uint32_t key) : key_(key) {}

    template <class Iterator>
    void generate(Iterator begin, Iterator end) const {
        const auto n = static_cast<size_t>(end - begin);
        std::vector<uint32_t> state(n);
        state[0] = 19650218;
        for (size_t i = 1; i < n; i++) state[i] = 1812433253 * mixed(state[i - 1]) + static_cast<uint32_t>(i);
        size_t i = 1;
        const auto next = [&] {
            if (++i < n) return;
            state[0] = state[n - 1];
            i = 1;
        };
        for (size_t k = 0; k < n; k++, next()) state[i] = (state[i] ^ (mixed(state[i - 1]) * 1664525)) + key_;
        for (size_t k = 1; k < n; k++, next()) {
            state[i] = (state[i] ^ (mixed(state[i - 1]) * 1566083941)) - static_cast<uint32_t>(i);
        }
        state[0] = 0x80000000;
        std::copy(state.begin(), state.end(), begin);
    }

  private:
    static uint32_t mixed(uint32_t word) { return word ^ (word >> 30); }
    uint32_t key_;
};

size_t stride_over(size_t combinations) {
    const auto wanted = static_cast<size_t>(std::lround(static_cast<double>(combinations) / std::numbers::phi));
    for (size_t away = 0;; away++) {
        for (const size_t stride : {wanted + away, wanted - std::min(away, wanted)}) {
            if (std::gcd(stride, combinations) == 1) return stride;
        }
    }
}

}  // namespace

size_t grid_combination(PlaceInSet place, size_t combinations) {
    BFR_CHECK(combinations > 0 && place.index < place.count, "picture {} of {}, {} combinations", place.index,
              place.count, combinations);
    if (place.count >= combinations) return place.index % combinations;
    return place.index * stride_over(combinations) % combinations;
}

std::vector<uint32_t> python_choices(uint32_t seed, uint32_t below, size_t count) {
    BFR_CHECK(below > 0, "nothing to choose from");
    InitByArray sequence(seed);
    std::mt19937 generator(sequence);
    const int bits = std::bit_width(below);
    std::vector<uint32_t> choices;
    while (choices.size() < count) {
        const auto drawn = static_cast<uint32_t>(generator() >> (32 - bits));
        if (drawn < below) choices.push_back(drawn);
    }
    return choices;
}

}  // namespace bfr
