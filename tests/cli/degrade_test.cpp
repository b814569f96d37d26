// `bfr degrade` with every preset, with a chain of one's own, and with a grid over a set.
#include <set>

#include "base/files.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Ran degrade(const fs::path& in, const fs::path& out, const std::vector<std::string>& more) {
    return bfr(std::vector<std::string>{"degrade", "--in", in, "--out", out} + more);
}

const char* const kPhone = R"({"name": "phone", "reference_size": 512, "steps": [
    {"step": "blur", "size": {"one_of": [7, 13, 21]}, "sigma": [0.2, 3], "probability": 0.8},
    {"step": "downsample", "scale": [1, 6], "interpolation": {"one_of": ["area", "bilinear", "bicubic"]}},
    {"step": "noise", "sigma": [1, 30], "gray_probability": 0.4},
    {"step": "jpeg", "quality": [30, 95]},
    {"step": "downsample", "scale": [2, 8], "interpolation": "bicubic", "probability": 0.5},
    {"step": "noise", "sigma": [1, 25], "probability": 0.5},
    {"step": "enlarge", "interpolation": "bicubic"},
    {"step": "jpeg", "quality": [30, 95]}]})";

TEST(Degrade, EveryPresetReplays) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(24), 40);
    std::vector<std::string> presets;
    const std::string listed = bfr({"list", "degradations"}).out;
    for (size_t at = 0; at < listed.size(); at = listed.find('\n', at) + 1) {
        presets.push_back(listed.substr(at, listed.find(' ', at) - at));
    }
    EXPECT_GE(presets.size(), 11u);
    write_text(scratch / "phone.json", kPhone);
    presets.push_back(scratch / "phone.json");
    for (const auto& preset : presets) {
        SCOPED_TRACE(preset);
        const fs::path first = scratch / "first", again = scratch / "again";
        fs::remove_all(first);
        fs::remove_all(again);
        const Ran made = degrade(pairs.reference, first, {"--preset", preset, "--jobs", "2"});
        ASSERT_EQ(made.code, 0) << made.err;
        const std::string parameters = read_text(first / "parameters.jsonl");
        const Ran replayed = degrade(pairs.reference, again, {"--params", first / "parameters.jsonl", "--jobs", "1"});
        EXPECT_EQ(replayed.code, 0) << replayed.err;
        EXPECT_EQ(read_text(again / "parameters.jsonl"), parameters);
        for (const auto& name : numbered_names(24)) {
            EXPECT_EQ(read_text(first / (name + ".png")), read_text(again / (name + ".png"))) << name;
        }
    }
}

TEST(Degrade, AChainIsAFile) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(3), 48);
    write_text(scratch / "phone.json", kPhone);
    ASSERT_EQ(degrade(pairs.reference, scratch / "out", {"--preset", scratch / "phone.json"}).code, 0);
    const auto lines = json_lines(scratch / "out" / "parameters.jsonl");
    ASSERT_EQ(lines.size(), 3);
    EXPECT_EQ(lines[0]["preset"], "chain/phone");
    const Ran shown = bfr({"list", "degradations", scratch / "phone.json"});
    EXPECT_EQ(shown.code, 0) << shown.err;
    EXPECT_THAT(shown.out, AllOf(HasSubstr("chain/phone"), HasSubstr("area or bilinear or bicubic"),
                                 HasSubstr("gray with probability 0.4"), HasSubstr("of a picture of 512")));

    write_text(scratch / "wrong.json", R"({"steps": [{"step": "noise", "sigma": 1}, {"step": "jpeg", "qualty": 3}]})");
    const Ran wrong = degrade(pairs.reference, scratch / "out2", {"--preset", scratch / "wrong.json"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, HasSubstr("wrong.json: steps[1] (jpeg): unknown key 'qualty'; did you mean quality?"));
    EXPECT_FALSE(fs::exists(scratch / "out2"));
}

// Each picture's combination depends on the whole folder, not on --limit; a small set is spread and says so.
TEST(Degrade, AGridTakesThePlaceInTheFolder) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(12), 64);
    const Ran all = degrade(pairs.reference, scratch / "all", {"--preset", "difface-test"});
    ASSERT_EQ(all.code, 0) << all.err;
    EXPECT_THAT(all.err, HasSubstr("4000 combinations, the folder 12 pictures"));
    ASSERT_EQ(degrade(pairs.reference, scratch / "some", {"--preset", "difface-test", "--limit", "5"}).code, 0);
    const auto lines = json_lines(scratch / "all" / "parameters.jsonl"),
               some = json_lines(scratch / "some" / "parameters.jsonl");
    ASSERT_EQ(some.size(), 5u);
    std::set<double> qualities;
    for (size_t i = 0; i < lines.size(); i++) {
        if (i < some.size()) {
            EXPECT_EQ(lines[i], some[i]);
        }
        qualities.insert(lines[i]["steps"][3]["drawn"].get<double>());
    }
    EXPECT_EQ(qualities.size(), 5u);
    EXPECT_EQ(lines[0]["steps"][0]["sigma_x"], 4.0 * 64 / 512);  // the first combination, scaled to 64 pixels
}

TEST(Degrade, PixelsAreThoseOfTheReferenceSize) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(1), 64);
    const auto sigma = [&](const std::vector<std::string>& more) {
        fs::remove_all(scratch / "out");
        EXPECT_EQ(degrade(pairs.reference, scratch / "out", std::vector<std::string>{"--preset", "vqfr"} + more).code,
                  0);
        return json_lines(scratch / "out" / "parameters.jsonl").at(0)["steps"][0]["sigma_x"].get<double>();
    };
    const double published = sigma({"--reference-size", "0"});
    EXPECT_DOUBLE_EQ(sigma({}), published / 8);
    EXPECT_DOUBLE_EQ(sigma({"--reference-size", "512"}), published / 8);
    EXPECT_DOUBLE_EQ(sigma({"--reference-size", "64"}), published);
}

TEST(Degrade, TellsOfReferencesThatMoved) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(40), 32);
    const Ran ran = degrade(pairs.reference, scratch / "out", {"--preset", "restoreformer++"});
    EXPECT_EQ(ran.code, 0);
    EXPECT_THAT(ran.err, HasSubstr("changed with the degraded picture (gray or moved); --reference-out"));
}

TEST(List, DegradationsAreReadable) {
    const Ran gfpgan = bfr({"list", "degradations", "gfpgan"});
    EXPECT_THAT(gfpgan.out, AllOf(HasSubstr("by up to 20/255"), Not(HasSubstr("0.078"))));
    EXPECT_THAT(bfr({"list", "degradations", "restoreformer++"}).out,
                AllOf(HasSubstr("move: with probability 0.2, by up to 32 pixels"),
                      HasSubstr("a square of 128 to 256 pixels"), HasSubstr("59d250f")));
    EXPECT_THAT(bfr({"list", "degradations", "difface-test"}).out,
                AllOf(HasSubstr("4000 combinations"), HasSubstr("30 or 40 or 50 or 60 or 70"), HasSubstr("seed 10000"),
                      HasSubstr("0 or 45 or 90 or 135 degrees")));
    EXPECT_THAT(bfr({"list", "degradations", "diface"}).err, HasSubstr("did you mean difface?"));
}

TEST(Align, AnAlignmentOfItsName) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(1), 120);
    const auto align = [&](const std::vector<std::string>& more) {
        return bfr(std::vector<std::string>{"align", "--in", pairs.reference, "--out", scratch / "out"} + more);
    };
    EXPECT_THAT(align({"--alignment", "quad"}).err, HasSubstr("shape_predictor_68_face_landmarks.dat"));
    EXPECT_THAT(align({"--alignment", "squad"}).err, HasSubstr("did you mean quad?"));
    const Ran ran = align({"--alignment", "quad", "--template", "ffhq"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("--template has no meaning"));
}

}  // namespace
}  // namespace bfr::testing
