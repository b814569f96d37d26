#include "reports/compare/ranks.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "reports/statistics.h"

namespace bfr {
namespace {

using Sums = std::vector<double>;  // value by value of all rows

void add(Sums& sums, const Sums& more) {
    for (size_t i = 0; i < sums.size(); i++) sums[i] += more[i];
}

// The sums of what a resample draws as one.
std::vector<Sums> blocks_of(const RankedSamples& all) {
    std::vector<Sums> blocks;
    for (const auto& places : drawn_as_one(std::vector<std::string_view>(all.groups.begin(), all.groups.end()))) {
        Sums& sums = blocks.emplace_back(all.samples[places.front()]);
        for (size_t i = 1; i < places.size(); i++) add(sums, all.samples[places[i]]);
    }
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
    const bool by_group = !std::ranges::all_of(all.groups, &std::string::empty);
    for (size_t row = 0; row < all.rows; row++) {
        rows[row].interval = percentile_interval(std::move(resampled[row]),
                                                 by_group ? std::optional<uint64_t>(blocks.size()) : std::nullopt);
        rows[row].first = first[row] / kResamples;
    }
    return rows;
}

}  // namespace bfr
