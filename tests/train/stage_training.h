// Stages in training on a pack of a few drawn faces.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <atomic>
#include <fstream>

#include "base/error.h"
#include "base/random.h"
#include "tests/support/support.h"
#include "train/pack/jpeg.h"
#include "train/pack/pack_writer.h"
#include "train/snapshot.h"
#include "train/stages.h"

namespace bfr {

namespace fs = std::filesystem;

constexpr int kSide = 32, kFaces = 10;

// Smooth blobs of another colour each: something that can be learnt.
inline std::vector<unsigned char> drawn_face(int which) {
    std::vector<unsigned char> rgb;
    const Draw draw(7, std::to_string(which), "test/face");
    for (int y = 0; y < kSide; y++) {
        for (int x = 0; x < kSide; x++) {
            for (uint64_t c = 0; c < 3; c++) {
                const double wave = std::sin(draw.uniform(c) * x / 4 + 6 * draw.uniform(3 + c)) *
                                    std::cos(draw.uniform(6 + c) * y / 4 + 6 * draw.uniform(9 + c));
                rgb.push_back(static_cast<unsigned char>(127.5 + 110 * wave));
            }
        }
    }
    return rgb;
}

class StageTraining : public ::testing::Test {
  protected:
    explicit StageTraining(std::string system) : system_(std::move(system)) {
        train::PackWriter writer(scratch_ / "pack", kSide, {{"source", "drawn"}});
        for (int i = 0; i < kFaces; i++)
            writer.add("face" + std::to_string(i), "person" + std::to_string(i),
                       train::encode_jpeg(drawn_face(i), kSide, 95));
        writer.finish();
        pack_ = std::make_shared<const train::PackReader>(scratch_ / "pack");
        at::set_num_threads(1);
    }

    // What makes a stage small: ",size=32,base=8".
    virtual std::string sizes_of(const std::string& spec) const = 0;

    // Trains in SYSTEM/NAME; returns the lines of its log. `stop_at`: iterations after which it is cut off.
    std::vector<Json> train(const std::string& system, const std::string& spec, int64_t stop_at = 0,
                            at::ScalarType precision = at::kFloat) const {
        const train::StageContext context{
            scratch_ / system, [](const std::string& name) -> fs::path { throw Error(name); }, {3}};
        train::MadeStage made = train::read_stage(
            train::find_system(system_),
            Spec::parse(spec + sizes_of(spec) + ",lpips=none,recogniser=none,batch=4,warm_up=1,validate_every=1000"),
            context);
        made.setup.loop.log_every = 1;
        made.setup.loop.seed = 3;
        made.setup.loop.precision = precision;
        const fs::path folder = context.system / made.setup.name;
        train::Split split = train::split_by_group(*pack_, 2, 3);
        const DegradationPreset preset = find_degradation_preset("vspbfr");
        const train::BatchSource training(pack_, split.training, preset, made.setup.batch, 3),
            validation(pack_, split.validation, preset, 1, 3);
        torch::manual_seed(3);
        const auto stage = made.make(training, !fs::exists(folder / "snapshot.safetensors"));
        std::atomic<bool> stop = false;
        StopAfter watched(*stage, stop_at, stop);
        train::run_loop(watched, training, validation, made.setup.loop, Json(made.setup.settings), folder, stop,
                        [](const std::string&) {});
        const Json rows = stage->rows();
        EXPECT_EQ(static_cast<int64_t>(rows.size()) * kSide, stage->show(validation.fixed(0, 1)).size(1)) << spec;
        std::vector<Json> lines;
        std::ifstream log(folder / "log.jsonl");
        for (std::string line; std::getline(log, line);) {
            Json json = Json::parse(line);
            if (json.contains("session")) {
                EXPECT_EQ(json["session"]["rows"], rows) << spec;
            }
            if (json.contains("loss")) lines.push_back(std::move(json));
        }
        return lines;
    }

    // Made with nothing but the spec's own options.
    void expect_plain(const std::string& spec, const std::string& said) const {
        const train::StageContext context{
            scratch_ / "system", [](const std::string& name) -> fs::path { throw Error(name); }, {3}};
        train::Split split = train::split_by_group(*pack_, 2, 3);
        const train::BatchSource training(pack_, split.training, find_degradation_preset("vspbfr"), 4, 3);
        try {
            train::read_stage(train::find_system(system_), Spec::parse(spec + ",lpips=none,recogniser=none"), context)
                .make(training, true);
            ADD_FAILURE() << spec;
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find(said), std::string::npos) << error.what();
        }
    }

    // Asks the loop to stop during one of the iterations.
    struct StopAfter final : train::Stage {
        StopAfter(train::Stage& given, int64_t stop_at, std::atomic<bool>& flag)
            : stage(given), at(stop_at), stop(flag) {}
        train::Values step(int64_t iteration, double factor, const train::Batch& batch) override {
            if (at > 0 && iteration + 1 >= at) stop = true;
            return stage.step(iteration, factor, batch);
        }
        train::Values validate(const std::vector<train::Batch>& batches) override { return stage.validate(batches); }
        at::Tensor show(const train::Batch& batch) override { return stage.show(batch); }
        std::vector<std::string> rows() const override { return stage.rows(); }
        void save(StateDict& to) const override { stage.save(to); }
        void restore(const StateDict& from, const std::string& source) override { stage.restore(from, source); }
        void begin_from(const StateDict& result, const std::string& source) override {
            stage.begin_from(result, source);
        }
        StateDict result(const train::BatchSource& training) const override { return stage.result(training); }
        train::Stage& stage;
        int64_t at;
        std::atomic<bool>& stop;
    };

    static double mean_loss(const std::vector<Json>& lines, size_t first, size_t count) {
        double sum = 0;
        for (size_t i = first; i < first + count; i++) sum += lines.at(i).at("loss").get<double>();
        return sum / static_cast<double>(count);
    }

    std::string system_;  // as bfr train has it
    testing::Scratch scratch_;
    std::shared_ptr<const train::PackReader> pack_;
};

}  // namespace bfr
