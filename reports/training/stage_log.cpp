#include "reports/training/stage_log.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/parse_json.h"
#include "reports/read.h"
#include "reports/text.h"

namespace bfr {

namespace {

constexpr size_t kMostNames = 64;
constexpr int64_t kMostIterations = int64_t{1} << 53;  // whole numbers that a script holds too
constexpr int64_t kRecent = 500;

int64_t place(const LogLine& line) { return line.iteration; }
int64_t place(const std::pair<int64_t, double>& noted) { return noted.first; }
int64_t place(int64_t iteration) { return iteration; }

template <class Entry>
void put(std::vector<Entry>& entries, Entry entry) {
    while (!entries.empty() && place(entries.back()) >= place(entry)) entries.pop_back();
    entries.push_back(std::move(entry));
}

class Reader {
  public:
    void read(const Json& line) {
        const int64_t iteration = line["iteration"];
        if (const Json& session = member(line, "session"); session.is_object()) {
            put(log_.sessions, iteration);
            log_.session = session;
            return;
        }
        if (const auto seconds = number_of(line, "seconds")) put(log_.seconds, {iteration, *seconds});
        if (const Json& validation = member(line, "validation"); validation.is_object()) {
            put(log_.validation, values_of(iteration, validation, {}));
            return;
        }
        LogLine pace{iteration, {}};
        for (const char* name : {"factor", "waited"}) {
            if (const auto value = number_of(line, name)) pace.values[name] = *value;
        }
        if (!pace.values.empty()) put(log_.pace, std::move(pace));
        put(log_.training, values_of(iteration, line, {"iteration", "seconds", "factor", "waited"}));
    }

    void skip() { log_.unreadable++; }
    StageLog take() { return std::move(log_); }

  private:
    LogLine values_of(int64_t iteration, const Json& object, const std::set<std::string>& others) {
        LogLine line{iteration, {}};
        for (const auto& [key, value] : object.items()) {
            const auto number = number_of(object, key);
            if (!number || others.contains(key)) continue;
            const std::string name = visible(key);
            if (names_.size() < kMostNames) names_.insert(name);
            if (names_.contains(name)) {
                line.values[name] = *number;
            } else {
                log_.left_out++;
            }
        }
        return line;
    }

    StageLog log_;
    std::set<std::string> names_;
};

Json object_of(std::string_view line) {
    try {
        Json json = parse_json(line, "log.jsonl");
        const Json& iteration = member(json, "iteration");
        const bool fits = iteration.is_number_integer() && iteration >= 0 && iteration <= kMostIterations;
        return fits ? json : Json();
    } catch (const Json::exception&) {
    } catch (const UsageError&) {
    }
    return {};
}

}  // namespace

StageLog read_stage_log(std::string_view text) {
    Reader reader;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) continue;
        if (const Json json = object_of(line); json.is_object()) {
            reader.read(json);
        } else {
            reader.skip();
        }
    }
    return reader.take();
}

int64_t StageLog::iteration() const {
    int64_t last = 0;
    for (const auto* lines : {&training, &validation})
        if (!lines->empty()) last = std::max(last, lines->back().iteration);
    return last;
}

std::optional<size_t> StageLog::best_place() const {
    std::optional<size_t> best;
    double least = 0;
    for (size_t i = 0; i < validation.size(); i++) {
        const auto score = validation[i].values.find("score");
        if (validation[i].iteration == 0 || score == validation[i].values.end()) continue;
        if (best && score->second >= least) continue;
        best = i;
        least = score->second;
    }
    return best;
}

const LogLine* StageLog::best() const {
    const auto place = best_place();
    return place ? &validation[*place] : nullptr;
}

std::optional<double> StageLog::speed() const {
    if (seconds.size() < 2) return std::nullopt;
    const auto& [last, end] = seconds.back();
    auto from = std::ranges::find_if(seconds, [&](const auto& noted) { return noted.first >= last - kRecent; });
    if (from == seconds.end() - 1) from--;
    const double passed = end - from->second;
    if (passed <= 0) return std::nullopt;
    const double speed = static_cast<double>(last - from->first) / passed;
    return std::isfinite(speed) ? std::optional(speed) : std::nullopt;
}

std::vector<LogLine> thinned(const std::vector<LogLine>& lines, size_t most) {
    const size_t together = (lines.size() + most - 1) / most;
    if (together <= 1) return lines;
    std::vector<LogLine> result;
    for (size_t first = 0; first < lines.size(); first += together) {
        const size_t last = std::min(first + together, lines.size()) - 1;
        LogLine mean{lines[last].iteration, {}};
        std::map<std::string, int> counts;
        for (size_t i = first; i <= last; i++) {
            for (const auto& [name, value] : lines[i].values) {
                mean.values[name] += value;
                counts[name]++;
            }
        }
        for (auto& [name, value] : mean.values) value /= counts[name];
        result.push_back(std::move(mean));
    }
    return result;
}

std::vector<size_t> spread(size_t count, size_t most, std::optional<size_t> kept) {
    std::vector<size_t> chosen(std::min(count, most));
    if (count <= most) {
        std::iota(chosen.begin(), chosen.end(), size_t{0});
        return chosen;
    }
    for (size_t i = 0; i < most; i++) chosen[i] = i * (count - 1) / (most - 1);
    if (!kept || std::ranges::binary_search(chosen, *kept)) return chosen;
    // in the place of its neighbour before; of the next one where that is the first
    const auto next = std::ranges::upper_bound(chosen, *kept);
    const auto before = next - 1;
    *(before == chosen.begin() ? next : before) = *kept;
    return chosen;
}

}  // namespace bfr
