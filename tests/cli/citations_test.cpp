// The bibliography of a run, through the program.
#include <filesystem>

#include "base/files.h"
#include "tests/cli/support.h"
#include "tests/reports/citations/bib_parser.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::vector<std::string> keys_of(const std::string& text) {
    std::vector<std::string> keys;
    for (const auto& entry : BibParser(text).entries()) keys.push_back(entry.key);
    return keys;
}

class CitationsOfTheProgram : public ::testing::Test {
  protected:
    CitationsOfTheProgram() {
        const Pairs pairs(scratch_.path(), numbered_names(2));
        ran_ = bfr(pairs.run(out(), {"--method", "degraded", "--method", "opencv-denoise", "--metric", "psnr",
                                     "--metric", "ssim:convention=skimage", "--metric", "niqe", "--task", "size"}));
    }
    fs::path out() const { return scratch_ / "out"; }

    Scratch scratch_;
    Ran ran_;
};

TEST_F(CitationsOfTheProgram, NamesTheWorksOfARun) {
    ASSERT_TRUE(fs::exists(out() / "report.json")) << ran_.err;
    const Ran file = bfr({"report", (out() / "report.json").native(), "--format", "bibtex"});
    EXPECT_EQ(file.code, 0) << file.err;
    EXPECT_EQ(keys_of(file.out),
              (std::vector<std::string>{"bfr", "buades2011nlm", "bradski2000opencv", "wang2022basicsr", "wang2004ssim",
                                        "vanderwalt2014skimage"}));
    EXPECT_THAT(file.out, HasSubstr("\n% * metric niqe: not available in this report"));
    const Ran folder = bfr({"report", out().native(), "--format", "bibtex"});
    EXPECT_EQ(folder.out, file.out);
}

// Whoever reads a report may have another version than whoever made it.
TEST_F(CitationsOfTheProgram, TheProgramIsTheOneThatRan) {
    Json report = report_of(out());
    report["context"]["program"] = {{"name", "bfr"}, {"version", "0.0.1"}, {"commit", "feedc0de"}};
    write_text(out() / "report.json", report.dump());
    for (const fs::path& path : {out(), out() / "report.json"}) {
        const auto entries = BibParser(bfr({"report", path.native(), "--format", "bibtex"}).out).entries();
        ASSERT_FALSE(entries.empty()) << path;
        EXPECT_EQ(entries.front().fields.at("version"), "0.0.1") << path;
        EXPECT_THAT(entries.front().fields.at("note"), HasSubstr("feedc0de")) << path;
    }
    fs::remove(out() / "report.json");
    EXPECT_THAT(bfr({"report", out().native(), "--format", "bibtex"}).out, HasSubstr("version = {unknown}"));
}

TEST_F(CitationsOfTheProgram, ChoosesNothing) {
    for (const std::string option : {"--column", "--row", "--decimals"}) {
        const Ran ran = bfr({"report", out().native(), "--format", "bibtex", option, "psnr=2"});
        EXPECT_EQ(ran.code, 2) << option;
        EXPECT_THAT(ran.err, HasSubstr("bibtex has")) << option;
    }
}

}  // namespace
}  // namespace bfr::testing
