// Hostile names, broken pictures, folders and disks: each a clear message, nothing lost.
#include "base/files.h"
#include "tests/cli/small_disk.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::vector<std::string> kLight = {"--method", "degraded", "--metric", "psnr"};

TEST(BadPictures, AreCountedAndTheRunGoesOn) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(5));
    const std::string whole = read_text(pairs.degraded / "p01.png");
    write_text(pairs.degraded / "p01.png", whole.substr(0, whole.size() / 2));
    write_text(pairs.degraded / "p02.png", "");
    write_text(pairs.degraded / "p03.png", "This is a text.");
    const Ran ran = bfr(pairs.run(scratch / "out", kLight));
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("p01"), HasSubstr("p02"), HasSubstr("p03")));
    const Json report = report_of(scratch / "out");
    const Json& row = report["rows"][0];
    EXPECT_EQ(row["failed"], 3);
    EXPECT_EQ(row["values"]["psnr"]["n"], 2);
    ASSERT_EQ(row["failures"].size(), 3);
    for (const auto& failure : row["failures"]) {
        EXPECT_EQ(failure["stage"], "read");
        EXPECT_THAT(failure["reason"].get<std::string>(), HasSubstr(failure["sample"].get<std::string>() + ".png"));
    }
    EXPECT_TRUE(report["complete"]);
}

TEST(BadPictures, PairsOfDifferentSizesFailAtTheMetric) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(2));
    write_picture(pairs.degraded / "p00.png", "p00", 40, 9);
    const Ran ran = bfr(pairs.run(scratch / "out", kLight));
    EXPECT_EQ(ran.code, 1);
    const Json row = report_of(scratch / "out")["rows"][0];
    EXPECT_EQ(row["failures"][0]["stage"], "score");
    EXPECT_EQ(row["failures"][0]["unit"], "psnr");
    EXPECT_THAT(row["failures"][0]["reason"].get<std::string>(), AllOf(HasSubstr("40"), HasSubstr("32")));
    EXPECT_EQ(row["values"]["psnr"]["n"], 1);
}

TEST(BadPictures, DuplicateStemsAreLeftOutWithTheReason) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(2));
    fs::copy_file(pairs.degraded / "p00.png", pairs.degraded / "p00.PNG");
    const Ran ran = bfr(pairs.run(scratch / "out", kLight));
    EXPECT_EQ(ran.code, 0) << ran.err;
    const Json data = report_of(scratch / "out")["data"];
    EXPECT_EQ(data["n"], 1);
    EXPECT_GE(data["left_out"].size(), 2);
    EXPECT_THAT(data["left_out"].dump(), HasSubstr("its stem is also that of"));
    EXPECT_THAT(ran.out, HasSubstr("Left out"));
    EXPECT_THAT(ran.err, HasSubstr("left out"));
}

TEST(Names, OfAnyKindGoThroughTheWholeRun) {
    const Scratch scratch;
    const std::vector<std::string> names = {"a \"quoted\" face",
                                            "<script>alert('x')<",
                                            "new\nline",
                                            "tab\there",
                                            "\xc3\xbcmlaut \xe9\xa1\x94",
                                            "-dash",
                                            "$(touch x) `y` | z",
                                            "back\\slash",
                                            "\x1b[31mred",
                                            "&amp;",
                                            "100%s{}"};
    const Pairs pairs(scratch.path(), names);
    const Ran ran = bfr(pairs.run(scratch / "o <b>&\" ut", kLight));
    EXPECT_EQ(ran.code, 0) << ran.err;
    const Json report = report_of(scratch / "o <b>&\" ut");
    ASSERT_EQ(report["samples"].size(), names.size());
    std::vector<std::string> ids;
    for (const auto& sample : report["samples"]) ids.push_back(sample["id"]);
    EXPECT_THAT(ids, ::testing::UnorderedElementsAreArray(names));
    const std::string page = read_text(scratch / "o <b>&\" ut" / "report.html");
    EXPECT_THAT(page.substr(0, page.find("<script")), HasSubstr("</main>"));  // the page's own two come behind it
    for (const char* own : {"<script type=", "<script>"}) {
        const size_t at = page.find(own);
        EXPECT_NE(at, std::string::npos);
        EXPECT_EQ(page.find(own, at + 1), std::string::npos);
    }
    EXPECT_THAT(page, Not(HasSubstr("\x1b")));
    EXPECT_THAT(ran.out, Not(HasSubstr("\x1b")));

    const Ran restored =
        bfr({"restore", "--in", pairs.degraded, "--method", "degraded", "--out", scratch / "restored"});
    EXPECT_EQ(restored.code, 0) << restored.err;
    EXPECT_EQ(json_lines(scratch / "restored" / "restore.jsonl").size(), names.size());
    for (const auto& name : names) EXPECT_TRUE(fs::exists(scratch / "restored" / (name + ".png"))) << name;
    const Ran degraded = bfr({"degrade", "--in", pairs.reference, "--preset", "vspbfr", "--out", scratch / "again"});
    EXPECT_EQ(degraded.code, 0) << degraded.err;
    const Ran replayed = bfr({"degrade", "--in", pairs.reference, "--params", scratch / "again" / "parameters.jsonl",
                              "--out", scratch / "replayed"});
    EXPECT_EQ(replayed.code, 0) << replayed.err;
}

TEST(Names, OfFailuresActOnNoTerminal) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), {"good"});
    const std::string name = "\x1b]0;title\x07\nbfr: error: forged";
    write_text(pairs.degraded / (name + ".png"), "no picture");
    write_picture(pairs.reference / (name + ".png"), "x", 32, 0);
    for (const auto& words :
         {pairs.run(scratch / "out", kLight), std::vector<std::string>{"restore", "--in", pairs.degraded, "--method",
                                                                       "degraded", "--out", scratch / "restored"}}) {
        const Ran ran = bfr(words);
        EXPECT_EQ(ran.code, 1);
        EXPECT_THAT(ran.err,
                    AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")), Not(HasSubstr("\nbfr: error: forged"))));
    }
}

TEST(Names, ThatAreNotUtf8AreLeftOutWithTheReason) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(1));
    write_picture(pairs.degraded / "bad\xff.png", "bad", 32, 0);
    EXPECT_EQ(bfr(pairs.run(scratch / "out", kLight)).code, 0);
    EXPECT_THAT(report_of(scratch / "out")["data"]["left_out"].dump(), AllOf(HasSubstr("\\\\xff"), HasSubstr("UTF-8")));
    const Ran restored =
        bfr({"restore", "--in", pairs.degraded, "--method", "degraded", "--out", scratch / "restored"});
    EXPECT_EQ(restored.code, 0);
    EXPECT_THAT(restored.err, HasSubstr("bad\\xff.png"));
}

TEST(Folders, ThatAreMissingOrEmptyAreNamed) {
    const Scratch scratch;
    fs::create_directories(scratch / "empty");
    const Pairs pairs(scratch.path(), numbered_names(1));
    for (const std::string folder : {scratch / "empty", scratch / "missing", pairs.degraded / "p00.png"}) {
        for (const auto& words :
             {std::vector<std::string>{"run", "--degraded", folder, "--reference", pairs.reference} + kLight,
              {"restore", "--in", folder, "--method", "degraded"},
              {"evaluate", "--restored", folder, "--reference", pairs.reference, "--metric", "psnr"},
              {"degrade", "--in", folder, "--preset", "gfpgan"}}) {
            const Ran ran = bfr(words + std::vector<std::string>{"--out", scratch / "out"});
            EXPECT_EQ(ran.code, 2) << words[0];
            EXPECT_THAT(ran.out, IsEmpty());
            EXPECT_THAT(ran.err, AllOf(HasSubstr("bfr: error: "), HasSubstr(folder))) << words[0];
        }
    }
}

TEST(Folders, WithoutOnePairAreNamedWithTheFirstReason) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), {"a"}), others(scratch / "others", {"b"});
    const Ran ran = bfr(std::vector<std::string>{"run", "--degraded", pairs.degraded, "--reference", others.reference,
                                                 "--out", scratch / "out"} +
                        kLight);
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("no partner"));
}

// Root may write anywhere, but nobody below a regular file.
TEST(Folders, ThatCantBeWrittenAreNamed) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(1));
    write_text(scratch / "file", "");
    for (const std::string out : {scratch / "file" / "out", fs::path("/proc/bfr-out")}) {
        for (const auto& words :
             {std::vector<std::string>{"run", "--degraded", pairs.degraded, "--reference", pairs.reference} + kLight,
              {"restore", "--in", pairs.degraded, "--method", "degraded"},
              {"degrade", "--in", pairs.degraded, "--preset", "gfpgan"}}) {
            const Ran ran = bfr(words + std::vector<std::string>{"--out", out});
            EXPECT_EQ(ran.code, 2) << words[0] << out;
            EXPECT_THAT(ran.err, AllOf(HasSubstr("bfr: error: "), HasSubstr(out)));
        }
    }
}

TEST(FullDisk, KeepsWhatWasRecordedAndGoesOnWithMoreSpace) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(12), 96);
    const SmallDisk disk(scratch / "disk", "size=160k");
    if (!disk.mounted()) GTEST_SKIP() << "SKIPPED: no file system can be mounted here: " << disk.why();
    const fs::path out = scratch / "disk" / "out";
    const Ran full = bfr(pairs.run(out, kLight));
    EXPECT_EQ(full.code, 2) << full.err;
    EXPECT_THAT(full.err, AllOf(HasSubstr("bfr: error: "), HasSubstr("No space left")));
    ASSERT_TRUE(disk.resize("size=64m"));
    const Ran again = bfr(pairs.run(out, kLight));
    EXPECT_EQ(again.code, 0) << again.err;
    bfr(pairs.run(scratch / "undisturbed", kLight));
    EXPECT_EQ(without_context(report_of(out)).dump(), without_context(report_of(scratch / "undisturbed")).dump());
}

TEST(FullDisk, EndsAFolderCommandWithTheFilesName) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(12), 96);
    const SmallDisk disk(scratch / "disk", "size=160k");
    if (!disk.mounted()) GTEST_SKIP() << "SKIPPED: no file system can be mounted here: " << disk.why();
    const Ran ran = bfr({"restore", "--in", pairs.degraded, "--method", "degraded", "--out", scratch / "disk" / "out"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, AllOf(HasSubstr(".png"), HasSubstr("No space left")));
    for (const auto& entry : fs::directory_iterator(scratch / "disk" / "out")) {
        EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr(".part")));  // no half-written file stays
    }
}

// The same where nothing can be mounted: the shell's limit on a file's size.
TEST(FullDisk, AFileThatCantGrowIsNamed) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(2), 96);
    const std::string line = "trap '' XFSZ; ulimit -f 8; exec \"$0\" restore --method degraded --in '" +
                             pairs.degraded.string() + "' --out '" + (scratch / "out").string() + "'";
    const Ran ran = shell(line);
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("bfr: error: "), HasSubstr(".png"), HasSubstr("File too large")));
}

}  // namespace
}  // namespace bfr::testing
