// VSPBFR's stages and the baseline on a pack of a few drawn faces: they learn, and go on from a snapshot as if nothing
// had happened.
#include <set>

#include "nets/vspbfr_sizes.h"
#include "tests/train/stage_training.h"
#include "train/vspbfr/frozen_parts.h"

namespace bfr {
namespace {

class Stages : public StageTraining {
  protected:
    Stages() : StageTraining("vspbfr") {}
    std::string sizes_of(const std::string& spec) const override {
        return spec.starts_with("unet") ? ",size=32,base=8"
                                        : ",size=32,width=16,base=16,multiplier=2,linear=12,blocks=1";
    }
};

TEST_F(Stages, EachLearnsEightFacesByHeart) {
    const auto falls_to = [&](const std::string& spec) {
        const auto lines = train("system", spec);
        return mean_loss(lines, lines.size() - 10, 10) / mean_loss(lines, 0, 5);
    };
    EXPECT_LT(falls_to("prior:iterations=150,rate=0.01"), 0.75);
    EXPECT_LT(falls_to("style-encoder:iterations=150,rate=0.01"), 0.6);
    EXPECT_LT(falls_to("code-diffuser:iterations=150,rate=0.005"), 0.9);
    EXPECT_LT(falls_to("restoration:iterations=150,rate=0.01"), 0.5);
    EXPECT_LT(falls_to("unet:iterations=150,rate=0.01"), 0.7);
}

// Mixed precision: other roundings, the same course.
TEST_F(Stages, LearnAsMuchInBFloat16) {
    train("system", "prior:iterations=20,rate=0.01");
    train("system", "style-encoder:iterations=20,rate=0.01");
    train("system", "code-diffuser:iterations=20,rate=0.005");
    for (const std::string stage :
         {"prior", "restoration:adversarial=0.05,adversarial_from=5,lead=5,r1_every=4", "unet"}) {
        const std::string rest =
            (stage.find(':') == std::string::npos ? ":" : ",") + std::string("iterations=60,rate=0.01");
        const auto whole = train("system", stage + rest + ",name=whole"),
                   mixed = train("system", stage + rest + ",name=mixed", 0, at::kBFloat16);
        EXPECT_NEAR(mean_loss(mixed, 0, 1), mean_loss(whole, 0, 1), 0.01 * mean_loss(whole, 0, 1)) << stage;
        EXPECT_NE(mean_loss(mixed, 0, 1), mean_loss(whole, 0, 1)) << stage;
        EXPECT_NEAR(mean_loss(mixed, 50, 10), mean_loss(whole, 50, 10), 0.15 * mean_loss(whole, 50, 10)) << stage;
        fs::remove_all(scratch_ / "system" / "whole");
        fs::remove_all(scratch_ / "system" / "mixed");
    }
}

TEST_F(Stages, GoOnAsIfNothingHadHappened) {
    for (const std::string spec : {"prior:iterations=12", "style-encoder:iterations=12", "code-diffuser:iterations=12",
                                   "restoration:iterations=12,adversarial=0.1,adversarial_from=4,lead=2,r1_every=3",
                                   "restoration:name=augmented,iterations=12,adversarial=0.1,lead=0,r1_every=3,ada=0.1,"
                                   "ada_length=40"}) {
        const auto whole = train("whole", spec), first = train("parts", spec, 5), both = train("parts", spec);
        ASSERT_EQ(first.size(), 5U) << spec;
        ASSERT_EQ(both.size(), 12U) << spec;
        for (size_t i = 0; i < both.size(); i++) {
            const double expected = whole[i].at("loss").get<double>();
            EXPECT_NEAR(both[i].at("loss").get<double>(), expected, 1e-6 * std::abs(expected)) << spec << " " << i;
            EXPECT_EQ(both[i].value("augmented", 0.0), whole[i].value("augmented", 0.0)) << spec << " " << i;
        }
    }
}

TEST_F(Stages, RefuseASnapshotOfOtherOptions) {
    train("system", "prior:iterations=2");
    try {
        train("system", "prior:iterations=2,rate=0.5");
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_NE(std::string(error.what()).find("rate = \"0.002\""), std::string::npos) << error.what();
    }
}

TEST_F(Stages, RefuseASnapshotOfAnOptionThatIsNowLeftOut) {
    train("system", "prior:iterations=2");
    const auto expect_refused = [&](const std::string& spec, const std::string& option) {
        try {
            train("system", spec);
            ADD_FAILURE() << spec;
        } catch (const UsageError& error) {
            EXPECT_NE(std::string(error.what()).find(option), std::string::npos) << error.what();
        }
    };
    train("system", "restoration:iterations=2,prompt=none,mapping=1");
    expect_refused("restoration:iterations=2,prompt=none", "mapping");
    expect_refused("restoration:iterations=2,prompt=none,mapping=1,summed=true", "summed");
    // nothing is learnt otherwise by it
    EXPECT_EQ(train("system", "restoration:iterations=2,prompt=none,mapping=1,save_every=7").size(), 2U);
}

TEST_F(Stages, RefuseASnapshotThatDoesntSayAnOption) {
    train("system", "prior:iterations=2");
    const fs::path file = scratch_ / "system" / "prior" / train::kSnapshotFile;
    auto snapshot = train::read_snapshot(file);
    snapshot->meta["settings"].erase("clip");
    train::write_snapshot(file, snapshot->state, snapshot->meta);
    try {
        train("system", "prior:iterations=2");
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_NE(std::string(error.what()).find("doesn't say its clip"), std::string::npos) << error.what();
        EXPECT_NE(std::string(error.what()).find("prior/best.safetensors"), std::string::npos) << error.what();
    }
}

TEST_F(Stages, EveryPresetsOptionsAreTheStages) {
    std::set<std::string> with_full_512;
    for (const auto& stage : train::find_system("vspbfr").stages) {
        for (const auto& option : train::options_of(stage)) {
            EXPECT_FALSE(option.info.summary.empty()) << stage.name << " " << option.info.key;
            if (option.info.key == "size" && option.full_512 == "512") with_full_512.insert(stage.name);
        }
    }
    EXPECT_EQ(with_full_512, (std::set<std::string>{"code-diffuser", "restoration"}));
}

TEST_F(Stages, SayWhatToDoWhereOptionsDontFit) {
    const auto expect = [&](const std::string& spec, const std::string& said) {
        try {
            train("system", spec);
            ADD_FAILURE() << spec;
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find(said), std::string::npos) << error.what();
        }
    };
    train("system", "prior:iterations=2");
    expect("prior:iterations=2,preset=full-512", "pretrained=FILE");
    expect("restoration:iterations=2,preset=full-128", "compact-128, full-512");
    expect("restoration:iterations=2,prompt=none,ada=0.6", "adversarial=W");
    const std::string sizes = ",base=16,multiplier=2,linear=12,blocks=1,prompt=none";
    expect_plain("restoration:size=32,width=8" + sizes, "give width=16");
    expect_plain("restoration:size=64,width=16" + sizes, "--size 64");
    expect_plain("unet:size=64", "--size 64");
    // the preset's own files, where a value of it was not replaced
    expect_plain("restoration:preset=full-512", "style_encoder_decoder.pt");
}

TEST_F(Stages, FineTuningBeginsWhereATrainingEnded) {
    for (const std::string stage : {"prior", "style-encoder", "code-diffuser", "restoration", "unet"}) {
        const auto first = train("system", stage + ":iterations=40,rate=0.01");
        const auto best = (scratch_ / "system" / stage / "best.safetensors").string();
        const auto tuned = train("system", stage + ":iterations=5,rate=0.0001,name=tuned,init=" + best);
        EXPECT_LT(mean_loss(tuned, 0, 5), mean_loss(first, 0, 5)) << stage;
        fs::remove_all(scratch_ / "system" / "tuned");
    }
}

TEST_F(Stages, WhitenedCodesDecodeToTheSamePictures) {
    train("system", "prior:iterations=20,rate=0.01");
    const auto snapshot = train::read_snapshot(scratch_ / "system" / "prior" / "snapshot.safetensors");
    ASSERT_TRUE(snapshot);
    const train::SystemSizes sizes = train::compact_system(
        {.size = 32, .width = 16, .base = 16, .multiplier = 2, .linear = 12, .blocks = 1, .branches = 4});
    nets::CompactStyleEncoder encoder(sizes.encoder);
    nets::StyleGan2 bank(sizes.bank);
    train::restore_module(encoder, "average.encoder.", snapshot->state, "the snapshot");
    train::restore_module(bank, "average.decoder.", snapshot->state, "the snapshot");
    const train::TrainedPrior whitened(scratch_ / "system" / "prior" / "best.safetensors");

    const at::NoGradGuard no_grad;
    train::Split split = train::split_by_group(*pack_, 2, 3);
    const train::BatchSource faces(pack_, split.training, find_degradation_preset("vspbfr"), 4, 3);
    const at::Tensor clean = faces.clean(0, 8);
    const at::Tensor before =
        bank.forward(train::codes_of(encoder, bank, clean, sizes.encoder.input), nets::NoNoise(), 0, true).image;
    const at::Tensor codes = whitened.codes(clean);
    EXPECT_LT((whitened.decoded(codes, kSide, nets::NoNoise()) - before).abs().max().item<double>(),
              1e-4 * before.abs().max().item<double>());
    EXPECT_LT(codes.mean(0).abs().max().item<double>(), 1e-3);
    EXPECT_NEAR(codes.std(0, false).median().item<double>(), 1, 1e-3);
}

}  // namespace
}  // namespace bfr
