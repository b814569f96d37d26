// Mean and covariance of a set's features as a file: this program's .stats, and what other tools write.
#pragma once

#include <filesystem>
#include <string>

#include "metrics/sets/gaussian.h"

namespace bfr {

enum class StatisticsFormat {
    kStats,  // a safetensors file with mean, covariance and what they are of
    kNpz,    // pytorch-fid's: mu, sigma
    kPth,    // BasicSR's: mean, cov
};

struct SetStatistics {
    Gaussian gaussian;        // n is 0 where the file doesn't say
    std::string features;     // FeatureExtractor::key(); empty: a foreign file, of whose features nothing is known
    std::string convention;   // the name of the tool's convention; empty likewise
    std::string list_sha256;  // over a line [id, SHA-256 of the file] for each picture
    StatisticsFormat format = StatisticsFormat::kStats;  // as it was read, by the names of its tensors
};

// .stats; pytorch-fid's and clean-fid's .npz {mu, sigma}; BasicSR's .pth {name, size, mean, cov}. Throws Error naming
// the file: nothing of the kind, not `size` numbers, not finite, a covariance that isn't symmetric or has a negative
// variance.
SetStatistics read_statistics(const std::filesystem::path& file, int64_t size);

// Atomically.
void write_statistics(const std::filesystem::path& file, const SetStatistics& statistics, StatisticsFormat format);

}  // namespace bfr
