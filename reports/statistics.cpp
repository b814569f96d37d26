#include "reports/statistics.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/random.h"

namespace bfr {
namespace {

// What is drawn as one: a sample, or all samples of a group.
struct Block {
    double sum = 0;
    uint64_t n = 0;
};

std::vector<Block> blocks_of(std::span<const Observation> observations, bool by_group) {
    if (!by_group) {
        std::vector<Block> blocks;
        for (const auto& one : observations) blocks.push_back({one.value, 1});
        return blocks;
    }
    std::map<std::string, Block> groups;  // sorted: the draws don't depend on which group comes first
    for (const auto& one : observations) {
        auto& block = groups[one.group];
        block.sum += one.value;
        block.n++;
    }
    std::vector<Block> blocks;
    for (const auto& [name, block] : groups) blocks.push_back(block);
    return blocks;
}

}  // namespace

std::optional<Interval> bootstrap_interval(std::span<const Observation> observations, uint64_t seed,
                                           std::string_view name) {
    const bool by_group = !observations.empty() && std::all_of(observations.begin(), observations.end(),
                                                               [](const auto& one) { return !one.group.empty(); });
    const std::vector<Block> blocks = blocks_of(observations, by_group);
    if (blocks.size() < 2) return std::nullopt;
    const Draw draw(seed, name, "bootstrap");
    std::vector<double> means(kResamples);
    uint64_t drawn = 0;
    for (double& resampled : means) {
        Block total;
        for (size_t i = 0; i < blocks.size(); i++) {
            const Block& block = blocks[draw.integer(drawn++, blocks.size())];
            total.sum += block.sum;
            total.n += block.n;
        }
        resampled = total.sum / static_cast<double>(total.n);
    }
    return percentile_interval(std::move(means), by_group ? std::optional<uint64_t>(blocks.size()) : std::nullopt);
}

Summary summarise(std::span<const Observation> observations, uint64_t seed, std::string_view name) {
    Summary summary;
    summary.n = observations.size();
    if (observations.empty()) return summary;
    std::vector<double> values;
    for (const auto& one : observations) values.push_back(one.value);
    summary.mean = mean(values);
    summary.std = sample_deviation(values);
    summary.median = quantile(values, 0.5);
    summary.min = *std::min_element(values.begin(), values.end());
    summary.max = *std::max_element(values.begin(), values.end());
    summary.interval = bootstrap_interval(observations, seed, name);
    return summary;
}

}  // namespace bfr
