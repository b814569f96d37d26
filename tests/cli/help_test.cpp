#include <sys/resource.h>

#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::vector<std::string> kCommands = {"run",   "ablate",  "restore",  "evaluate",  "downstream",
                                            "align", "degrade", "pack",     "report",    "compare",
                                            "list",  "weights", "datasets", "completion"};

double children_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

TEST(Help, OfTheProgramNamesEveryCommand) {
    const Ran ran = bfr({"--help"});
    EXPECT_EQ(ran.code, 0);
    EXPECT_THAT(ran.err, IsEmpty());
    for (const auto& command : kCommands) EXPECT_THAT(ran.out, HasSubstr("\n  " + command + " ")) << command;
}

TEST(Help, OfEveryCommandHasUsageOptionsAndExample) {
    for (const auto& command : kCommands) {
        const Ran ran = bfr({command, "--help"});
        EXPECT_EQ(ran.code, 0) << command;
        EXPECT_THAT(ran.err, IsEmpty()) << command;
        EXPECT_THAT(ran.out, AllOf(StartsWith("Usage: bfr " + command), HasSubstr("\nOptions:\n"), HasSubstr("--help"),
                                   ContainsRegex("\nExamples?:\n  bfr " + command)))
            << command;
        EXPECT_EQ(bfr({"help", command}).out, ran.out) << command;
    }
}

// Nearly all of it is LibTorch being loaded (0.33 s). Processor time, and the best of several: other programs may be at
// work.
TEST(Help, TakesUnderHalfASecond) {
    double best = 1e9;
    for (int i = 0; i < 7 && best >= 0.5; i++) {
        const double before = children_seconds();
        bfr({"--help"});
        best = std::min(best, children_seconds() - before);
    }
    EXPECT_LT(best, 0.5);
}

TEST(Help, WithoutACommandIsAUsageError) {
    const Ran ran = bfr({});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_THAT(ran.err, HasSubstr("Usage: bfr"));
}

TEST(Version, NamesTheLibraries) {
    const Ran ran = bfr({"--version"});
    EXPECT_EQ(ran.code, 0);
    for (const char* part : {"bfr 0.", "libtorch", "opencv", "dlib", "BLAS", "instruction set"})
        EXPECT_THAT(ran.out, HasSubstr(part));
}

struct Mistake {
    std::vector<std::string> words;
    std::string answer;
};

// Every mistake: exit code 2, nothing on stdout, one line that says what to do.
class Mistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreAnsweredInOneLine) {
    const Ran ran = bfr(GetParam().words);
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_THAT(ran.err, AllOf(StartsWith("bfr: error: "), HasSubstr(GetParam().answer)));
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, Mistakes,
    ::testing::Values(
        Mistake{{"rnu"}, "did you mean run"}, Mistake{{"evalute"}, "did you mean evaluate"},
        Mistake{{"--versoin"}, "--version"}, Mistake{{"run", "--mtric", "psnr"}, "did you mean --metric"},
        Mistake{{"run", "--job", "2"}, "--jobs"}, Mistake{{"run", "-x"}, "two dashes"},
        Mistake{{"run", "a.json", "b.json"}, "'b.json' is not expected"}, Mistake{{"run", "--seed"}, "--seed"},
        Mistake{{"run", "--out", "--limit", "3"}, "--out DIR is expected"},
        Mistake{{"run", "--seed", "-1"}, "--seed must be a whole number"},
        Mistake{{"run", "--seed", "1", "--seed", "2"}, "given twice"}, Mistake{{"run", "--no-images=1"}, "--no-images"},
        Mistake{{"run", "--jobs", "2000"}, "--jobs must be"}, Mistake{{"run", "--threads", "0"}, "--threads must be"},
        Mistake{{"run", "--limit", "ten"}, "--limit must be"}, Mistake{{"run"}, "--out"},
        Mistake{{"run", "--metric", "psnr:", "--out", "x"}, "--metric"}, Mistake{{"weights"}, "inspect"},
        Mistake{{"weights", "inspct", "x"}, "did you mean inspect"}, Mistake{{"weights", "inspect"}, "needs a file"},
        Mistake{{"weights", "inspect", "/nowhere.pt"}, "/nowhere.pt"},
        Mistake{{"weights", "inspect", "x", "--dtype", "fp16"}, "takes no --dtype"},
        Mistake{{"weights", "convert", "x"}, "the file to write"},
        Mistake{{"weights", "convert", "x", "y.safetensors", "--dtype", "fp8"}, "unknown dtype 'fp8'"},
        Mistake{{"weights", "convert", "x", "y.pt"}, "must end in .safetensors"},
        Mistake{{"weights", "fetch"}, "--for UNIT or --all"},
        Mistake{{"weights", "fetch", "--all", "--for", "identity"}, "--for UNIT or --all"},
        Mistake{{"weights", "fetch", "face_expresion_model.bin"}, "did you mean face_expression_model.bin"},
        Mistake{{"weights", "fetch", "--all", "--mirror", "/nowhere"}, "/nowhere"},
        Mistake{{"weights", "verify", "--all"}, "takes no --all"}, Mistake{{"weights", "doctor", "x"}, "'x' is not"},
        Mistake{{"weights", "list", "--weights", "/nowhere"}, "/nowhere"},
        Mistake{{"weights", "list", "--catalogue", "/nowhere.json"}, "/nowhere.json"},
        Mistake{{"list", "metrcs"}, "did you mean metrics"}, Mistake{{"list"}, "degradations"},
        Mistake{{"list", "metrics", "pnsr"}, "did you mean psnr"},
        Mistake{{"list", "degradations", "gfpgn"}, "did you mean gfpgan"}, Mistake{{"report"}, "report.json"},
        Mistake{{"report", "/nowhere.json"}, "/nowhere.json"},
        Mistake{{"restore", "--in", "x", "--out", "y"}, "--method"},
        Mistake{{"evaluate", "--restored", "x", "--reference", "y", "--out", "z"}, "--metric"},
        Mistake{{"evaluate", "--metric", "psnr", "--restored", "x", "--out", "z"}, "x: there is no such folder"},
        Mistake{{"downstream", "--restored", "x", "--reference", "y", "--out", "z"}, "--task"},
        Mistake{{"degrade", "--in", "x", "--out", "y"}, "--preset"},
        Mistake{{"degrade", "--in", "x", "--out", "y", "--preset", "gfpgann"}, "did you mean gfpgan"},
        Mistake{{"align", "--in", "x", "--out", "y", "--detector", "mmodd"}, "mmod"},
        Mistake{{"align", "--in", "x", "--out", "y", "--size", "4"}, "--size must be"}));

TEST(CommandLine, ShowsNoControlCharactersOfAHostileWord) {
    const Ran ran = bfr({"\x1b[31mred\nline"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, Not(HasSubstr("\x1b")));
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1);
}

TEST(CommandLine, SaysWhereStdoutTakesNothing) {
    const Ran ran = shell("exec \"$0\" list methods > /dev/full");
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("stdout can't be written"));
}

}  // namespace
}  // namespace bfr::testing
