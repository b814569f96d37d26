#include "metrics/metric.h"
#include "metrics/units.h"
#include "nets/torchscript_pictures.h"

namespace bfr {

namespace {

std::vector<OptionInfo> module_options() {
    auto options = picture_module_options(false);
    options.push_back({"reference", "needed", "needed, or none: the module takes the restored picture alone"});
    options.push_back({"order", "restored-first", "restored-first or reference-first: what forward() takes first"});
    options.push_back({"direction", "none", "which values are better: higher, lower or none"});
    options.push_back({"unit", "", "dB, px ..."});
    options.push_back({"name", "the spec", "the value is called torchscript:name=NAME instead of by its options"});
    return options;
}

const OptionInfo kInceptionWeights{"weights", "the catalogue's", "a file of FID's Inception of your own", true};
const OptionInfo kStatistics{"stats", "the run's references",
                             "what is compared with: a file of bfr stats, pytorch-fid's .npz or BasicSR's .pth", true};
const OptionInfo kAgainst{"against", "the run's references",
                          "a folder of pictures to compare with, all of them: FFHQ's, say", true};
const OptionInfo kOrder{"order", "rgb", "rgb, or bgr: channels in the wrong order, as BFRBench's script has them"};
constexpr const char* kFidConventions = "pytorch-fid, basicsr, clean, torch-fidelity or torchmetrics: resizer and sums";

}  // namespace

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
              {"window", "gaussian (skimage: uniform)", "skimage: uniform (7x7), or gaussian (11x11, sigma 1.5)"}},
             make_ssim},
            {"ms_ssim",
             "Structural similarity over five scales, in the convention of a named tool",
             {{"convention", "pyiqa", "pyiqa, torchmetrics, pytorch-msssim or bfrbench"},
              {"space", "rgb (pyiqa: y)", "rgb, or y (pyiqa only)"}},
             make_ms_ssim},
            {"vif", "Visual information fidelity: the share of the reference's information that is left", {}, make_vif},
            {"fsim",
             "Feature similarity: phase congruency, gradients and colour",
             {{"chroma", "true", "true: FSIMc; false: FSIM, of the luma alone"}},
             make_fsim},
            {"gmsd", "Gradient magnitude similarity deviation: 0 is the same picture", {}, make_gmsd},
            {"niqe",
             "Naturalness without a reference, in the convention of a named tool",
             {{"convention", "basicsr", "basicsr or pyiqa"},
              {"crop", "0", "pixels left out at each border"},
              {"weights", "niqe_pris_params.npz of the catalogue",
               "a file of mu_pris_param (36) and cov_pris_param (36x36) of your own", true}},
             make_niqe},
            {"identity",
             "Likeness of the two faces by a face recognition network: dlib's, or those of the field's papers",
             {{"net", "dlib",
               "dlib, arcface-r18 (VQFR's Deg, RestoreFormer's IDD), irse50 (pSp, e4e) or mobilefacenet"},
              {"measure", "cosine (arcface-r18: degrees)",
               "cosine (higher is better), distance (Euclidean), degrees or radians (lower is better)"},
              {"find", "crop",
               "dlib, mobilefacenet: where the face is: crop (its place on an FFHQ-aligned picture), whole picture, "
               "hog or mmod detector"},
              {"input", "vqfr",
               "arcface-r18: vqfr (the decoder's gray, in [-1, 1]) or restoreformer (its gray of exchanged channels, "
               "in [0, 1], and radians)"},
              {"align", "points",
               "mobilefacenet: points (ArcFace's template by dlib's 68 points) or none (the picture as it is)"},
              {"exclude_below", "0",
               "angles: a smaller value is left out of the mean; VQFR's script leaves out under 1"},
              {"weights", "the published file", "another file of the same network (not for dlib)", true}},
             make_identity},
            {"lpips",
             "Learned perceptual distance on the features of a network that classifies pictures",
             {{"net", "alex", "alex, vgg or squeeze; always in the label"},
              {"version", "0.1", "0.1, or 0.0: the first release's heads, without the scaling of the input"},
              {"order", "rgb", "rgb, or bgr: channels in the wrong order, as RestoreFormer's script has them"},
              {"range", "-1..1", "-1..1, or 0..1: what black and white are, as RestoreFormer's script prints besides"},
              {"trunk", "torchvision's", "a file of the network's own weights", true},
              {"heads", "the published ones", "a file of heads (linK.model.1.weight)", true}},
             make_lpips},
            {"dists",
             "Distance of structure and texture on VGG-16's features",
             {{"resize", "none", "none, or 256: a shorter side over 256 is made 256 first, as the authors' demo does"},
              {"trunk", "torchvision's", "a file of VGG-16's weights", true},
              {"weights", "the published ones", "a file of alpha and beta", true}},
             make_dists},
            {"fid",
             "Frechet Inception distance of the whole set, in the convention of a named tool",
             {{"convention", "pytorch-fid", kFidConventions},
              kOrder,
              kStatistics,
              kAgainst,
              {"num_sample", "0", "the first so many pictures by id (BasicSR's option); 0: all"},
              kInceptionWeights},
             make_fid},
            {"kid",
             "Kernel Inception distance of the whole set",
             {{"convention", "torch-fidelity",
               "torch-fidelity, or clean: the resizer, and subsets of at most all pictures"},
              {"subsets", "100", "how many subsets are drawn"},
              {"subset_size", "1000", "pictures of each"},
              {"fewer", "refuse (clean: all)",
               "what becomes of a set with fewer: refuse, or all: every subset is the whole set, as PMRF's script has "
               "it"},
              {"seed", "2020", "of the draws"},
              {"first", "restored", "whose subset is drawn first: restored or reference"},
              kOrder,
              kAgainst,
              kInceptionWeights},
             make_kid},
            {"pr",
             "Precision and recall of the whole set by nearest neighbours",
             {{"convention", "torch-fidelity", "torch-fidelity, pytorch-fid, clean or torchmetrics: the resizer"},
              {"k", "3", "which neighbour's distance is a picture's radius"},
              kOrder,
              kAgainst,
              kInceptionWeights},
             make_precision_recall},
            {"fid_infinity",
             "FID without the bias of the number of restored pictures, by a line over 1 / n",
             {{"convention", "pytorch-fid", kFidConventions},
              {"points", "15", "how many sizes of subsets"},
              {"smallest", "5000", "pictures of the smallest subset; a smaller set has a value with it alone"},
              {"seed", "1", "of the draws"},
              kOrder,
              kStatistics,
              kAgainst,
              kInceptionWeights},
             make_fid_infinity},
            {"lmd",
             "Distance of 98 landmarks by Adaptive Wing's FAN (VQFR's LMD)",
             {{"decoding", "vqfr", "vqfr (its reading of the maps, oddities at the borders included) or clean"},
              {"normaliser", "none", "none (pixels of the picture) or interocular (the reference's outer eye corners)"},
              {"weights", "the published file", "another file of the same network", true}},
             make_lmd},
            {"torchscript", "Any metric that was exported as a TorchScript module", module_options(),
             make_torchscript_metric, true},
            {"values",
             "Another program's values, imported from a CSV table by the pictures' names",
             {{"file", "required", "the table; its first line names the columns: id (or name, file), method, values",
               true},
              {"column", "all", "the columns of values, separated by commas"},
              {"method", "the table's column", "the row that the values belong to, by its label or name"},
              {"direction", "none", "which values are better: higher, lower or none"},
              {"unit", "", "dB, px ..."},
              {"name", "the spec", "the values are called values:name=NAME instead of by their options"}},
             make_values},
            {"zero", "Always 0: a baseline for timing and tests of the program itself", {}, make_zero},
        },
        "a metric that isn't here comes in as a TorchScript module (torchscript:file=FILE) or as another program's "
        "numbers (values:file=FILE)");
    return registry;
}

}  // namespace bfr
