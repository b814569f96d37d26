// The stages on their own give what the whole run gives.
#include <cstdlib>

#include "base/files.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(Stages, RunEqualsRestoreThenEvaluateAndDownstream) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(4));
    const std::string method = "opencv-bilateral:d=5";
    ASSERT_EQ(
        bfr(pairs.run(scratch / "run", {"--method", method, "--metric", "psnr", "--metric", "ssim", "--task", "size"}))
            .code,
        0);
    ASSERT_EQ(bfr({"restore", "--in", pairs.degraded, "--method", method, "--out", scratch / "restored"}).code, 0);
    ASSERT_EQ(bfr({"evaluate", "--restored", "mine=" + (scratch / "restored").string(), "--reference", pairs.reference,
                   "--metric", "psnr", "--metric", "ssim", "--out", scratch / "evaluated"})
                  .code,
              0);
    ASSERT_EQ(bfr({"downstream", "--restored", scratch / "restored", "--reference", pairs.reference, "--task", "size",
                   "--out", scratch / "tasks"})
                  .code,
              0);
    const Json whole = report_of(scratch / "run"), evaluated = report_of(scratch / "evaluated"),
               tasks = report_of(scratch / "tasks");
    EXPECT_EQ(evaluated["rows"][0]["method"], "outputs:name=mine");
    for (const char* value : {"psnr", "ssim"}) {
        EXPECT_EQ(evaluated["rows"][0]["values"][value].dump(), whole["rows"][0]["values"][value].dump());
    }
    ASSERT_EQ(whole["samples"].size(), 4);
    for (size_t i = 0; i < 4; i++) {
        const Json& in_run = whole["samples"][i]["results"][method];
        const Json& in_evaluation = evaluated["samples"][i]["results"]["outputs:name=mine"];
        EXPECT_EQ(in_run["output_sha256"], in_evaluation["output_sha256"]);
        for (const auto& [name, value] : in_evaluation["values"].items())
            EXPECT_EQ(value.dump(), in_run["values"][name].dump());
        for (const auto& [label, result] : tasks["samples"][i]["results"].items()) {
            EXPECT_FALSE(result["values"].empty()) << label;
            for (const auto& [name, value] : result["values"].items())
                EXPECT_EQ(value.dump(), in_run["values"][name].dump());
        }
    }
}

TEST(Stages, RestoreWritesThePicturesOfTheRun) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(3));
    bfr(pairs.run(scratch / "run", {"--method", "degraded", "--metric", "psnr"}));
    const std::vector<std::string> restore = {
        "restore", "--in", pairs.degraded, "--method", "degraded", "--out", scratch / "restored", "--jobs", "3"};
    write_picture(pairs.degraded / "broken.png", "not yet broken", 8, 0);
    EXPECT_EQ(bfr(restore).code, 0);
    EXPECT_TRUE(fs::exists(scratch / "restored" / "broken.png"));
    write_text(pairs.degraded / "broken.png", "no picture");
    const Ran ran = bfr(restore);
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, HasSubstr("broken"));
    for (const auto& name : numbered_names(3)) {
        EXPECT_EQ(read_text(scratch / "run" / "images" / "degraded" / (name + ".png")),
                  read_text(scratch / "restored" / (name + ".png")));
    }
    EXPECT_FALSE(fs::exists(scratch / "restored" / "broken.png"));
    const auto lines = json_lines(scratch / "restored" / "restore.jsonl");
    ASSERT_EQ(lines.size(), 4);
    EXPECT_EQ(lines[0]["id"], "broken");
    EXPECT_EQ(lines[0]["status"], "failed");
    EXPECT_THAT(lines[0]["reason"].get<std::string>(), HasSubstr("broken.png"));
    EXPECT_EQ(lines[1]["status"], "ok");
    const Json report = report_of(scratch / "run");
    EXPECT_EQ(lines[1]["output_sha256"], report["samples"][0]["results"]["degraded"]["output_sha256"]);
    EXPECT_EQ(lines[1]["degraded_sha256"], report["samples"][0]["degraded_sha256"]);
}

TEST(Stages, KeepTheFoldersBelowWhereRecursive) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), {"one/a", "two/a"});
    const auto restore = [&](const std::vector<std::string>& more) {
        return bfr(std::vector<std::string>{"restore", "--in", pairs.degraded, "--method", "degraded", "--out",
                                            scratch / "restored"} +
                   more);
    };
    EXPECT_EQ(restore({}).code, 2);
    EXPECT_EQ(restore({"--recursive"}).code, 0);
    const Ran ran = bfr({"evaluate", "--restored", scratch / "restored", "--reference", pairs.reference, "--recursive",
                         "--metric", "psnr", "--out", scratch / "out"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(report_of(scratch / "out")["samples"][1]["id"], "two/a");
}

TEST(Stages, EvaluateCountsThePicturesThatAFolderLacks) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(3));
    fs::remove(pairs.degraded / "p01.png");
    const Ran ran = bfr({"evaluate", "--restored", pairs.degraded, "--reference", pairs.reference, "--metric", "psnr",
                         "--out", scratch / "out"});
    EXPECT_EQ(ran.code, 1);
    const Json row = report_of(scratch / "out")["rows"][0];
    EXPECT_EQ(row["failed"], 1);
    EXPECT_EQ(row["values"]["psnr"]["n"], 2);
    EXPECT_THAT(row["failures"][0]["reason"].get<std::string>(), HasSubstr("has no picture for p01"));
}

TEST(Stages, EvaluateFindsPicturesByPatternAndTakesAFolderWithAnEqualSign) {
    const Scratch scratch;
    for (const char* name : {"a", "b"}) {
        write_picture(scratch / "reference" / (std::string(name) + ".png"), name, 24, 0);
        write_picture(scratch / "h=3" / (std::string(name) + "_out.png"), name, 24, 20);
    }
    const Ran ran = bfr({"evaluate", "--restored", scratch / "h=3", "--pattern", "{id}_out", "--reference",
                         scratch / "reference", "--metric", "psnr", "--out", scratch / "out"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(report_of(scratch / "out")["rows"][0]["values"]["psnr"]["n"], 2);
}

TEST(Degrade, DependsOnSeedAndIdAlone) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(4), 48);
    const auto degrade = [&](const std::string& out, const std::vector<std::string>& more) {
        return bfr(std::vector<std::string>{"degrade", "--in", pairs.reference, "--out", scratch / out, "--preset",
                                            "gfpgan"} +
                   more)
            .code;
    };
    EXPECT_EQ(degrade("one", {"--jobs", "1"}), 0);
    EXPECT_EQ(degrade("four", {"--jobs", "4", "--seed", "1"}), 0);
    EXPECT_EQ(degrade("other", {"--seed", "2"}), 0);
    EXPECT_EQ(degrade("first", {"--limit", "1"}), 0);
    EXPECT_EQ(read_text(scratch / "one" / "parameters.jsonl"), read_text(scratch / "four" / "parameters.jsonl"));
    EXPECT_EQ(read_text(scratch / "one" / "p02.png"), read_text(scratch / "four" / "p02.png"));
    EXPECT_NE(read_text(scratch / "one" / "p02.png"), read_text(scratch / "other" / "p02.png"));
    EXPECT_EQ(read_text(scratch / "one" / "p00.png"), read_text(scratch / "first" / "p00.png"));
    EXPECT_EQ(line_count(scratch / "first" / "parameters.jsonl"), 1);
}

TEST(Degrade, ParametersReplay) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(3), 48);
    ASSERT_EQ(
        bfr({"degrade", "--in", pairs.reference, "--out", scratch / "one", "--preset", "vspbfr", "--seed", "5"}).code,
        0);
    const std::string params = scratch / "one" / "parameters.jsonl";
    const Ran again = bfr({"degrade", "--in", pairs.reference, "--out", scratch / "two", "--params", params});
    EXPECT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(read_text(params), read_text(scratch / "two" / "parameters.jsonl"));
    EXPECT_EQ(read_text(scratch / "one" / "p02.png"), read_text(scratch / "two" / "p02.png"));
}

TEST(Degrade, AReplayThatComesOutOtherwiseFails) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(2), 48);
    ASSERT_EQ(bfr({"degrade", "--in", pairs.reference, "--out", scratch / "one", "--preset", "vspbfr"}).code, 0);
    const std::string params = scratch / "one" / "parameters.jsonl";
    write_picture(pairs.reference / "p00.png", "another picture", 48, 9);
    write_picture(pairs.reference / "p09.png", "one without a line", 48, 9);
    const Ran ran = bfr({"degrade", "--in", pairs.reference, "--out", scratch / "two", "--params", params});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("failed: p00"), HasSubstr("failed: p09: the parameters file has no line")));
    EXPECT_EQ(line_count(scratch / "two" / "parameters.jsonl"), 2);
    EXPECT_THAT(bfr({"degrade", "--in", pairs.reference, "--out", scratch / "one", "--params", params}).err,
                HasSubstr("would replace"));
    EXPECT_THAT(
        bfr({"degrade", "--in", pairs.reference, "--out", scratch / "x", "--params", params, "--seed", "1"}).err,
        HasSubstr("--seed"));
}

TEST(Degrade, KeepsThePairsWhereTheReferenceChangesToo) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(6), 32);
    ASSERT_EQ(bfr({"degrade", "--in", pairs.reference, "--out", scratch / "out", "--reference-out", scratch / "clean",
                   "--preset", "vspbfr"})
                  .code,
              0);
    for (const auto& name : numbered_names(6)) EXPECT_TRUE(fs::exists(scratch / "clean" / (name + ".png"))) << name;
    const Ran same = bfr({"degrade", "--in", pairs.reference, "--out", scratch / "out", "--reference-out",
                          pairs.reference, "--preset", "vspbfr"});
    EXPECT_EQ(same.code, 2);
}

TEST(Align, SaysWhatItLacks) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(1));
    const Ran ran = bfr({"align", "--in", pairs.degraded, "--out", scratch / "out"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("shape_predictor_5_face_landmarks.dat"), HasSubstr("to mend it")));
}

TEST(Align, APhotoWithoutAFaceIsAFailureWithItsReason) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(2), 120);
    const Ran ran = testing::run(
        {program(), "align", "--in", pairs.degraded, "--out", scratch / "out", "--detector", "hog", "--size", "128"});
    if (ran.code == 2 && ran.err.find("to mend it") != std::string::npos) {
        if (const char* required = std::getenv("BFR_REQUIRE_WEIGHTS"); required && *required == '1') FAIL() << ran.err;
        GTEST_SKIP() << "SKIPPED: " << ran.err;
    }
    EXPECT_EQ(ran.code, 1) << ran.err;
    const auto lines = json_lines(scratch / "out" / "manifest.jsonl");
    ASSERT_EQ(lines.size(), 2);
    EXPECT_EQ(lines[0]["id"], "p00");
    EXPECT_THAT(lines[0]["failure"].get<std::string>(), HasSubstr("face"));
}

TEST(FolderCommands, RefuseAFolderWithPicturesOfAnotherJob) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(3));
    const fs::path out = scratch / "out";
    const auto restore = [&](const std::vector<std::string>& more) {
        return bfr(std::vector<std::string>{"restore", "--in", pairs.degraded, "--out", out} + more);
    };
    ASSERT_EQ(restore({"--method", "opencv-bilateral"}).code, 0);
    const std::string record = read_text(out / "restore.jsonl"), picture = read_text(out / "p00.png");
    const std::vector<std::vector<std::string>> others = {{"--method", "degraded", "--limit", "1"},
                                                          {"--method", "opencv-bilateral:d=5"},
                                                          {"--method", "opencv-bilateral", "--seed", "2"},
                                                          {"--method", "opencv-bilateral", "--in", pairs.reference}};
    const std::vector<std::string> differences = {"method: \"opencv-bilateral\" there, \"degraded\" now",
                                                  "options.d: ", "seed: 1 there, 2 now",
                                                  "in: \"../degraded\" there, \"../reference\" now"};
    for (size_t i = 0; i < others.size(); i++) {
        const bool another_in = others[i].back() == pairs.reference.string();
        const Ran ran =
            another_in ? bfr(std::vector<std::string>{"restore", "--out", out} + others[i]) : restore(others[i]);
        EXPECT_EQ(ran.code, 2) << differences[i];
        EXPECT_THAT(ran.err,
                    AllOf(HasSubstr(out.string() + ": holds 3 pictures (the first: p00.png) of another job:"),
                          HasSubstr("\n  "), HasSubstr(differences[i]), HasSubstr("Choose another folder with --out")));
    }
    EXPECT_THAT(bfr({"degrade", "--in", pairs.reference, "--preset", "gfpgan", "--out", out}).err,
                HasSubstr("command: \"restore\" there, \"degrade\" now"));
    EXPECT_EQ(read_text(out / "restore.jsonl"), record);
    EXPECT_EQ(read_text(out / "p00.png"), picture);

    // The same job is welcome, with what decides nothing changed; pictures that it doesn't make again are told.
    const Ran again = restore({"--method", "opencv-bilateral", "--seed", "1", "--jobs", "2", "--limit", "1"});
    EXPECT_EQ(again.code, 0) << again.err;
    EXPECT_THAT(again.err,
                HasSubstr("2 pictures of an earlier start of this job stay in the folder (the first: p01.png)"));
    EXPECT_EQ(read_text(out / "p00.png"), picture);
    for (const auto& name : numbered_names(3)) fs::remove(out / (name + ".png"));
    EXPECT_EQ(restore({"--method", "degraded"}).code, 0);
}

TEST(FolderCommands, RefusePicturesThatNothingExplains) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), {"p00", "below/p01"});
    const auto degrade = [&](const std::vector<std::string>& more) {
        return bfr(std::vector<std::string>{"degrade", "--in", pairs.reference, "--preset", "vspbfr", "--out",
                                            scratch / "out"} +
                   more);
    };
    write_text(scratch / "out" / "old.JPG", "somebody's");
    const Ran ran = degrade({});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err,
                HasSubstr("holds 1 picture (the first: old.JPG), and no job.json that says which job made them"));
    fs::remove(scratch / "out" / "old.JPG");
    write_picture(scratch / "clean" / "p00.png", "somebody's", 8, 0);
    EXPECT_THAT(degrade({"--reference-out", scratch / "clean"}).err,
                HasSubstr("Choose another folder with --reference-out"));
    // A folder below is another folder, but to --recursive.
    write_picture(scratch / "out" / "below" / "old.png", "somebody's", 8, 0);
    EXPECT_EQ(degrade({}).code, 0);
    fs::remove(scratch / "out" / "p00.png");
    EXPECT_THAT(degrade({"--recursive"}).err, HasSubstr("(the first: below/old.png)"));
    fs::remove(scratch / "out" / "below" / "old.png");
    EXPECT_EQ(degrade({"--recursive"}).code, 0);
}

TEST(FolderCommands, RefuseToWriteAmongWhatTheyRead) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(1));
    const fs::path inside = pairs.degraded / "out";
    const std::vector<std::string> restore = {"restore",  "--in",  pairs.degraded, "--method",
                                              "degraded", "--out", inside};
    const Ran ran = bfr(restore + std::vector<std::string>{"--recursive"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("--out is a folder below --in"));
    EXPECT_FALSE(fs::exists(inside));
    EXPECT_EQ(bfr(restore).code, 0);
}

TEST(FolderCommands, RefuseToReplaceTheirInput) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(1));
    const std::string before = read_text(pairs.degraded / "p00.png");
    for (const auto& words :
         {std::vector<std::string>{"restore", "--method", "opencv-bilateral"}, {"degrade", "--preset", "vspbfr"}}) {
        const Ran ran =
            bfr(words + std::vector<std::string>{"--in", pairs.degraded, "--out", pairs.degraded.string() + "/"});
        EXPECT_EQ(ran.code, 2);
        EXPECT_THAT(ran.err, HasSubstr("same folder"));
    }
    EXPECT_EQ(read_text(pairs.degraded / "p00.png"), before);
}

TEST(Run, AFailureNamesItsUnitOnce) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(1));
    const Ran ran = bfr(pairs.run(scratch / "out", {"--method", "degraded", "--metric", "psnr:crop=300"}));
    EXPECT_EQ(ran.code, 1);
    const std::string reason =
        "a picture of 32x32 less 300 pixels at each border is too small: this convention needs at least 1 pixel a side";
    EXPECT_EQ(report_of(scratch / "out")["rows"][0]["failures"][0]["reason"], reason);
    EXPECT_THAT(ran.out, AllOf(HasSubstr("score psnr:crop=300: " + reason), HasSubstr("no value: " + reason)));
}

TEST(Run, RefusesToWriteAmongThePicturesThatItReads) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(1));
    const std::vector<std::string> units = {"--method", "degraded", "--metric", "psnr"};
    for (const auto& [out, option] :
         {std::pair{pairs.degraded, "--degraded"}, std::pair{pairs.reference, "--reference"}}) {
        const Ran ran = bfr(pairs.run(out, units));
        EXPECT_EQ(ran.code, 2);
        EXPECT_THAT(ran.err, HasSubstr(std::string(option) + " and --out are the same folder"));
        EXPECT_FALSE(fs::exists(out / "run.json"));
    }
    const Ran below = bfr(pairs.run(pairs.degraded / "run", units + std::vector<std::string>{"--recursive"}));
    EXPECT_EQ(below.code, 2);
    EXPECT_THAT(below.err, HasSubstr("--out is a folder below --degraded"));
    const Ran restored = bfr({"evaluate", "--restored", "mine=" + pairs.degraded.string(), "--reference",
                              pairs.reference, "--metric", "psnr", "--out", pairs.degraded});
    EXPECT_EQ(restored.code, 2);
    EXPECT_THAT(restored.err, HasSubstr("--restored and --out are the same folder"));
}

}  // namespace
}  // namespace bfr::testing
