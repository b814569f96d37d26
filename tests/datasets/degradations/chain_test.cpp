// A user's own chain of steps: read strictly, drawn within its ranges.
#include "datasets/degradations/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "datasets/degradations/degrade.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Json chain_of(const char* steps) { return {{"steps", Json::parse(steps)}}; }

DegradationPreset read(const Json& json) { return chain_from_json(json, "mine", "mine.json"); }

std::string refusal(const Json& json) {
    try {
        read(json);
    } catch (const UsageError& e) {
        return e.what();
    }
    return "accepted";
}
std::string refusal(const char* steps) { return refusal(chain_of(steps)); }

// Every step, every form of a value.
const char* const kWhole = R"([
    {"step": "translate", "most": 8, "probability": 0.5},
    {"step": "blur", "size": {"one_of": [7, 9, 21]}, "sigma": [0.2, 3], "iso_probability": 0.3, "probability": 0.8},
    {"step": "blur", "size": 5, "sigma_x": 1, "sigma_y": [2, 3], "rotation": {"one_of": [0, 1.5]}},
    {"step": "haze", "alpha": [0.8, 0.9], "probability": 0.4},
    {"step": "downsample", "scale": [0.7, 4], "interpolation": {"one_of": ["area", "bilinear", "bicubic"]}},
    {"step": "noise", "sigma": {"one_of": [1, 30]}, "gray_probability": 0.4, "probability": 0.9},
    {"step": "jpeg", "quality": [30, 95]},
    {"step": "downsample", "scale": [1, 3], "interpolation": "nearest", "probability": 0.5},
    {"step": "noise", "sigma": [1, 25]},
    {"step": "enlarge", "interpolation": "bicubic"},
    {"step": "jpeg", "quality": 50, "probability": 0.7},
    {"step": "uneven", "side": [10, 20], "probability": 0.3},
    {"step": "shift", "most": 0.05},
    {"step": "round"},
    {"step": "gray", "probability": 0.1, "reference": true},
    {"step": "jitter", "brightness": [0.8, 1.2], "hue": 0.02, "probability": 0.5}])";

TEST(DegradationChain, IsDrawnWithinItsRangesAndReplays) {
    const DegradationPreset chain = read(chain_of(kWhole));
    EXPECT_EQ(chain.name, "chain/mine");
    EXPECT_EQ(chain.reference_size, 0);
    const auto values = testing::hash_fill("test/chain", 48 * 60 * 3, 0, 255);
    cv::Mat clean;
    cv::Mat(48, 60, CV_32FC3, const_cast<float*>(values.data())).convertTo(clean, CV_8U);
    std::set<std::string> met;
    rc::check("any id, seed and size", [&] {
        const auto id = std::to_string(*rc::gen::arbitrary<int>());
        const auto seed = *rc::gen::arbitrary<uint64_t>();
        const int width = *rc::gen::inRange(1, 600), height = *rc::gen::inRange(1, 600);
        const auto drawn = draw_parameters(chain, seed, id, width, height);  // checks what it draws
        RC_ASSERT(parameters_from_json(Json::parse(parameters_to_json(drawn).dump()), "text") == drawn);
        for (const Step& step : drawn.steps) {
            met.emplace(step_name(step));
            if (const auto* down = std::get_if<Downsample>(&step)) {
                const bool nearest = down->interpolation == Interpolation::kNearest;
                RC_ASSERT(down->scale >= (nearest ? 1 : 0.7) && down->scale < (nearest ? 3 : 4));
            } else if (const auto* noise = std::get_if<Noise>(&step)) {
                RC_ASSERT(noise->sigma >= 1 && noise->sigma <= 30);
                if (noise->gray) met.emplace("gray noise");
            } else if (const auto* translate = std::get_if<Translate>(&step)) {
                RC_ASSERT(std::abs(translate->right) <= 8 && std::abs(translate->down) <= 8);
            } else if (const auto* uneven = std::get_if<Uneven>(&step)) {
                RC_ASSERT(uneven->side <= 20 && uneven->side >= std::min({10, width, height}));
            } else if (const auto* jitter = std::get_if<Jitter>(&step)) {
                RC_ASSERT(jitter->adjustments.size() == 2u);
            }
        }
    });
    EXPECT_EQ(met.size(), 14u) << "a step was never drawn";
    for (int i = 0; i < 30; i++) {
        const auto drawn = draw_parameters(chain, 1, std::to_string(i), 60, 48);
        const auto again = parameters_from_json(Json::parse(parameters_to_json(drawn).dump()), "text");
        EXPECT_EQ(cv::norm(degrade(clean, drawn).bgr8, degrade(clean, again).bgr8, cv::NORM_INF), 0) << i;
    }
}

// A step listed twice is drawn twice, as in second-order degradations.
TEST(DegradationChain, AStepListedTwiceIsDrawnTwice) {
    const auto chain = read(chain_of(R"([{"step": "noise", "sigma": [0, 50]}, {"step": "noise", "sigma": [0, 50]}])"));
    const auto drawn = draw_parameters(chain, 1, "a", 64, 64);
    const auto &first = std::get<Noise>(drawn.steps[0]), &second = std::get<Noise>(drawn.steps[1]);
    EXPECT_NE(first.sigma, second.sigma);
    EXPECT_EQ(first.layer, 0u);
    EXPECT_EQ(second.layer, 1u);
}

TEST(DegradationChain, SharesAPresetsDraws) {
    const auto chain = read(chain_of(R"([
        {"step": "blur", "size": 41, "sigma": [0.1, 10]}, {"step": "downsample", "scale": [0.8, 8]},
        {"step": "noise", "sigma": [0, 20]}, {"step": "jpeg", "quality": [60, 100]}, {"step": "enlarge"}])"));
    for (int i = 0; i < 50; i++) {
        const auto id = std::to_string(i);
        EXPECT_EQ(draw_parameters(chain, 1, id, 512, 512).steps,
                  draw_parameters(find_degradation_preset("vqfr"), 1, id, 512, 512).steps);
    }
}

TEST(DegradationChain, ChoicesAreEquallyLikely) {
    const auto chain = read(chain_of(R"([{"step": "noise", "sigma": {"one_of": [1, 5, 10]}}])"));
    std::map<double, int> times;
    for (int i = 0; i < 3000; i++) {
        times[std::get<Noise>(draw_parameters(chain, 1, std::to_string(i), 8, 8).steps[0]).sigma]++;
    }
    ASSERT_EQ(times.size(), 3u);
    for (const auto& [value, count] : times) EXPECT_NEAR(count, 1000, 5 * 26) << value;  // standard error 26
}

TEST(DegradationChain, KeysOfTheWhole) {
    Json json = chain_of(R"([{"step": "gray"}])");
    json["name"] = "phone-2019";
    json["channels"] = "rgb";
    json["reference_size"] = 512;
    const auto chain = read(json);
    EXPECT_EQ(chain.name, "chain/phone-2019");
    EXPECT_EQ(chain.channels, ChannelOrder::kRgb);
    EXPECT_EQ(chain.reference_size, 512);
    json["name"] = "../x";
    EXPECT_THAT(refusal(json), HasSubstr("\"name\""));
    EXPECT_THROW(chain_from_json(chain_of(R"([{"step": "gray"}])"), "a b", "a b.json"), UsageError);
    json["name"] = "x";
    json["chanels"] = "rgb";
    EXPECT_THAT(refusal(json), AllOf(HasSubstr("mine.json"), HasSubstr("did you mean channels?")));
}

TEST(DegradationChain, SaysWhatIsWrongAndWhere) {
    EXPECT_THAT(refusal(R"([{"step": "round"}, {"step": "noyse", "sigma": 1}])"),
                HasSubstr("mine.json: steps[1] (noyse): unknown step 'noyse'; did you mean noise?"));
    EXPECT_THAT(refusal(R"([{"step": "noise", "sgima": 1}])"),
                HasSubstr("steps[0] (noise): unknown key 'sgima'; did you mean sigma?"));
    EXPECT_THAT(refusal(R"([{"step": "noise"}])"), HasSubstr("\"sigma\" is missing"));
    EXPECT_THAT(refusal(R"([{"step": "noise", "sigma": 1, "probabilty": 1}])"), HasSubstr("did you mean probability?"));
    EXPECT_THAT(refusal(R"([{"step": "noise", "sigma": 256}])"),
                HasSubstr("sigma is 256, which is not within 0 to 255"));
    EXPECT_THAT(refusal(R"([{"step": "noise", "sigma": [5, 2]}])"), HasSubstr("begins above its end"));
    EXPECT_THAT(refusal(R"([{"step": "noise", "sigma": [1, 2, 3]}])"), HasSubstr("a range [lo, hi]"));
    EXPECT_THAT(refusal(R"([{"step": "noise", "sigma": "5"}])"), HasSubstr("\"sigma\" must be a number"));
    EXPECT_THAT(refusal(R"([{"step": "noise", "sigma": {"one_of": []}}])"), HasSubstr("1 to 64 values"));
    EXPECT_THAT(refusal(R"([{"step": "noise", "sigma": {"oneof": [1]}}])"), HasSubstr("did you mean one_of?"));
    EXPECT_THAT(refusal(R"([{"step": "noise", "sigma": 1, "probability": 1.5}])"), HasSubstr("probability is 1.5"));
    EXPECT_THAT(refusal(R"([{"step": "blur", "size": 8, "sigma": 1}])"), HasSubstr("odd"));
    EXPECT_THAT(refusal(R"([{"step": "blur", "size": 7.5, "sigma": 1}])"), HasSubstr("whole number"));
    EXPECT_THAT(refusal(R"([{"step": "blur", "size": 7, "sigma": 0}])"), HasSubstr("sigma is 0"));
    EXPECT_THAT(refusal(R"([{"step": "blur", "size": 7, "sigma": 1, "sigma_y": 2}])"), HasSubstr("'sigma_y'"));
    EXPECT_THAT(refusal(R"([{"step": "downsample", "scale": 2, "interpolation": "lanczos"}, {"step": "enlarge"}])"),
                HasSubstr("unknown interpolation 'lanczos'"));
    EXPECT_THAT(refusal(R"([{"step": "downsample", "scale": 2}])"), HasSubstr("need an \"enlarge\""));
    EXPECT_THAT(refusal(R"([{"step": "enlarge", "probability": 0.5}])"), HasSubstr("'probability'"));
    EXPECT_THAT(
        refusal(R"([{"step": "downsample", "scale": 2}, {"step": "translate", "most": 2}, {"step": "enlarge"}])"),
        HasSubstr("steps[1]: the picture must have its full size"));
    EXPECT_THAT(refusal(R"([{"step": "uneven", "side": 9}, {"step": "uneven", "side": 9}])"),
                HasSubstr("one \"uneven\""));
    EXPECT_THAT(refusal(R"([{"step": "uneven", "side": [9, 5]}])"), HasSubstr("begins above"));
    EXPECT_THAT(refusal(R"([{"step": "jitter"}])"), HasSubstr("one at least of brightness"));
    EXPECT_THAT(refusal("[]"), HasSubstr("1 to 31 steps"));
    EXPECT_THAT(refusal("[3]"), HasSubstr("steps[0]: an object is expected"));
    EXPECT_THAT(refusal(Json::array()), HasSubstr("an object is expected"));
}

// Each value in turn, replaced by things that don't belong there: refused or drawn, never anything else.
TEST(DegradationChain, HostileValuesAreRefusedOrDrawn) {
    const Json good = chain_of(kWhole);
    const Json bad_values[] = {nullptr,
                               -1e300,
                               1e300,
                               -1,
                               0.5,
                               UINT64_MAX,
                               INT64_MIN,
                               "",
                               true,
                               Json::array(),
                               Json::object(),
                               Json::parse("[[[[1]]]]"),
                               Json::parse("[1e308, -1e308]"),
                               Json::parse(R"({"one_of": [null]})")};
    int refused = 0;
    const Json flat = good.flatten();
    for (const auto& [pointer, value] : flat.items()) {
        for (const Json& bad : bad_values) {
            Json json = good;
            json[Json::json_pointer(pointer)] = bad;
            const std::string told = refusal(json);
            refused += told != "accepted";
            if (told == "accepted") {
                EXPECT_NO_THROW(draw_parameters(read(json), 1, "a", 30, 20)) << pointer << " = " << bad;
            } else {
                EXPECT_THAT(told, HasSubstr("mine.json")) << pointer;
            }
        }
    }
    EXPECT_GT(refused, 500);
}

TEST(DegradationChain, FilesAndNames) {
    const testing::Scratch scratch;
    write_text(scratch / "phone.json", chain_of(R"([{"step": "gray"}])").dump());
    EXPECT_EQ(parse_degradation((scratch / "phone.json").string()).name, "chain/phone");
    EXPECT_EQ(parse_degradation("gfpgan").name, "gfpgan");
    EXPECT_THROW(parse_degradation("gpfgan"), UsageError);
    EXPECT_THROW(parse_degradation((scratch / "none.json").string()), Error);
    write_text(scratch / "broken.json", "{\"steps\": [");
    EXPECT_THROW(parse_degradation((scratch / "broken.json").string()), UsageError);
    write_text(scratch / "deep.json", std::string(100000, '['));
    EXPECT_THROW(parse_degradation((scratch / "deep.json").string()), UsageError);
}

}  // namespace
}  // namespace bfr
