#include "nets/torchscript_pictures.h"
#include "restore/restorer.h"
#include "restore/units.h"

namespace bfr {

namespace {

std::vector<OptionInfo> module_options() {
    auto options = picture_module_options(true);
    options.push_back({"name", "the spec", "the row is called torchscript:name=NAME instead of by its options"});
    return options;
}

const OptionInfo kFaceResize = {"resize", "bilinear",
                                "what becomes of a square face of another size: bilinear (as the authors' programs "
                                "do), none (it's refused)"};

}  // namespace

const RestorerRegistry& restorers() {
    static const RestorerRegistry registry(
        "method",
        {
            {"degraded", "the input itself: the baseline of every table", {}, make_degraded},
            {"opencv-denoise",
             "non-local means (OpenCV), a classical denoiser",
             {{"h", "10", "strength for lightness, 8-bit levels, 0.1 to 100"},
              {"h_color", "10", "strength for the two colour channels, 8-bit levels, 0.1 to 100"},
              {"template", "7", "side of the compared patches, pixels, odd, up to 31"},
              {"search", "21", "side of the searched window, pixels, odd, up to 101"}},
             make_opencv_denoise},
            {"opencv-bilateral",
             "the bilateral filter (OpenCV), a classical smoother that keeps edges",
             {{"d", "9", "diameter of the neighbourhood, pixels, odd, up to 101"},
              {"sigma_color", "75", "how far apart colours may lie, 8-bit levels, 0.1 to 1000"},
              {"sigma_space", "75", "how far apart pixels may lie, pixels, 0.1 to 1000"}},
             make_opencv_bilateral},
            {"vspbfr",
             "VSPBFR: a visual style prompt, diffused in StyleGAN2's code space, guides the restoration",
             {{"steps", "4",
               "of the code diffuser; another number than it was trained for (the published one: 4) is marked "
               "off-distribution"},
              {"stop_after", "0", "decode the clean codes predicted after so many steps; 0: after all"},
              {"prompt", "diffused",
               "what guides the restoration: diffused, degraded (the face's own codes), none (the mean face's); "
               "another "
               "than the net was trained with (the published one: diffused) is marked off-distribution"},
              {"noise", "seeded", "the layers' noise maps: seeded, zero"},
              {"mixing", "0.5", "probability that two random codes are mixed, 0 to 1"},
              {"samples", "1", "restorations of each face, whose mean is the result, up to 1000"},
              {"seed", "the run's", "what the method's random numbers are drawn from: an ablation varies it"},
              {"preview", "none",
               "the prompt decoded as a picture beside the restored one: none, last (preview.png), each "
               "(step1.png ... after every step of the diffusion)",
               false, true},
              {"save", "nothing",
               "files beside the picture, joined by +: codes, features (.safetensors), preview (as preview=last)",
               false, true},
              {"resize", "none", "what makes a square face of another size the networks': none, bicubic"},
              {"precision", "fp32",
               "of the feature bank and the restoration net: fp32, bf16; what bf16 changes is measured and reported"},
              {"weights", "compact-128",
               "compact-128: small networks that come with the program (128x128 faces), trained by this project; "
               "official: the authors' files (512x512)"},
              {"files", "none",
               "folder of your own weights instead: style_encoder_decoder, code_diffuser and restoration_net, .pt as "
               "published or .safetensors as bfr train writes them, of any size",
               true},
              {"name", "the spec", "the row is called vspbfr:name=NAME instead of by its options"}},
             make_vspbfr},
            {"codeformer",
             "CodeFormer: a transformer finds the codes of a high-quality face that the degraded one shows",
             {{"w", "0.5", "how much of the degraded face's features the decoder takes, 0 (quality) to 1 (fidelity)"},
              {"adain", "true", "the codes' features get mean and deviation of the degraded face's"},
              {"gray", "authors", "what becomes of a face without colours: authors (recoloured like the input), none"},
              kFaceResize,
              {"file", "none", "a file of your own instead, of the same tensors", true},
              {"name", "the spec", "the row is called codeformer:name=NAME instead of by its options"}},
             make_codeformer},
            {"gfpgan",
             "GFP-GAN: a U-Net of the degraded face guides a StyleGAN2 generator",
             {{"version", "1.3", "of the authors' models: 1.3, 1.4, 1.2, or 1 (the paper's, of another architecture)"},
              {"noise", "random",
               "the layers' noise maps: random (seeded; the authors draw unseeded), stored (those in the file)"},
              {"seed", "the run's", "what the method's random numbers are drawn from: an ablation varies it"},
              kFaceResize,
              {"file", "none", "a file of your own instead, of the same tensors as the version's", true},
              {"name", "the spec", "the row is called gfpgan:name=NAME instead of by its options"}},
             make_gfpgan},
            {"gpen",
             "GPEN: a degraded face's features take the place of the noise of a StyleGAN2 generator",
             {{"size", "512", "which of the authors' networks, pixels a side: 512, 256"},
              kFaceResize,
              {"file", "none", "a file of your own instead, of the same tensors, for faces of 64 to 2048 pixels", true},
              {"name", "the spec", "the row is called gpen:name=NAME instead of by its options"}},
             make_gpen},
            {"restoreformer",
             "RestoreFormer: a degraded face's features ask a dictionary of high-quality ones",
             {{"archive", "authors",
               "whose copy of the weights: authors (RestoreFormer.ckpt), gfpgan (RestoreFormer.pth)"},
              kFaceResize,
              {"file", "none", "a file of your own instead, of the same tensors", true},
              {"name", "the spec", "the row is called restoreformer:name=NAME instead of by its options"}},
             make_restoreformer},
            {"restoreformer_pp",
             "RestoreFormer++: RestoreFormer that asks at two resolutions, trained with more degradations",
             {kFaceResize,
              {"file", "none", "a file of your own instead, of the same tensors", true},
              {"name", "the spec", "the row is called restoreformer_pp:name=NAME instead of by its options"}},
             make_restoreformer_pp},
            {"psfrgan",
             "PSFRGAN: a face grows from a constant, guided by the degraded one and the map of its parts",
             {{"resize", "bicubic",
               "what becomes of a square face of another size: bicubic (as the authors' program does), none (it's "
               "refused)"},
              {"file", "none", "a generator's file of your own instead, of the same tensors", true},
              {"parser", "none", "ParseNet's file of your own instead, of the same tensors", true},
              {"name", "the spec", "the row is called psfrgan:name=NAME instead of by its options"}},
             make_psfrgan},
            {"difface",
             "DifFace: SwinIR's estimate is noised to the middle of a diffusion of faces, and diffused back",
             {{"steps", "250",
               "of the 1000 of its training that are taken, by a whole stride: 1000, 500, 334, 250, 200 ... 2"},
              {"start", "the authors' noise",
               "which of the taken steps the estimate is noised to, and how many are then taken back: 100 of 250, as "
               "the authors do, and the step nearest to it (time 400 of 1000) of another number; 0: SwinIR alone"},
              {"eta", "0.5", "how much noise each step adds, 0 (none) to 1 (as much as DDPM)"},
              {"seed", "the run's", "what the method's random numbers are drawn from: an ablation varies it"},
              {"resize", "bicubic",
               "what becomes of a square face of another size: bicubic (antialiased, and the result back to the "
               "face's size, as the authors' program does), none (it's refused)"},
              {"swinir", "none", "a file of your own instead of the estimator's, of the same tensors", true},
              {"unet", "none", "a file of your own instead of the diffusion network's, of the same tensors", true},
              {"name", "the spec", "the row is called difface:name=NAME instead of by its options"}},
             make_difface},
            {"unet",
             "a plain U-Net that bfr train made: the baseline of a trained system",
             {{"file", "required", "its weights, as bfr train vspbfr export unet writes them", true},
              {"resize", "none", "what makes a square face of another size the network's: none, bicubic"},
              {"name", "the spec", "the row is called unet:name=NAME instead of by its options"}},
             make_unet},
            {"outputs",
             "finished pictures of any method, read from a folder",
             {{"dir", "required", "folder of the restored pictures", true},
              {"pattern", "{id}", "stem of a picture: {id}_00 finds a_00.png for the sample a"},
              {"recursive", "false", "search folders below; ids are then paths relative to dir"},
              {"name", "the spec", "the row is called outputs:name=NAME instead of by its folder"}},
             make_outputs},
            {"torchscript", "any network that was exported as a TorchScript module", module_options(), make_torchscript,
             true},
            {"command",
             "any program, run on folders of pictures",
             {{"argv", "required",
               "the program and its arguments, a JSON list or words as a shell would split them (no shell "
               "reads them): {in} and {out} stand for folders, {manifest} for a list of the pictures, {seed} "
               "for the run's seed"},
              {"dir", "here", "folder in which the program is started", true},
              {"batch", "64", "pictures of one start; 0: all"},
              {"timeout", "21600", "seconds until a start is ended and its pictures have failed"},
              {"pattern", "{id}", "stem of a restored picture below {out}: restored_imgs/{id}_00"},
              {"size", "any", "what a restored picture must have: any, input, or pixels a side"},
              {"name", "the spec", "the row is called command:name=NAME instead of by its options"}},
             make_command,
             true},
        });
    return registry;
}

}  // namespace bfr
