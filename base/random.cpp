#include "base/random.h"

#include <cmath>
#include <numbers>
#include <utility>

namespace bfr {
namespace {

constexpr uint64_t kFnvOffset = 0xCBF29CE484222325, kFnvPrime = 0x100000001B3;

uint64_t fnv1a64(std::string_view text, uint64_t hash) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
    return hash;
}

uint64_t fnv1a64(uint64_t number, uint64_t hash) {
    for (int k = 0; k < 8; k++) hash = (hash ^ ((number >> (8 * k)) & 0xFF)) * kFnvPrime;
    return hash;
}

// The finaliser of splitmix64: spreads FNV's weak high bits.
uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

double unit(uint32_t high, uint32_t low) {
    const uint64_t bits = (static_cast<uint64_t>(high) << 32) | low;
    return static_cast<double>(bits >> 11) * 0x1p-53;
}

// libm's log, sin and cos may differ in the last bit between platforms; a float made of them differs once in some 2^28
// draws, and only by one unit in the last place.
std::pair<double, double> box_muller(double u, double v) {
    const double radius = std::sqrt(-2.0 * std::log1p(-u));  // u < 1, so the logarithm is finite
    const double angle = 2.0 * std::numbers::pi * v;
    return {radius * std::cos(angle), radius * std::sin(angle)};
}

}  // namespace

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> c, std::array<uint32_t, 2> k) {
    for (int round = 0; round < 10; round++) {
        const uint64_t p0 = uint64_t{0xD2511F53} * c[0], p1 = uint64_t{0xCD9E8D57} * c[2];
        c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(p1),
             static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<uint32_t>(p0)};
        k[0] += 0x9E3779B9;
        k[1] += 0xBB67AE85;
    }
    return c;
}

Draw::Draw(uint64_t run_seed, std::string_view sample_id, std::string_view name, uint32_t layer, uint32_t repeat) {
    // Lengths separate the parts: ("a", "bc") and ("ab", "c") are different streams.
    uint64_t hash = fnv1a64(run_seed, kFnvOffset);
    for (const std::string_view part : {sample_id, name}) hash = fnv1a64(part, fnv1a64(part.size(), hash));
    hash = fnv1a64((static_cast<uint64_t>(layer) << 32) | repeat, hash);
    const uint64_t key = mix(hash), prefix = mix(hash + 0x9E3779B97F4A7C15);
    key_ = {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)};
    prefix_ = {static_cast<uint32_t>(prefix), static_cast<uint32_t>(prefix >> 32)};
}

std::array<uint32_t, 4> Draw::block(uint64_t index) const {
    return philox4x32({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), prefix_[0], prefix_[1]}, key_);
}

double Draw::uniform(uint64_t i) const {
    const auto b = block(i / 2);
    return i % 2 == 0 ? unit(b[0], b[1]) : unit(b[2], b[3]);
}

double Draw::uniform(uint64_t i, double lo, double hi) const { return lo + (hi - lo) * uniform(i); }

uint64_t Draw::integer(uint64_t i, uint64_t below) const {
    const auto b = block(i / 2);
    const uint64_t bits = i % 2 == 0 ? (uint64_t{b[0]} << 32) | b[1] : (uint64_t{b[2]} << 32) | b[3];
    return static_cast<uint64_t>((static_cast<unsigned __int128>(bits) * below) >> 64);
}

double Draw::normal(uint64_t i) const {
    const auto b = block(i / 2);
    const auto pair = box_muller(unit(b[0], b[1]), unit(b[2], b[3]));
    return i % 2 == 0 ? pair.first : pair.second;
}

void Draw::fill_normal(std::span<float> values) const {
    for (uint64_t i = 0; i < values.size(); i += 2) {
        const auto b = block(i / 2);
        const auto pair = box_muller(unit(b[0], b[1]), unit(b[2], b[3]));
        values[i] = static_cast<float>(pair.first);
        if (i + 1 < values.size()) values[i + 1] = static_cast<float>(pair.second);
    }
}

}  // namespace bfr
