#include "train/loop.h"

#include <ATen/ATen.h>

#include <chrono>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "nets/conv.h"
#include "train/grid.h"
#include "train/snapshot.h"

namespace bfr::train {
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

constexpr int64_t kValidationBatch = 8, kShown = 8;

// Means over the iterations since the last line, each over those that have the value: a penalty is of every 16th only.
class Means {
  public:
    void add(const Values& values) {
        for (const auto& [name, value] : values) {
            auto& [sum, count] = sums_[name];
            sum += value;
            count++;
        }
    }
    Json take() {
        Json means = Json::object();
        for (const auto& [name, of] : sums_) means[name] = of.first / of.second;
        sums_.clear();
        return means;
    }

  private:
    std::map<std::string, std::pair<double, double>> sums_;
};

void check_settings(const Json& saved, const Json& wanted, const fs::path& file) {
    const std::string advice = "give the same options to go on, or another --out";
    for (const auto& [name, value] : wanted.items()) {
        if (!saved.contains(name))
            throw UsageError(
                fmt::format("{}: doesn't say its {}: the program that began it had no such option, and this one can't "
                            "go on with it; name=NAME,init={} begins another training with its best weights",
                            printable(file), name, printable(file.parent_path() / kBestFile)));
        if (saved[name] == value) continue;
        throw UsageError(fmt::format("{} was trained with {} = {}, not {}: {}", printable(file), name,
                                     saved[name].dump(), value.dump(), advice));
    }
    for (const auto& [name, value] : saved.items()) {
        if (!wanted.contains(name))
            throw UsageError(
                fmt::format("{} was trained with {} = {}: {}", printable(file), name, value.dump(), advice));
    }
}

class Loop {
  public:
    Loop(Stage& stage, const BatchSource& training, const BatchSource& validation, const LoopOptions& options,
         const Json& settings, const fs::path& folder, const std::function<void(const std::string&)>& say)
        : stage_(stage),
          training_(training),
          validation_(validation),
          options_(options),
          settings_(settings),
          folder_(folder),
          say_(say) {
        if (const auto snapshot = read_snapshot(snapshot_file())) {
            check_settings(snapshot->meta.value("settings", Json::object()), settings, snapshot_file());
            stage.restore(snapshot->state, printable(snapshot_file()));
            iteration_ = snapshot->meta["iteration"];
            best_ = snapshot->meta.value("best", best_);
            seconds_before_ = snapshot->meta.value("seconds", 0.0);
            say(fmt::format("going on from iteration {} of {}", iteration_, options.iterations));
        }
        log_.emplace(folder / "log.jsonl", iteration_);
        log_->add({{"iteration", iteration_},
                   {"session", {{"commit", options.commit}, {"settings", settings}, {"rows", stage.rows()}}}});
    }

    LoopResult run(const std::atomic<bool>& stop) {
        const int64_t first = iteration_;
        Prefetcher batches([this](int64_t i) { return training_.training(i); }, first, options_.workers);
        Clock::time_point saved = Clock::now(), said = saved;
        if (first == 0) judge();
        while (iteration_ < options_.iterations) {
            const Batch batch = batches.next();
            step(batch);
            const bool whole = iteration_ % options_.log_every == 0, last = iteration_ == options_.iterations;
            if (whole || last) log_means(batches.waited());
            if (iteration_ % options_.validate_every == 0 || last) judge();
            const bool over = stop.load() || (options_.minutes > 0 && seconds_since(start_) > 60 * options_.minutes);
            if (whole && (over || seconds_since(saved) > options_.save_every)) {
                save();
                saved = Clock::now();
            }
            if (whole && (seconds_since(said) > 10 || over || last)) {
                report(first, batches.waited());
                said = Clock::now();
            }
            if (whole && over) break;
        }
        save();
        return {iteration_, iteration_ == options_.iterations};
    }

  private:
    fs::path snapshot_file() const { return folder_ / kSnapshotFile; }

    double rate_factor() const {
        const double warm = std::min(1.0, static_cast<double>(iteration_ + 1) / static_cast<double>(options_.warm_up));
        const double done = static_cast<double>(iteration_) / static_cast<double>(options_.iterations);
        const double cosine = (1 + std::cos(std::numbers::pi * done)) / 2;
        return warm * (options_.last_rate + (1 - options_.last_rate) * cosine);
    }

    void step(const Batch& batch) {
        // what LibTorch draws itself: a dropout
        at::manual_seed(options_.seed * 1'000'003 + static_cast<uint64_t>(iteration_));
        factor_ = rate_factor();
        const Values values = [&] {
            const nets::ConvType scope(options_.precision);
            return stage_.step(iteration_, factor_, batch);
        }();
        for (const auto& [name, value] : values) {
            if (std::isfinite(value)) continue;
            const fs::path file = folder_ / "bad-batch.safetensors";
            write_snapshot(file, {{"clean", batch.clean}, {"degraded", batch.degraded}},
                           {{"iteration", iteration_}, {"ids", batch.ids}, {"value", name}});
            throw Error(
                fmt::format("iteration {}: {} is no finite number; its batch is in {}, the state before it was "
                            "last saved in {}: a smaller learning rate, or float32, may help",
                            iteration_, name, printable(file), printable(snapshot_file())));
        }
        means_.add(values);
        iteration_++;
    }

    void log_means(double waited) {
        const double seconds = seconds_since(start_);
        last_ = means_.take();
        Json line = {{"iteration", iteration_},
                     {"seconds", seconds_before_ + seconds},
                     {"factor", factor_},
                     {"waited", (waited - logged_waited_) / (seconds - logged_seconds_)}};
        line.update(last_);
        log_->add(line);
        logged_seconds_ = seconds;
        logged_waited_ = waited;
    }

    void judge() {
        const at::NoGradGuard no_grad;
        std::vector<Batch> batches;
        for (int64_t first = 0; first < validation_.size(); first += kValidationBatch)
            batches.push_back(validation_.fixed(first, kValidationBatch));
        const Values values = stage_.validate(batches);
        Json line = {{"iteration", iteration_}, {"seconds", seconds_before_ + seconds_since(start_)}};
        Json& of = line["validation"] = Json::object();
        std::string text;
        for (const auto& [name, value] : values) {
            of[name] = value;
            text += fmt::format("  {} {:.4f}", name, value);
        }
        write_grid(folder_ / "grids" / fmt::format("{:07}.png", iteration_), stage_.show(validation_.fixed(0, kShown)));
        const double score = values.at("score");
        const bool better = iteration_ > 0 && (!best_.is_number() || score < best_.get<double>());
        if (better) {
            best_ = score;
            Json meta = {{"iteration", iteration_}, {"settings", settings_}, {"validation", of}};
            write_snapshot(folder_ / kBestFile, stage_.result(training_), meta);
        }
        log_->add(line);
        say_(fmt::format("iteration {}: validation{}{}", iteration_, text, better ? "  (best)" : ""));
    }

    void save() {
        StateDict state;
        stage_.save(state);
        write_snapshot(snapshot_file(), state,
                       {{"iteration", iteration_},
                        {"settings", settings_},
                        {"best", best_},
                        {"seconds", seconds_before_ + seconds_since(start_)}});
    }

    void report(int64_t first, double waited) {
        const double seconds = seconds_since(start_);
        const double rate = static_cast<double>(iteration_ - first) / seconds;
        std::string text;
        for (const auto& [name, value] : last_.items()) text += fmt::format("  {} {:.4g}", name, value.get<double>());
        say_(fmt::format(
            "iteration {} of {}: {:.2f}/s, {:.1f} pictures/s, waited {:.0f} % for batches, {:.0f} min left{}",
            iteration_, options_.iterations, rate, rate * static_cast<double>(training_.batch()),
            100 * waited / seconds, static_cast<double>(options_.iterations - iteration_) / rate / 60, text));
    }

    Stage& stage_;
    const BatchSource &training_, &validation_;
    const LoopOptions options_;
    const Json settings_;
    const fs::path folder_;
    const std::function<void(const std::string&)> say_;
    const Clock::time_point start_ = Clock::now();
    int64_t iteration_ = 0;
    Json best_;
    double seconds_before_ = 0;
    double factor_ = 0;                              // of the last step
    double logged_seconds_ = 0, logged_waited_ = 0;  // of this session, at the last line
    std::optional<Log> log_;
    Means means_;
    Json last_ = Json::object();
};

}  // namespace

LoopResult run_loop(Stage& stage, const BatchSource& training, const BatchSource& validation,
                    const LoopOptions& options, const Json& settings, const fs::path& folder,
                    const std::atomic<bool>& stop, const std::function<void(const std::string&)>& say) {
    return Loop(stage, training, validation, options, settings, folder, say).run(stop);
}

}  // namespace bfr::train
