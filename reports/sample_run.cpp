#include "reports/sample_run.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <new>
#include <utility>

#include "base/error.h"
#include "base/sha256.h"
#include "reports/extras.h"

namespace bfr {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

SamplePicture read_picture(const std::optional<std::filesystem::path>& file) {
    if (!file) return {};
    try {
        const ImagePtr image = Image::load(*file);
        return {image, image->sha256()};
    } catch (...) {
        return {.sha256 = file_sha256(file), .error = current_exception_text()};
    }
}

// Every value of a unit is missing, for one reason.
void add_missing(const ScorerInfo& info, const std::string& reason, Record& record) {
    for (const auto& value : info.values) record.values.emplace_back(value.name, Score::none(reason));
}

// What a unit gave.
void take_over(const Record& from, const ScorerInfo& unit, Record& to) {
    for (const auto& value : unit.values) {
        const auto found = std::ranges::find(from.values, value.name, &std::pair<std::string, Score>::first);
        to.values.push_back(*found);
    }
    if (from.details.contains(unit.label)) to.details[unit.label] = from.details[unit.label];
    if (from.features.contains(unit.label)) to.features[unit.label] = from.features[unit.label];
    const auto seconds = std::ranges::find(from.unit_seconds, unit.label, &std::pair<std::string, double>::first);
    if (seconds != from.unit_seconds.end()) to.unit_seconds.push_back(*seconds);
    std::ranges::copy_if(from.failures, std::back_inserter(to.failures), [&](const Failure& failure) {
        return failure.stage == "score" && failure.unit == unit.label;
    });
}

Score checked(const Score& score) {
    if (score.value && !std::isfinite(*score.value)) {
        return Score::none(std::isnan(*score.value) ? "not a number" : "infinite");
    }
    if (!score.value && score.reason.empty()) return Score::none("no reason given");
    return score;
}

}  // namespace

std::string current_exception_text() {
    std::string text;
    try {
        throw;
    } catch (const c10::Error& error) {
        text = error.what_without_backtrace();
    } catch (const std::bad_alloc&) {
        text = "not enough memory";
    } catch (const std::exception& error) {
        text = error.what();
    } catch (...) {
        text = "an unknown exception";
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text.empty() ? "an exception without a message" : text;
}

std::string pixel_sha256(const Image& image) { return Image::from_bgr8(image.bgr8(), image.name())->sha256(); }

std::string file_sha256(const std::optional<std::filesystem::path>& file) {
    if (!file) return "";
    try {
        return sha256_of_file(*file);
    } catch (const Error&) {
        return "";
    }
}

SamplePictures read_pictures(const SampleFiles& sample) {
    return {read_picture(sample.degraded), read_picture(sample.reference)};
}

bool is_scored(const RunPlan& plan, const Record& record, const Scorer& scorer) {
    const ScorerInfo& info = *scorer.info;
    const bool has_values = std::ranges::all_of(info.values, [&](const ValueInfo& value) {
        return std::ranges::any_of(record.values, [&](const auto& one) { return one.first == value.name; });
    });
    if (!has_values || !scorer.set) return has_values;
    const auto threw = [&](const Failure& failure) { return failure.unit == info.label; };
    if (std::ranges::any_of(record.failures, threw)) return true;
    if (info.needs_reference && record.reference_sha256.empty()) return true;  // there are none to be had
    const FeatureStore& store = plan.features->of(scorer.set->features());
    return store.contains(record.output_sha256) && (!info.needs_reference || store.contains(record.reference_sha256));
}

ImagePtr saved_picture(const RunFolder& folder, const Record& record) {
    try {
        const ImagePtr saved = Image::load(folder.image(record.method, record.sample));
        ImagePtr restored = Image::from_bgr8(saved->bgr8(), record.sample);  // as a method gives it: pixels, no file
        return restored->sha256() == record.output_sha256 ? restored : nullptr;
    } catch (const Error&) {
        return nullptr;
    }
}

Restored restore_sample(const Restorer& method, const SamplePictures& pictures, const std::string& id, uint64_t seed) {
    ImagePtr input = pictures.degraded.image;
    if (!input && method.info().finished) {
        input =
            pictures.reference.image ? pictures.reference.image : Image::from_bgr8(cv::Mat::zeros(1, 1, CV_8UC3), id);
    }
    if (!input) throw Error("there is no degraded picture");
    Restored restored = method.restore({*input, id, seed});
    BFR_CHECK(restored.image, "{} gave no picture", method.info().label);
    check_extras(method.info(), restored.extras);
    return restored;
}

bool finished_output_is_same(const Restorer& method, const Record& record, const SampleFiles& sample, uint64_t seed) {
    try {
        // Only what the method reads itself matters here: the sample's own files are compared by their hashes.
        const Restored restored =
            restore_sample(method, {{Image::from_bgr8(cv::Mat::zeros(1, 1, CV_8UC3), sample.id)}, {}}, sample.id, seed);
        return record.restored && pixel_sha256(*restored.image) == record.output_sha256;
    } catch (...) {
        return !record.restored;
    }
}

SampleRun::SampleRun(const RunPlan& plan, const SampleFiles& sample, std::vector<Work> work,
                     const std::function<void(const std::vector<Record>&)>& done)
    : plan_(plan), sample_(sample), work_(std::move(work)), done_(done), pictures_(read_pictures(sample)) {}

void SampleRun::work() {
    for (const auto& [method, record] : work_) records_.push_back(record ? complete(*record) : run_method(*method));
    pictures_ = {};
}

void SampleRun::write() {
    for (auto& output : outputs_) {
        write_content(output.content, output.path);
        output.content = {};
    }
}

Record SampleRun::empty_record(const std::string& method) const {
    Record record;
    record.method = method;
    record.sample = sample_.id;
    record.group = sample_.group;
    record.label = sample_.label;
    record.degraded_sha256 = pictures_.degraded.sha256;
    record.reference_sha256 = pictures_.reference.sha256;
    record.inputs = input_fingerprint(sample_, record.degraded_sha256, record.reference_sha256);
    const ImagePtr& degraded = pictures_.degraded.image;
    if (const ImagePtr& picture = degraded ? degraded : pictures_.reference.image) {
        record.width = picture->width();
        record.height = picture->height();
    }
    return record;
}

Record SampleRun::run_method(const Restorer& method) {
    const std::string& label = method.info().label;
    Record record = empty_record(label);
    const auto& [degraded, reference] = pictures_;
    if (!degraded.image && !method.info().finished) {  // a finished method doesn't read it
        record.failures.push_back(
            {"read", "", degraded.error.empty() ? "there is no degraded picture" : degraded.error});
    }
    if (!reference.error.empty()) record.failures.push_back({"read", "", reference.error});
    keep_reference_features(record);
    if (!record.failures.empty()) return record;
    Restored restored;
    const auto start = Clock::now();
    try {
        restored = restore_sample(method, pictures_, sample_.id, plan_.seed);
        record.seconds = restored.seconds ? *restored.seconds : seconds_since(start);
        record.output_sha256 = pixel_sha256(*restored.image);
    } catch (...) {
        record.failures.push_back({"restore", "", current_exception_text()});
        record.seconds.reset();
        return record;
    }
    record.restored = true;
    if (!restored.details.empty()) record.details["method"] = restored.details;
    for (const auto& scorer : plan_.scorers) score(scorer, *restored.image, record);
    plan_outputs(restored, record);
    return record;
}

// In the order of the units, as a single run writes it.
Record SampleRun::complete(const Record& record) {
    keep_reference_features(record);
    if (!record.restored) return record;
    Record whole = record;
    whole.values.clear();
    whole.features = Json::object();
    whole.unit_seconds.clear();
    whole.details = Json::object();
    whole.failures.clear();
    if (record.details.contains("method")) whole.details["method"] = record.details["method"];
    const ImagePtr restored = saved_picture(plan_.folder, record);
    for (const auto& scorer : plan_.scorers) {
        if (is_scored(plan_, record, scorer)) {
            take_over(record, *scorer.info, whole);
        } else if (restored) {
            score(scorer, *restored, whole);
        } else {
            const std::string reason = "the saved picture was changed or removed during the run";
            add_missing(*scorer.info, reason, whole);
            whole.failures.push_back({"score", scorer.info->label, reason});
        }
    }
    std::ranges::copy_if(record.failures, std::back_inserter(whole.failures),
                         [](const Failure& failure) { return failure.stage != "score"; });
    return whole;
}

// What write() is to put where.
void SampleRun::plan_outputs(Restored& restored, Record& record) {
    std::vector<Output> outputs;
    try {
        if (plan_.save_images) outputs.push_back({plan_.folder.image(record.method, sample_.id), restored.image});
        for (auto& extra : restored.extras) {
            const auto path = plan_.folder.extra(record.method, sample_.id, extra.name);
            record.extras.emplace_back(extra.name, plan_.folder.relative(path));
            outputs.push_back({path, std::move(extra.content)});
        }
    } catch (const Error& error) {  // the id makes no file name; a disk that is full shows in write()
        record.extras.clear();
        record.failures.push_back({"write", "", error.what()});
        return;
    }
    std::ranges::move(outputs, std::back_inserter(outputs_));
}

void SampleRun::commit() {
    for (const auto& [store, rows] : features_) store->append(rows);
    done_(records_);
}

void SampleRun::keep_features(const FeatureExtractor& extractor, const Image& image, const std::string& sha256) {
    FeatureStore& store = plan_.features->of(extractor);
    auto& rows = features_[&store];
    const auto is_this = [&](const FeatureRow& row) { return row.picture == sha256; };
    if (store.contains(sha256) || std::ranges::any_of(rows, is_this)) return;
    std::vector<float> values = extractor.of(image);
    BFR_CHECK(static_cast<int64_t>(values.size()) == extractor.size(), "{} gave {} numbers, not {}", extractor.key(),
              values.size(), extractor.size());
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
        throw Error(fmt::format("{}: a feature is not a finite number", image.name()));
    rows.push_back({sha256, std::move(values)});
}

// Also of a sample that fails: a set of references is of all samples. One that has no features is counted by the
// report.
void SampleRun::keep_reference_features(const Record& record) {
    if (!pictures_.reference.image) return;
    for (const auto& scorer : plan_.scorers) {
        if (!scorer.set || !scorer.info->needs_reference) continue;
        try {
            keep_features(scorer.set->features(), *pictures_.reference.image, record.reference_sha256);
        } catch (const std::exception&) {  // thrown again where the sample is scored
        }
    }
}

void SampleRun::score(const Scorer& scorer, const Image& restored, Record& record) {
    const ScorerInfo& info = *scorer.info;
    const ImagePtr& reference = pictures_.reference.image;
    if (info.needs_reference && !reference) {
        add_missing(info, "there is no reference", record);
        return;
    }
    const auto start = Clock::now();
    try {
        if (scorer.set) {
            const FeatureExtractor& extractor = scorer.set->features();
            keep_features(extractor, restored, record.output_sha256);
            if (info.needs_reference) keep_features(extractor, *reference, record.reference_sha256);
        }
        const Scores scores =
            scorer.score({restored, reference.get(), sample_.id, record.method, work_.size() > 1}, sample_);
        BFR_CHECK(scores.values.size() == info.values.size(), "{} gave {} values, not {}", info.label,
                  scores.values.size(), info.values.size());
        for (size_t i = 0; i < info.values.size(); i++) {
            record.values.emplace_back(info.values[i].name, checked(scores.values[i]));
        }
        if (!scores.details.empty()) record.details[info.label] = scores.details;
        if (!scores.features.is_null()) record.features[info.label] = scores.features;
        record.unit_seconds.emplace_back(info.label, seconds_since(start));
    } catch (...) {
        std::string reason = current_exception_text();
        if (reason.starts_with(info.label + ": ")) reason.erase(0, info.label.size() + 2);  // the record names it
        add_missing(info, reason, record);
        record.failures.push_back({"score", info.label, reason});
    }
}

}  // namespace bfr
