// What trained systems are judged by: the list of held-out people, and script/judge with a stand-in for the program.
#include <set>
#include <sstream>

#include "base/files.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

fs::path list_file(const char* name = "lfw-held-out.jsonl") { return source_dir() / "train" / "judge" / name; }

// Those of a list, each there once.
std::set<std::string> people_of(const fs::path& list) {
    std::set<std::string> people;
    std::string before;
    for (const auto& line : json_lines(list)) {
        const std::string id = line["id"], person = id.substr(0, id.find('/'));
        EXPECT_LT(before, id);
        EXPECT_TRUE(people.insert(person).second) << person;
        EXPECT_EQ(id, person + "/" + person + id.substr(id.rfind('_')));
        EXPECT_EQ(line["preset"], "vspbfr");
        EXPECT_EQ(line["width"], 128);
        before = id;
    }
    EXPECT_GE(people.size(), 500U);
    return people;
}

// Who is judged by was never trained on, and who has the last word decided nothing before.
TEST(Judge, TheListsAreOfPeopleWhoAreEachThereOnce) {
    auto people = people_of(list_file());
    for (const auto& person : people_of(list_file("lfw-second.jsonl")))
        EXPECT_TRUE(people.insert(person).second) << person;
    const auto shared = shared_dir();
    BFR_SKIP_WITHOUT("../shared", shared);
    const fs::path lists = *shared / "faces";
    const auto names = [&](const char* file) {
        std::set<std::string> all;
        std::istringstream text(read_text(lists / file));
        for (std::string name; std::getline(text, name);) all.insert(name);
        return all;
    };
    const auto trained = names("lfw-people-train.txt"), test = names("lfw-people-test.txt");
    for (const auto& person : people) {
        EXPECT_FALSE(trained.contains(person)) << person;
        EXPECT_TRUE(test.contains(person)) << person;
    }
}

// Writes its arguments down; what degrade leaves is there for the script to read.
constexpr const char* kProgram = R"(#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
[ "$1" = degrade ] || exit 0
while [ "$1" != --out ]; do shift; done
mkdir -p "$2" && echo '{"id":"a","sha256":"0"}' > "$2/parameters.jsonl"
)";

class JudgeScript : public ::testing::Test {
  protected:
    JudgeScript() {
        write_text(scratch_ / "bfr", kProgram);
        fs::permissions(scratch_ / "bfr", fs::perms::owner_all);
        for (const auto& line : json_lines(list_file())) {
            const fs::path photo = scratch_ / "lfw" / (line["id"].get<std::string>() + ".jpg");
            fs::create_directories(photo.parent_path());
            write_text(photo, "");
        }
    }
    Ran judge(const std::vector<std::string>& words) const {
        return run(std::vector<std::string>{"env", "BFR=" + (scratch_ / "bfr").string(),
                                            (source_dir() / "script" / "judge").string(), "--lfw", scratch_ / "lfw",
                                            "--out", scratch_ / "out"} +
                   words);
    }
    std::vector<std::string> calls() const {
        std::vector<std::string> lines;
        std::istringstream text(read_text(scratch_ / "calls"));
        for (std::string line; std::getline(text, line);) lines.push_back(line);
        return lines;
    }
    const Scratch scratch_;
};

TEST_F(JudgeScript, MakesTheFacesOnceAndRunsTheMethodsOnThem) {
    const Ran ran = judge({"--trunk", "t.safetensors", "--limit", "3", "vspbfr", "unet:name=unet,file=u.safetensors"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("aren't to the pixel those of the published tables"));
    ASSERT_EQ(calls().size(), 3U);
    EXPECT_THAT(calls()[0], ::testing::StartsWith("align --in "));
    EXPECT_THAT(calls()[1], HasSubstr("--params " + list_file().string()));
    for (const char* words : {"run --manifest ", "--metric lpips:trunk=t.safetensors ", "--task landmarks", "--limit 3",
                              "--method degraded ", "--method vspbfr ", "--method unet:name=unet,file=u.safetensors",
                              "--against opencv-denoise", "--against vspbfr "})
        EXPECT_THAT(calls()[2], HasSubstr(words));
    const std::string manifest = read_text(scratch_ / "out" / "faces.csv");
    EXPECT_THAT(manifest, HasSubstr("id,degraded,reference,group\n"));
    EXPECT_THAT(manifest, HasSubstr("\nAJ_Lamas/AJ_Lamas_0001,degraded/AJ_Lamas/AJ_Lamas_0001.png,"
                                    "reference/AJ_Lamas/AJ_Lamas_0001.png,AJ_Lamas\n"));
    ASSERT_EQ(judge({"--against", "degraded", "--sweep", "s.json"}).code, 0);
    ASSERT_EQ(calls().size(), 4U);
    EXPECT_THAT(calls()[3], ::testing::StartsWith("run s.json --manifest "));
    EXPECT_THAT(calls()[3], ::testing::Not(HasSubstr("--method")));
}

TEST_F(JudgeScript, RefusesWhatMakesOtherNumbers) {
    const auto lines = json_lines(list_file());
    const std::string id = lines.back()["id"];
    fs::remove(scratch_ / "lfw" / (id + ".jpg"));
    const Ran ran = judge({});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr(id + ".jpg isn't there"));
    EXPECT_FALSE(fs::exists(scratch_ / "calls"));
    EXPECT_EQ(judge({"--sweep", "s.json", "vspbfr"}).code, 2);
    const std::string second = json_lines(list_file("lfw-second.jsonl")).front()["id"];
    EXPECT_THAT(judge({"--second"}).err, HasSubstr(second + ".jpg isn't there"));
    const Ran unknown = judge({"--lwf", "x"});
    EXPECT_EQ(unknown.code, 2);
    EXPECT_THAT(unknown.err, HasSubstr("--lfw DIR"));
}

// The sweep is a configuration that the program takes.
TEST(Judge, TheSweepHasArmsThatExist) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(1));
    const Ran ran = bfr({"run", source_dir() / "train" / "judge" / "sweep.json", "--degraded", pairs.degraded,
                         "--reference", pairs.reference, "--metric", "psnr", "--out", scratch / "out"});
    EXPECT_NE(ran.code, 2) << ran.err;
    const Json report = report_of(scratch / "out");
    EXPECT_EQ(report["methods"].size(), 21U);
    EXPECT_EQ(report["ablation"].size(), 4U);
}

}  // namespace
}  // namespace bfr::testing
