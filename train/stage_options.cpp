#include "train/stage_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bfr::train {

void StageReader::add(const std::string& key, std::string fallback, std::string summary) {
    options_.push_back({key, std::move(fallback), std::move(summary)});
}

void StageReader::number(const std::string& key, double& value, double lo, double hi, const std::string& summary) {
    add(key, fmt::format("{}", value), summary);
    value = reader_.number(key, value, lo, hi);
}

void StageReader::integer(const std::string& key, int64_t& value, int64_t lo, int64_t hi, const std::string& summary) {
    add(key, fmt::format("{}", value), summary);
    value = reader_.integer(key, value, lo, hi);
}

void StageReader::flag(const std::string& key, bool& value, const std::string& summary) {
    add(key, value ? "true" : "false", summary);
    value = reader_.flag(key, value);
}

void StageReader::text(const std::string& key, std::string& value, const std::string& summary) {
    add(key, value, summary);
    value = reader_.text(key, value);
}

void StageReader::choice(const std::string& key, std::string& value, const std::vector<std::string>& allowed,
                         const std::string& summary) {
    add(key, value, fmt::format("{}: {}", summary, fmt::join(allowed, ", ")));
    value = reader_.choice(key, value, allowed);
}

void StageReader::setup(StageSetup& setup) {
    auto& loop = setup.loop;
    integer("iterations", loop.iterations, 1, 100'000'000, "steps of the whole training");
    integer("batch", setup.batch, 1, 4096, "faces in a step");
    integer("warm_up", loop.warm_up, 1, 1'000'000, "iterations in which the learning rate rises to its full height");
    number("last_rate", loop.last_rate, 0, 1, "what is left of the rate at the end, by a half cosine; 1: it stays");
    integer("validate_every", loop.validate_every, 1, 1'000'000, "iterations between validations");
    integer("log_every", loop.log_every, 1, 1'000'000, "iterations to a line of the log, which has their means");
    number("save_every", loop.save_every, 0, 1e6, "seconds between snapshots");
    text("init", setup.init, "file with the weights to begin with: another training's best.safetensors");
    setup.name = stage();
    text("name", setup.name, "folder of this training below --out");
}

void StageReader::optimiser(OptimiserOptions& options) {
    number("rate", options.rate, 0, 10, "Adam's learning rate");
    number("beta1", options.beta1, 0, 1, "Adam's decay of the mean gradient");
    number("beta2", options.beta2, 0, 1, "Adam's decay of the mean square");
    number("clip", options.clip, 1e-6, 1e9, "longest gradient: a longer one is cut to it");
    number("average", options.average, 0, 1, "decay of the averaged weights, which are the result; 0: the last ones");
}

void StageReader::weights(PictureWeights& weights) {
    number("pixel", weights.pixel, 0, 1e6, "weight of the pixels' L1 loss");
    number("perceptual", weights.perceptual, 0, 1e6, "weight of LPIPS");
    number("identity", weights.identity, 0, 1e6, "weight of the identity loss, |1 - cosine|");
    flag("summed", weights.summed, "LPIPS is added up over the batch, and not its mean");
}

void StageReader::judges(JudgeOptions& options) {
    choice("lpips", options.lpips, lpips_names(), "network of LPIPS");
    choice("recogniser", options.recogniser, recogniser_names(), "network of the identity loss");
    text("trunk", options.trunk_file, "file of LPIPS's network instead of the catalogue's");
    text("heads", options.heads_file, "file of its heads");
    text("recogniser_file", options.recogniser_file, "file of the recogniser");
}

}  // namespace bfr::train
