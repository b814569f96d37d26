#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/run_page/data.h"
#include "tests/reports/hand_made.h"

namespace bfr {
namespace {

size_t place_of(const Json& data, const std::string& value) {
    for (size_t i = 0; i < data["values"].size(); i++)
        if (data["values"][i]["name"] == value) return i;
    ADD_FAILURE() << value;
    return 0;
}

TEST(RunData, ColumnsHoldEachSamplesNumberOrWhyThereIsNone) {
    const Json report = hand_made(), data = run_data(report);
    ASSERT_EQ(data["methods"].size(), report["rows"].size());
    ASSERT_EQ(data["samples"]["id"].size(), report["samples"].size());
    size_t single = 0;  // columns are of values that aren't of the whole set
    for (const Json& value : data["values"]) {
        if (value["of_set"] == true) continue;
        for (size_t m = 0; m < data["methods"].size(); m++) {
            const Json &column = data["columns"][m][single], &why = data["why"][m][single];
            ASSERT_EQ(column.size(), report["samples"].size());
            size_t nulls = 0;
            for (size_t i = 0; i < column.size(); i++) {
                const Json& result = report["samples"][i]["results"].value(report["rows"][m]["method"], Json::object());
                const Json number = result.value("values", Json::object()).value(value["name"], Json());
                if (number.is_number()) {
                    EXPECT_EQ(column[i], number);  // every digit: it is rounded once, where it is shown
                    continue;
                }
                EXPECT_TRUE(column[i].is_null());
                ASSERT_LT(nulls, why.size());
                const std::string reason = data["reasons"][why[nulls++].get<size_t>()];
                const Json missing = result.value("missing", Json::object()).value(value["name"], Json());
                if (missing.is_string()) EXPECT_EQ(reason, missing);
            }
            EXPECT_EQ(nulls, why.size());
        }
        single++;
    }
    EXPECT_GT(single, 0u);
}

TEST(RunData, RowsHoldMeansIntervalsAndValuesOfTheSet) {
    const Json data = run_data(hand_made());
    const Json& psnr = data["rows"][0][place_of(data, "psnr")];
    EXPECT_EQ(psnr["mean"], 24.126);
    EXPECT_EQ(psnr["low"], 23.5);
    EXPECT_EQ(psnr["n"], 2);
    const Json& area = data["rows"][0][place_of(data, "landmarks.auc_0.08")];
    EXPECT_EQ(area["mean"], 0.412);
    EXPECT_FALSE(area.contains("low"));
    EXPECT_TRUE(data["rows"][2][place_of(data, "identity.cosine")].is_null());
    EXPECT_EQ(data["samples"]["failed"][2].size(), 1u);
    EXPECT_TRUE(data["samples"]["failed"][0].empty());
    EXPECT_TRUE(data["samples"]["label"].is_null());  // nobody has one
}

TEST(RunData, CurvesOfTheTasksHaveALineAMethod) {
    Json report = hand_made();
    report["rows"][0]["details"]["landmarks"]["curve"] = {{"nme_interocular", {0, 0.04, 0.08}},
                                                          {"share", {0, 0.5, 0.9}}};
    report["rows"][2]["details"]["landmarks"]["curve"] = {{"nme_interocular", {0, 0.04}}, {"share", {0, 0.5, 0.9}}};
    report["rows"][0]["details"]["emotion"]["both_clean"]["roc"] = {{"far", {0, 0.001, 1}}, {"tar", {0.1, 0.2, 1}}};
    const Json curves = run_data(report)["curves"];
    ASSERT_EQ(curves.size(), 2u);
    EXPECT_EQ(curves[0]["title"], "landmarks: faces below an error");
    ASSERT_EQ(curves[0]["lines"].size(), 1u);  // one of unequal lengths is none
    EXPECT_EQ(curves[0]["lines"][0]["y"], Json({0, 0.5, 0.9}));
    EXPECT_EQ(curves[1]["title"], "emotion: both clean, ROC");
    EXPECT_EQ(curves[1]["lines"][0]["x"], Json({0.001, 1}));  // a logarithm has no 0
}

TEST(RunData, CurvesSayOverHowManyTheyAreAndShowWhatThePairsResolve) {
    Json report = hand_made();
    report["rows"][1]["details"]["landmarks"] = {
        {"n", 1709}, {"curve", {{"nme_interocular", {0, 0.04, 0.08}}, {"share", {0, 0.5, 0.9}}}}};
    // A protocol that the first row doesn't have.
    report["rows"][2]["details"]["emotion"]["both_clean"] = {
        {"pairs", 150},
        {"pairs_of_one_person", 50},
        {"roc", {{"far", {0, 0.001, 0.00794328, 0.01, 0.1, 1}}, {"tar", {0.1, 0.1, 0.2, 0.3, 0.5, 1}}}}};
    const Json curves = run_data(report)["curves"];
    ASSERT_EQ(curves.size(), 2u);
    EXPECT_EQ(curves[0]["lines"][0]["over"], "1709 faces");
    EXPECT_EQ(curves[0]["about"], "");
    const Json& roc = curves[1]["lines"][0];
    EXPECT_EQ(roc["over"], "50 pairs of one person, 100 of two people");
    EXPECT_EQ(roc["x"], Json({0.01, 0.1, 1}));  // 100 pairs don't resolve less than 1 / 100
    EXPECT_EQ(roc["y"], Json({0.3, 0.5, 1}));
    EXPECT_THAT(curves[1]["about"].get<std::string>(), ::testing::HasSubstr("are not drawn"));
}

TEST(RunData, ABrokenReportIsPoorerAndNothingWorse) {
    Json report = hand_made();
    break_each(report, 5, [&] { EXPECT_TRUE(run_data(report).is_object()); });
}

}  // namespace
}  // namespace bfr
