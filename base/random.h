// Random numbers that depend on what they are for and on nothing else: not on options, order, batch or threads.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace bfr {

// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): 128 random bits for a counter
// and a key.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

// One stream of numbers, named by (run seed, sample id, name of the draw, layer, repeat): Philox keyed by the
// names' hash, so that any element can be had at once. The same on every platform.
class Draw {
  public:
    Draw(uint64_t run_seed, std::string_view sample_id, std::string_view name, uint32_t layer = 0, uint32_t repeat = 0);

    // Element i of the stream; the three kinds read the same bits, so one stream serves one kind.
    double uniform(uint64_t i) const;                        // [0, 1), 53 bits
    double uniform(uint64_t i, double lo, double hi) const;  // [lo, hi)
    uint64_t integer(uint64_t i, uint64_t below) const;  // 0 .. below - 1, without bias worth naming (64 bits scaled)
    double normal(uint64_t i) const;                     // N(0, 1): Box-Muller of one block of 128 bits

    // values[i] = normal(i); two normals a block, equal to normal() bit for bit.
    void fill_normal(std::span<float> values) const;

  private:
    std::array<uint32_t, 4> block(uint64_t index) const;
    std::array<uint32_t, 2> key_;
    std::array<uint32_t, 2> prefix_;
};

}  // namespace bfr
