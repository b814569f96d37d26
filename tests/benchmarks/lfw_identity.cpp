// Whether a face network tells people apart: the metric `identity` on LFW's pairs, threshold by threshold as LFW's
// protocol has it (ten folds, each judged by the threshold that is best on the others). A face that isn't found makes
// its pair a wrong one. LFW's face is the one in the middle: of 250 pixels the middle 180 are shown, without
// bystanders.
//     lfw_identity FACES PAIRS_PER_FOLD SPEC...     FACES holds lfw/ and lfw-pairs.csv
#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "base/error.h"
#include "metrics/metric.h"

namespace bfr {
namespace {

struct Pair {
    int fold = 0;
    std::string first, second;
    bool same = false;
    std::optional<double> value = {};
};

std::vector<Pair> read_pairs(const std::filesystem::path& file, int per_fold) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    std::map<std::pair<int, bool>, int> taken;
    std::vector<Pair> pairs;
    while (std::getline(in, line)) {
        std::istringstream cells(line);
        std::string fold, same;
        Pair pair;
        std::getline(cells, fold, ',');
        std::getline(cells, pair.first, ',');
        std::getline(cells, pair.second, ',');
        std::getline(cells, same, ',');
        pair.fold = std::stoi(fold);
        pair.same = same.starts_with("1");
        if (taken[{pair.fold, pair.same}]++ < per_fold / 2) pairs.push_back(pair);
    }
    return pairs;
}

ImagePtr middle(const Image& photo) {
    constexpr int kShown = 180;
    const int left = std::max(0, (photo.width() - kShown) / 2), top = std::max(0, (photo.height() - kShown) / 2);
    const cv::Rect inside(left, top, photo.width() - 2 * left, photo.height() - 2 * top);
    return Image::from_bgr8(photo.bgr8()(inside).clone(), photo.name());
}

double right_at(const std::vector<Pair>& pairs, double threshold, int fold, bool in_fold) {
    double right = 0, all = 0;
    for (const auto& pair : pairs) {
        if ((pair.fold == fold) != in_fold) continue;
        all++;
        right += pair.value && (*pair.value >= threshold) == pair.same;
    }
    return right / all;
}

double accuracy(const std::vector<Pair>& pairs) {
    std::vector<double> thresholds;
    for (const auto& pair : pairs) {
        if (pair.value) thresholds.push_back(*pair.value);
    }
    std::map<int, double> folds;
    for (const auto& pair : pairs) folds[pair.fold] = 0;
    double sum = 0;
    for (const auto& [fold, none] : folds) {
        double best = -1, threshold = 0;
        for (const double candidate : thresholds) {
            const double right = right_at(pairs, candidate, fold, false);
            if (right > best) best = right, threshold = candidate;
        }
        sum += right_at(pairs, threshold, fold, true);
    }
    return sum / static_cast<double>(folds.size());
}

void measure(const std::filesystem::path& faces, std::vector<Pair> pairs, const std::string& spec) {
    const auto metric = metrics().make(Spec::parse(spec), UnitContext());
    std::map<std::string, ImagePtr> pictures;
    std::map<std::string, int> reasons;
    for (const auto& pair : pairs) {
        for (const auto& name : {pair.first, pair.second}) {
            if (!pictures.contains(name)) pictures[name] = middle(*Image::load(faces / "lfw" / name));
        }
    }
    for (auto& pair : pairs) {
        const auto score = metric->score(*pictures[pair.first], pictures[pair.second].get()).values.at(0);
        if (!score.value) reasons[score.reason]++;
        if (score.value)
            pair.value = metric->info().values[0].direction == Direction::kLowerIsBetter ? -*score.value : *score.value;
    }
    double same = 0, other = 0, same_n = 0, other_n = 0;
    for (const auto& pair : pairs) {
        if (!pair.value) continue;
        (pair.same ? same : other) += *pair.value;
        (pair.same ? same_n : other_n)++;
    }
    fmt::print(
        "{}: {} pairs, {:.2f} % right; without a face {}; mean of same people {:.3f}, of different ones {:.3f}\n", spec,
        pairs.size(), 100 * accuracy(pairs), static_cast<double>(pairs.size()) - same_n - other_n, same / same_n,
        other / other_n);
    for (const auto& [reason, count] : reasons) fmt::print("    {} pairs: {}\n", count, reason);
}

}  // namespace
}  // namespace bfr

int main(int argc, char** argv) {
    try {
        if (argc < 4) throw bfr::UsageError("lfw_identity FACES PAIRS_PER_FOLD SPEC...");
        const std::filesystem::path faces = argv[1];
        const auto pairs = bfr::read_pairs(faces / "lfw-pairs.csv", std::stoi(argv[2]));
        for (int i = 3; i < argc; i++) bfr::measure(faces, pairs, argv[i]);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 2;
    }
}
