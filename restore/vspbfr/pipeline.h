// VSPBFR from a face to a face: style codes, their diffusion, the features of a StyleGAN2, the restoration net.
#pragma once

#include <functional>

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
};

struct Restoration {
    at::Tensor rgb;    // (1, 3, size, size), about [-1, 1]
    at::Tensor codes;  // (1, codes, width): the prompt
};

// What depends on the degraded face alone, shared by several restorations of it.
struct EncodedFace {
    at::Tensor rgb;    // (1, 3, size, size) in [-1, 1]
    at::Tensor codes;  // (1, codes, width)
};

// rgb01: (1, 3, size, size) in [0, 1], of the networks' size.
EncodedFace encode(const Networks& networks, const at::Tensor& rgb01);

// `on_step`: called with t and the clean codes predicted there.
Restoration restore_face(const Networks& networks, const EncodedFace& face, const PipelineOptions& options,
                         const DrawId& id, const std::function<void(int t, const at::Tensor& codes)>& on_step = {});

// The codes decoded by the StyleGAN2, averaged down to the networks' size: (1, 3, size, size), about [-1, 1].
at::Tensor preview(const Networks& networks, const at::Tensor& codes, const PipelineOptions& options, const DrawId& id);

}  // namespace bfr::vspbfr
