#include "reports/training/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace bfr {

namespace {

constexpr size_t kMostPoints = 2000;

double six_digits(double value) { return std::stod(fmt::format("{:.6g}", value)); }

// "input_psnr" is a PSNR too.
std::string note_of_validation(const std::string& name) {
    if (name == "score" || name.ends_with("lpips")) return "lower is better";
    if (name.ends_with("psnr")) return "dB; higher is better";
    if (name.ends_with("identity")) return "cosine; higher is better";
    return "";
}

// Points only where there is a value: some losses come in later, some are of each 16th iteration.
Json curve(const std::vector<LogLine>& lines, const std::string& name, const std::string& title,
           const std::string& note, const std::string& kind, double scale = 1) {
    Json x = Json::array(), y = Json::array();
    for (const LogLine& line : lines) {
        const auto found = line.values.find(name);
        if (found == line.values.end()) continue;
        x.push_back(line.iteration);
        y.push_back(six_digits(scale * found->second));
    }
    return {{"name", title}, {"note", note}, {"kind", kind}, {"x", x}, {"y", y}, {"bounded", false}};
}

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
    Json curves = Json::array();
    for (const std::string& name : names_of(training))
        curves.push_back(curve(training, name, name, rank(name) == 2 ? "norm" : "", "loss"));
    for (const std::string& name : names_of(log.validation))
        curves.push_back(curve(log.validation, name, name, note_of_validation(name), "validation"));
    const std::vector<std::string> noted = names_of(pace);
    if (std::ranges::find(noted, "factor") != noted.end())
        curves.push_back(stage.rate ? curve(pace, "factor", "learning rate", "", "pace", *stage.rate)
                                    : curve(pace, "factor", "learning rate", "share of the highest", "pace"));
    if (const auto found = thinned(speeds(log), kMostPoints); !found.empty())
        curves.push_back(stage.batch > 0
                             ? curve(found, "speed", "pictures/s", "", "pace", static_cast<double>(stage.batch))
                             : curve(found, "speed", "iterations/s", "", "pace"));
    if (std::ranges::find(noted, "waited") != noted.end()) {
        curves.push_back(curve(pace, "waited", "waited for batches", "share", "pace"));
        curves.back()["bounded"] = true;
    }
    Json sessions = Json::array();
    for (const int64_t iteration : log.sessions)
        if (iteration > 0) sessions.push_back(iteration);
    return {{"curves", curves},
            {"iterations", std::max<int64_t>(1, log.iteration())},
            {"points_apart", apart},
            {"best", log.best() ? Json(log.best()->iteration) : Json()},
            {"sessions", sessions}};
}

}  // namespace bfr
