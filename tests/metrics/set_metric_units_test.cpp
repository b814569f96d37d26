// fid, kid, pr and fid_infinity as units, on an Inception with hashed weights.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "metrics/inception_features.h"
#include "metrics/set_metric.h"
#include "metrics/sets/gaussian.h"
#include "metrics/sets/kernel_distance.h"
#include "metrics/sets/neighbours.h"
#include "metrics/sets/statistics_file.h"
#include "tests/metrics/support.h"
#include "tests/nets/support/hashed_inception.h"
#include "tests/support/support.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class TensorRows : public FeatureRows {
  public:
    explicit TensorRows(at::Tensor values) : values_(values.to(at::kFloat).contiguous()) {}
    int64_t count() const override { return values_.size(0); }
    int64_t size() const override { return values_.size(1); }
    void read(int64_t first, int64_t count, float* to) const override {
        const float* from = values_.data_ptr<float>() + first * size();
        std::copy(from, from + count * size(), to);
    }
    const at::Tensor& values() const { return values_; }

  private:
    at::Tensor values_;
};

TensorRows hashed_features(const std::string& name, int64_t n, double hi = 1) {
    const auto values = hash_fill(name, static_cast<size_t>(n * 2048), 0, static_cast<float>(hi));
    return TensorRows(at::tensor(values).view({n, 2048}));
}

template <class Do>
std::string message_of(const Do& what) {
    try {
        what();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

class SetMetricUnits : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        scratch_ = new Scratch;
        write_hashed_inception(*scratch_ / "inception.safetensors");
    }
    static void TearDownTestSuite() {
        delete scratch_;
        scratch_ = nullptr;
    }
    static std::string weights() { return (*scratch_ / "inception.safetensors").string(); }
    static std::string with(const std::string& name, const std::string& options = "") {
        return name + ":weights=\"" + weights() + "\"" + (options.empty() ? "" : "," + options);
    }
    static std::unique_ptr<ImageMetric> unit(const std::string& name, const std::string& options = "") {
        return metric(with(name, options));
    }
    static SetSummary summary(const ImageMetric& unit, const TensorRows& restored, const TensorRows* reference) {
        std::vector<std::string> ids;
        for (int64_t i = 0; i < restored.count(); i++) ids.push_back(fmt::format("p{:04}", i));
        return unit.of_set()->summarise({ids, restored, reference});
    }
    static SetSummary summary(const std::string& name, const std::string& options, const TensorRows& restored,
                              const TensorRows& reference) {
        return summary(*unit(name, options), restored, &reference);
    }

    static Scratch* scratch_;
};
Scratch* SetMetricUnits::scratch_ = nullptr;

TEST_F(SetMetricUnits, FeaturesAreAFunctionOfThePictureAndTheConvention) {
    const auto small = picture("a", 61, 43), large = picture("b", 400, 310);
    std::map<std::string, std::vector<float>> by_key;
    for (const auto& convention : inception_conventions()) {
        const auto fid = unit("fid", "convention=" + convention.name);
        const FeatureExtractor& features = fid->of_set()->features();
        const auto values = features.of(*small);
        ASSERT_EQ(values.size(), 2048U);
        EXPECT_EQ(values, features.of(*fresh(*small)));
        EXPECT_NE(values, features.of(*large));
        const auto [found, fresh_key] = by_key.emplace(features.key(), values);
        EXPECT_EQ(found->second, values) << convention.name;  // equal keys, equal features
        EXPECT_THAT(fid->info().convention, HasSubstr(convention.name));
        EXPECT_THAT(features.key(), HasSubstr(fid->info().weights.at(0).sha256));
    }
    EXPECT_EQ(by_key.size(), 4U);
    std::set<std::vector<float>> different;
    for (const auto& [key, values] : by_key) different.insert(values);
    EXPECT_EQ(different.size(), 4U);
}

TEST_F(SetMetricUnits, FidIsTheDistanceOfTheFeatures) {
    const auto restored = hashed_features("a", 20), reference = hashed_features("b", 20, 1.3);
    const auto fid = unit("fid");
    const auto found = summary(*fid, restored, &reference).values.at(0);
    const double wanted = frechet_distance(gaussian_of(rows_of(restored.values().to(at::kDouble))),
                                           gaussian_of(rows_of(reference.values().to(at::kDouble))))
                              .value;
    EXPECT_EQ(found.score.value, wanted);
    EXPECT_EQ(found.samples.size(), 20U);
    EXPECT_THAT(found.note,
                HasSubstr("n = 20, not more than the 2048 features: the covariance has a rank of at most 19"));
    EXPECT_EQ(found.info.name, fid->info().label);
    const auto same = summary(*fid, restored, &restored);
    EXPECT_NEAR(*same.values.at(0).score.value, 0, 1e-9);
    EXPECT_EQ(same.details.at("n"), 20);
    EXPECT_EQ(same.details.at("rank_at_most"), 19);
    // BasicSR's mean in single precision is another number, by little
    const double basicsr = *summary("fid", "convention=basicsr", restored, reference).values.at(0).score.value;
    EXPECT_NE(basicsr, wanted);
    EXPECT_NEAR(basicsr, wanted, 1e-6 * wanted);
}

TEST_F(SetMetricUnits, FidOfTheFirstPicturesAlone) {
    const auto restored = hashed_features("a", 20), reference = hashed_features("b", 20, 1.3);
    const TensorRows some(restored.values().narrow(0, 0, 7)), others(reference.values().narrow(0, 0, 7));
    const auto first = summary("fid", "num_sample=7", restored, reference).values.at(0);
    EXPECT_EQ(first.score.value, summary("fid", "", some, others).values.at(0).score.value);
    EXPECT_EQ(first.samples.size(), 7U);
    EXPECT_THAT(first.note, Not(HasSubstr("restored pictures"))) << "as many on both sides";
    const auto fewer = summary("fid", "num_sample=7", some, reference).values.at(0);
    EXPECT_THAT(fewer.note, HasSubstr("the first 7 of 7 restored pictures by id against the first 7 of the 20 ref"));
    EXPECT_EQ(summary("fid", "num_sample=100", restored, reference).values.at(0).samples.size(), 20U);
}

TEST_F(SetMetricUnits, TooFewPicturesGiveNoValueAndTheReason) {
    const auto one = hashed_features("a", 1), none = hashed_features("a", 0), three = hashed_features("c", 3);
    const auto reason = [&](const std::string& name, const TensorRows& rows, const std::string& options = "") {
        const auto value = summary(name, options, rows, rows).values.at(0);
        EXPECT_FALSE(value.score.value) << name;
        return value.score.reason;
    };
    EXPECT_THAT(reason("fid", one), HasSubstr("at least 2 pictures, and there is 1"));
    EXPECT_THAT(reason("fid", none), HasSubstr("there are 0"));
    EXPECT_THAT(reason("kid", three), HasSubstr("subsets of 1000 pictures can't be drawn from 3; subset_size=N"));
    EXPECT_THAT(reason("kid", one, "convention=clean"),
                HasSubstr("a subset needs at least 2 pictures of each side, and there is 1"));
    EXPECT_THAT(reason("kid", one), Not(HasSubstr("subset_size")));
    EXPECT_THAT(reason("pr", three), HasSubstr("a 3. neighbour needs more than 3 pictures"));
    EXPECT_THAT(reason("fid_infinity", three),
                HasSubstr("15 different sizes from 5000 on need more than 3 pictures: of fewer, FID lies on no line"));
    EXPECT_THAT(reason("fid_infinity", three, "smallest=2"), HasSubstr("15 different sizes"));
}

TEST_F(SetMetricUnits, KidDrawsAsTheTools) {
    const auto restored = hashed_features("a", 30), reference = hashed_features("b", 30, 1.3);
    const Rows a = rows_of(restored, 30), b = rows_of(reference, 30);
    const auto some = summary("kid", "subset_size=10,subsets=7", restored, reference);
    const auto wanted = kernel_distance(a, b, numpy_subsets(2020, 30, 30, 10, 7));
    EXPECT_EQ(some.values.at(0).score.value, wanted.mean);
    EXPECT_EQ(some.values.at(1).score.value, wanted.deviation);
    EXPECT_EQ(some.values.at(0).note, "");
    const auto all = summary("kid", "convention=clean,subsets=2", restored, reference);
    EXPECT_NEAR(*all.values.at(0).score.value, kernel_distance(a, b), 1e-12);
    EXPECT_NEAR(*all.values.at(1).score.value, 0, 1e-12);
    EXPECT_THAT(all.values.at(0).note, HasSubstr("every subset is the whole set of 30 pictures"));
    EXPECT_NE(*summary("kid", "subset_size=10,subsets=7,seed=5", restored, reference).values.at(0).score.value,
              wanted.mean);
}

TEST_F(SetMetricUnits, PrecisionAndRecallChangePlacesWithTheSets) {
    const auto restored = hashed_features("a", 30, 1.02), reference = hashed_features("b", 25);
    const TensorRows cut(restored.values().narrow(0, 0, 25));
    const auto there = summary("pr", "k=2", cut, reference), back = summary("pr", "k=2", reference, cut);
    EXPECT_EQ(there.values.at(0).score.value, back.values.at(1).score.value);
    EXPECT_EQ(there.values.at(1).score.value, back.values.at(0).score.value);
    EXPECT_TRUE(there.values.at(0).info.name.ends_with(".precision"));
    EXPECT_EQ(*summary("pr", "", reference, reference).values.at(0).score.value, 1);
}

TEST_F(SetMetricUnits, FidInfinityIsALineThroughSubsets) {
    const auto restored = hashed_features("a", 40), reference = hashed_features("b", 40, 1.1);
    const std::string options = "points=4,smallest=30";
    const auto found = summary("fid_infinity", options, restored, reference);
    ASSERT_EQ(found.details.at("points").size(), 4U);
    EXPECT_EQ(found.details.at("points")[0].at("n"), 30);
    EXPECT_EQ(found.details.at("points")[3].at("n"), 40);
    EXPECT_NEAR(found.details.at("points")[3].at("fid").get<double>(),
                *summary("fid", "", restored, reference).values.at(0).score.value, 1e-6);
    // fewer pictures, a larger distance
    EXPECT_GT(found.details.at("slope").get<double>(), 0);
    EXPECT_LT(*found.values.at(0).score.value, found.details.at("points")[3].at("fid").get<double>());
    EXPECT_THAT(found.values.at(0).note, HasSubstr("begins at 30 pictures"));
    EXPECT_EQ(summary("fid_infinity", options, restored, reference).values.at(0).score.value,
              found.values.at(0).score.value);
    EXPECT_NE(summary("fid_infinity", options + ",seed=2", restored, reference).values.at(0).score.value,
              found.values.at(0).score.value);
}

// The truth is 0, and subsets of fewer rows than features lie on a curve.
TEST_F(SetMetricUnits, FidInfinityGivesNoValueWhereThereIsNoLine) {
    const auto rows = hashed_features("a", 40);
    const auto found = summary("fid_infinity", "points=4,smallest=2", rows, rows);
    EXPECT_FALSE(found.values.at(0).score.value);
    EXPECT_THAT(found.values.at(0).score.reason, HasSubstr("lie on no line over 1 / n"));
    EXPECT_GT(found.details.at("residual").get<double>(), 0.1 * found.details.at("intercept").get<double>());
    EXPECT_EQ(found.details.at("points").size(), 4U) << "whoever wants to look";
}

TEST_F(SetMetricUnits, MoreReferencesThanOutputsCountAll) {
    const auto restored = hashed_features("a", 12), references = hashed_features("b", 16, 1.3);
    const Rows a = rows_of(restored, 12), b = rows_of(references, 16);
    const auto fid = summary("fid", "", restored, references);
    EXPECT_EQ(fid.values.at(0).score.value, frechet_distance(gaussian_of(a), gaussian_of(b)).value);
    EXPECT_EQ(fid.details.at("n"), 12);
    EXPECT_EQ(fid.details.at("n_reference"), 16);
    const auto kid = summary("kid", "subset_size=10,subsets=5", restored, references);
    EXPECT_EQ(kid.values.at(0).score.value, kernel_distance(a, b, numpy_subsets(2020, 12, 16, 10, 5)).mean);
    const auto pr = summary("pr", "", restored, references);
    EXPECT_EQ(pr.values.at(1).score.value, precision_recall(a, b, 3).recall);
    for (const auto* one : {&fid, &kid, &pr})
        EXPECT_THAT(one->values.at(0).note, HasSubstr("n = 12 restored pictures against the 16 references"));
}

// torch-fidelity draws from its input 1 first, which is FFHQ in PMRF's script.
TEST_F(SetMetricUnits, KidMayDrawTheReferencesFirst) {
    const auto restored = hashed_features("a", 30), reference = hashed_features("b", 40, 1.3);
    auto subsets = numpy_subsets(2020, 40, 30, 10, 7);
    for (auto& subset : subsets) std::swap(subset.restored, subset.reference);
    const double wanted = kernel_distance(rows_of(restored, 30), rows_of(reference, 40), subsets).mean;
    const auto first = summary("kid", "first=reference,subset_size=10,subsets=7", restored, reference);
    EXPECT_EQ(first.values.at(0).score.value, wanted);
    EXPECT_NE(summary("kid", "subset_size=10,subsets=7", restored, reference).values.at(0).score.value, wanted);
    EXPECT_THAT(first.values.at(0).info.name, HasSubstr("first=reference"));
}

TEST_F(SetMetricUnits, AFileOfStatisticsStandsForTheReferences) {
    const auto restored = hashed_features("a", 20), reference = hashed_features("b", 30, 1.3);
    const auto plain = unit("fid");
    const auto file = *scratch_ / "b.stats";
    const std::string key = plain->of_set()->features().key();
    write_statistics(file, {gaussian_of(rows_of(reference, 30)), key, "pytorch-fid", "abc"}, StatisticsFormat::kStats);
    const auto against_file = unit("fid", "stats=\"" + file.string() + "\"");
    EXPECT_FALSE(against_file->info().needs_reference);
    EXPECT_THAT(against_file->info().version, HasSubstr(against_file->info().weights.at(1).sha256));
    EXPECT_THAT(against_file->info().convention, HasSubstr("statistics of 30 pictures in b.stats"));
    const auto value = summary(*against_file, restored, nullptr).values.at(0);
    const double wanted =
        frechet_distance(gaussian_of(rows_of(restored, 20)), gaussian_of(rows_of(reference, 30))).value;
    EXPECT_NEAR(*value.score.value, wanted, 1e-6 * wanted);
    EXPECT_THAT(value.note,
                HasSubstr("against the statistics of 30 pictures in b.stats, not more than the 2048 features"));
    EXPECT_THAT(message_of([&] { unit("fid", "convention=clean,stats=\"" + file.string() + "\""); }),
                HasSubstr("bfr stats DIR --convention clean"));
    // the same features, summed up in another precision
    EXPECT_THAT(message_of([&] { unit("fid", "convention=basicsr,stats=\"" + file.string() + "\""); }),
                HasSubstr("of the convention pytorch-fid, and this metric is of basicsr"));
    EXPECT_THAT(message_of([&] { unit("fid", "stats=/nowhere/a.stats"); }), HasSubstr("there is no such file"));
    // BasicSR's name says how the file's hash begins
    const auto named = *scratch_ / "inception_FFHQ_512-f7b384ab.pth";
    write_statistics(named, {gaussian_of(rows_of(reference, 30)), "", "", ""}, StatisticsFormat::kPth);
    EXPECT_THAT(message_of([&] { unit("fid", "stats=\"" + named.string() + "\""); }),
                HasSubstr("whose SHA-256 begins with f7b384ab"));
    // pytorch-fid's file says nothing of its features
    const auto foreign = *scratch_ / "b.npz";
    write_statistics(foreign, {gaussian_of(rows_of(reference, 30)), "", "", ""}, StatisticsFormat::kNpz);
    const auto from_npz = summary(*unit("fid", "stats=\"" + foreign.string() + "\""), restored, nullptr).values.at(0);
    EXPECT_EQ(from_npz.score.value, value.score.value);
    EXPECT_THAT(from_npz.note, HasSubstr("b.npz doesn't say of how many pictures"));
    EXPECT_THAT(from_npz.note, Not(HasSubstr("WARNING"))) << "pytorch-fid's own resizer";
    // under another tool's resizer whoever names the file has to know
    const auto pth = *scratch_ / "b.pth";
    write_statistics(pth, {gaussian_of(rows_of(reference, 30)), "", "", ""}, StatisticsFormat::kPth);
    const auto note = [&](const std::filesystem::path& untyped, const std::string& convention) {
        const auto metric = unit("fid", convention + ",stats=\"" + untyped.string() + "\"");
        return summary(*metric, restored, nullptr).values.at(0).note;
    };
    EXPECT_THAT(note(foreign, "convention=torch-fidelity"),
                HasSubstr("WARNING: pytorch-fid makes such files of torch-bilinear to 299, 2x - 1, and"));
    EXPECT_THAT(note(pth, "convention=clean"), HasSubstr("WARNING: BasicSR makes such files of torch-bilinear"));
    EXPECT_THAT(note(foreign, "order=bgr"), HasSubstr("2x - 1, channels in the order BGR: it holds only"));
    EXPECT_THAT(note(foreign, "convention=clean"), HasSubstr("only where clean-fid made this one"));
    EXPECT_THAT(note(pth, "convention=basicsr"), Not(HasSubstr("WARNING")));
    // what says of what it is has no such remark, and says n
    const auto typed = *scratch_ / "c.stats";
    Gaussian many = gaussian_of(rows_of(reference, 30));
    many.n = 70000;
    const std::string fidelity = unit("fid", "convention=torch-fidelity")->of_set()->features().key();
    write_statistics(typed, {many, fidelity, "torch-fidelity", "abc"}, StatisticsFormat::kStats);
    EXPECT_EQ(note(typed, "convention=torch-fidelity").substr(note(typed, "convention=torch-fidelity").rfind("; ") + 2),
              "against the statistics of 70000 pictures in c.stats");
    // of this program's own .npz another order or resizer is seen
    const auto own = *scratch_ / "own.npz";
    write_statistics(own, {many, fidelity, "torch-fidelity", "abc"}, StatisticsFormat::kNpz);
    EXPECT_THAT(note(own, "convention=torch-fidelity"),
                HasSubstr("against the statistics of 70000 pictures in own.npz"));
    for (const char* other : {"", "convention=torch-fidelity,order=bgr,"}) {
        EXPECT_THAT(message_of([&] { unit("fid", other + ("stats=\"" + own.string() + "\"")); }),
                    HasSubstr("its statistics are of other features"));
    }
    const auto infinity = unit("fid_infinity", "points=3,smallest=17,stats=\"" + file.string() + "\"");
    EXPECT_TRUE(summary(*infinity, restored, nullptr).values.at(0).score.value);
}

TEST_F(SetMetricUnits, AFolderStandsForTheReferences) {
    const auto restored = hashed_features("a", 12), folder = hashed_features("b", 30, 1.3);
    const auto pictures = *scratch_ / "pictures";
    std::filesystem::create_directories(pictures);
    const std::string against = "against=\"" + pictures.string() + "\"";
    EXPECT_THAT(message_of([&] { unit("fid", against); }), HasSubstr("holds no picture"));
    write_text(pictures / "a.png", "never decoded here");
    EXPECT_THAT(message_of([&] { unit("pr", against); }), HasSubstr("has at least 2 pictures, and there is 1"));
    write_text(pictures / "b.png", "nor this");
    for (const char* name : {"fid", "kid", "pr", "fid_infinity"}) {
        const auto metric = unit(name, against);
        EXPECT_FALSE(metric->info().needs_reference) << name;
        EXPECT_EQ(metric->of_set()->against(), pictures) << name;
        EXPECT_THAT(metric->info().label, HasSubstr("against=")) << name;
        EXPECT_THAT(metric->info().convention, HasSubstr("against all pictures of")) << name;
        EXPECT_EQ(unit(name)->of_set()->against(), std::nullopt) << name;
    }
    const Rows a = rows_of(restored, 12), b = rows_of(folder, 30);
    const auto fid = summary("fid", against + ",num_sample=5", restored, folder).values.at(0);
    const double wanted = frechet_distance(gaussian_of(rows_of(restored, 5)), gaussian_of(b)).value;
    EXPECT_EQ(fid.score.value, wanted);  // num_sample is of the restored pictures alone
    EXPECT_THAT(fid.note, HasSubstr("against 30 pictures of"));
    EXPECT_THAT(fid.note, HasSubstr(", not more than the 2048 features"));
    const auto kid = summary("kid", against + ",subsets=5,subset_size=10", restored, folder).values.at(0);
    EXPECT_EQ(kid.score.value, kernel_distance(a, b, numpy_subsets(2020, 12, 30, 10, 5)).mean);
    EXPECT_THAT(kid.note, HasSubstr("against 30 pictures of"));
    EXPECT_THAT(kid.note, Not(HasSubstr("features"))) << "its estimate is unbiased";
    EXPECT_THAT(summary("kid", against + ",subset_size=13", restored, folder).values.at(0).score.reason,
                HasSubstr("can't be drawn from 12"));
    const auto pr = summary("pr", against, restored, folder);
    EXPECT_EQ(pr.values.at(1).score.value, precision_recall(a, b, 3).recall);
    EXPECT_EQ(pr.details.at("n_reference"), 30);
    EXPECT_THAT(message_of([&] { unit("kid", "against=/nowhere"); }), HasSubstr("there is no such folder"));
    EXPECT_THAT(message_of([&] { unit("kid", "against=\"" + weights() + "\""); }),
                HasSubstr("serves fid and fid_infinity alone: stats=FILE"));
    EXPECT_THAT(message_of([&] { unit("fid", against + ",stats=a.stats"); }), HasSubstr("leave one out"));
}

// Counts how many of its rows are read.
class CountedRows : public TensorRows {
  public:
    CountedRows(const TensorRows& rows, std::string identity)
        : TensorRows(rows.values()), identity_(std::move(identity)) {}
    std::string identity() const override { return identity_; }
    void read(int64_t first, int64_t count, float* to) const override {
        read_ += count;
        TensorRows::read(first, count, to);
    }
    int64_t taken() const { return std::exchange(read_, 0); }

  private:
    std::string identity_;
    mutable int64_t read_ = 0;
};

TEST_F(SetMetricUnits, WhatIsOfTheReferencesAloneIsComputedOnceForAllMethods) {
    const auto one = hashed_features("a", 12), two = hashed_features("c", 12, 1.2);
    const CountedRows reference(hashed_features("b", 30, 1.3), "b"), others(hashed_features("d", 30), "d"),
        unknown(hashed_features("b", 30, 1.3), "");
    for (const char* name : {"fid", "fid_infinity", "pr"}) {
        const std::string options = name == std::string("fid_infinity") ? "smallest=8,points=3" : "";
        const auto value = [&](const ImageMetric& unit, const TensorRows& restored, const TensorRows& references) {
            return summary(unit, restored, &references).details.dump();
        };
        const auto kept = unit(name, options);
        value(*kept, one, reference);
        const int64_t first = reference.taken();
        const std::string second_method = value(*kept, two, reference);
        EXPECT_LT(reference.taken(), first) << name;
        EXPECT_EQ(second_method, value(*unit(name, options), two, reference)) << name;
        EXPECT_EQ(reference.taken(), first) << name;
        // other references, and ones of which nothing is known, are never taken for these
        EXPECT_EQ(value(*kept, two, others), value(*unit(name, options), two, others)) << name;
        EXPECT_EQ(value(*kept, two, unknown), second_method) << name;
        unknown.taken();
        value(*kept, one, unknown);
        EXPECT_EQ(unknown.taken(), first) << name;
    }
}

TEST_F(SetMetricUnits, StopIsHeard) {
    const auto restored = hashed_features("a", 12), reference = hashed_features("b", 12);
    std::vector<std::string> ids;
    for (int i = 0; i < 12; i++) ids.push_back(fmt::format("p{:04}", i));
    const std::atomic<bool> stop{true};
    for (const char* spec : {"fid", "kid:subset_size=10", "pr", "fid_infinity:smallest=3,points=3"}) {
        const std::string text = spec, name = text.substr(0, text.find(':'));
        const auto metric = unit(name, text == name ? "" : text.substr(name.size() + 1));
        EXPECT_THROW(metric->of_set()->summarise({ids, restored, &reference, &stop}), Stopped) << spec;
    }
    const auto subsets = numpy_subsets(1, 12, 12, 5, 3);
    EXPECT_THROW(kernel_distance(rows_of(restored, 12), rows_of(reference, 12), subsets, &stop), Stopped);
}

TEST_F(SetMetricUnits, ChannelsInTheWrongOrderAreAnotherKey) {
    const auto shown = picture("a", 61, 43);
    cv::Mat exchanged;
    cv::cvtColor(shown->bgr8(), exchanged, cv::COLOR_BGR2RGB);
    const auto other = Image::from_bgr8(exchanged, "exchanged");
    const auto rgb = unit("fid"), bgr = unit("fid", "order=bgr");
    EXPECT_EQ(bgr->of_set()->features().of(*shown), rgb->of_set()->features().of(*other));
    EXPECT_NE(bgr->of_set()->features().of(*shown), rgb->of_set()->features().of(*shown));
    EXPECT_NE(bgr->of_set()->features().key(), rgb->of_set()->features().key());
    EXPECT_THAT(bgr->info().label, HasSubstr("order=bgr"));
}

TEST_F(SetMetricUnits, WhatIsMissingOrWrongIsSaid) {
    try {
        metric("fid");
        FAIL() << "there are no weights";
    } catch (const NotAvailable& error) {
        EXPECT_THAT(error.mend(), HasSubstr("bfr weights fetch pt_inception-2015-12-05-6726825d.pth"));
    }
    const auto other = *scratch_ / "other.safetensors";
    write_safetensors(other, {}, std::nullopt);
    EXPECT_THROW(metric("kid:weights=\"" + other.string() + "\""), Error);
    EXPECT_THAT(message_of([&] { metric("kid:weights=\"" + other.string() + "\""); }), HasSubstr("other.safetensors"));
    EXPECT_THROW(metric("pr:weights=/nowhere/at/all.pth"), UsageError);
    EXPECT_THROW(unit("fid", "convention=basicrs"), UsageError);
    EXPECT_THROW(unit("kid", "subset_size=1"), UsageError);
    EXPECT_THROW(unit("fid_infinity", "smallest=1"), UsageError);
}

}  // namespace
}  // namespace bfr::testing
