#include "restore/vspbfr/stages.h"

#include <ATen/ATen.h>
#include <torch/cuda.h>

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/shared_model.h"

namespace bfr::vspbfr {

struct SharedNetworks {
    explicit SharedNetworks(ReducedNetworks loaded)
        : networks(std::move(loaded.networks)), deviation(loaded.deviation) {
        static std::atomic<uint64_t> made{0};
        key = fmt::format("vspbfr {}", ++made);
    }

    std::unique_ptr<const Networks> networks;
    Deviation deviation;  // from float32
    std::string key;      // of memos: no other networks of this process have it

    // How many restorations of a face each living instance makes, by its features' key.
    std::mutex mutex;
    std::map<std::string, std::multiset<int>> samples;

    int users(const std::string& features_key, uint32_t repeat) {
        const std::lock_guard lock(mutex);
        int users = 0;
        for (const int count : samples[features_key]) users += count > static_cast<int>(repeat) ? 1 : 0;
        return users;
    }
};

namespace {

// A stage's result, and what it took.
template <class T>
struct Staged {
    T result;
    double seconds = 0;
};

using Clock = std::chrono::steady_clock;

// A GPU is still at work when a call returns: its stage ends when it has done.
template <class Make>
auto run_stage(at::Device device, const Make& make) {
    const auto start = Clock::now();
    auto result = make();
    if (device.is_cuda()) torch::cuda::synchronize(device.index());
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return Staged<decltype(result)>{std::move(result), seconds};
}

// Features of one face, kept until their last user has them.
struct SharedFeatures {
    explicit SharedFeatures(int users) : users_left(users) {}
    std::mutex mutex;
    int users_left;
    std::optional<Staged<std::vector<at::Tensor>>> kept;
};

std::shared_ptr<SharedNetworks> share(const Files& files, const std::vector<WeightsUse>& uses,
                                      const Placement& placement) {
    std::string key = fmt::format("{} {} ", placement.device.str(), c10::toString(placement.type));
    for (const auto& use : uses) key += use.sha256 + " ";
    return shared_model<SharedNetworks>(key, [&] {
        return std::make_shared<SharedNetworks>(placement.type == at::kFloat
                                                    ? ReducedNetworks{load_networks(files, placement), {}}
                                                    : load_reduced(files, placement));
    });
}

// What of the options the prompt depends on.
std::string prompt_text(const PipelineOptions& options) {
    switch (options.prompt) {
        case Prompt::kDegraded:
            return "degraded";
        case Prompt::kNone:
            return "none";
        case Prompt::kDiffused:
            break;
    }
    return fmt::format("{} of {} steps", options.steps_taken(), options.steps);
}

std::string text_of(const DrawId& id) { return fmt::format("{} {} {}", id.run_seed, id.repeat, id.sample_id); }

}  // namespace

Stages::Stages(const Files& files, const std::vector<WeightsUse>& uses, const PipelineOptions& options,
               const std::string& fitting, int samples, const Placement& placement)
    : options_(options), samples_(samples), shared_(share(files, uses, placement)) {
    face_key_ = shared_->key + ", " + fitting;
    prompt_key_ = face_key_ + ", " + prompt_text(options);
    features_key_ = prompt_key_ + (options.layer_noise ? ", noise" : ", no noise");
    const std::lock_guard lock(shared_->mutex);
    shared_->samples[features_key_].insert(samples_);
}

Stages::~Stages() {
    const std::lock_guard lock(shared_->mutex);
    auto& samples = shared_->samples[features_key_];
    samples.erase(samples.find(samples_));
}

const Networks& Stages::networks() const { return *shared_->networks; }

Deviation Stages::deviation() const { return shared_->deviation; }

const EncodedFace& Stages::encode(const Image& degraded, const std::function<at::Tensor()>& rgb01,
                                  StageClock& clock) const {
    const auto asked = StageClock::Clock::now();
    const char* what = options_.prompt == Prompt::kNone ? ", not encoded" : ", encoded";
    const auto& staged = degraded.memo<Staged<EncodedFace>>(face_key_ + what, [&] {
        return run_stage(networks().placement.device,
                         [&] { return vspbfr::encode(networks(), rgb01(), options_.prompt); });
    });
    clock.elsewhere_ += staged.seconds - StageClock::since(asked);
    return staged.result;
}

Restoration Stages::restore(const Image& degraded, const EncodedFace& face, const DrawId& id, StageClock& clock,
                            bool keep_features) const {
    const auto asked = StageClock::Clock::now();
    const auto& prompt = degraded.memo<Staged<VisualPrompt>>(prompt_key_ + ", prompt, " + text_of(id), [&] {
        return run_stage(networks().placement.device, [&] { return make_prompt(networks(), face, options_, id); });
    });
    clock.elsewhere_ += prompt.seconds - StageClock::since(asked);
    const at::Tensor& codes = prompt.result.codes;
    auto shared = features(degraded, codes, id, clock);
    std::vector<at::Tensor> kept;
    if (keep_features) kept = shared;
    return {restore_prompted(networks(), face, codes, std::move(shared), options_, id), prompt.result, std::move(kept)};
}

std::vector<at::Tensor> Stages::features(const Image& degraded, const at::Tensor& codes, const DrawId& id,
                                         StageClock& clock) const {
    const int users = shared_->users(features_key_, id.repeat);
    if (users < 2) return prompt_features(networks(), codes, options_, id);
    const auto asked = StageClock::Clock::now();
    const auto& slot = degraded.memo<std::shared_ptr<SharedFeatures>>(
        features_key_ + ", features, " + text_of(id), [&] { return std::make_shared<SharedFeatures>(users); });
    const std::lock_guard lock(slot->mutex);
    if (!slot->kept) {
        slot->kept =
            run_stage(networks().placement.device, [&] { return prompt_features(networks(), codes, options_, id); });
    }
    clock.elsewhere_ += slot->kept->seconds - StageClock::since(asked);
    if (--slot->users_left > 0) return slot->kept->result;
    auto last = std::move(slot->kept->result);
    slot->kept.reset();
    return last;
}

}  // namespace bfr::vspbfr
