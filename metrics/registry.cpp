#include "metrics/metric.h"
#include "metrics/units.h"

namespace bfr {

const MetricRegistry& metrics() {
    static const MetricRegistry registry(
        "metric",
        {
            {"psnr",
             "Peak signal-to-noise ratio, in the convention of a named tool",
             {{"convention", "basicsr", "basicsr, basicsr-pt, pyiqa, skimage, torchmetrics or vqfr"},
              {"space", "rgb", "rgb, or y: the convention's own luma (skimage and torchmetrics have none)"},
              {"crop", "0", "pixels left out at each border"}},
             make_psnr},
            {"ssim",
             "Structural similarity, in the convention of a named tool",
             {{"convention", "basicsr", "basicsr, pyiqa, skimage, torchmetrics or vqfr"},
              {"space", "rgb (pyiqa: y)", "rgb: mean of the channels; y: the convention's own luma"},
              {"crop", "0", "pixels left out at each border"},
              {"downsample", "false", "pyiqa: means of round(min side / 256) squared pixels first, as in MATLAB"},
              {"window", "uniform", "skimage: uniform (7x7), or gaussian (11x11, sigma 1.5)"}},
             make_ssim},
            {"ms_ssim",
             "Structural similarity over five scales, in the convention of a named tool",
             {{"convention", "pyiqa", "pyiqa, torchmetrics or pytorch-msssim"},
              {"space", "rgb (pyiqa: y)", "rgb, or y (pyiqa only)"}},
             make_ms_ssim},
            {"identity",
             "Likeness of the two faces by dlib's 128-number descriptor",
             {{"measure", "cosine", "cosine (higher is better) or distance (Euclidean, lower is better)"},
              {"find", "crop",
               "where the face is: crop (its place on an FFHQ-aligned picture), whole picture, hog or mmod detector"}},
             make_identity},
            {"zero", "Always 0: a baseline for timing and tests of the program itself", {}, make_zero},
        });
    return registry;
}

}  // namespace bfr
