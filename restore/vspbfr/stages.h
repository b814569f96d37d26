// VSPBFR's stages as one instance of the method runs them. Instances with equal files share the loaded networks, and of
// a face what doesn't depend on the options in which they differ: the arms of an ablation encode it once.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "datasets/image.h"
#include "restore/vspbfr/pipeline.h"
#include "restore/vspbfr/precision.h"
#include "weights/catalogue/catalogue.h"

namespace bfr::vspbfr {

// Wall time of one restoration, in which a stage that was taken from another instance counts with what it took there:
// what the restoration would have taken alone.
class StageClock {
  public:
    using Clock = std::chrono::steady_clock;
    static double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }
    double seconds() const { return since(start_) + elsewhere_; }
    void leave_out(double seconds) { elsewhere_ -= seconds; }  // what the restoration had no need of

  private:
    friend class Stages;
    Clock::time_point start_ = Clock::now();
    double elsewhere_ = 0;  // may be negative: the wait for another thread isn't counted
};

struct SharedNetworks;

// Used by several threads at once.
class Stages {
  public:
    // `uses`: of `files`, in their order; instances whose hashes and placement are equal share the
    // networks. `fitting`: how this
    // instance brings a face to the networks' size. `samples`: how many restorations of a face it makes (repeats 0 ..
    // samples - 1). Throws as load_networks().
    Stages(const Files& files, const std::vector<WeightsUse>& uses, const PipelineOptions& options,
           const std::string& fitting, int samples, const Placement& placement = {});
    ~Stages();
    Stages(const Stages&) = delete;
    Stages& operator=(const Stages&) = delete;

    const Networks& networks() const;
    Deviation deviation() const;  // from float32, of a drawn picture

    // encode() of rgb01(), which is `degraded` brought to the networks' size by this instance's fitting.
    const EncodedFace& encode(const Image& degraded, const std::function<at::Tensor()>& rgb01, StageClock& clock) const;

    // restore_face() of a face that encode() gave for `degraded`. Results are kept in its memo: the codes as long as
    // it lives, the features, which are large, only until the last instance that needs the same ones has had them.
    Restoration restore(const Image& degraded, const EncodedFace& face, const DrawId& id, StageClock& clock,
                        bool keep_features = false) const;

  private:
    std::vector<at::Tensor> features(const Image& degraded, const at::Tensor& codes, const DrawId& id,
                                     StageClock& clock) const;

    PipelineOptions options_;
    int samples_;
    std::shared_ptr<SharedNetworks> shared_;
    // Equal between instances whose results are, the run's seed, sample and repeat apart.
    std::string face_key_, prompt_key_, features_key_;
};

}  // namespace bfr::vspbfr
