// CLR-Face's stages on a pack of a few drawn faces: they learn, and go on from a snapshot as if nothing had happened.
#include <cmath>

#include "nets/clrface/autoencoder.h"
#include "tests/train/stage_training.h"

namespace bfr {
namespace {

class ClrFaceStages : public StageTraining {
  protected:
    ClrFaceStages() : StageTraining("clrface") {}
    std::string sizes_of(const std::string& spec) const override {
        return spec.starts_with("irn")     ? ",size=32,base=8"
               : spec.starts_with("prior") ? ",size=32,width=32,steps=3"
                                           : ",size=32,width=32,codes=64";
    }
    StateDict best(const std::string& system, const std::string& name) const {
        return train::read_snapshot(scratch_ / system / name / "best.safetensors")->state;
    }
};

TEST_F(ClrFaceStages, EachLearnsEightFacesByHeart) {
    const auto falls_to = [&](const std::string& spec) {
        const auto lines = train("system", spec);
        return mean_loss(lines, lines.size() - 10, 10) / mean_loss(lines, 0, 5);
    };
    EXPECT_LT(falls_to("autoencoder:iterations=150,rate=0.003"), 0.35);
    EXPECT_LT(falls_to("autoencoder:iterations=100,rate=0.003,codebook=gradients,name=gradients"), 0.6);
    EXPECT_LT(falls_to("prior:iterations=150,rate=0.003"), 0.7);
    EXPECT_LT(falls_to("irn:iterations=150,rate=0.01"), 0.75);
}

TEST_F(ClrFaceStages, GoOnFromASnapshotAsIfNothingHadHappened) {
    train("before", "autoencoder:iterations=20,rate=0.003");
    const std::string autoencoder = (scratch_ / "before" / "autoencoder" / "best.safetensors").string();
    for (const std::string& stage :
         {std::string("autoencoder:revive_every=2,dead=0.5,"), std::string("autoencoder:codebook=gradients,"),
          std::string("irn:"), "prior:autoencoder=" + autoencoder + ","}) {
        const std::string spec = stage + "iterations=8,rate=0.003", folder = stage.substr(0, stage.find(':'));
        const auto whole = train("whole" + std::to_string(stage.size()), spec);
        train("parts" + std::to_string(stage.size()), spec, 5);
        const auto rest = train("parts" + std::to_string(stage.size()), spec);
        ASSERT_EQ(rest.size(), whole.size());
        EXPECT_EQ(rest.back()["loss"], whole.back()["loss"]) << stage;
        for (const auto& [name, tensor] : best("whole" + std::to_string(stage.size()), folder))
            EXPECT_TRUE(tensor.equal(best("parts" + std::to_string(stage.size()), folder).at(name)))
                << stage << " " << name;
    }
}

TEST_F(ClrFaceStages, LearnInMixedPrecision) {
    const auto lines = train("system", "autoencoder:iterations=60,rate=0.003", 0, at::kBFloat16);
    EXPECT_LT(mean_loss(lines, 50, 10) / mean_loss(lines, 0, 5), 0.5);
}

TEST_F(ClrFaceStages, TheAutoencodersLatentIsNormalised) {
    train("system", "autoencoder:iterations=30,rate=0.003");
    const StateDict result = best("system", "autoencoder");
    StateDict own;
    for (const auto& [name, tensor] : result) {
        if (name.starts_with("autoencoder.")) own[name.substr(12)] = tensor;
    }
    const auto sizes = nets::clrface::autoencoder_sizes(own, "best");
    EXPECT_EQ(sizes.patch, 2);
    EXPECT_EQ(sizes.width, 32);
    EXPECT_EQ(sizes.multipliers, (std::vector<int64_t>{1, 2}));
    EXPECT_EQ(sizes.blocks, 1);
    EXPECT_EQ(sizes.codes, 64);
    nets::clrface::Autoencoder net(sizes);
    load_strictly(net, own, "best");
    const at::NoGradGuard no_grad;
    train::Split split = train::split_by_group(*pack_, 2, 3);
    const train::BatchSource training(pack_, split.training, find_degradation_preset("vspbfr"), 4, 3);
    const at::Tensor latent = net.latent(training.clean(0, training.size()));
    EXPECT_LT(latent.mean({0, 2, 3}).abs().max().item<float>(), 1e-3);
    EXPECT_NEAR(latent.std({0, 2, 3}, false).mean().item<double>(), 1, 1e-3);
}

TEST_F(ClrFaceStages, SayWhatToDoWhereOptionsDontFit) {
    expect_plain("autoencoder:size=64", "--size 64");
    expect_plain("autoencoder:size=32,patch=3", "1, 2 or 4");
    expect_plain("autoencoder:size=32,width=40", "multiple of 32");
    expect_plain("prior:size=32", "train stage autoencoder first");
    train("system", "autoencoder:iterations=1");
    expect_plain("prior:size=64", "--size 64");
    expect_plain("prior:size=32,width=40", "width of 32");
    expect_plain("irn:preset=full-512", "no preset full-512");
}

}  // namespace
}  // namespace bfr
