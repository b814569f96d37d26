// From pictures to restored faces: a tiny system is packed, trained, exported and used, all by the program.
#include <fmt/format.h>
#include <torch/torch.h>

#include "base/files.h"
#include "base/sha256.h"
#include "restore/vspbfr/networks.h"
#include "tests/cli/support.h"
#include "train/vspbfr/system.h"
#include "weights/formats/system_metadata.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class TrainExport : public ::testing::Test {
  protected:
    // Two iterations of each stage, once for all tests.
    static void SetUpTestSuite() {
        scratch_ = new Scratch;
        for (const auto* id : {"ann/a1", "ann/a2", "bob/b1", "cy/c1", "di/d1"})
            write_picture(*scratch_ / "people" / (std::string(id) + ".png"), id, 32, 30);
        ASSERT_EQ(bfr({"pack", "--in", *scratch_ / "people", "--size", "32", "--out", *scratch_ / "pack"}).code, 0);
        for (const std::string stage : {"prior", "style-encoder", "code-diffuser:steps=2", "restoration:steps=2",
                                        "restoration:name=plain,branches=1,prompt=none",
                                        "restoration:name=own,prompt=degraded", "prior:name=wide,base=8"})
            ASSERT_EQ(train(stage).code, 0) << stage << train(stage).err;
        ASSERT_EQ(train_unet("base=4,size=32").code, 0);
    }
    static void TearDownTestSuite() {
        delete scratch_;
        scratch_ = nullptr;
    }
    static Ran train(const std::string& stage, const fs::path& out = system()) {
        std::string spec = stage + (stage.find(':') == std::string::npos ? ":" : ",") +
                           "iterations=2,batch=2,size=32,width=16,multiplier=2,linear=12,blocks=1,lpips=none,"
                           "recogniser=none";
        if (stage.find("base=") == std::string::npos) spec += ",base=16";
        return bfr({"train", "vspbfr", spec, "--data", *scratch_ / "pack", "--out", out, "--held-out", "2"});
    }
    static Ran train_unet(const std::string& options) {
        return bfr({"train", "vspbfr", "unet:iterations=2,batch=2,lpips=none,recogniser=none," + options, "--data",
                    *scratch_ / "pack", "--out", system(), "--held-out", "2"});
    }
    static fs::path system() { return *scratch_ / "system"; }
    static Ran exported(const fs::path& to, const std::vector<std::string>& more = {}) {
        return bfr(std::vector<std::string>{"train", "vspbfr", "export", "--out", system(), "--to", to} + more);
    }
    static Ran restored(const fs::path& weights, const fs::path& out, const std::string& jobs) {
        return bfr({"restore", "--in", *scratch_ / "people" / "ann", "--method", "vspbfr:files=" + weights.string(),
                    "--out", out, "--jobs", jobs});
    }

    static inline Scratch* scratch_ = nullptr;
};

TEST_F(TrainExport, FilesSayWhatTheyAreAndRestore) {
    const fs::path to = *scratch_ / "weights";
    const Ran ran = exported(to);
    ASSERT_EQ(ran.code, 0) << ran.err;
    uint64_t bytes = 0;
    for (const char* name : {"style_encoder_decoder", "code_diffuser", "restoration_net"}) {
        const fs::path file = to / (std::string(name) + ".safetensors");
        bytes += fs::file_size(file);
        EXPECT_THAT(ran.out, HasSubstr(fmt::format("{} bytes\n", fs::file_size(file))));
        const Checkpoint checkpoint = open_checkpoint(file);
        const auto& meta = checkpoint.metadata();
        EXPECT_EQ(meta.at(system_metadata::kSystem), "compact-32");
        EXPECT_EQ(meta.at(system_metadata::kSizes), "base=16,linear=12,multiplier=2,size=32,width=16");
        EXPECT_EQ(meta.at(system_metadata::kSeed), "1");
        EXPECT_EQ(meta.at(system_metadata::kData).size(), 64U);
        EXPECT_EQ(meta.at(system_metadata::kPrior).size(), 64U);
        for (const auto& tensor : checkpoint.tensors()) {
            EXPECT_EQ(tensor.stored.dtype, DType::kF16) << tensor.path;
            EXPECT_EQ(tensor.path.find("noises"), std::string::npos);
        }
    }
    EXPECT_THAT(ran.out, HasSubstr(fmt::format("{} bytes\n", bytes)));
    EXPECT_THAT(bfr({"weights", "inspect", to / "style_encoder_decoder.safetensors"}).out,
                AllOf(HasSubstr("prior 2, style-encoder 2"), HasSubstr("a compact style encoder")));
    ASSERT_EQ(restored(to, *scratch_ / "one", "1").code, 0);
    ASSERT_EQ(restored(to, *scratch_ / "two", "2").code, 0);
    for (const char* name : {"a1.png", "a2.png"})
        EXPECT_EQ(read_text(*scratch_ / "one" / name), read_text(*scratch_ / "two" / name)) << name;
    // trained for 2 steps, run with 4
    EXPECT_THAT(bfr({"list", "methods", "vspbfr:files=" + to.string()}).out,
                AllOf(HasSubstr("[off-distribution]"), HasSubstr("trained for 2")));
    EXPECT_THAT(bfr({"list", "methods", "vspbfr:steps=2,files=" + to.string()}).out,
                ::testing::Not(HasSubstr("[off-distribution]")));
}

// What the trainer makes of a picture, the program makes too.
TEST_F(TrainExport, CodesAreTheTrainersOwn) {
    const at::NoGradGuard no_grad;
    const fs::path to = *scratch_ / "codes";
    ASSERT_EQ(exported(to).code, 0);
    const vspbfr::Files files = {to / "style_encoder_decoder.safetensors", to / "code_diffuser.safetensors",
                                 to / "restoration_net.safetensors"};
    const auto networks = vspbfr::load_networks(files);
    const train::SystemSizes sizes = train::compact_system(
        {.size = 32, .width = 16, .base = 16, .multiplier = 2, .linear = 12, .blocks = 1, .branches = 4});
    nets::CompactStyleEncoder encoder(sizes.encoder);
    nets::StyleGan2 bank(sizes.bank);
    const Checkpoint style = open_checkpoint(files.style);
    load_strictly(encoder, tensors_below(style, "state_dict.encoder"), style.name());
    load_strictly(bank, tensors_below(style, "state_dict.decoder"), style.name());
    at::manual_seed(1);
    const at::Tensor picture = at::rand({1, 3, 32, 32}) * 2 - 1;
    const at::Tensor wanted = train::codes_of(encoder, bank, picture, sizes.encoder.input),
                     found = bank.linear()->with_scores(networks->encoder->forward(picture), picture);
    EXPECT_GT(wanted.abs().max().item<double>(), 0.1);
    EXPECT_LT((found - wanted).abs().max().item<double>(), 1e-5 * wanted.abs().max().item<double>());
}

// Systems whose nets were trained with other prompts and plain convolutions, in one run beside the baseline.
TEST_F(TrainExport, ArmsTrainedOtherwiseAndTheBaselineRunSideBySide) {
    const fs::path plain = *scratch_ / "arms" / "plain", own = *scratch_ / "arms" / "own", unet = *scratch_ / "arms";
    ASSERT_EQ(exported(plain, {"--stage-name", "restoration=plain"}).code, 0);
    ASSERT_EQ(exported(own, {"--stage-name", "restoration=own"}).code, 0);
    const Ran ran = bfr({"train", "vspbfr", "export", "unet", "--out", system(), "--to", unet});
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr(fmt::format("{} bytes\n", fs::file_size(unet / "unet.safetensors"))));
    const auto meta = open_checkpoint(unet / "unet.safetensors").metadata();
    EXPECT_EQ(meta.at(system_metadata::kSystem), "unet-32");
    EXPECT_EQ(meta.at(system_metadata::kSide), "32");
    EXPECT_EQ(meta.at(system_metadata::kData).size(), 64U);
    EXPECT_EQ(meta.at(system_metadata::kIterations), "unet 2");
    EXPECT_THAT(bfr({"weights", "inspect", unet / "unet.safetensors"}).out, HasSubstr("bfr's baseline U-Net"));

    const fs::path faces = *scratch_ / "people" / "ann";
    const auto of = [](const fs::path& folder) { return "files=" + folder.string(); };
    const Ran run = bfr({"run", "--degraded", faces, "--reference", faces, "--out", *scratch_ / "arms-run", "--metric",
                         "psnr", "--method", "vspbfr:name=plain,prompt=none," + of(plain), "--method",
                         "vspbfr:name=own,prompt=degraded," + of(own), "--method", "vspbfr:name=unfit," + of(plain),
                         "--method", "unet:name=baseline,file=" + (unet / "unet.safetensors").string()});
    ASSERT_EQ(run.code, 0) << run.err;
    std::vector<std::string> labels;
    const Json report = report_of(*scratch_ / "arms-run");
    for (const auto& row : report["rows"]) labels.push_back(row["method"]);
    EXPECT_THAT(labels, ::testing::ElementsAre("vspbfr:name=plain[own]", "vspbfr:name=own[own]",
                                               "vspbfr:name=unfit[own][off-distribution]", "unet:name=baseline[own]"));
}

TEST_F(TrainExport, TheBaselineIsOfTheFacesThatItWasTrainedOn) {
    const Ran wrong = train_unet("name=wrong,base=4");
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, HasSubstr("the pack's faces have 32 pixels, where size=128"));
    const auto refused = [&](const std::vector<std::string>& words, const std::string& what) {
        const Ran ran = bfr(std::vector<std::string>{"train", "vspbfr", "export"} + words +
                            std::vector<std::string>{"--out", system(), "--to", *scratch_ / "refused"});
        EXPECT_EQ(ran.code, 2) << what;
        EXPECT_THAT(ran.err, HasSubstr(what));
        EXPECT_FALSE(fs::exists(*scratch_ / "refused"));
    };
    refused({"unit"}, "'unit' can't be exported");
    refused({"unet", "--stage-name", "prior=wide"}, "unknown stage 'prior'");
    refused({"unet", "--stage-name", "unet=none"}, "train stage unet first");
    refused({"unet", "--stage-name", "unet=prior"}, "has no tensors below 'unet'");
    EXPECT_THAT(bfr({"train", "vspbfr", "prior", "unet", "--out", system(), "--data", *scratch_ / "pack"}).err,
                HasSubstr("one too many"));
}

TEST_F(TrainExport, AnotherTrainingOfAStageIsTakenByItsName) {
    const fs::path to = *scratch_ / "plain";
    const Ran ran = exported(to, {"--stage-name", "restoration=plain"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(open_checkpoint(to / "restoration_net.safetensors").metadata().at(system_metadata::kPrompt), "none");
    EXPECT_EQ(restored(to, *scratch_ / "plain-out", "1").code, 0);
}

TEST_F(TrainExport, ItsFilesServeTheLaterStages) {
    const fs::path to = *scratch_ / "pretrained", system_of_files = *scratch_ / "of-files";
    ASSERT_EQ(exported(to).code, 0);
    const std::string pretrained = ",pretrained=" + (to / "style_encoder_decoder.safetensors").string();
    const std::string diffuser = (to / "code_diffuser.safetensors").string();
    for (const std::string& stage : {"code-diffuser:steps=2,init=" + diffuser + pretrained,
                                     "restoration:steps=2,diffuser=" + diffuser +
                                         ",init=" + (to / "restoration_net.safetensors").string() + pretrained}) {
        const Ran ran = train(stage, system_of_files);
        EXPECT_EQ(ran.code, 0) << stage << ran.err;
    }
    EXPECT_FALSE(fs::exists(system_of_files / "prior"));
    EXPECT_THAT(train("style-encoder", system_of_files).err, HasSubstr("train stage prior first"));

    // Fine-tuned around these files: copies of them, beside the net that knows what it began with.
    const fs::path tuned = *scratch_ / "tuned";
    const auto export_tuned = [&] {
        return bfr({"train", "vspbfr", "export", "--out", system_of_files, "--to", tuned});
    };
    const Ran again = export_tuned();
    ASSERT_EQ(again.code, 0) << again.err;
    for (const char* name : {"style_encoder_decoder.safetensors", "code_diffuser.safetensors"})
        EXPECT_EQ(read_text(tuned / name), read_text(to / name)) << name;
    const auto before = open_checkpoint(to / "restoration_net.safetensors").metadata(),
               after = open_checkpoint(tuned / "restoration_net.safetensors").metadata();
    for (const char* key : {system_metadata::kSystem, system_metadata::kSizes, system_metadata::kPrior,
                            system_metadata::kPrompt, system_metadata::kSteps})
        EXPECT_EQ(after.at(key), before.at(key)) << key;
    EXPECT_EQ(after.at(system_metadata::kInit), sha256_of_file(to / "restoration_net.safetensors"));
    EXPECT_FALSE(before.contains(system_metadata::kInit));
    EXPECT_EQ(restored(tuned, *scratch_ / "tuned-out", "1").code, 0);
    fs::rename(to / "code_diffuser.safetensors", to / "elsewhere");
    fs::remove_all(tuned);
    const Ran lost = export_tuned();
    EXPECT_EQ(lost.code, 2);
    EXPECT_THAT(lost.err, AllOf(HasSubstr("was trained around diffuser="), HasSubstr("there is no such file now")));
    EXPECT_FALSE(fs::exists(tuned));
}

TEST_F(TrainExport, RefusesWhatDoesntFit) {
    const fs::path to = *scratch_ / "refused";
    const auto refused = [&](const std::vector<std::string>& more, const std::string& what) {
        const Ran ran = exported(to, more);
        EXPECT_EQ(ran.code, 2) << what;
        EXPECT_THAT(ran.err, HasSubstr(what));
        EXPECT_FALSE(fs::exists(to));
    };
    refused({"--stage-name", "restoration=none"}, "train stage restoration first");
    refused({"--stage-name", "style-encoder=none"}, "hold every stage, whatever the prompt");
    refused({"--stage-name", "restoraton=plain"}, "did you mean restoration");
    refused({"--stage-name", "restoration"}, "must be STAGE=NAME");
    refused({"--stage-name", "prior=wide"}, "they are of two systems");
    refused({"--stage-name", "restoration=prior"}, "has no tensors below 'g_ema'");
    refused({"--data", *scratch_ / "pack"}, "takes no --data");
    EXPECT_EQ(bfr({"train", "vspbfr", "export", "--out", system()}).code, 2);
    EXPECT_THAT(bfr({"train", "vspbfr", "prior", "--out", system(), "--data", *scratch_ / "pack", "--to", to}).err,
                HasSubstr("--to is of train vspbfr export"));
}

// Without options the method runs what comes with the program, or says what to do.
TEST(BundledWeights, AreTheMethodsDefault) {
    const Ran listed = bfr({"list", "methods", "vspbfr"});
    EXPECT_EQ(listed.code, 0);
    EXPECT_THAT(listed.out, HasSubstr("  weights "));
    const bool there = fs::exists(source_dir() / "weights" / "bundled" / "compact-128");
    EXPECT_THAT(listed.out, HasSubstr(there ? "vspbfr[compact-128]" : "vspbfr:weights=official"));
    const Ran fetch = bfr({"weights", "fetch", "compact-128/code_diffuser.safetensors"});
    EXPECT_EQ(fetch.code, there ? 0 : 1);
    EXPECT_THAT(there ? fetch.out : fetch.err, HasSubstr(there ? "here" : "comes with the program"));
    EXPECT_THAT(bfr({"weights", "list", "compact-128/code_diffuser.safetensors"}).out,
                HasSubstr("vspbfr:weights=compact-128"));
}

}  // namespace
}  // namespace bfr::testing
