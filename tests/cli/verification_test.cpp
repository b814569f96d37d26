// Verification through the program itself, on a few photographs of LFW.
#include <cstdlib>

#include "base/files.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Abel is in fold 0 with Akhmed, Anders in fold 1 with Agnes.
constexpr const char* kPairs =
    "fold,first,second,same\n"
    "0,Abel_Pacheco/Abel_Pacheco_0001.jpg,Abel_Pacheco/Abel_Pacheco_0004.jpg,1\n"
    "0,Abel_Pacheco/Abel_Pacheco_0001.jpg,Akhmed_Zakayev/Akhmed_Zakayev_0001.jpg,0\n"
    "1,Anders_Fogh_Rasmussen/Anders_Fogh_Rasmussen_0001.jpg,"
    "Anders_Fogh_Rasmussen/Anders_Fogh_Rasmussen_0003.jpg,1\n"
    "1,Anders_Fogh_Rasmussen/Anders_Fogh_Rasmussen_0001.jpg,Aaron_Eckhart/Aaron_Eckhart_0001.jpg,0\n";

class VerificationRun : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto shared = shared_dir();
        BFR_SKIP_WITHOUT("../shared/faces", shared);
        for (const char* name :
             {"Abel_Pacheco/Abel_Pacheco_0001", "Abel_Pacheco/Abel_Pacheco_0004", "Akhmed_Zakayev/Akhmed_Zakayev_0001",
              "Aaron_Eckhart/Aaron_Eckhart_0001", "Anders_Fogh_Rasmussen/Anders_Fogh_Rasmussen_0001",
              "Anders_Fogh_Rasmussen/Anders_Fogh_Rasmussen_0003"}) {
            const fs::path photo = scratch_ / "photos" / (std::string(name) + ".jpg");
            fs::create_directories(photo.parent_path());
            fs::copy_file(*shared / "faces" / "lfw" / (std::string(name) + ".jpg"), photo);
        }
        write_text(pairs_, kPairs);
    }
    std::vector<std::string> words(const std::vector<std::string>& more = {}) const {
        const std::string photos = scratch_ / "photos";
        return std::vector<std::string>{program(),
                                        "run",
                                        "--degraded",
                                        photos,
                                        "--reference",
                                        photos,
                                        "--recursive",
                                        "--method",
                                        "degraded",
                                        "--task",
                                        "verification:find=hog,pairs=\"" + pairs_.string() + "\"",
                                        "--out",
                                        (scratch_ / "out").string()} +
               more;
    }
    const Scratch scratch_;
    const fs::path pairs_ = scratch_ / "pairs.csv";
};

TEST_F(VerificationRun, TellsAFewPeopleApartAndIsRebuiltFromRecords) {
    const Ran ran = testing::run(words());
    const Json report = fs::exists(scratch_ / "out" / "report.json") ? report_of(scratch_ / "out") : Json();
    if (report.is_object() && !report["units"][0]["available"].get<bool>()) {
        if (const char* required = std::getenv("BFR_REQUIRE_WEIGHTS"); required && *required == '1') FAIL() << ran.err;
        GTEST_SKIP() << "SKIPPED: " << report["units"][0]["reason"];
    }
    EXPECT_EQ(ran.code, 0) << ran.err;
    const std::string label = report["units"][0]["label"].get<std::string>();
    const Json& row = report["rows"][0];
    EXPECT_EQ(row["set_values"][label + ".pairs"]["value"], 4);
    EXPECT_EQ(row["set_values"][label + ".accuracy"]["value"], 1);
    EXPECT_EQ(row["set_values"][label + ".clean_auc"]["value"], 1);
    EXPECT_TRUE(row["set_values"][label + ".auc"]["interval"].is_object());
    EXPECT_THAT(row["set_values"][label + ".tar_at_far_1e-3"]["reason"].get<std::string>(), HasSubstr("don't resolve"));
    EXPECT_EQ(row["details"][label]["restored_to_clean"]["folds"].size(), 2u);
    for (const Json& record : json_lines(scratch_ / "out" / "records.jsonl")) {
        EXPECT_TRUE(record["features"][label].contains("restored"));
    }
    EXPECT_THAT(read_text(scratch_ / "out" / "report.json"), Not(HasSubstr("features")));

    const Ran again = testing::run({program(), "report", scratch_ / "out", "--format", "json"});
    EXPECT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(without_context(Json::parse(again.out)).dump(), without_context(report).dump());

    // Other pairs make another run, and no report of this one.
    write_text(pairs_, std::string(kPairs) +
                           "1,Aaron_Eckhart/Aaron_Eckhart_0001,Anders_Fogh_Rasmussen/Anders_Fogh_Rasmussen_0003,0\n");
    const Ran changed = testing::run(words());
    EXPECT_EQ(changed.code, 2);
    EXPECT_THAT(changed.err, AllOf(HasSubstr("holds another run"), HasSubstr("version")));
    EXPECT_EQ(testing::run({program(), "report", scratch_ / "out"}).code, 2);
}

TEST_F(VerificationRun, RefusesPairsThatShareAPersonBetweenFolds) {
    write_text(pairs_,
               std::string(kPairs) + "1,Abel_Pacheco/Abel_Pacheco_0004.jpg,Aaron_Eckhart/Aaron_Eckhart_0001.jpg,0\n");
    const Ran ran = testing::run(words());
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("the person Abel_Pacheco is in fold 1 and (line 2) in fold 0"));
    write_text(pairs_, "no,pairs\n");
    EXPECT_THAT(testing::run(words()).err, HasSubstr("pairs.csv:1: unknown column"));
}

}  // namespace
}  // namespace bfr::testing
