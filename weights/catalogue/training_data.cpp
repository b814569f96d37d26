// dlib's files: README.md of github.com/davisking/dlib-models, commit 04d09a5 (the descriptor's author says that he
// kept LFW's people out), and the file's own page for the 68 points: iBUG 300-W, whose training part is made of LFPW,
// HELEN, AFW and iBUG. The others' own papers and READMEs.
#include "weights/catalogue/training_data.h"

#include <map>

namespace bfr {

std::vector<std::string> training_sets_of_file(const std::string& file) {
    static const std::map<std::string, std::vector<std::string>> known = {
        {"dlib_face_recognition_resnet_model_v1.dat", {"FaceScrub", "VGG-Face"}},
        {"mmod_human_face_detector.dat", {"ImageNet", "AFLW", "Pascal VOC", "VGG-Face", "WIDER FACE", "FaceScrub"}},
        {"shape_predictor_68_face_landmarks.dat", {"iBUG 300-W", "LFPW", "HELEN", "AFW"}},
        {"mobilefacenet.pt", {"MS-Celeb-1M"}},
        {"alignment_WFLW_4HG.pth", {"WFLW", "WIDER FACE"}},
        {"2DFAN4-cd938726ad.zip", {"300W-LP", "iBUG 300-W", "LFPW", "HELEN", "AFW"}},
        {"2DFAN4-11f355bf06.pth.tar", {"300W-LP", "iBUG 300-W", "LFPW", "HELEN", "AFW"}},
        {"enet_b0_8_best_vgaf.pt", {"AffectNet", "VGG-Face2"}},
        {"enet_b0_8_best_afew.pt", {"AffectNet", "VGG-Face2"}},
        {"enet_b0_7.pt", {"AffectNet", "VGG-Face2"}},
        {"codeformer.pth", {"FFHQ"}},
        {"psfrgan_epoch15_net_G.pth", {"FFHQ"}},
        {"parse_multi_iter_90000.pth", {"CelebAMask-HQ", "CelebA-HQ", "CelebA"}},
        {"GFPGANv1.3.pth", {"FFHQ"}},
        {"GFPGANv1.4.pth", {"FFHQ"}},
        {"GFPGANCleanv1-NoCE-C2.pth", {"FFHQ"}},
        {"GFPGANv1.pth", {"FFHQ"}},
        {"GPEN-BFR-512.pth", {"FFHQ"}},
        {"GPEN-BFR-256.pth", {"FFHQ"}},
        {"RestoreFormer.ckpt", {"FFHQ"}},
        {"RestoreFormer.pth", {"FFHQ"}},
        {"RestoreFormer++.ckpt", {"FFHQ"}},
        {"swinir_restoration512_L1.pth", {"FFHQ"}},
        {"iddpm_ffhq512_ema500000.pth", {"FFHQ"}},
        // Not LFW's test people, of whom LFW-Test is made.
        {"compact-128/style_encoder_decoder.safetensors", {"LFW (training people)"}},
        {"compact-128/code_diffuser.safetensors", {"LFW (training people)"}},
        {"compact-128/restoration_net.safetensors", {"LFW (training people)"}}};
    const auto found = known.find(file);
    return found == known.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace bfr
