#include "base/files.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string checkpoint(const std::string& name) { return (data_dir() / "goldens" / "checkpoints" / name).string(); }

TEST(Weights, InspectShowsTheTreeAndTheTensors) {
    const Ran whole = bfr({"weights", "inspect", checkpoint("training.pt")});
    EXPECT_EQ(whole.code, 0);
    EXPECT_THAT(whole.err, IsEmpty());
    EXPECT_THAT(whole.out, AllOf(HasSubstr("torch zip"), HasSubstr("argparse.Namespace"), HasSubstr("g_ema.convs.0")));
    const Ran part = bfr({"weights", "inspect", checkpoint("training.pt"), "g_ema"});
    EXPECT_THAT(part.out, AllOf(HasSubstr("convs.0.noise.weight"), Not(HasSubstr("optim"))));
    EXPECT_EQ(bfr({"weights", "inspect", checkpoint("training.pt"), "g_emma"}).code, 2);
}

TEST(Weights, ConvertTakesASubtreeAndStripsAPrefix) {
    const Scratch scratch;
    const std::string out = (scratch / "g.safetensors").string();
    const Ran ran =
        bfr({"weights", "convert", checkpoint("training.pt"), out, "--subtree", "g_ema", "--dtype", "fp16"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("2 tensors"));
    EXPECT_THAT(bfr({"weights", "inspect", out}).out, AllOf(HasSubstr("  convs.0.weight"), HasSubstr("F16")));
    ASSERT_EQ(bfr({"weights", "convert", checkpoint("data-parallel.pth"), out, "--strip", "module."}).code, 0);
    EXPECT_THAT(bfr({"weights", "inspect", out}).out, AllOf(HasSubstr("  conv1.weight"), HasSubstr("F32")));
    EXPECT_EQ(bfr({"weights", "convert", checkpoint("training.pt"), out, "--subtree", "none"}).code, 2);
    EXPECT_THAT(bfr({"weights", "inspect", out}).out, HasSubstr("  conv1.weight"));  // as it was
    const Ran other = bfr({"weights", "convert", checkpoint("training.pt"), (scratch / "g.pth").string()});
    EXPECT_EQ(other.code, 2);
    EXPECT_THAT(other.err, HasSubstr("must end in .safetensors"));
    EXPECT_FALSE(std::filesystem::exists(scratch / "g.pth"));
}

TEST(Weights, BrokenAndHostileFilesAreAnsweredAndRunNothing) {
    const Scratch scratch;
    write_text(scratch / "cut.pt", read_text(checkpoint("zip.pt")).substr(0, 3000));
    const Ran cut = bfr({"weights", "inspect", scratch / "cut.pt"});
    EXPECT_EQ(cut.code, 2);
    EXPECT_THAT(cut.err, AllOf(HasSubstr("cut.pt"), HasSubstr("cut short")));
    const Ran hostile =
        shell("cd '" + scratch.path().string() + "' && \"$0\" weights inspect '" + checkpoint("hostile.pt") + "'");
    EXPECT_EQ(hostile.code, 0);
    EXPECT_THAT(hostile.out, HasSubstr("<posix.system('touch bfr-was-here')>"));
    EXPECT_FALSE(std::filesystem::exists(scratch / "bfr-was-here"));
}

}  // namespace
}  // namespace bfr::testing
