#include "reports/statistics.h"

#include <algorithm>
#include <iterator>
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

struct Blocks {
    std::vector<Block> all;
    bool by_group = false;
};

Blocks blocks_of(std::span<const Observation> observations) {
    std::vector<std::string_view> groups;
    for (const auto& one : observations) groups.push_back(one.group);
    Blocks blocks;
    blocks.by_group = std::ranges::any_of(groups, [](std::string_view group) { return !group.empty(); });
    for (const auto& places : drawn_as_one(groups)) {
        Block& block = blocks.all.emplace_back();
        for (const size_t place : places) block.sum += observations[place].value;
        block.n = places.size();
    }
    return blocks;
}

// The means of kResamples resamples of each series, all of `count` blocks, over which the same draws run.
std::vector<std::vector<double>> resampled_means(const std::vector<const Blocks*>& series, size_t count,
                                                 const Draw& draw) {
    std::vector<Block> side_by_side;  // block by block: those that one draw takes are neighbours
    for (size_t i = 0; i < count; i++)
        for (const Blocks* one : series) side_by_side.push_back(one->all[i]);
    std::vector<std::vector<double>> means(series.size(), std::vector<double>(kResamples));
    std::vector<Block> totals(series.size());
    uint64_t drawn = 0;
    for (size_t r = 0; r < static_cast<size_t>(kResamples); r++) {
        std::ranges::fill(totals, Block{});
        for (size_t i = 0; i < count; i++) {
            const Block* blocks = &side_by_side[draw.integer(drawn++, count) * series.size()];
            for (size_t s = 0; s < series.size(); s++) {
                totals[s].sum += blocks[s].sum;
                totals[s].n += blocks[s].n;
            }
        }
        for (size_t s = 0; s < series.size(); s++) means[s][r] = totals[s].sum / static_cast<double>(totals[s].n);
    }
    return means;
}

}  // namespace

std::vector<std::vector<size_t>> drawn_as_one(std::span<const std::string_view> groups) {
    std::map<std::string_view, std::vector<size_t>> named;  // sorted: the draws don't depend on which group comes first
    std::vector<std::vector<size_t>> all, alone;
    for (size_t i = 0; i < groups.size(); i++) {
        if (groups[i].empty())
            alone.push_back({i});
        else
            named[groups[i]].push_back(i);
    }
    for (auto& [name, places] : named) all.push_back(std::move(places));
    std::ranges::move(alone, std::back_inserter(all));
    return all;
}

std::vector<std::optional<Interval>> bootstrap_intervals(std::span<const std::vector<Observation>> series,
                                                         uint64_t seed, std::string_view name) {
    std::vector<Blocks> blocks;
    std::map<size_t, std::vector<size_t>> by_count;
    for (const auto& observations : series) {
        blocks.push_back(blocks_of(observations));
        by_count[blocks.back().all.size()].push_back(blocks.size() - 1);
    }
    const Draw draw(seed, name, "bootstrap");
    std::vector<std::optional<Interval>> intervals(series.size());
    for (const auto& [count, places] : by_count) {
        if (count < 2) continue;
        std::vector<const Blocks*> together;
        for (const size_t place : places) together.push_back(&blocks[place]);
        auto means = resampled_means(together, count, draw);
        for (size_t i = 0; i < places.size(); i++) {
            const auto clusters = together[i]->by_group ? std::optional<uint64_t>(count) : std::nullopt;
            intervals[places[i]] = percentile_interval(std::move(means[i]), clusters);
        }
    }
    return intervals;
}

std::optional<Interval> bootstrap_interval(std::span<const Observation> observations, uint64_t seed,
                                           std::string_view name) {
    const std::vector<Observation> one(observations.begin(), observations.end());
    return bootstrap_intervals({&one, 1}, seed, name).front();
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
