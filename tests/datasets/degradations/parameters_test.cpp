// The parameters as JSON: what is written is read back, and a file from anywhere can't do harm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "datasets/degradations/presets.h"
#include "datasets/degradations/record.h"
#include "tests/datasets/degradations/support.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// One of each step.
DegradationParameters every_step() {
    DegradationParameters all{"gfpgan", UINT64_MAX, "a \"b\"/\xC3\xA9\n<c>", 512, 300, ChannelOrder::kRgb, {}};
    all.steps = {Blur{KernelType::kAniso, 41, 1.0 / 3, 9.87654321e-2, -3.1},
                 Haze{0.8},
                 Downsample{2.6, small_side(512, 2.6), small_side(300, 2.6)},
                 Noise{9.5, NoiseRule::kTimesQuotient, "degrade/noise", 3},
                 Jpeg{72.83, 72},
                 Enlarge{},
                 Shift{{0.05, -0.03, 1e-17}},
                 Round{},
                 Gray{true},
                 Jitter{{{JitterKind::kHue, 0.07}, {JitterKind::kSaturation, 0.4}}},
                 Translate{-31, 8},
                 Aside{},
                 Uneven{7, 9, 200},
                 Downsample{4, 128, 75, Interpolation::kArea},
                 Enlarge{Interpolation::kNearest, true}};
    return all;
}

std::string refusal(const Json& json) {
    try {
        parameters_from_json(json, "p.jsonl:3");
    } catch (const UsageError& e) {
        return e.what();
    }
    return "accepted";
}

TEST(DegradationParameters, RoundTripBitForBit) {
    const auto all = every_step();
    EXPECT_EQ(parameters_from_json(parameters_to_json(all), "memory"), all);
    EXPECT_EQ(parameters_from_json(Json::parse(parameters_to_json(all).dump()), "text"), all);
    for (const auto& preset : degradation_presets()) {
        for (int i = 0; i < 500; i++) {
            const auto drawn = draw_parameters(preset, 11, std::to_string(i), 481, 512,
                                               testing::at_place(preset, static_cast<size_t>(8 * i)));
            EXPECT_EQ(parameters_from_json(Json::parse(parameters_to_json(drawn).dump()), "text"), drawn);
        }
    }
}

TEST(DegradationParameters, NamesMisspeltKeysAndNames) {
    Json json = parameters_to_json(every_step());
    json["heigth"] = json["height"];
    json.erase("height");
    EXPECT_THAT(refusal(json), AllOf(HasSubstr("p.jsonl:3"), HasSubstr("'heigth'"), HasSubstr("did you mean height?")));

    json = parameters_to_json(every_step());
    json["steps"][3]["sgima"] = 1;
    EXPECT_THAT(refusal(json), AllOf(HasSubstr("steps[3] (noise)"), HasSubstr("'sgima'; did you mean sigma?")));

    json = parameters_to_json(every_step());
    json["steps"][0]["step"] = "blurr";
    EXPECT_THAT(refusal(json), AllOf(HasSubstr("steps[0]"), HasSubstr("unknown step 'blurr'; did you mean blur?")));

    json = parameters_to_json(every_step());
    json["steps"][9]["adjustments"][0][0] = "hui";
    EXPECT_THAT(refusal(json), HasSubstr("did you mean hue?"));

    json = parameters_to_json(every_step());
    json["steps"][4].erase("quality");
    EXPECT_THAT(refusal(json), AllOf(HasSubstr("steps[4] (jpeg)"), HasSubstr("\"quality\" is missing")));

    json = parameters_to_json(every_step());
    json["steps"][7]["by"] = 1;
    EXPECT_THAT(refusal(json), HasSubstr("steps[7] (round): unknown key 'by'"));
}

TEST(DegradationParameters, RefusesAnotherVersion) {
    Json json = parameters_to_json(every_step());
    json["version"] = kDegradationVersion + 1;
    EXPECT_THAT(refusal(json), HasSubstr("version"));
}

// Each value in turn, replaced by things that don't belong there.
TEST(DegradationParameters, RefusesHostileValues) {
    const Json good = parameters_to_json(every_step());
    const auto flat = good.flatten();
    const Json bad_values[] = {nullptr,
                               -1e300,
                               1e300,
                               -1,
                               0.5,
                               UINT64_MAX,
                               "",
                               std::string(100000, 'x'),
                               "no/such",
                               Json::array(),
                               Json::object(),
                               Json::parse("[[[[1]]]]")};
    for (const auto& [pointer, value] : flat.items()) {
        for (const Json& bad : bad_values) {
            Json json = good;
            json[Json::json_pointer(pointer)] = bad;
            const std::string given = bad.dump();
            const auto key_is = [&pointer](std::initializer_list<const char*> keys) {
                return std::any_of(keys.begin(), keys.end(),
                                   [&](const char* key) { return pointer.find(key) != pointer.npos; });
            };
            const bool good_text =
                (key_is({"/id"}) && bad.is_string()) || (key_is({"/preset", "/3/draw"}) && bad == "no/such");
            const bool good_number = (key_is({"/seed"}) && bad.is_number_unsigned()) ||
                                     (given == "0.5" && key_is({"sigma", "rotation", "alpha", "/by/", "0/1", "1/1"})) ||
                                     (given == "-1" && key_is({"rotation", "/by/", "/right", "/down"}));
            if (good_text || good_number) {
                EXPECT_EQ(refusal(json), "accepted") << pointer << " = " << bad.dump();
            } else {
                EXPECT_THAT(refusal(json), HasSubstr("p.jsonl:3")) << pointer << " = " << bad.dump().substr(0, 50);
            }
        }
    }
    for (const Json& bad : bad_values) EXPECT_NE(refusal(bad), "accepted");
}

// A file of a program that had no other interpolation, no gray noise and no levels reads as it was meant.
TEST(DegradationParameters, WhatCameLaterMayBeLeftOut) {
    Json json = parameters_to_json(every_step());
    EXPECT_FALSE(json["steps"][2].contains("interpolation"));
    EXPECT_FALSE(json["steps"][3].contains("gray"));
    EXPECT_EQ(json["steps"][5], Json({{"step", "enlarge"}}));
    EXPECT_EQ(json["steps"][13]["interpolation"], "area");
    json["steps"][13].erase("interpolation");
    const auto read = parameters_from_json(json, "older");
    EXPECT_EQ(std::get<Downsample>(read.steps[13]).interpolation, Interpolation::kBilinear);
    json["steps"][3]["grey"] = true;
    EXPECT_THAT(refusal(json), HasSubstr("did you mean gray?"));
}

TEST(DegradationParameters, RefusesStepsThatHaveNoPictureToWorkOn) {
    const auto refused = [](std::vector<Step> steps) {
        return refusal(parameters_to_json({"test", 1, "a", 64, 48, ChannelOrder::kBgr, std::move(steps)}));
    };
    EXPECT_EQ(refused({Aside{}, Uneven{16, 0, 48}}), "accepted");
    EXPECT_THAT(refused({Uneven{0, 0, 8}}), HasSubstr("steps[0] (uneven): no picture is kept"));
    EXPECT_THAT(refused({Aside{}}), HasSubstr("after the last \"aside\""));
    EXPECT_THAT(refused({Aside{}, Aside{}, Uneven{0, 0, 8}}), HasSubstr("steps[1] (aside): a picture is kept already"));
    EXPECT_THAT(refused({Aside{}, Uneven{17, 0, 48}}), HasSubstr("left is 17"));
    EXPECT_THAT(refused({Aside{}, Uneven{0, 0, 49}}), HasSubstr("side is 49"));
    EXPECT_THAT(refused({Translate{64, 0}}), HasSubstr("right is 64"));
    const Downsample half{2, 32, 24};
    EXPECT_THAT(refused({half, Translate{1, 1}, Enlarge{}}), HasSubstr("steps[1] (translate): the picture must have"));
    EXPECT_THAT(refused({half, Aside{}, Enlarge{}, Uneven{0, 0, 8}}), HasSubstr("steps[1] (aside): the picture must"));
}

TEST(DegradationParameters, RefusesWhatDoesNotEndAtThePicturesSize) {
    auto all = every_step();
    std::erase_if(all.steps, [](const Step& step) { return std::holds_alternative<Enlarge>(step); });
    EXPECT_THAT(refusal(parameters_to_json(all)), HasSubstr("enlarge"));
    all = every_step();
    std::get<Downsample>(all.steps[2]).width++;
    EXPECT_THAT(refusal(parameters_to_json(all)), HasSubstr("at scale 2.6"));
    all = every_step();
    all.steps.assign(65, Round{});
    EXPECT_THAT(refusal(parameters_to_json(all)), HasSubstr("64 steps"));
    all = every_step();
    std::get<Blur>(all.steps[0]).size = 40;
    EXPECT_THAT(refusal(parameters_to_json(all)), HasSubstr("odd"));
}

TEST(DegradationRecords, AFileOfLines) {
    const testing::Scratch scratch;
    const DegradationRecord a{draw_parameters(find_degradation_preset("gfpgan"), 1, "a", 64, 64), std::string(64, 'a'),
                              ""};
    const DegradationRecord b{draw_parameters(find_degradation_preset("vspbfr"), 1, "b", 64, 64), std::string(64, '0'),
                              std::string(64, 'f')};
    const std::string text = record_to_json(a).dump() + "\n\n" + record_to_json(b).dump();
    write_text(scratch / "good.jsonl", text);
    const std::map<std::string, DegradationRecord> wanted{{"a", a}, {"b", b}};
    EXPECT_EQ(read_degradation_records(scratch / "good.jsonl"), wanted);

    const auto message = [&](const std::string& bad) -> std::string {
        write_text(scratch / "bad.jsonl", bad);
        try {
            read_degradation_records(scratch / "bad.jsonl");
        } catch (const UsageError& e) {
            return e.what();
        }
        return "accepted";
    };
    EXPECT_THAT(message(text + "\n" + record_to_json(a).dump()),
                AllOf(HasSubstr("bad.jsonl:4"), HasSubstr("'a' is there twice")));
    EXPECT_THAT(message(text.substr(0, text.size() - 9)), AllOf(HasSubstr("bad.jsonl:3"), HasSubstr("not JSON")));
    EXPECT_THAT(message(std::string(100000, '[')), AllOf(HasSubstr("bad.jsonl:1"), HasSubstr("levels deep")));
    EXPECT_THAT(message("[1]"), HasSubstr("an object is expected"));
    Json json = record_to_json(a);
    json["sha256"] = "ABC";
    EXPECT_THAT(message(json.dump()), HasSubstr("64 lower-case"));
    EXPECT_THROW(read_degradation_records(scratch / "none.jsonl"), Error);
}

}  // namespace
}  // namespace bfr
