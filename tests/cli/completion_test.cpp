#include <fstream>
#include <sstream>

#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// What bash offers for the last of `words`, by the script that the program prints.
std::vector<std::string> offered(const std::vector<std::string>& words, const std::filesystem::path& folder = ".") {
    std::string line = "cd '" + folder.string() + "'; eval \"$(\"$0\" completion bash)\"; COMP_WORDS=(";
    for (const auto& word : words) line += "'" + word + "' ";
    line += "); COMP_CWORD=" + std::to_string(words.size() - 1) + "; _bfr; printf \"%s\\n\" \"${COMPREPLY[@]}\"";
    const Ran ran = shell("exec bash -c '" + [&] {
        std::string quoted;
        for (const char c : line) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
        return quoted;
    }() + "' \"$0\"");
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.err, IsEmpty());
    std::vector<std::string> lines;
    std::istringstream out(ran.out);
    for (std::string one; std::getline(out, one);) {
        if (!one.empty()) lines.push_back(one);
    }
    return lines;
}

TEST(Completion, OfBashOffersCommandsOptionsUnitsAndChoices) {
    EXPECT_THAT(offered({"bfr", "de"}), ElementsAre("degrade"));
    EXPECT_THAT(offered({"bfr", "run", "--met"}), ElementsAre("--method", "--metric"));
    EXPECT_THAT(offered({"bfr", "degrade", "--"}), Not(Contains("--method")));
    EXPECT_THAT(offered({"bfr", "run", "--metric", "ps"}), ElementsAre("psnr"));
    EXPECT_THAT(offered({"bfr", "degrade", "--preset", "vsp"}), ElementsAre("vspbfr"));
    EXPECT_THAT(offered({"bfr", "report", "--format", ""}),
                ElementsAre("text", "markdown", "latex", "csv", "html", "json", "table-json", "bibtex"));
    EXPECT_THAT(offered({"bfr", "list", "met"}), ElementsAre("methods", "metrics"));
    EXPECT_THAT(offered({"bfr", "list", "da"}), ElementsAre("datasets"));
    EXPECT_THAT(offered({"bfr", "run", "--seed", ""}), IsEmpty());
    EXPECT_THAT(offered({"bfr", "ablate", "--v"}), ElementsAre("--vary"));
    EXPECT_THAT(offered({"bfr", "ablate", "--vary", "st"}), ElementsAre("start=", "steps=", "stop_after="));
}

TEST(Completion, OfBashOffersPublishedTables) {
    EXPECT_THAT(offered({"bfr", "report", "runs/first", "--against", "pmrf"}), ElementsAre("pmrf-celeba"));
    EXPECT_THAT(offered({"bfr", "run", "--against", ""}), IsEmpty()) << "rows of the run, which nobody knows yet";
    EXPECT_THAT(offered({"bfr", "reproduce", "survey-table7/L"}), ElementsAre("survey-table7/LFW-Test"));
    EXPECT_THAT(offered({"bfr", "list", "papers", "vspbfr-t"}), Contains("vspbfr-table5"));
    EXPECT_THAT(offered({"bfr", "list", "metrics", "ms"}), ElementsAre("ms_ssim"));
    EXPECT_THAT(offered({"bfr", "report", "x", "--by", "l"}), ElementsAre("label"));
    EXPECT_THAT(bfr({"completion", "fish"}).out,
                HasSubstr("__fish_seen_subcommand_from list; and __fish_seen_subcommand_from papers' -f -a '"));
    EXPECT_THAT(bfr({"completion", "zsh"}).out, HasSubstr("pmrf-celeba"));
}

TEST(Completion, OfBashOffersFoldersAndFiles) {
    const Scratch scratch;
    std::filesystem::create_directories(scratch.path() / "a folder");
    std::ofstream(scratch.path() / "a config.json") << "{}";
    EXPECT_THAT(offered({"bfr", "run", "--degraded", "a"}, scratch.path()), ElementsAre("a folder"));
    EXPECT_THAT(offered({"bfr", "run", "a"}, scratch.path()), Contains("a config.json"));
}

TEST(Completion, OfOtherShellsNamesEverything) {
    for (const char* shell_name : {"zsh", "fish"}) {
        const Ran ran = bfr({"completion", shell_name});
        EXPECT_EQ(ran.code, 0) << shell_name;
        EXPECT_THAT(ran.out, AllOf(HasSubstr("degrade"), HasSubstr("method"), HasSubstr("opencv-denoise")));
    }
}

TEST(Completion, OfAnUnknownShellIsAUsageError) {
    const Ran ran = bfr({"completion", "fisch"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("did you mean fish"));
    EXPECT_EQ(bfr({"completion"}).code, 2);
}

}  // namespace
}  // namespace bfr::testing
