// The published restorers through the program, with hash-filled checkpoints in their published layouts: found by the
// catalogue's names, run side by side, and refused where they are another's.
#include "nets/codeformer.h"
#include "nets/init.h"
#include "nets/restoreformer.h"
#include "tests/cli/support.h"
#include "tests/restore/stand_ins.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class FaceNetsProgram : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = new Scratch;
        const nets::WithoutInit without_init;
        write_checkpoint(*folder_ / "RestoreFormer.ckpt", hashed_tensors(nets::RestoreFormer({}), "state_dict.vqvae"));
        write_checkpoint(*folder_ / "codeformer.pth", hashed_tensors(nets::CodeFormer({}), "params_ema"));
    }
    static void TearDownTestSuite() { delete folder_; }
    static inline Scratch* folder_ = nullptr;
};

TEST_F(FaceNetsProgram, RunByTheCataloguesNames) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(1), 512);
    const std::vector<std::string> weights = {"--weights", folder_->path().string()};
    const Ran ran = bfr(
        pairs.run(scratch / "out", {"--method", "degraded", "--method", "restoreformer", "--method", "codeformer:w=0.7",
                                    "--method", "restoreformer_pp", "--metric", "psnr", "--jobs", "1"}) +
        weights);
    EXPECT_EQ(ran.code, 1) << ran.err;  // one file isn't there
    EXPECT_THAT(ran.err, HasSubstr("restoreformer_pp is not available: RestoreFormer++.ckpt is missing"));
    const Json report = report_of(scratch / "out");
    ASSERT_EQ(report["rows"].size(), 3);
    EXPECT_EQ(report["rows"][1]["method"], "restoreformer");
    EXPECT_EQ(report["rows"][2]["method"], "codeformer:w=0.7");
    for (const auto& row : report["rows"]) EXPECT_EQ(row["values"]["psnr"]["n"], 1);
    const std::string text = report.dump();
    for (const char* const name : {"RestoreFormer.ckpt", "codeformer.pth"}) EXPECT_THAT(text, HasSubstr(name));
    EXPECT_THAT(text, HasSubstr("\"pinned\":true"));

    // what `restore` writes alone is what `run` scored
    const Ran restore = bfr(std::vector<std::string>{"restore", "--in", pairs.degraded, "--out", scratch / "alone",
                                                     "--method", "codeformer:w=0.7", "--jobs", "2"} +
                            weights);
    ASSERT_EQ(restore.code, 0) << restore.err;
    const Ran scored = bfr({"evaluate", "--restored", scratch / "alone", "--reference", pairs.reference, "--metric",
                            "psnr", "--out", scratch / "scored"});
    ASSERT_EQ(scored.code, 0) << scored.err;
    const Json whole = report["samples"][0]["results"]["codeformer:w=0.7"],
               alone = report_of(scratch / "scored")["samples"][0]["results"].front();
    EXPECT_EQ(whole["output_sha256"], alone["output_sha256"]);
    EXPECT_EQ(whole["values"]["psnr"].dump(), alone["values"]["psnr"].dump());
}

TEST_F(FaceNetsProgram, AnothersFileIsNamed) {
    const Scratch scratch;
    write_picture(scratch / "in" / "a.png", "a", 512, 20);
    const auto restore = [&](const std::string& method) {
        return bfr({"restore", "--in", scratch / "in", "--out", scratch / "out", "--method", method});
    };
    const Ran wrong = restore("codeformer:file=" + (*folder_ / "RestoreFormer.ckpt").string());
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, AllOf(HasSubstr("RestoreFormer.ckpt"), HasSubstr("doesn't hold CodeFormer"),
                                 HasSubstr("method restoreformer's")));
    // under the published name it is not even pinned
    fs::create_directories(scratch / "w");
    fs::copy_file(*folder_ / "RestoreFormer.ckpt", scratch / "w" / "codeformer.pth");
    const Ran named = bfr({"restore", "--in", scratch / "in", "--out", scratch / "out", "--method", "codeformer",
                           "--weights", scratch / "w"});
    EXPECT_EQ(named.code, 2);
    EXPECT_THAT(named.err, HasSubstr("doesn't hold CodeFormer; it looks like RestoreFormer"));
    EXPECT_FALSE(fs::exists(scratch / "w" / "codeformer.pth.sha256"));
    const Ran shown = bfr({"weights", "inspect", (*folder_ / "codeformer.pth").string()});
    EXPECT_EQ(shown.code, 0);
    EXPECT_THAT(shown.out, HasSubstr("CodeFormer"));
}

}  // namespace
}  // namespace bfr::testing
