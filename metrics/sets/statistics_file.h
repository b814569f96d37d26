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
    std::string features;     // FeatureExtractor::key(); empty: another tool's file, of whose features nothing is known
    std::string convention;   // the name of the tool's convention; empty likewise
    std::string list_sha256;  // over a line [id, SHA-256 of the file] for each picture
    StatisticsFormat format = StatisticsFormat::kStats;  // as it was read, by the names of its tensors
};

// .stats; pytorch-fid's and clean-fid's .npz {mu, sigma}; BasicSR's .pth {name, size, mean, cov}. Throws Error naming
// the file: nothing of the kind, not `size` numbers, not finite, a covariance that isn't symmetric or has a negative
// variance, a damaged remark of what it is of.
SetStatistics read_statistics(const std::filesystem::path& file, int64_t size);

// Atomically. What .stats says of itself in its metadata, .npz says in an array `bfr` (the bytes of a JSON text) and
// .pth in a text `bfr`: the tools whose formats these are look for their own names alone. Nothing of it where
// `features` is empty.
void write_statistics(const std::filesystem::path& file, const SetStatistics& statistics, StatisticsFormat format);

}  // namespace bfr
