// Sources: BasicSR 8d56e3a, VQFR 239c77a (metric_paper), RestoreFormerPlusPlus (scripts/metrics), PMRF b6f16a4
// (evaluation), BFRBench db27fc1 (Evaluation/128size/metrics_package), IQA-PyTorch 0.1.16; DifFace's author in issue 4
// of its repository.
#include "metrics/presets.h"

namespace bfr {
namespace {

constexpr auto kScript = Certainty::kScript, kGuess = Certainty::kGuess, kDeviates = Certainty::kDeviates;

PresetValue basicsr_psnr(const std::string& about = "R, G and B as they are") {
    return {"PSNR", "PSNR", "psnr", "", about};
}
PresetValue basicsr_ssim(const std::string& about = "mean of R, G and B, valid area of an 11x11 Gaussian") {
    return {"SSIM", "SSIM", "ssim", "", about};
}
PresetValue lpips_vgg() { return {"LPIPS", "LPIPS", "lpips:net=vgg", "", "VGG-16, R, G and B in [-1, 1]"}; }
PresetValue basicsr_niqe() {
    return {"NIQE", "NIQE", "niqe", "", "Y in 16..235, rounded; single precision", false, kScript, true};
}
PresetValue vqfr_deg(const std::string& name) {
    return {name, "identity", "identity:exclude_below=1,net=arcface-r18", "",
            "an angle in degrees, lower is better; the whole picture in the decoder's gray at 128x128, no alignment; "
            "pairs under 1 degree are left out of the mean"};
}
PresetValue vqfr_lmd() {
    return {"LMD", "landmarks", "lmd", "",
            "98 points in pixels of the picture, not normalised; with the script's own reading of the maps at their "
            "borders"};
}

}  // namespace

std::span<const Preset> presets() {
    static const std::vector<Preset> table = {
        {"basicsr",
         "Real-ESRGAN, GFPGAN and what builds on BasicSR (Wang et al.)",
         "github.com/XPixelGroup/BasicSR, scripts/metrics",
         "FFHQ's statistics are BasicSR's file (its docs/Metrics.md says where); put it into a weights folder.",
         {basicsr_psnr(),
          basicsr_ssim(),
          lpips_vgg(),
          basicsr_niqe(),
          {"FID", "FID", "fid:convention=basicsr,stats=inception_FFHQ_512-f7b384ab.pth", "",
           "against 50,000 FFHQ pictures at 512x512, not against the references; torch's bilinear to 299x299; means "
           "in single precision",
           false, kScript, true}}},
        {"vqfr",
         "Gu et al., \"VQFR\", ECCV 2022; also GFPGAN's Deg. and LMD, BFRffusion",
         "github.com/TencentARC/VQFR, metric_paper",
         "",
         {{"PSNR", "PSNR", "psnr:convention=vqfr", "",
           "each channel is moved to the reference's mean and deviation first: the script's switch is always on; "
           "several dB from anyone else's"},
          {"SSIM", "SSIM", "ssim:convention=vqfr", "", "after the same correction of each channel"},
          lpips_vgg(),
          basicsr_niqe(),
          vqfr_deg("Deg"),
          vqfr_lmd(),
          {"FID", "FID", "fid:convention=basicsr,num_sample=3000,stats=inception_FFHQ_512-f7b384ab.pth", "",
           "as basicsr, of at most 3,000 pictures", false, kScript, true}}},
        {"restoreformer",
         "Wang et al., \"RestoreFormer\", CVPR 2022, and \"RestoreFormer++\", TPAMI 2023",
         "github.com/wzhouxiff/RestoreFormerPlusPlus, scripts/metrics",
         "The scripts divide the sums of PSNR, SSIM, both LPIPS and identity by the number of references, also where "
         "pictures are missing; here a missing picture is a failure and counts in no mean. Where the lpips package is "
         "installed, the script imports "
         "that (AlexNet) instead of its own VGG-16.",
         {basicsr_psnr(),
          basicsr_ssim(),
          {"LPIPS-0..1", "LPIPS", "lpips:net=vgg,order=bgr,range=0..1", "",
           "VGG-16, channels exchanged (B, G, R), in [0, 1]: the script's column LPIPS"},
          {"LPIPS-norm", "LPIPS", "lpips:net=vgg,order=bgr", "",
           "VGG-16, channels exchanged, in [-1, 1]: the script's column without a heading"},
          {"IDD", "identity", "identity:input=restoreformer,net=arcface-r18", "",
           "an angle in radians; gray by the weights of R, G, B put on B, G, R, in [0, 1] instead of [-1, 1]; nothing "
           "left out"},
          {"FID", "FID", "fid:convention=basicsr,stats=inception_FFHQ_512-f7b384ab.pth", "",
           "as basicsr, for every test set", false, kScript, true}}},
        {"pyiqa",
         "IQA-PyTorch (Chen et al.), its defaults; papers that name it",
         "github.com/chaofengc/IQA-PyTorch",
         "",
         {{"PSNR", "PSNR", "psnr:convention=pyiqa", "", "1e-8 is added to the error: equal pictures have 80 dB"},
          {"SSIM", "SSIM", "ssim:convention=pyiqa", "",
           "Y = 0.299 R + 0.587 G + 0.114 B in 0..255, rounded; negative structure counts as 0"},
          {"MS-SSIM", "MS-SSIM", "ms_ssim", "", "the same Y; five scales"},
          {"LPIPS", "LPIPS", "lpips:net=alex", "", "AlexNet, where papers of this field have VGG-16"},
          {"DISTS", "DISTS", "dists", "", "not reduced to 256 pixels first"},
          {"NIQE", "NIQE", "niqe:convention=pyiqa", "", "Y in 0..255; double", false, kScript, true},
          {"FID", "FID", "fid:convention=clean", "",
           "against the run's references; Pillow's antialiased bicubic (clean-fid)"}}},
        {"difface",
         "Yue and Loy, \"DifFace\", TPAMI 2024",
         "no script; its author, github.com/zsyOAOA/DifFace issue 4",
         "",
         {{"PSNR", "PSNR", "psnr:convention=pyiqa", "",
           "by pyiqa, says its author; which version and options, nobody says", false, kGuess},
          {"SSIM", "SSIM", "ssim:convention=pyiqa", "", "by pyiqa, says its author; its default then and now is Y",
           false, kGuess},
          {"LPIPS", "LPIPS", "lpips:net=vgg", "", "VGG-16, R, G and B in [-1, 1], says its author", false, kGuess},
          {"IDS", "identity", "identity:exclude_below=1,net=arcface-r18", "",
           "VQFR's angle in degrees, says its author: lower is better; pairs under 1 degree are left out of the mean",
           false, kGuess},
          {"FID", "FID", "fid", "",
           "pytorch-fid, says its author, against the references of the test set, not against FFHQ: another quantity "
           "than basicsr's",
           false, kGuess}}},
        {"pmrf",
         "Ohayon et al., \"Posterior-Mean Rectified Flow\", ICLR 2025",
         "github.com/ohayonguy/PMRF, evaluation",
         "The paper's FID, KID and precision are against all 70,000 pictures of FFHQ at 512x512. Nobody publishes "
         "their "
         "statistics: FID needs ffhq512-torch-fidelity.stats, made of them by `bfr stats --convention torch-fidelity`, "
         "in a weights folder; KID is here against the run's references, and against FFHQ by against=DIR. IndRMSE (the "
         "root of the set's mean squared error to a regressor's outputs, for sets without references) is not "
         "computed.",
         {{"PSNR", "PSNR", "psnr:convention=basicsr-pt", "", "BasicSR's in torch: 1e-8 is added to the error"},
          basicsr_ssim("BasicSR's in torch, the same value as in numpy"),
          lpips_vgg(),
          basicsr_niqe(),
          vqfr_deg("Deg"),
          vqfr_lmd(),
          {"FID", "FID", "fid:convention=torch-fidelity,stats=ffhq512-torch-fidelity.stats", "",
           "against FFHQ; torch-fidelity's resizer (TensorFlow 1's bilinear)", false, kScript, true},
          {"KID", "KID", "kid:fewer=all,first=reference", "",
           "torch-fidelity, subsets of 1,000 pictures or of all, FFHQ's drawn first; against the run's references, "
           "where "
           "the paper has FFHQ: kid:against=DIR,fewer=all,first=reference with its 70,000 pictures (the script's order "
           "of "
           "FFHQ is os.listdir's, which no one can repeat: other subsets)",
           false, kDeviates},
          {"precision", "precision", "pr", "precision",
           "NOT the paper's quantity, and no option makes it so: the script's torch-fidelity (git) takes VGG-16's fc2, "
           "here it is FID's Inception; it gives FFHQ as input 1, the real side (0.4.0 takes input 2 for real and "
           "would "
           "print recall under that name); against the run's references",
           false, kDeviates}}},
        {"bfrbench",
         "Zhang et al., \"Blind Face Restoration: Benchmark Datasets and a Baseline Model\", Neurocomputing 2024",
         "github.com/bitzpy/Blind-Face-Restoration-Benchmark-Datasets-and-a-Baseline-Model, Evaluation",
         "The script leaves out faces that aren't found, and a last part of fewer than 50 pictures; here a face that "
         "isn't found has no value and is counted, and no picture is left out. Its NIQE is an implementation of its "
         "own "
         "(niqe.py: L of a Lab conversion of exchanged channels, borders of zeros, a second scale by OpenCV's bicubic, "
         "other parameters): it is not computed here, and no NIQE of another tool stands for it.",
         {{"PSNR", "PSNR", "psnr", "", "R, G and B; the script gives equal pictures 80 dB, here they have no value",
           false, kDeviates},
          {"SSIM", "SSIM", "ssim", "", "R, G and B, 11x11 Gaussian, sigma 1.5"},
          {"MS-SSIM", "MS-SSIM", "ms_ssim:convention=bfrbench", "",
           "R, G and B of an implementation of its own: zeros around every scale, and the last scale's factor enters "
           "four "
           "times"},
          {"LPIPS", "LPIPS", "lpips:net=alex,order=bgr", "", "AlexNet, channels exchanged (B, G, R), in [-1, 1]"},
          {"FID", "FID", "fid:order=bgr", "",
           "against the references; pytorch-fid's network and sums, but its script reads pictures by OpenCV and shows "
           "Inception B, G, R"},
          {"AFICS", "identity", "identity:find=hog,measure=distance", "",
           "the paper says cosine; its code computes the Euclidean distance of dlib's descriptors, lower is better; it "
           "cuts the face by 5 points, here 68",
           false, kDeviates},
          {"AFLD", "landmarks", "landmarks:find=hog,points=72", "error_px",
           "mean distance in pixels of face_recognition's 72 points, where papers of this field have 98: dlib's 68, "
           "the "
           "corners of the mouth twice; on the best face of dlib's HOG detector after one doubling",
           true}}},
        {"vspbfr",
         "Lu et al., \"Visual Style Prompt Learning Using Diffusion Models for Blind Face Restoration\", Pattern "
         "Recognition 161, 2025",
         "no script for its tables: all but the two tasks' networks is a guess",
         "",
         {{"PSNR", "PSNR", "psnr", "", "not said how; BasicSR's is the commonest", false, kGuess},
          {"SSIM", "SSIM", "ssim", "", "not said how; BasicSR's is the commonest", false, kGuess},
          {"LPIPS", "LPIPS", "lpips:net=vgg", "", "not said which network; VGG-16 is the commonest", false, kGuess},
          {"FID", "FID", "fid", "", "not said against what; here against the references", false, kGuess},
          {"NME", "landmarks", "landmarks:net=fan68", "nme_interocular",
           "face_alignment's 68 points (2D FAN) on both pictures; the normaliser is not said, and its own detector's "
           "box is not used here",
           true, kGuess},
          {"emotion", "emotion", "emotion:net=hsemotion", "agreement",
           "share of faces whose emotion by HSEmotion is the reference's; the crop is not said", true, kGuess}}},
    };
    return table;
}

}  // namespace bfr
