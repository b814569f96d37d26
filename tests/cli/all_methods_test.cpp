// All published restorers over one real face, with hash-filled stand-ins for their files: one run, one report, whose
// rows say that they are stand-ins.
#include <set>

#include "nets/adm_unet.h"
#include "nets/codeformer.h"
#include "nets/gfpgan.h"
#include "nets/gpen.h"
#include "nets/init.h"
#include "nets/parsenet.h"
#include "nets/psfrgan.h"
#include "nets/restoreformer.h"
#include "nets/swinir.h"
#include "tests/cli/support.h"
#include "tests/restore/stand_ins.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;

void write_stand_ins(const fs::path& folder) {
    // its estimates of singular values are of the weights that it is made with
    write_checkpoint(folder / "psfrgan_epoch15_net_G.pth", own_tensors(nets::PsfrGan(), ""));
    const nets::WithoutInit without_init;
    const auto write = [&](const std::string& name, const torch::nn::Module& net, const std::string& path) {
        write_checkpoint(folder / name, hashed_tensors(net, path));
    };
    write("codeformer.pth", nets::CodeFormer({}), "params_ema");
    write("RestoreFormer.ckpt", nets::RestoreFormer({}), "state_dict.vqvae");
    write("RestoreFormer++.ckpt", nets::RestoreFormer(nets::RestoreFormerOptions::plus_plus()), "state_dict.vqvae");
    write("parse_multi_iter_90000.pth", nets::ParseNet(), "");
    write("GPEN-BFR-512.pth", nets::Gpen({}), "");
    write("GFPGANv1.4.pth", nets::Gfpgan({}), "params_ema");
    write("swinir_restoration512_L1.pth", nets::SwinIr({}), "");
    write("iddpm_ffhq512_ema500000.pth", nets::AdmUnet({}), "");
}

TEST(AllMethods, OneRunOfStandIns) {
    const auto shared = shared_dir();
    BFR_SKIP_WITHOUT("../shared/faces", shared);
    const Scratch scratch;
    fs::create_directories(scratch / "weights");
    write_stand_ins(scratch / "weights");
    fs::create_directories(scratch / "in");
    fs::copy_file(*shared / "faces/real-lq/vqfr_00001478_lq.png", scratch / "in" / "face.png");
    const std::vector<std::string> methods = {"codeformer:name=stand-in",    "restoreformer:name=stand-in",
                                              "restoreformer_pp:name=stand-in", "psfrgan:name=stand-in",
                                              "gpen:name=stand-in",             "gfpgan:name=stand-in,version=1.4",
                                              "difface:name=stand-in,start=1,steps=5"};
    std::vector<std::string> words = {"run",      "--degraded",          scratch / "in", "--out",    scratch / "out",
                                      "--metric", "zero",                "--jobs",       "1",        "--method",
                                      "degraded", "--weights",           scratch / "weights"};
    for (const auto& method : methods) words.insert(words.end(), {"--method", method});
    const Ran ran = bfr(words);
    ASSERT_EQ(ran.code, 0) << ran.err;
    const Json report = report_of(scratch / "out");
    ASSERT_EQ(report["rows"].size(), methods.size() + 1);
    std::set<std::string> pictures;
    for (size_t i = 0; i <= methods.size(); i++) {
        const std::string label = report["rows"][i]["method"];
        if (i > 0) {
            EXPECT_THAT(label, EndsWith(":name=stand-in"));
        }
        const Json& result = report["samples"][0]["results"][label];
        EXPECT_EQ(result["status"], "ok") << result;
        pictures.insert(result["output_sha256"].get<std::string>());
    }
    EXPECT_EQ(pictures.size(), methods.size() + 1);
    const Ran text = bfr({"report", scratch / "out"});
    EXPECT_THAT(text.out, HasSubstr("gpen:name=stand-in"));
}

}  // namespace
}  // namespace bfr::testing
