#include "tests/reports/fakes.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <opencv2/core.hpp>

#include "base/error.h"
#include "base/random.h"
#include "datasets/image.h"
#include "reports/report.h"

namespace bfr::testing {
namespace {

class FakeRestorer : public Restorer {
  public:
    FakeRestorer(FakeRestorerOptions options, std::atomic<int>* calls) : options_(std::move(options)), calls_(calls) {
        info_.label = options_.label;
        info_.version = options_.version;
        info_.summary = "shifts every grey level";
        info_.convention = "8 bit";
        info_.source = "none";
        info_.draws = true;
        info_.finished = options_.finished;
        info_.extras = options_.extras;
    }
    const RestorerInfo& info() const override { return info_; }
    Restored restore(const RestoreInput& input) const override {
        if (calls_) ++*calls_;
        if (options_.hook) options_.hook(input.sample_id);
        if (options_.throws_on.contains(input.sample_id)) throw Error("no luck with " + input.sample_id);
        const Draw draw(input.run_seed, input.sample_id, "shift");
        cv::Mat shifted;
        cv::add(input.degraded.bgr8(), cv::Scalar::all(options_.shift + static_cast<double>(draw.integer(0, 20))),
                shifted);
        Restored restored{Image::from_bgr8(shifted, input.sample_id), {{"drawn", draw.integer(0, 20)}}};
        for (const auto& name : options_.extras) {
            const std::string text = options_.label + " " + input.sample_id;
            const bool picture = name.ends_with(".png");
            restored.extras.push_back({name, picture
                                                 ? FileContent(restored.image)
                                                 : FileContent(std::vector<unsigned char>(text.begin(), text.end()))});
        }
        return restored;
    }

  private:
    FakeRestorerOptions options_;
    std::atomic<int>* calls_;
    RestorerInfo info_;
};

class FakeScorer {
  public:
    FakeScorer(FakeScorerOptions options, const std::string& value) : options_(std::move(options)) {
        info_.label = options_.label;
        info_.version = options_.version;
        info_.summary = "mean absolute difference";
        info_.convention = "8-bit BGR";
        info_.source = "none";
        info_.needs_reference = options_.needs_reference;
        info_.trained_on = options_.trained_on;
        info_.values = {{value, "levels", Direction::kLowerIsBetter, "mean absolute difference", 2}};
    }
    const ScorerInfo& info() const { return info_; }
    Scores score(const Image& restored, const Image* reference) const {
        if (options_.throws_on.contains(restored.name())) throw Error(options_.label + " broke on " + restored.name());
        if (options_.nan_on.contains(restored.name())) return {{std::numeric_limits<double>::quiet_NaN()}};
        if (options_.none_on.contains(restored.name())) return {{Score::none("no face found")}};
        if (options_.excluded_on.contains(restored.name())) return {{Score::excluded("exclude_below=1")}};
        cv::Mat difference;
        if (reference) {
            cv::absdiff(restored.bgr8(), reference->bgr8(), difference);
        } else {
            difference = restored.bgr8();
        }
        const auto sums = cv::mean(difference);
        const double value = (sums[0] + sums[1] + sums[2]) / 3;
        return {{value}, {{"channels", {sums[0], sums[1], sums[2]}}}};
    }

  private:
    FakeScorerOptions options_;
    ScorerInfo info_;
};

class FakeMetric : public ImageMetric {
  public:
    explicit FakeMetric(FakeScorerOptions options) : scorer_(options, options.label) {}
    const ScorerInfo& info() const override { return scorer_.info(); }
    Scores score(const ScoredPicture& picture) const override {
        return scorer_.score(picture.restored, picture.reference);
    }

  private:
    FakeScorer scorer_;
};

class FakeSetMetric : public SetMetric, public FeatureExtractor {
  public:
    explicit FakeSetMetric(FakeSetMetricOptions options) : options_(std::move(options)) {
        info_.label = options_.label;
        info_.version = "1";
        info_.summary = "how far the set's mean has moved";
        info_.convention = "8-bit BGR";
        info_.source = "none";
        info_.needs_reference = options_.needs_reference;
        info_.set_values = {{info_.label, "levels", Direction::kLowerIsBetter, info_.summary, 3}};
    }
    const ScorerInfo& info() const override { return info_; }
    const FeatureExtractor& features() const override { return *this; }
    const std::string& key() const override { return options_.key; }
    int64_t size() const override { return 3; }
    std::vector<float> of(const Image& image) const override {
        if (options_.extractions) ++*options_.extractions;
        if (options_.throws_on.contains(image.name())) throw Error(info_.label + " broke on " + image.name());
        const auto means = cv::mean(image.bgr8());
        return {static_cast<float>(means[0]), static_cast<float>(means[1]), static_cast<float>(means[2])};
    }
    std::optional<std::filesystem::path> against() const override { return options_.against; }
    SetSummary summarise(const PictureSet& set) const override {
        const int64_t n = set.restored.count();
        if (options_.before_summary) options_.before_summary();
        if (set.stop && *set.stop) throw Stopped();
        double sum = 0;
        for (int64_t i = 0; i < n; i++) {
            float restored[3], reference[3] = {};
            set.restored.read(i, 1, restored);
            if (set.reference) set.reference->read(i % set.reference->count(), 1, reference);
            for (int c = 0; c < 3; c++)
                sum = sum / 1.0001 + static_cast<double>(restored[c]) - static_cast<double>(reference[c]);
        }
        SetValue value{info_.set_values[0],
                       n < options_.at_least ? Score::none("too few pictures") : Score(sum),
                       {set.ids.begin(), set.ids.end()}};
        if (n < 5) value.note = "fewer than 5 pictures";
        Json details = {{"n", n}};
        if (set.reference) details["n_reference"] = set.reference->count();
        return {{std::move(value)}, std::move(details)};
    }

  private:
    FakeSetMetricOptions options_;
    ScorerInfo info_;
};

class FakeTask : public Task {
  public:
    explicit FakeTask(FakeScorerOptions options) : scorer_(options, options.label + ".difference") {}
    const ScorerInfo& info() const override { return scorer_.info(); }
    Scores run(const Image& restored, const Image* reference, const SampleFiles&) const override {
        return scorer_.score(restored, reference);
    }
    TaskSummary summarise(std::span<const TaskRecord> records) const override {
        double high = 0, blue = 0;
        std::vector<std::string> judged;
        for (const auto& record : records) {
            if (!record.values.at(0)) continue;
            judged.push_back(record.sample_id);
            high += *record.values[0] > 30 ? 1 : 0;
            blue += record.details.at("channels").at(0).get<double>();
        }
        const ValueInfo share{info().label + ".high", "", Direction::kLowerIsBetter, "share above 30", 3};
        const auto n = static_cast<double>(judged.size());
        return {{{share, n > 0 ? Score(high / n) : Score::none("nothing was judged"), judged}}, {{"blue", blue}}};
    }

  private:
    FakeScorer scorer_;
};

}  // namespace

RunUnit<Restorer> fake_restorer(FakeRestorerOptions options, std::atomic<int>* calls) {
    const std::string label = options.label;
    return {label, std::make_unique<FakeRestorer>(std::move(options), calls), "", ""};
}

RunUnit<ImageMetric> fake_metric(FakeScorerOptions options) {
    const std::string label = options.label;
    return {label, std::make_unique<FakeMetric>(std::move(options)), "", ""};
}

RunUnit<ImageMetric> fake_set_metric(FakeSetMetricOptions options) {
    const std::string label = options.label;
    return {label, std::make_unique<FakeSetMetric>(std::move(options)), "", ""};
}

RunUnit<Task> fake_task(FakeScorerOptions options) {
    const std::string label = options.label;
    return {label, std::make_unique<FakeTask>(std::move(options)), "", ""};
}

SampleList sample_files(const std::filesystem::path& folder, int n, int groups) {
    SampleList list;
    for (int i = 0; i < n; i++) {
        SampleFiles sample;
        sample.id = fmt::format("s{:03}", i);
        sample.degraded = folder / "degraded" / (sample.id + ".png");
        sample.reference = folder / "reference" / (sample.id + ".png");
        if (groups > 0) sample.group = fmt::format("person {}", i % groups);
        list.samples.push_back(std::move(sample));
    }
    return list;
}

SampleList write_samples(const std::filesystem::path& folder, int n, int groups) {
    SampleList list = sample_files(folder, n, groups);
    for (const auto& sample : list.samples) {
        const Draw draw(7, sample.id, "picture");
        cv::Mat reference(12, 16, CV_8UC3), degraded(12, 16, CV_8UC3);
        for (uint64_t k = 0; k < 12 * 16 * 3; k++) {
            reference.data[k] = static_cast<unsigned char>(draw.integer(2 * k, 200));
            degraded.data[k] = static_cast<unsigned char>(draw.integer(2 * k + 1, 200));
        }
        save_png(*Image::from_bgr8(degraded, sample.id), *sample.degraded);
        save_png(*Image::from_bgr8(reference, sample.id), *sample.reference);
    }
    return list;
}

RunUnits usual_units() {
    RunUnits units;
    units.methods.push_back(fake_restorer({}));
    units.methods.push_back(fake_restorer({.label = "shift:by=5", .shift = 5}));
    units.metrics.push_back(fake_metric());
    units.tasks.push_back(fake_task());
    return units;
}

std::string stable_part(Json report) {
    report.erase("context");
    report.erase("timing");
    return report_text(report);
}

RunConfig config_for(const std::filesystem::path& out, int jobs) {
    RunConfig config;
    config.out = out;
    config.jobs = jobs;
    return config;
}

RunOutcome run_all(const RunConfig& config, const RunUnits& units, const SampleList& samples) {
    const std::atomic<bool> stop{false};
    return run(config, units, samples, {"bfr", "run"}, *silent_progress(), stop);
}

}  // namespace bfr::testing
