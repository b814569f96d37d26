// VSPBFR from a face to a face: style codes, their diffusion, the features of a StyleGAN2, the restoration net. All
// tensors are float32 on the CPU, wherever the networks are, but for the features, which stay with them.
#pragma once

#include <vector>

#include "restore/vspbfr/draws.h"
#include "restore/vspbfr/networks.h"

namespace bfr::vspbfr {

enum class Prompt {
    kDiffused,  // the code diffuser's, as published
    kDegraded,  // the degraded face's own codes
    kNone,      // the mean face's: nothing of this face
};

struct PipelineOptions {
    int steps = 4;       // of the code diffuser: published with 4
    int stop_after = 0;  // the clean codes that are predicted after so many steps; 0: after all
    Prompt prompt = Prompt::kDiffused;
    bool layer_noise = true;
    double mixing = 0.5;  // how often two random codes are mixed (restoration_test.py)

    int steps_taken() const { return prompt != Prompt::kDiffused ? 0 : stop_after > 0 ? stop_after : steps; }
};

// What depends on the degraded face alone, shared by several restorations of it.
struct EncodedFace {
    at::Tensor rgb;    // (1, 3, size, size) in [-1, 1]
    at::Tensor codes;  // (1, codes, width); undefined where the prompt is none of this face's
};

// rgb01: (1, 3, size, size) in [0, 1], of the networks' size. This and what follows throw Error where a network gives
// something else than finite numbers, naming it and its file.
EncodedFace encode(const Networks& networks, const at::Tensor& rgb01, Prompt prompt = Prompt::kDiffused);

// The codes that guide a restoration, and how they came about: all (1, codes, width).
struct VisualPrompt {
    at::Tensor codes;
    at::Tensor start;                   // x_T; undefined where nothing was diffused
    std::vector<at::Tensor> predicted;  // the clean codes as predicted by each step that was taken, the first at T - 1
};

VisualPrompt make_prompt(const Networks& networks, const EncodedFace& face, const PipelineOptions& options,
                         const DrawId& id);

// The StyleGAN2's features for these codes, as the restoration net wants them.
std::vector<at::Tensor> prompt_features(const Networks& networks, const at::Tensor& codes,
                                        const PipelineOptions& options, const DrawId& id);

// (1, 3, size, size), about [-1, 1]. Features that nobody else holds are freed as they are used.
at::Tensor restore_prompted(const Networks& networks, const EncodedFace& face, const at::Tensor& codes,
                            std::vector<at::Tensor> features, const PipelineOptions& options, const DrawId& id);

struct Restoration {
    at::Tensor rgb;  // (1, 3, size, size), about [-1, 1]
    VisualPrompt prompt;
    std::vector<at::Tensor> features = {};  // prompt_features(), where they were asked for
};

// The three of them.
Restoration restore_face(const Networks& networks, const EncodedFace& face, const PipelineOptions& options,
                         const DrawId& id);

// Of one face at the networks' size that is restored `samples` times (nets/flop.h), in units of 1e9; a second random
// code by how often there is one.
double gflop_of(const NetworkSizes& sizes, const PipelineOptions& options, int samples);

// The codes decoded by the StyleGAN2, averaged down to the networks' size: (1, 3, size, size), about [-1, 1].
at::Tensor preview(const Networks& networks, const at::Tensor& codes, const PipelineOptions& options, const DrawId& id);

}  // namespace bfr::vspbfr
