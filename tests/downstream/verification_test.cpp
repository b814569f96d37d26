#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "base/base64.h"
#include "base/files.h"
#include "base/random.h"
#include "tests/downstream/task_fixture.h"

namespace bfr {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kPairs =
    "fold,first,second,same\n"
    "0,A/1,A/2,1\n"
    "0,A/1,B/1,0\n"
    "1,C/1,C/2,1\n"
    "1,C/2,D/1,0\n";

class Verification : public TaskTest {
  protected:
    std::string spec(const std::string& pairs, const std::string& more = "") {
        write_text(scratch_ / "pairs.csv", pairs);
        return "verification:pairs=\"" + (scratch_ / "pairs.csv").string() + "\"" + more;
    }
    // Descriptors on a line: two of them are as far apart as their numbers.
    static std::string at(float place) {
        std::vector<float> numbers(128, 0);
        numbers[0] = place;
        return base64_of_floats(numbers);
    }
    static TaskRecord record(const std::string& id, float restored, float reference) {
        return {id,
                "",
                {1.0},
                {{"restored_found", true}, {"reference_found", true}},
                {{"restored", at(restored)}, {"reference", at(reference)}}};
    }
    // A and B are 1 apart, C and D too; restoration moves each by 0.25.
    static std::vector<TaskRecord> usual() {
        return {record("A/1", 0.25f, 0), record("A/2", 0.35f, 0.1f), record("B/1", 1.25f, 1),
                record("C/1", 5.25f, 5), record("C/2", 5.35f, 5.1f), record("D/1", 6.35f, 6.1f)};
    }
    static Score of(const Task& task, const TaskSummary& summary, const std::string& name) {
        return set_value(summary, task.info().label + "." + name);
    }
    const testing::Scratch scratch_;
};

TEST_F(Verification, SummaryFromRecords) {
    BFR_MAKE_TASK(task, spec(kPairs));
    const auto summary = task->summarise(usual());
    // Restored first, clean second: 0.15 and 0.75 (A), 0.15 (C), 0.75 (D).
    EXPECT_EQ(of(*task, summary, "accuracy").value, 1.0);
    EXPECT_EQ(of(*task, summary, "accuracy_se").value, 0.0);
    EXPECT_EQ(of(*task, summary, "accuracy_failures_wrong").value, 1.0);
    EXPECT_EQ(of(*task, summary, "auc").value, 1.0);
    EXPECT_EQ(of(*task, summary, "eer").value, 0.0);
    EXPECT_THAT(of(*task, summary, "tar_at_far_1e-3").reason, HasSubstr("2 computed pairs of two people"));
    EXPECT_EQ(of(*task, summary, "pairs").value, 4.0);
    EXPECT_EQ(of(*task, summary, "pairs_failed").value, 0.0);
    EXPECT_EQ(of(*task, summary, "both_restored_accuracy").value, 1.0);
    EXPECT_EQ(of(*task, summary, "clean_accuracy").value, 1.0);
    const auto& folds = summary.details.at("restored_to_clean").at("folds");
    EXPECT_NEAR(folds[0].at("threshold").get<double>(), 0.45, 1e-6);  // between 0.15 and 0.75 of fold 1
    EXPECT_NEAR(summary.details.at("both_clean").at("folds")[0].at("threshold").get<double>(), 0.55, 1e-6);
    EXPECT_THAT(summary.values[0].samples, ElementsAre("A/1", "A/2", "B/1", "C/1", "C/2", "D/1"));
    EXPECT_EQ(summary.details.at("restored_to_clean").at("roc").at("tar").size(), 32u);
}

TEST_F(Verification, EverySetValueIsAnnounced) {
    BFR_MAKE_TASK(task, spec(kPairs));
    const auto check = [&](const TaskSummary& summary) {
        ASSERT_EQ(summary.values.size(), task->info().set_values.size());
        for (size_t i = 0; i < summary.values.size(); i++) {
            EXPECT_EQ(summary.values[i].info.name, task->info().set_values[i].name);
        }
    };
    check(task->summarise(usual()));
    check(task->summarise({}));
}

TEST_F(Verification, TheFirstOfAPairIsTheRestoredOne) {
    BFR_MAKE_TASK(task, spec(kPairs));
    auto records = usual();
    records[0] = record("A/1", 1, 0);  // the probe of both pairs of fold 0 is restored into B
    const auto summary = task->summarise(records);
    // Fold 0 is all wrong; fold 1 learns from it to accept nobody, which is right for one of its two pairs.
    EXPECT_EQ(of(*task, summary, "accuracy").value, 0.25);
    EXPECT_EQ(of(*task, summary, "clean_accuracy").value, 1.0);
    records = usual();
    records[1] = record("A/2", 1, 0.1f);  // a gallery's picture is not looked at as it was restored
    EXPECT_EQ(of(*task, task->summarise(records), "accuracy").value, 1.0);
    EXPECT_LT(*of(*task, task->summarise(records), "both_restored_accuracy").value, 1.0);
}

TEST_F(Verification, FailuresAreCounted) {
    BFR_MAKE_TASK(task, spec(kPairs));
    auto records = usual();
    records[0] = {"A/1", "", {0.0}, {{"restored_found", false}, {"reference_found", true}}, {{"reference", at(0)}}};
    records[4] = record("C/2", 5.35f, 5.15f);
    records[5] = {"D/1", "", {}, Json::object(), {}, true};
    const auto summary = task->summarise(records);
    EXPECT_EQ(of(*task, summary, "pairs").value, 1.0);
    EXPECT_EQ(of(*task, summary, "pairs_failed").value, 3.0);
    const Json reasons = summary.details.at("restored_to_clean").at("failed_reasons");
    EXPECT_EQ(reasons.at("no face found on the restored picture"), 2);
    EXPECT_EQ(reasons.at("not restored"), 1);
    // One fold is left with pairs: there is no other to learn from.
    EXPECT_THAT(of(*task, summary, "accuracy").reason, HasSubstr("one fold"));
    EXPECT_EQ(of(*task, summary, "clean_accuracy").value, 1.0);
    EXPECT_THAT(summary.values[0].samples, ElementsAre("C/1", "C/2"));
    EXPECT_EQ(summary.values[2].samples.size(), 6u);

    records = usual();
    records[0] = {"A/1", "", {}, Json::object(), {}, true};
    records.push_back(record("A/3", 0.2f, 0));
    const auto more = std::string(kPairs) + "0,A/2,A/3,1\n";
    BFR_MAKE_TASK(longer, spec(more));
    const auto partly = longer->summarise(records);
    EXPECT_EQ(of(*longer, partly, "accuracy").value, 1.0);
    EXPECT_DOUBLE_EQ(*of(*longer, partly, "accuracy_failures_wrong").value, (1.0 / 3 + 1) / 2);
}

TEST_F(Verification, SamplesThatTheRunLacksAreNoFailures) {
    BFR_MAKE_TASK(task, spec(kPairs));
    auto records = usual();
    records.erase(records.begin());
    const auto summary = task->summarise(records);
    EXPECT_EQ(of(*task, summary, "pairs_failed").value, 0.0);
    EXPECT_EQ(of(*task, summary, "pairs").value, 2.0);
    EXPECT_EQ(summary.details.at("both_clean").at("not_in_run"), 2);
    const auto none = task->summarise(std::vector{record("E/1", 0, 0)});
    EXPECT_THAT(of(*task, none, "accuracy").reason,
                AllOf(HasSubstr("4 of them name a sample that the run doesn't have"), HasSubstr("A/1")));
}

TEST_F(Verification, DamagedRecordsAreFailuresAndNoCrash) {
    BFR_MAKE_TASK(task, spec(kPairs));
    const std::vector<float> infinite(128, std::numeric_limits<float>::infinity());
    for (const Json& features :
         {Json(), Json::array(), Json{{"restored", 3}}, Json{{"restored", "???"}}, Json{{"restored", "AAAA"}},
          Json{{"restored", base64_of_floats(infinite)}, {"reference", base64_of_floats(infinite)}}}) {
        auto records = usual();
        records[0].features = features;
        const auto summary = task->summarise(records);
        EXPECT_EQ(of(*task, summary, "pairs_failed").value, 2.0) << features;
    }
    auto records = usual();
    records[0].details = Json::array();
    EXPECT_EQ(of(*task, task->summarise(records), "pairs_failed").value, 2.0);
}

TEST_F(Verification, GroupsAreThePeopleWhereSamplesHaveThem) {
    BFR_MAKE_TASK(task, spec(kPairs, ",people=pairs"));
    auto records = usual();
    records[0].group = records[1].group = "anna";
    records[3].group = records[4].group = "carla";
    EXPECT_EQ(of(*task, task->summarise(records), "accuracy").value, 1.0);
    records[5].group = "anna";  // who is in fold 0 already
    EXPECT_THAT(of(*task, task->summarise(records), "accuracy").reason, HasSubstr("anna is in folds 0 and 1"));
    EXPECT_EQ(of(*task, task->summarise(records), "auc").value, 1.0);
}

TEST_F(Verification, GroupsThatContradictThePairsLeaveNoNumbers) {
    BFR_MAKE_TASK(task, spec(kPairs));
    const auto judged = [&](const std::vector<std::pair<size_t, std::string>>& groups) {
        auto records = usual();
        for (const auto& [at, group] : groups) records[at].group = group;
        return task->summarise(records);
    };
    const auto two_people = judged({{0, "anna"}, {1, "anna"}, {2, "anna"}});
    for (const char* name : {"accuracy", "accuracy_se", "accuracy_failures_wrong", "auc", "eer", "clean_auc"}) {
        EXPECT_THAT(of(*task, two_people, name).reason,
                    HasSubstr("same is 0 for A/1 (group anna) and B/1 (group anna)"))
            << name;
    }
    EXPECT_EQ(of(*task, two_people, "pairs").value, 4.0);
    for (const auto& value : two_people.values) EXPECT_FALSE(value.interval) << value.info.name;
    EXPECT_THAT(of(*task, judged({{3, "carla"}, {4, "clara"}}), "auc").reason,
                HasSubstr("same is 1 for C/1 (group carla) and C/2 (group clara)"));
    EXPECT_THAT(of(*task, judged({{3, "carla"}}), "auc").reason,
                HasSubstr("same is 1 for C/1 (group carla) and C/2 (no group)"));
    EXPECT_EQ(of(*task, judged({{0, "anna"}, {1, "anna"}, {2, "berta"}}), "auc").value, 1.0);
}

TEST_F(Verification, TheOrderOfRecordsDoesNotMatter) {
    std::string pairs = "fold,first,second,same\n";
    std::vector<TaskRecord> records;
    const Draw draw(1, "verification", "test");
    for (int person = 0; person < 120; person++) {
        const auto id = [&](int picture) { return fmt::format("P{:03}/{}", person, picture); };
        for (int picture = 0; picture < 2; picture++) {
            const auto place = [&](uint64_t n) {
                const auto i = static_cast<uint64_t>(4 * person + 2 * picture) + n;
                return static_cast<float>(person % 7 + draw.normal(i));
            };
            records.push_back(record(id(picture), place(0), place(1)));
        }
        pairs += fmt::format("{},{},{},1\n", person / 30, id(0), id(1));
        if (person % 30 > 0) pairs += fmt::format("{},P{:03}/1,{},0\n", person / 30, person - 1, id(0));
    }
    BFR_MAKE_TASK(task, spec(pairs));
    const auto text = [&](const TaskSummary& summary) {
        Json all = summary.details;
        for (const auto& value : summary.values) {
            all[value.info.name] = value.score.value ? Json(*value.score.value) : Json(value.score.reason);
            if (value.interval) all[value.info.name + "~"] = {value.interval->low, value.interval->high};
        }
        return all.dump();
    };
    const auto straight = text(task->summarise(records));
    EXPECT_THAT(straight, HasSubstr(".auc~"));
    std::ranges::reverse(records);
    EXPECT_EQ(text(task->summarise(records)), straight);
    std::ranges::rotate(records, records.begin() + 100);
    EXPECT_EQ(text(task->summarise(records)), straight);
}

TEST_F(Verification, OtherPairsAreAnotherVersion) {
    BFR_MAKE_TASK(task, spec(kPairs));
    BFR_MAKE_TASK(same, spec(kPairs));
    BFR_MAKE_TASK(other, spec(std::string(kPairs) + "1,D/2,D/1,1\n"));
    EXPECT_EQ(task->info().version, same->info().version);
    EXPECT_NE(task->info().version, other->info().version);
    EXPECT_EQ(task->info().label, other->info().label);
}

TEST_F(Verification, DescribesPicturesOfPairsAlone) {
    BFR_MAKE_TASK(task, spec(kPairs));
    const auto picture = noise_picture("a", 64, 64), other = noise_picture("b", 64, 64);
    const auto scores = task->run(*picture, other.get(), labelled("A/1"));
    EXPECT_EQ(scores.values[0].value, 1.0);
    EXPECT_EQ(scores.details, (Json{{"restored_found", true}, {"reference_found", true}}));
    const auto restored = floats_of_base64(scores.features.at("restored").get<std::string>());
    ASSERT_TRUE(restored);
    EXPECT_EQ(restored->size(), 128u);
    EXPECT_NE(scores.features.at("restored"), scores.features.at("reference"));
    EXPECT_LT(scores.features.dump().size(), 1500u);
    const auto alone = task->run(*picture, nullptr, labelled("A/2"));
    EXPECT_FALSE(alone.details.contains("reference_found"));
    const auto unpaired = task->run(*picture, other.get(), labelled("E/1"));
    EXPECT_EQ(unpaired.values[0].reason, "in no pair");
    EXPECT_TRUE(unpaired.features.is_null());
    EXPECT_TRUE(unpaired.details.empty());
}

TEST_F(Verification, AFaceThatIsNotFoundIsSaid) {
    BFR_MAKE_TASK(task, spec(kPairs, ",find=hog"));
    const auto gray = gray_picture(96, 96);
    const auto scores = task->run(*gray, gray.get(), labelled("A/1"));
    EXPECT_EQ(scores.values[0].value, 0.0);
    EXPECT_EQ(scores.details, (Json{{"restored_found", false}, {"reference_found", false}}));
}

TEST_F(Verification, NeedsItsPairs) {
    EXPECT_THROW(make("verification"), UsageError);
    EXPECT_THROW(make("verification:pairs=/nowhere/pairs.csv"), UsageError);
}

}  // namespace
}  // namespace bfr
