#include "base/files.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

std::string hash_in(const std::string& out) {
    const std::string key = "list sha256   ";
    const size_t at = out.find(key);
    return at == std::string::npos ? "" : out.substr(at + key.size(), 64);
}

TEST(Datasets, ListShowsTheFieldsSets) {
    const Ran all = bfr({"datasets", "list"});
    EXPECT_EQ(all.code, 0);
    EXPECT_THAT(all.out, AllOf(HasSubstr("LFW-Test"), HasSubstr("407 or 469"), HasSubstr("CelebA-Test (DifFace)")));
    const Ran one = bfr({"datasets", "list", "LFW-Test"});
    EXPECT_THAT(one.out, AllOf(HasSubstr("1711"), HasSubstr("peopleDevTest"), HasSubstr("list sha256   not known")));
    const Ran none = bfr({"datasets", "list", "LFW-Tset"});
    EXPECT_EQ(none.code, 2);
    EXPECT_THAT(none.err, HasSubstr("did you mean LFW-Test"));
    EXPECT_EQ(bfr({"list", "datasets"}).out, all.out);
    EXPECT_EQ(bfr({"list", "datasets", "LFW-Test"}).out, one.out);
    EXPECT_THAT(bfr({"list", "datasets", "LFW-Tset"}).err, HasSubstr("did you mean LFW-Test"));
}

TEST(Datasets, CheckSaysWhatAFolderHolds) {
    const Scratch scratch;
    const fs::path folder = scratch / "set";
    for (const char* name : {"Eliane_Karp_0001_00", "Elin_Nordegren_0001_00"}) {
        write_picture(folder / (std::string(name) + ".png"), name, 32, 4);
    }
    write_picture(folder / "Harold_Scott_0001_00.png", "odd", 24, 4);
    fs::copy_file(folder / "Eliane_Karp_0001_00.png", folder / "Anna_Copy_0001_00.png");
    const Ran whole = bfr({"datasets", "check", folder});
    EXPECT_EQ(whole.code, 0) << whole.err;
    EXPECT_THAT(whole.out, AllOf(HasSubstr("pictures      4"), HasSubstr("32x32: 3 pictures"),
                                 HasSubstr("24x24: 1 picture: Harold_Scott_0001_00"),
                                 HasSubstr("is named as LFW-Test: 1711 pictures expected, 4 found"),
                                 HasSubstr("equal files   Anna_Copy_0001_00, Eliane_Karp_0001_00")));
    EXPECT_THAT(hash_in(whole.out), MatchesRegex("[0-9a-f]{64}"));

    // The same hash as in the report of a run on the folder, and by it the folder is known for certain.
    const Ran ran =
        bfr({"run", "--degraded", folder, "--method", "degraded", "--task", "size", "--out", scratch / "out"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(report_of(scratch / "out")["data"]["sets"][0]["list_sha256"], hash_in(whole.out));
    EXPECT_THAT(ran.out, HasSubstr("degraded is named as LFW-Test"));
    write_text(scratch / "known.json", "[{\"name\": \"mine\", \"list_sha256\": \"" + hash_in(whole.out) + "\"}]");
    EXPECT_THAT(bfr({"datasets", "check", folder, "--known", scratch / "known.json"}).out,
                AllOf(HasSubstr("is            mine\n"), Not(HasSubstr("is named as"))));

    write_text(folder / "Cut_Short_0001_00.png", "no picture");
    const Ran broken = bfr({"datasets", "check", folder, "--jobs", "2"});
    EXPECT_EQ(broken.code, 1);
    EXPECT_THAT(broken.out, AllOf(HasSubstr("unreadable    1"), HasSubstr("Cut_Short_0001_00.png")));
    EXPECT_NE(hash_in(broken.out), hash_in(whole.out));
}

TEST(Datasets, MistakesAreUsageErrors) {
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"datasets"}, {"datasets", "chekc"}, {"datasets", "check"}, {"datasets", "check", "/nowhere"}}) {
        EXPECT_EQ(bfr(words).code, 2);
    }
    EXPECT_THAT(bfr({"datasets", "chekc"}).err, HasSubstr("did you mean check"));
}

}  // namespace
}  // namespace bfr::testing
