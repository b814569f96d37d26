#include "reports/training/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "reports/text.h"

namespace bfr {

namespace {

constexpr size_t kMostPoints = 2000;
constexpr const char* kWaited = "waited";

// "input_psnr" is a PSNR too.
std::string note_of_validation(const std::string& name) {
    if (name == "score" || name.ends_with("lpips")) return "lower is better";
    if (name.ends_with("psnr")) return "dB; higher is better";
    if (name.ends_with("identity")) return "cosine; higher is better";
    return "";
}

class Curves {
  public:
    // Points only where there is a value: some losses come in later, some are of each 16th iteration.
    void add(const std::vector<LogLine>& lines, const std::string& name, const std::string& title,
             const std::string& note, const std::string& kind, double scale = 1) {
        Json x = Json::array(), y = Json::array();
        for (const LogLine& line : lines) {
            const auto found = line.values.find(name);
            if (found == line.values.end()) continue;
            const double value = scale * found->second;
            if (!std::isfinite(value)) {
                left_out_++;
                continue;
            }
            x.push_back(line.iteration);
            y.push_back(six_digits(value));
        }
        if (x.empty()) return;
        curves_.push_back({{"name", title},
                           {"note", note},
                           {"kind", kind},
                           {"x", std::move(x)},
                           {"y", std::move(y)},
                           {"bounded", name == kWaited}});
    }

    Json take() { return std::move(curves_); }
    uint64_t left_out() const { return left_out_; }

  private:
    Json curves_ = Json::array();
    uint64_t left_out_ = 0;
};

// What sums the others up first; what belongs to the step rather than to a loss last.
int rank(const std::string& name) {
    return name == "loss" || name == "score" ? 0 : name == "gradient" || name.ends_with("_gradient") ? 2 : 1;
}

std::vector<std::string> names_of(const std::vector<LogLine>& lines) {
    std::set<std::string> names;
    for (const LogLine& line : lines)
        for (const auto& [name, value] : line.values) names.insert(name);
    std::vector<std::string> sorted(names.begin(), names.end());
    std::ranges::stable_sort(sorted, {}, rank);
    return sorted;
}

// Iterations a second between neighbouring times.
std::vector<LogLine> speeds(const StageLog& log) {
    std::vector<LogLine> result;
    for (size_t i = 1; i < log.seconds.size(); i++) {
        const auto& [before, start] = log.seconds[i - 1];
        const auto& [after, end] = log.seconds[i];
        if (end > start) result.push_back({after, {{"speed", static_cast<double>(after - before) / (end - start)}}});
    }
    return result;
}

}  // namespace

Json curves_of(const TrainingStage& stage) {
    const StageLog& log = stage.log;
    const std::vector<LogLine> training = thinned(log.training, kMostPoints), pace = thinned(log.pace, kMostPoints);
    const int64_t apart =
        training.size() < 2 ? 1 : training[training.size() - 1].iteration - training[training.size() - 2].iteration;
    Curves curves;
    for (const std::string& name : names_of(training))
        curves.add(training, name, name, rank(name) == 2 ? "norm" : "", "loss");
    std::vector<LogLine> validation;  // values as they were measured: no means
    for (const size_t i : spread(log.validation.size(), kMostPoints, log.best_place()))
        validation.push_back(log.validation[i]);
    for (const std::string& name : names_of(validation))
        curves.add(validation, name, name, note_of_validation(name), "validation");
    if (stage.rate) {
        curves.add(pace, "factor", "learning rate", "", "pace", *stage.rate);
    } else {
        curves.add(pace, "factor", "learning rate", "share of the highest", "pace");
    }
    const std::vector<LogLine> speed = thinned(speeds(log), kMostPoints);
    if (stage.batch > 0) {
        curves.add(speed, "speed", "pictures/s", "", "pace", static_cast<double>(stage.batch));
    } else {
        curves.add(speed, "speed", "iterations/s", "", "pace");
    }
    curves.add(pace, kWaited, "waited for batches", "share", "pace");
    const LogLine* best = log.best();
    Json sessions = Json::array();
    for (const int64_t iteration : log.sessions)
        if (iteration > 0) sessions.push_back(iteration);
    const uint64_t left_out = curves.left_out();
    return {{"curves", curves.take()},
            {"left_out", left_out},
            {"iterations", std::max<int64_t>(1, log.iteration())},
            {"points_apart", apart},
            {"best", best ? Json(best->iteration) : Json()},
            {"sessions", sessions}};
}

}  // namespace bfr
