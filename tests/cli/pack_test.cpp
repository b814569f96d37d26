// `bfr pack`: folders, lists of people, what fails, and the same bytes whatever the jobs.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "base/files.h"
#include "tests/cli/support.h"
#include "train/pack/pack_reader.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using train::PackReader;

Ran pack(const fs::path& out, const std::vector<std::string>& more) {
    return bfr(std::vector<std::string>{"pack", "--out", out} + more);
}

std::vector<std::string> ids_of(const PackReader& pack) {
    std::vector<std::string> ids;
    for (int64_t i = 0; i < pack.size(); i++) ids.push_back(pack.id(i));
    return ids;
}

// people/ann/a1 a2 a3, people/bob/b1, people/cy/c1: 40 x 40.
class Pack : public ::testing::Test {
  protected:
    void SetUp() override {
        for (const auto* id : {"ann/a1", "ann/a2", "ann/a3", "bob/b1", "cy/c1"})
            write_picture(people() / (std::string(id) + ".png"), id, 40, 4);
    }
    fs::path people() const { return scratch_ / "people"; }
    std::vector<std::string> with(const std::vector<std::string>& more) const {
        return std::vector<std::string>{"--in", people(), "--size", "32"} + more;
    }
    Scratch scratch_;
};

TEST_F(Pack, FoldersAreGroups) {
    const Ran ran = pack(scratch_ / "out", with({}));
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out, "");
    EXPECT_THAT(ran.err, HasSubstr("5 of 5 pictures packed"));
    const PackReader made(scratch_ / "out");
    EXPECT_THAT(ids_of(made), ElementsAre("ann/a1", "ann/a2", "ann/a3", "bob/b1", "cy/c1"));
    EXPECT_EQ(made.group(2), "ann");
    EXPECT_EQ(made.group(4), "cy");
    EXPECT_EQ(made.side(), 32);
    EXPECT_EQ(made.description()["settings"]["quality"], 95);
    EXPECT_TRUE(made.description()["settings"]["align"].is_null());
    made.verify();
}

// Pixels of a picture that has the size already are the picture's own, but for the JPEG.
TEST_F(Pack, HoldsThePictures) {
    ASSERT_EQ(pack(scratch_ / "out", {"--in", people(), "--size", "40", "--quality", "100"}).code, 0);
    const PackReader made(scratch_ / "out");
    const cv::Mat bgr = cv::imread((people() / "bob" / "b1.png").string(), cv::IMREAD_COLOR);
    const at::Tensor wanted = at::from_blob(bgr.data, {40, 40, 3}, at::kByte).permute({2, 0, 1}).flip(0);
    const at::Tensor off = (made.picture(3).to(at::kFloat) - wanted.to(at::kFloat)).abs();
    EXPECT_LT(off.mean().item<float>(), 1);
    EXPECT_LE(off.max().item<float>(), 5);
}

TEST_F(Pack, SelectsGroupsAndPictures) {
    write_text(scratch_ / "some.txt", "3\nann\t3\nbob\t1\n\nnobody\t2\r\n");
    const auto packed = [&](const std::string& name, const std::vector<std::string>& more) {
        const Ran ran = pack(scratch_ / name, with(more));
        EXPECT_EQ(ran.code, 0) << ran.err;
        return std::pair(ids_of(PackReader(scratch_ / name)), ran.err);
    };
    const auto [kept, said] = packed("kept", {"--groups", scratch_ / "some.txt"});
    EXPECT_THAT(kept, ElementsAre("ann/a1", "ann/a2", "ann/a3", "bob/b1"));
    EXPECT_THAT(said, HasSubstr("some.txt: 2 of its 4 names have no picture here"));
    EXPECT_THAT(packed("left", {"--without-groups", scratch_ / "some.txt"}).first, ElementsAre("cy/c1"));
    EXPECT_THAT(packed("one", {"--per-group", "1"}).first, ElementsAre("ann/a1", "bob/b1", "cy/c1"));
    EXPECT_THAT(packed("both", {"--per-group", "2", "--limit", "3"}).first, ElementsAre("ann/a1", "ann/a2", "bob/b1"));
}

TEST_F(Pack, TakesAManifest) {
    write_text(scratch_ / "list.csv",
               "id,reference,degraded,group\nz,people/cy/c1.png,,cyrus\na,people/ann/a1.png,,\n"
               "only,,people/bob/b1.png,bob\n");
    const Ran ran = pack(scratch_ / "out", {"--manifest", scratch_ / "list.csv", "--size", "32"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("left out: only: it has no reference"));
    const PackReader made(scratch_ / "out");
    EXPECT_THAT(ids_of(made), ElementsAre("a", "z"));
    EXPECT_EQ(made.group(0), "");
    EXPECT_EQ(made.group(1), "cyrus");
}

TEST_F(Pack, FailuresAreKeptWithTheirReasons) {
    write_picture(people() / "bob" / "small.png", "small", 31, 0);
    write_text(people() / "bob" / "torn.png", "\x89PNG, and no more");
    cv::imwrite((people() / "bob" / "wide.png").string(), cv::Mat(40, 50, CV_8UC3, cv::Scalar(9, 9, 9)));
    const Ran ran = pack(scratch_ / "out", with({}));
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, HasSubstr("5 of 8 pictures packed"));
    const PackReader made(scratch_ / "out");
    const Json failures = made.description()["failures"];
    ASSERT_EQ(failures.size(), 3);
    EXPECT_EQ(failures[0]["id"], "bob/small");
    EXPECT_THAT(failures[0]["reason"], HasSubstr("31x31"));
    EXPECT_THAT(failures[1]["reason"], HasSubstr("torn.png"));
    EXPECT_THAT(failures[2]["reason"], HasSubstr("isn't square"));
}

TEST_F(Pack, SameBytesWhateverTheJobs) {
    for (int i = 0; i < 30; i++)
        write_picture(people() / "dee" / fmt::format("{}.png", i), std::to_string(i), 36 + i, 9);
    for (const auto* jobs : {"1", "4"})
        ASSERT_EQ(pack(scratch_ / jobs, with({"--jobs", jobs, "--shard-size", "1"})).code, 0);
    EXPECT_EQ(read_text(scratch_ / "1" / "pack.json"), read_text(scratch_ / "4" / "pack.json"));
    PackReader(scratch_ / "4").verify();
}

TEST_F(Pack, UsageErrorsLeaveNothing) {
    write_text(scratch_ / "none.txt", "zoe\n");
    write_text(scratch_ / "full" / "file", "");
    for (const auto& [words, what] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"--size", "32"}, "--in DIR"},
             {with({"--manifest", "x.csv"}), "--in DIR"},
             {with({"--detector", "hog"}), "--detector has a meaning with --align alone"},
             {with({"--align", "--face", "all"}), "one face of each photograph"},
             {with({"--align"}), "shape_predictor_5_face_landmarks.dat"},
             {with({"--quality", "90"}), "from 91 to 100"},
             {with({"--groups", scratch_ / "none.txt"}), "none of its 1 name"},
             {with({"--groups", scratch_ / "missing.txt"}), "missing.txt"}}) {
        const Ran ran = pack(scratch_ / "out", words);
        EXPECT_EQ(ran.code, 2) << what;
        EXPECT_THAT(ran.err, HasSubstr(what));
        EXPECT_FALSE(fs::exists(scratch_ / "out")) << what;
    }
    EXPECT_THAT(pack(scratch_ / "full", with({})).err, HasSubstr("is there already"));
    EXPECT_EQ(pack(people() / "out", with({})).code, 2);
    EXPECT_EQ(pack(scratch_ / "out", with({"--size=48"})).code, 2);  // --size twice
    fs::create_directory(scratch_ / "empty");
    EXPECT_EQ(pack(scratch_ / "out", {"--in", scratch_ / "empty"}).code, 2);
    EXPECT_EQ(pack(scratch_ / "out", {"--in", people(), "--size", "64"}).code, 2) << "all of them are smaller";
    EXPECT_FALSE(fs::exists(scratch_ / "out"));
    for (const auto& entry : fs::directory_iterator(scratch_.path()))
        EXPECT_EQ(entry.path().filename().string().find(".out"), std::string::npos) << entry.path();
}

TEST_F(Pack, InterruptedLeavesNothing) {
    for (int i = 0; i < 60; i++) write_picture(people() / "dee" / fmt::format("{}.png", i), std::to_string(i), 900, 9);
    Started started({"pack", "--out", scratch_ / "out", "--in", people(), "--size", "32", "--jobs", "1"});
    const auto begun = [&] {
        for (const auto& entry : fs::directory_iterator(scratch_.path())) {
            if (entry.path().filename().string().find(".partial") != std::string::npos) return true;
        }
        return false;
    };
    ASSERT_TRUE(started.wait_until(begun));
    started.signal(SIGINT);
    EXPECT_EQ(started.wait(), 1);
    size_t left = 0;
    for (const auto& entry : fs::directory_iterator(scratch_.path())) left += entry.path().filename() != "people";
    EXPECT_EQ(left, 0u);
}

// LFW's photographs as the training pack has them.
TEST(PackAlign, CutsFacesOut) {
    const auto shared = shared_dir();
    BFR_SKIP_WITHOUT("../shared/faces", shared);
    const char* weights = std::getenv("BFR_WEIGHTS");
    BFR_SKIP_WITHOUT("BFR_WEIGHTS", weights ? std::optional(fs::path(weights)) : std::nullopt);
    const Scratch scratch;
    fs::create_directory(scratch / "in");
    for (const auto* name : {"Aaron_Eckhart", "Abel_Pacheco"})
        fs::copy(*shared / "faces" / "lfw" / name, scratch / "in" / name, fs::copy_options::recursive);
    write_picture(scratch / "in" / "nobody" / "waves.png", "waves", 200, 0);
    const std::vector<std::string> words = {"--in",       scratch / "in", "--align",   "--alignment", "quad",
                                            "--detector", "hog",          "--weights", weights};
    const Ran ran = pack(scratch / "out", words);
    EXPECT_EQ(ran.code, 1) << ran.err;
    const PackReader made(scratch / "out");
    EXPECT_EQ(made.side(), 128);
    EXPECT_EQ(made.group(0), "Aaron_Eckhart");
    EXPECT_EQ(made.description()["failures"][0]["reason"], "no face found");
    EXPECT_EQ(made.description()["settings"]["align"]["alignment"], "quad");
    const Ran aligned = bfr({"align", "--in", scratch / "in" / "Aaron_Eckhart", "--out", scratch / "crops",
                             "--alignment", "quad", "--detector", "hog", "--size", "128", "--weights", weights});
    ASSERT_EQ(aligned.code, 0) << aligned.err;
    const cv::Mat bgr = cv::imread((scratch / "crops" / "Aaron_Eckhart_0001.png").string(), cv::IMREAD_COLOR);
    const at::Tensor crop = at::from_blob(bgr.data, {128, 128, 3}, at::kByte).permute({2, 0, 1}).flip(0);
    EXPECT_LT((made.picture(0).to(at::kFloat) - crop.to(at::kFloat)).abs().mean().item<float>(), 2);  // of JPEG 95
}

}  // namespace
}  // namespace bfr::testing
