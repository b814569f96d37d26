#include "reports/compare/ranks.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace bfr {
namespace {

using Sums = std::vector<double>;  // value by value of all rows

void add(Sums& sums, const Sums& more) {
    for (size_t i = 0; i < sums.size(); i++) sums[i] += more[i];
}

// What is drawn as one: a sample, or the sum of a group's; in the order of their names, as reports/statistics.cpp has
// them.
std::vector<Sums> blocks_of(const RankedSamples& all) {
    if (std::ranges::any_of(all.groups, &std::string::empty)) return all.samples;
    std::map<std::string, Sums> groups;
    for (size_t i = 0; i < all.samples.size(); i++) {
        const auto [group, added] = groups.try_emplace(all.groups[i], all.samples[i]);
        if (!added) add(group->second, all.samples[i]);
    }
    std::vector<Sums> blocks;
    for (auto& [name, sums] : groups) blocks.push_back(std::move(sums));
    return blocks;
}

// All rows' sums are over the same samples, so that they rank as the means do.
class Ranker {
  public:
    explicit Ranker(const RankedSamples& all) : all_(all) {}

    double of(const Sums& sums, size_t value, size_t row) const {
        const double sign = all_.directions[value] == Direction::kLowerIsBetter ? -1 : 1;
        const double mine = sign * sums[value * all_.rows + row];
        double better = 0, equal = 0;
        for (size_t other = 0; other < all_.rows; other++) {
            const double theirs = sign * sums[value * all_.rows + other];
            better += theirs > mine ? 1 : 0;
            equal += theirs == mine ? 1 : 0;
        }
        return better + (equal + 1) / 2;
    }

    std::vector<double> means(const Sums& sums) const {
        std::vector<double> means(all_.rows, 0);
        for (size_t row = 0; row < all_.rows; row++) {
            for (size_t value = 0; value < all_.directions.size(); value++) means[row] += of(sums, value, row);
            means[row] /= static_cast<double>(all_.directions.size());
        }
        return means;
    }

  private:
    const RankedSamples& all_;
};

}  // namespace

std::vector<RowRank> rank_rows(const RankedSamples& all, uint64_t seed) {
    BFR_CHECK(!all.samples.empty() && !all.directions.empty() && all.groups.size() == all.samples.size(),
              "ranks of {} samples, {} values, {} groups", all.samples.size(), all.directions.size(),
              all.groups.size());
    const Ranker ranker(all);
    const std::vector<Sums> blocks = blocks_of(all);
    Sums total(all.samples.front().size(), 0);
    for (const Sums& block : blocks) add(total, block);
    const std::vector<double> means = ranker.means(total);
    std::vector<RowRank> rows(all.rows);
    for (size_t row = 0; row < all.rows; row++) {
        rows[row].mean_rank = means[row];
        for (size_t value = 0; value < all.directions.size(); value++)
            rows[row].ranks.push_back(ranker.of(total, value, row));
    }
    if (blocks.size() < 2) return rows;

    const Draw draw(seed, "ranks", "bootstrap");
    std::vector<std::vector<double>> resampled(all.rows);
    std::vector<double> first(all.rows, 0);
    uint64_t drawn = 0;
    for (int i = 0; i < kResamples; i++) {
        Sums sums(total.size(), 0);
        for (size_t k = 0; k < blocks.size(); k++) add(sums, blocks[draw.integer(drawn++, blocks.size())]);
        const std::vector<double> ranks = ranker.means(sums);
        const double best = *std::ranges::min_element(ranks);
        const auto bests = static_cast<double>(std::ranges::count(ranks, best));
        for (size_t row = 0; row < all.rows; row++) {
            resampled[row].push_back(ranks[row]);
            first[row] += ranks[row] == best ? 1 / bests : 0;
        }
    }
    const bool by_group = std::ranges::none_of(all.groups, &std::string::empty);
    for (size_t row = 0; row < all.rows; row++) {
        rows[row].interval = percentile_interval(std::move(resampled[row]),
                                                 by_group ? std::optional<uint64_t>(blocks.size()) : std::nullopt);
        rows[row].first = first[row] / kResamples;
    }
    return rows;
}

}  // namespace bfr
