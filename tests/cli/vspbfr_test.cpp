// VSPBFR through the program, with a compact checkpoint: what it writes depends on a picture, its id and the seed
// alone, and wrong files end it with a message.
#include "base/files.h"
#include "tests/cli/support.h"
#include "tests/restore/compact_vspbfr.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class VspbfrProgram : public ::testing::Test {
  protected:
    VspbfrProgram() {
        for (const auto& name : names_) write_picture(faces_ / (name + ".png"), name, CompactVspbfr::kSize, 30);
    }
    Ran restore(const fs::path& in, const fs::path& out, const std::vector<std::string>& more = {}) const {
        return bfr(std::vector<std::string>{"restore", "--in", in, "--out", out, "--method",
                                            "vspbfr:samples=2,files=" + folder()} +
                   more);
    }
    std::string folder() const { return files_.folder.path().string(); }
    std::string bytes(const fs::path& out, const std::string& name) const { return read_text(out / (name + ".png")); }

    CompactVspbfr files_;
    Scratch scratch_;
    fs::path faces_ = scratch_ / "faces";
    std::vector<std::string> names_ = {"e", "b", "d", "a", "c"};
};

TEST_F(VspbfrProgram, WritesTheSameBytesWithAnyJobsAndCompany) {
    const fs::path one = scratch_ / "one", two = scratch_ / "two";
    ASSERT_EQ(restore(faces_, one, {"--jobs", "1"}).code, 0);
    ASSERT_EQ(restore(faces_, two, {"--jobs", "2"}).code, 0);
    for (const auto& name : names_) {
        EXPECT_EQ(bytes(one, name), bytes(two, name)) << name;
        const fs::path alone = scratch_ / ("alone-" + name);
        fs::create_directories(alone);
        fs::copy(faces_ / (name + ".png"), alone / (name + ".png"));
        ASSERT_EQ(restore(alone, alone / "out", {"--jobs", "2"}).code, 0);
        EXPECT_EQ(bytes(one, name), bytes(alone / "out", name)) << name;
    }
    EXPECT_NE(bytes(one, "a"), bytes(one, "b"));
    ASSERT_EQ(restore(faces_, scratch_ / "seed", {"--seed", "2"}).code, 0);
    EXPECT_NE(bytes(one, "a"), bytes(scratch_ / "seed", "a"));
}

// Ids in another order: each picture under another's name is restored by that name's numbers, whatever came before it.
TEST_F(VspbfrProgram, NoPictureReachesTheNext) {
    const fs::path more = scratch_ / "more";
    fs::create_directories(more);
    for (const auto& name : names_) fs::copy(faces_ / (name + ".png"), more / (name + ".png"));
    write_picture(more / "A.png", "first", CompactVspbfr::kSize, 90);  // sorted before all others
    write_picture(more / "bb.png", "between", CompactVspbfr::kSize, 90);
    write_picture(more / "0.png", "too small", CompactVspbfr::kSize / 2, 9);
    const fs::path one = scratch_ / "one", two = scratch_ / "two";
    ASSERT_EQ(restore(faces_, one, {"--jobs", "1"}).code, 0);
    const Ran ran = restore(more, two, {"--jobs", "2"});
    EXPECT_EQ(ran.code, 1);  // a picture of another size fails alone
    EXPECT_THAT(ran.err, HasSubstr("32x32"));
    for (const auto& name : names_) EXPECT_EQ(bytes(one, name), bytes(two, name)) << name;
}

TEST_F(VspbfrProgram, RunsAndReportsWhatRestoreMakes) {
    fs::create_directories(scratch_ / "reference");
    for (const auto& name : names_) fs::copy(faces_ / (name + ".png"), scratch_ / "reference" / (name + ".png"));
    for (const char* jobs : {"1", "2"}) {
        const Ran ran =
            bfr({"run", "--degraded", faces_, "--reference", scratch_ / "reference", "--out", scratch_ / jobs,
                 "--method", "vspbfr:files=" + folder(), "--metric", "psnr", "--jobs", jobs});
        ASSERT_EQ(ran.code, 0) << ran.err;
    }
    EXPECT_EQ(without_context(report_of(scratch_ / "1")).dump(), without_context(report_of(scratch_ / "2")).dump());
}

TEST_F(VspbfrProgram, EndsWithTheFilesNameWhereOneIsWrong) {
    const auto refused = [&] {
        const Ran ran = restore(faces_, scratch_ / "out");
        EXPECT_EQ(ran.code, 2);
        EXPECT_EQ(ran.out, "");
        EXPECT_FALSE(fs::exists(scratch_ / "out" / "a.png"));
        return ran.err;
    };
    const fs::path style = files_.folder / kStyleFile, net = files_.folder / kRestorationFile;
    fs::resize_file(style, fs::file_size(style) / 2);
    EXPECT_THAT(refused(), AllOf(HasSubstr("bfr: error: "), HasSubstr(style.string())));
    write_vspbfr(files_.folder.path(), compact_vspbfr_tensors());
    fs::copy_file(style, net, fs::copy_options::overwrite_existing);
    EXPECT_THAT(refused(), AllOf(HasSubstr(net.string()), HasSubstr("looks like e4e's style encoder")));
    fs::remove(net);
    EXPECT_THAT(refused(), AllOf(HasSubstr(net.string() + " is missing"),
                                 HasSubstr("bfr weights fetch restoration_net.pt --out ")));
}

TEST_F(VspbfrProgram, CountsFacesWhoseNumbersOverflow) {
    VspbfrTensors tensors = compact_vspbfr_tensors();
    for (auto& tensor : tensors.restoration) {
        if (!tensor.path.starts_with("g_ema.to_rgb") || !tensor.path.ends_with(".bias") ||
            tensor.path.find("modulation") != std::string::npos)
            continue;
        const auto count = tensor.stored.count();
        const std::vector<float> large(static_cast<size_t>(count), 3e38F);
        const auto* begin = reinterpret_cast<const std::byte*>(large.data());
        const TensorStorage storage{FileBytes::own({begin, begin + large.size() * sizeof(float)}, tensor.path)};
        tensor.stored.storage = std::make_shared<const TensorStorage>(storage);
    }
    write_vspbfr(files_.folder.path(), tensors);
    const Ran ran = restore(faces_, scratch_ / "out");
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, HasSubstr("the restoration net gave numbers that are not finite"));
    const auto lines = json_lines(scratch_ / "out" / "restore.jsonl");
    ASSERT_EQ(lines.size(), names_.size());
    for (const auto& line : lines) {
        EXPECT_NE(line["status"], "ok");
        EXPECT_THAT(line.dump(), HasSubstr(kRestorationFile));
    }
    EXPECT_FALSE(fs::exists(scratch_ / "out" / "a.png"));
}

TEST_F(VspbfrProgram, RefusesNoSteps) {
    const Ran ran =
        bfr({"restore", "--in", faces_, "--out", scratch_ / "out", "--method", "vspbfr:steps=0,files=" + folder()});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("steps"), HasSubstr("1")));
}

}  // namespace
}  // namespace bfr::testing
