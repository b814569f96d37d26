#include "reports/ablation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "reports/engine.h"
#include "reports/run_folder.h"
#include "reports/statistics.h"
#include "tests/reports/fakes.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

std::vector<Spec> specs(const std::vector<std::string>& texts) {
    std::vector<Spec> all;
    for (const auto& text : texts) all.push_back(Spec::parse(text));
    return all;
}

std::vector<OptionValues> vary(const std::vector<std::string>& texts) {
    std::vector<OptionValues> all;
    for (const auto& text : texts) all.push_back(OptionValues::parse(text));
    return all;
}

std::vector<std::string> texts(const std::vector<Spec>& specs) {
    std::vector<std::string> all;
    for (const auto& spec : specs) all.push_back(spec.canonical());
    return all;
}

RunConfig ablation_of(const std::vector<std::string>& methods, const std::string& method,
                      const std::vector<std::string>& options) {
    RunConfig config;
    config.methods = specs(methods);
    config.ablations = {{Spec::parse(method), vary(options)}};
    return config;
}

TEST(Ablation, AMethodStandsForItsArmsInItsPlace) {
    const auto config = ablation_of({"degraded", "vspbfr:noise=zero", "opencv-denoise"}, "vspbfr:noise=zero",
                                    {"steps=1,2", "mixing=0,1"});
    check_ablations(config);
    EXPECT_THAT(
        texts(methods_of(config)),
        ElementsAre("degraded", "vspbfr:mixing=0,noise=zero,steps=1", "vspbfr:mixing=1,noise=zero,steps=1",
                    "vspbfr:mixing=0,noise=zero,steps=2", "vspbfr:mixing=1,noise=zero,steps=2", "opencv-denoise"));
}

TEST(Ablation, ANamedMethodsArmsAreNamedByTheirValues) {
    EXPECT_THAT(texts(arms_of({Spec::parse("vspbfr:name=ours"), vary({"steps=1,2", "noise=zero"})})),
                ElementsAre(R"(vspbfr:name="ours steps=1, noise=zero",noise=zero,steps=1)",
                            R"(vspbfr:name="ours steps=2, noise=zero",noise=zero,steps=2)"));
}

TEST(Ablation, FindsTheOneMethodThatHasTheOption) {
    const auto methods = specs({"degraded", "vspbfr", "opencv-denoise:h=5"});
    EXPECT_EQ(find_ablations(methods, vary({"steps=1,2"}), {}).at(0).method.canonical(), "vspbfr");
    EXPECT_EQ(find_ablations(methods, vary({"h=1,2", "search=7,9"}), {}).at(0).method.canonical(),
              "opencv-denoise:h=5");
    EXPECT_THAT([&] { find_ablations(methods, vary({"strength=1"}), {}); },
                ThrowsMessage<UsageError>(AllOf(HasSubstr("none of the configuration's methods has"),
                                                HasSubstr("degraded (no options)"), HasSubstr("steps, stop_after"))));
    EXPECT_THAT(
        [&] {
            find_ablations(methods, vary({"steps=1", "h=1"}), {});
        },
        ThrowsMessage<UsageError>(HasSubstr("steps, h")));
    const auto two = specs({"vspbfr", "vspbfr:noise=zero,name=quiet"});
    EXPECT_THAT([&] { find_ablations(two, vary({"steps=1,2"}), {}); },
                ThrowsMessage<UsageError>(AllOf(HasSubstr("2 of"), HasSubstr("--method"), HasSubstr("name=quiet"))));
}

TEST(Ablation, TakesMethodsBySpecByNameOrByUnit) {
    const auto methods = specs({"vspbfr", "vspbfr:noise=zero,name=quiet", "opencv-denoise:h=5", "degraded"});
    const auto found = [&](const std::vector<std::string>& names, const std::string& option) {
        std::vector<std::string> all;
        for (const auto& one : find_ablations(methods, vary({option}), names)) all.push_back(one.method.canonical());
        return all;
    };
    EXPECT_THAT(found({"vspbfr"}, "steps=1"), ElementsAre("vspbfr"));  // the spec of one of the two
    EXPECT_THAT(found({"quiet"}, "steps=1"), ElementsAre("vspbfr:name=quiet,noise=zero"));
    EXPECT_THAT(found({"quiet", "vspbfr"}, "steps=1"), SizeIs(2));
    EXPECT_THAT(found({"opencv-denoise"}, "h=1"), ElementsAre("opencv-denoise:h=5"));
    EXPECT_THAT([&] { found({"vspbrf"}, "steps=1"); }, ThrowsMessage<UsageError>(HasSubstr("did you mean vspbfr")));
    EXPECT_THAT([&] { found({"degraded"}, "steps=1"); }, ThrowsMessage<UsageError>(HasSubstr("no options")));
    EXPECT_THAT([&] { found({"quiet", "quiet"}, "steps=1"); }, ThrowsMessage<UsageError>(HasSubstr("named twice")));
    const auto unclear = specs({"opencv-denoise:h=5", "opencv-denoise:h=6"});
    EXPECT_THAT([&] { find_ablations(unclear, vary({"search=7"}), {"opencv-denoise"}); },
                ThrowsMessage<UsageError>(HasSubstr("opencv-denoise:h=6")));
}

struct Refused {
    std::vector<std::string> methods;
    std::string method;
    std::vector<std::string> options;
    std::string answer;
};
class RefusedAblations : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedAblations, NameWhatIsWrong) {
    const auto& [methods, method, options, answer] = GetParam();
    EXPECT_THAT([&] { check_ablations(ablation_of(methods, method, options)); },
                ThrowsMessage<UsageError>(HasSubstr(answer)));
}

INSTANTIATE_TEST_SUITE_P(
    Ablation, RefusedAblations,
    ::testing::Values(Refused{{"vspbfr"}, "vspbfr", {"steps=1,0"}, "steps=0 must be a whole number from 1 to 1000"},
                      Refused{{"vspbfr"}, "vspbfr", {"steps=1,two"}, "steps=two must be"},
                      Refused{{"vspbfr"}, "vspbfr", {"noise=seeded,none"}, "noise=none must be one of seeded, zero"},
                      Refused{{"vspbfr:stop_after=3"}, "vspbfr:stop_after=3", {"steps=4,2"}, "steps=2 is not possible"},
                      Refused{{"opencv-bilateral"}, "opencv-bilateral", {"d=5,6"}, "d=6 must be odd"},
                      Refused{{"vspbfr"}, "vspbfr", {"steps=1,2,1"}, "steps=1 and steps=1 are the same arm"},
                      Refused{{"vspbfr"}, "vspbfr", {"steps=4,04"}, "steps=4 and steps=04 are the same arm"},
                      Refused{{"vspbfr"}, "vspbfr", {"mixing=0.5,0.50"}, "the same arm"},
                      Refused{{"vspbfr"}, "vspbfr", {"steps=1", "steps=2"}, "steps is varied twice"},
                      Refused{{"vspbfr"}, "vspbfr", {"stepps=1"}, "did you mean steps"},
                      Refused{{"vspbfr"}, "vspbfr", {"name=a,b"}, "changes nothing"},
                      Refused{{"vspbfr"}, "vspbfr", {}, "no option is varied"},
                      Refused{{"degraded"}, "degraded", {"a=1"}, "no options"},
                      Refused{{"degraded"}, "vspbfr", {"steps=1"}, "no method of the configuration"},
                      Refused{{"vspbfr", "vspbfr"}, "vspbfr", {"steps=1"}, "given twice"},
                      Refused{{"vspbfr"},
                              "vspbfr",
                              {"steps=1,2,3,4,5,6,7,8,9,10,11", "samples=1,2,3,4,5,6,7,8,9,10",
                               "stop_after=0,1,2,3,4,5,6,7,8,9"},
                              "more than 1000 arms"}));

TEST(Ablation, AnIllegalValueIsFoundBeforeAnythingIsLookedFor) {
    // Files that aren't there: making the unit would say so first.
    const auto config = ablation_of({"vspbfr:files=/nowhere"}, "vspbfr:files=/nowhere", {"steps=1,0"});
    EXPECT_THAT([&] { make_units(config); }, ThrowsMessage<UsageError>(HasSubstr("steps=0")));
    const auto legal = ablation_of({"vspbfr:files=/nowhere"}, "vspbfr:files=/nowhere", {"steps=1,2"});
    const RunUnits units = make_units(legal);
    ASSERT_THAT(units.methods, SizeIs(2));
    EXPECT_EQ(units.methods[1].spec, "vspbfr:files=/nowhere,steps=2");
    EXPECT_THAT(units.methods[1].reason, HasSubstr("missing"));
}

TEST(Ablation, IsPartOfAConfiguration) {
    const Json json = Json::parse(R"({
        "methods": ["vspbfr:files=w"],
        "ablation": [{"method": "vspbfr:files=w",
                      "vary": {"steps": [1, "2"], "noise": ["seeded", "zero"], "files": ["a", "/b"]}}]})");
    const RunConfig config = config_from_json(json, "/base");
    ASSERT_THAT(config.ablations, SizeIs(1));
    EXPECT_EQ(config.ablations[0].method.canonical(), "vspbfr:files=/base/w");
    EXPECT_EQ(config.ablations[0].vary[0].key, "steps");
    EXPECT_THAT(config.ablations[0].vary[0].values, ElementsAre("1", "2"));
    EXPECT_THAT(config.ablations[0].vary[2].values, ElementsAre("/base/a", "/b"));  // a path, relative to the file's
    EXPECT_THAT(methods_of(config), SizeIs(8));
    EXPECT_EQ(to_json(config_from_json(to_json(config), "")), to_json(config));
    const auto error_of = [](const std::string& ablation) {
        try {
            config_from_json(Json::parse(R"({"ablation": [)" + ablation + "]}"), "");
        } catch (const UsageError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_THAT(error_of("1"), HasSubstr("/ablation/0"));
    EXPECT_THAT(error_of(R"({"method": "vspbfr"})"), HasSubstr("/ablation/0"));
    EXPECT_THAT(error_of(R"({"method": "vspbfr", "vary": {"steps": 4}})"), HasSubstr("/ablation/0/vary/steps"));
    EXPECT_THAT(error_of(R"({"method": "vspbfr", "vary": {"steps": [null]}})"), HasSubstr("steps/0"));
    EXPECT_THAT(error_of(R"({"method": "vspbfr", "vary": {"name": ["a"]}})"), HasSubstr("name/0"));
    EXPECT_THAT(error_of(R"({"mehtod": "vspbfr"})"), HasSubstr("did you mean method"));
}

// An ablation of fakes: `by` of the method shift, whose own value is 20.
struct FakeRun {
    explicit FakeRun(const std::string& base = "shift:by=20") : samples(write_samples(scratch.path(), 6, 3)) {
        config = config_for(scratch / "out");
        config.methods = {Spec::parse("other"), Spec::parse(base)};
        config.ablations = {{Spec::parse(base), vary({"by=5,20,40"})}};
        units.methods.push_back(fake_restorer({.label = "other"}));
        for (const auto& arm : arms_of(config.ablations[0])) {
            const int by = std::stoi(arm.options().at("by"));
            units.methods.push_back(fake_restorer({.label = arm.canonical(), .shift = by}));
        }
        units.metrics.push_back(fake_metric());
        units.tasks.push_back(fake_task());
    }
    Json report() { return run_all(config, units, samples).report; }

    Scratch scratch;
    SampleList samples;
    RunConfig config;
    RunUnits units;
};

TEST(Ablation, TheReportHasEachArmWithItsPairedDifference) {
    FakeRun run;
    const Json report = run.report();
    ASSERT_THAT(report["ablation"], SizeIs(1));
    const Json& ablation = report["ablation"][0];
    EXPECT_EQ(ablation["method"], "shift:by=20");
    EXPECT_EQ(ablation["vary"].dump(), R"([{"option":"by","values":["5","20","40"]}])");
    EXPECT_EQ(ablation["baseline"], "shift:by=20");
    EXPECT_EQ(ablation["baseline_is_configured"], true);
    ASSERT_THAT(ablation["arms"], SizeIs(3));
    const Json &arm = ablation["arms"][2], &baseline = ablation["arms"][1];
    EXPECT_EQ(arm["method"], "shift:by=40");
    EXPECT_EQ(arm["options"].dump(), R"({"by":"40"})");
    EXPECT_TRUE(arm["available"]);
    EXPECT_TRUE(baseline["values"]["difference"]["difference"].is_null());
    EXPECT_TRUE(baseline["set_values"]["judge.high"]["difference"].is_null());
    EXPECT_EQ(arm["values"]["difference"]["mean"], report["rows"][3]["values"]["difference"]["mean"]);

    std::vector<Observation> observations;
    for (const auto& sample : report["samples"]) {
        const auto value = [&](const char* method) {
            return sample["results"][method]["values"]["difference"].get<double>();
        };
        observations.push_back({value("shift:by=40") - value("shift:by=20"), sample["group"]});
    }
    const Summary expected = summarise(observations, run.config.seed, "difference");
    const Json& difference = arm["values"]["difference"]["difference"];
    EXPECT_EQ(difference["n"], 6);
    EXPECT_EQ(difference["mean"], *expected.mean);
    EXPECT_EQ(difference["interval"]["low"], expected.interval->low);
    EXPECT_EQ(difference["interval"]["high"], expected.interval->high);
    EXPECT_EQ(difference["interval"]["clusters"], 3);
    EXPECT_EQ(arm["set_values"]["judge.high"]["difference"].get<double>(),
              report["rows"][3]["set_values"]["judge.high"]["value"].get<double>() -
                  report["rows"][2]["set_values"]["judge.high"]["value"].get<double>());
}

TEST(Ablation, OnlySamplesWithBothValuesArePairs) {
    FakeRun run;
    run.units.methods[1] = fake_restorer({.label = "shift:by=5", .throws_on = {"s001"}, .shift = 5});
    run.units.methods[2] = fake_restorer({.label = "shift:by=20", .throws_on = {"s003"}});
    const Json report = run.report();
    const Json& difference = report["ablation"][0]["arms"][0]["values"]["difference"]["difference"];
    EXPECT_EQ(difference["n"], 4);
    EXPECT_EQ(difference["missing"], 2);
    EXPECT_EQ(difference["missing_reasons"].dump(), R"({"baseline: not restored":1,"not restored":1})");
}

TEST(Ablation, WithoutTheConfiguredValueTheFirstAvailableArmIsTheBaseline) {
    FakeRun run("shift:by=7");
    run.units.methods[1] = missing_unit<Restorer>("shift:by=5");
    const Json ablation = run.report()["ablation"][0];
    EXPECT_EQ(ablation["baseline"], "shift:by=20");
    EXPECT_EQ(ablation["baseline_is_configured"], false);
    EXPECT_EQ(ablation["arms"][0]["available"], false);
    EXPECT_TRUE(ablation["arms"][0]["values"].empty());
}

TEST(Ablation, TheDefaultIsTheConfiguredValue) {
    const auto config = ablation_of({"opencv-bilateral"}, "opencv-bilateral", {"d=5,9"});
    RunConfig described = config;
    Json methods = Json::array();
    for (const auto& spec : methods_of(config)) methods.push_back({{"label", spec.canonical()}, {"available", true}});
    EXPECT_EQ(describe_ablations(described, methods)[0]["baseline"], "opencv-bilateral:d=9");
}

TEST(Ablation, ResumesAndIsDescribedInTheFolder) {
    FakeRun run;
    const Json first = run.report(), again = run.report();
    EXPECT_EQ(stable_part(again), stable_part(first));
    EXPECT_EQ(again["context"]["resumed"], 24);
    const Json description = read_json(RunFolder{run.config.out}.run_file());
    EXPECT_EQ(description["ablation"][0]["baseline"], "shift:by=20");
    EXPECT_EQ(description["config"]["ablation"].dump(), R"([{"method":"shift:by=20","vary":{"by":["5","20","40"]}}])");
}

TEST(Ablation, RebuildsFromRecordsAlone) {
    FakeRun run;
    run.units.tasks.clear();
    const Json report = run.report();
    EXPECT_EQ(rebuild_report(run.config.out, {"bfr", "report"})["ablation"].dump(), report["ablation"].dump());
}

// A metric that keeps what it found on the reference with the picture, as the real ones do.
class CountsReferences : public ImageMetric {
  public:
    explicit CountsReferences(std::atomic<int>& computed) : computed_(computed) {
        info_.label = "counts";
        info_.version = info_.summary = info_.convention = info_.source = "1";
        info_.values = {{"counts", "", Direction::kNone, "nothing", 0}};
    }
    const ScorerInfo& info() const override { return info_; }
    Scores score(const ScoredPicture& picture) const override {
        return {{Score(picture.reference->memo<int>("counts", [&] { return ++computed_; }))}};
    }

  private:
    std::atomic<int>& computed_;
    ScorerInfo info_;
};

TEST(Ablation, WhatDependsOnTheReferenceIsComputedOnceForAllArms) {
    FakeRun run;
    std::atomic<int> computed{0};
    run.units.metrics.push_back({"counts", std::make_unique<CountsReferences>(computed), "", ""});
    const Json report = run.report();
    EXPECT_EQ(computed, 6);
    for (const Json& row : report["rows"]) EXPECT_EQ(row["values"]["counts"]["n"], 6);
}

// All methods of a sample are done before the pictures go: those that share work on a degraded face find it there.
TEST(Ablation, AllArmsSeeTheSameDegradedPicture) {
    FakeRun run;
    std::atomic<int> read{0};
    class Reads : public Restorer {
      public:
        Reads(std::string label, std::atomic<int>& read) : read_(read) {
            info_.label = std::move(label);
            info_.version = info_.summary = info_.convention = info_.source = "1";
        }
        const RestorerInfo& info() const override { return info_; }
        Restored restore(const RestoreInput& input) const override {
            input.degraded.memo<int>("reads", [&] { return ++read_; });
            return {Image::from_bgr8(input.degraded.bgr8(), input.sample_id)};
        }

      private:
        std::atomic<int>& read_;
        RestorerInfo info_;
    };
    for (size_t i = 1; i < run.units.methods.size(); i++) {
        const std::string label = run.units.methods[i].spec;
        run.units.methods[i] = {label, std::make_unique<Reads>(label, read), "", ""};
    }
    run.report();
    EXPECT_EQ(read, 6);
}

}  // namespace
}  // namespace bfr::testing
