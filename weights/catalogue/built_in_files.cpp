#include <fmt/format.h>

#include "weights/catalogue/catalogue.h"

namespace bfr {
namespace {

const std::string kDlibSource =
    "dlib's own models (dlib.net), as the PyPI source package face_recognition_models 0.3.0 carries them";
const std::string kDlibCitation = "King, \"Dlib-ml: A Machine Learning Toolkit\", JMLR 10, 2009";
const std::string kFaceApiSource = "npm package @vladmandic/face-api 1.7.15, folder model";
const std::string kFaceApiCitation = "Mandic, face-api, version 1.7.15; after Muehler, face-api.js, 2018";
const std::string kArcFaceCitation =
    "Deng et al., \"ArcFace: Additive Angular Margin Loss for Deep Face Recognition\", CVPR 2019";
const std::string kFanCitation =
    "Bulat and Tzimiropoulos, \"How far are we from solving the 2D & 3D Face Alignment problem?\", ICCV 2017";

std::string dlib_net(const std::string& name) { return "https://dlib.net/files/" + name + ".bz2"; }
std::string dlib_models(const std::string& name) {
    return "https://github.com/davisking/dlib-models/raw/fd81b6308a6a73d4ce08859eb2f4b628a21e27a2/" + name + ".bz2";
}
// The repository has no tag of that version; this is its commit, and its two files have the package's hashes.
std::string face_api(const std::string& name) {
    return "https://raw.githubusercontent.com/vladmandic/face-api/189226d63aabb48cb40776fd1c453ebc0fa722f1/model/" +
           name;
}

KnownFile vspbfr(const std::string& name) {
    return {name,
            {"https://huggingface.co/Wanglong2/VSPBFR/resolve/main/" + name},
            std::nullopt,
            std::nullopt,
            "MIT (the repository's); the page of the files names none",
            "Lu et al., \"Visual Style Prompt Learning Using Diffusion Models for Blind Face Restoration\", Pattern "
            "Recognition 161, 2025",
            "the authors, huggingface.co/Wanglong2/VSPBFR",
            {"vspbfr:weights=official"}};
}

// Of weights/bundled, by bfr train.
KnownFile compact_128(const std::string& name, const std::string& sha256, uint64_t bytes) {
    return {"compact-128/" + name,
            {},
            sha256,
            bytes,
            "research use: trained on LFW",
            "Lu et al., \"Visual Style Prompt Learning Using Diffusion Models for Blind Face Restoration\", Pattern "
            "Recognition 161, 2025: the method; sizes and weights are this project's",
            "this project (docs/training.md); comes with the program",
            {"vspbfr:weights=compact-128"}};
}

// The names carry the first eight digits of the files' hashes.
KnownFile torchvision(const std::string& name, const std::string& sha256, uint64_t bytes, const std::string& citation,
                      std::vector<std::string> enables) {
    return {name,
            {"https://download.pytorch.org/models/" + name},
            sha256,
            bytes,
            "BSD-3-Clause (torchvision's); trained on ImageNet, whose pictures are for research",
            citation,
            "torchvision's ImageNet checkpoints (download.pytorch.org)",
            std::move(enables)};
}

KnownFile lpips_heads(const std::string& version, const std::string& net, const std::string& sha256, uint64_t bytes) {
    return {fmt::format("lpips-v{}-{}.pth", version, net),
            {fmt::format("https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/"
                         "082bb24f84c091ea94de2867d34c4544f68e0963/lpips/weights/v{}/{}.pth",
                         version, net)},
            sha256,
            bytes,
            "BSD-2-Clause",
            "Zhang et al., \"The Unreasonable Effectiveness of Deep Features as a Perceptual Metric\", CVPR 2018",
            fmt::format("richzhang/PerceptualSimilarity, lpips/weights/v{}/{}.pth", version, net),
            {fmt::format("lpips:net={},version={}", net, version)}};
}

// Nobody publishes the hashes of releases' files.
KnownFile restorer(const std::string& name, const std::string& release, const std::string& licence,
                   const std::string& citation, const std::string& source, const std::string& enables) {
    return {
        name,     {"https://github.com/" + release + "/" + name}, std::nullopt, std::nullopt, licence, citation, source,
        {enables}};
}

KnownFile psfrgan(const std::string& name) {
    return restorer(
        name, "chaofengc/PSFRGAN/releases/download/v0.1.0", "CC BY-NC-SA 4.0 (the repository's): no commercial use",
        "Chen et al., \"Progressive Semantic-Aware Style Transformation for Blind Face Restoration\", CVPR 2021",
        "the authors, chaofengc/PSFRGAN, release v0.1.0", "psfrgan");
}

KnownFile difface(const std::string& name) {
    return restorer(
        name, "zsyOAOA/DifFace/releases/download/V1.0", "S-Lab License 1.0: no commercial use",
        "Yue and Loy, \"DifFace: Blind Face Restoration with Diffused Error Contraction\", IEEE TPAMI, 2024",
        "the authors, zsyOAOA/DifFace, release V1.0", "difface");
}

KnownFile gfpgan(const std::string& name, const std::string& release, const std::string& version) {
    return restorer(
        name, "TencentARC/GFPGAN/releases/download/" + release,
        "Apache-2.0 (the repository's; its StyleGAN2 and DFDNet parts: no commercial use)",
        "Wang et al., \"Towards Real-World Blind Face Restoration with Generative Facial Prior\", CVPR 2021",
        "the authors, TencentARC/GFPGAN, release " + release, "gfpgan:version=" + version);
}

// As the repository's README.md links them; it names no licence.
KnownFile gpen(const std::string& name, const std::string& enables) {
    return {name,
            {"https://public-vigen-video.oss-cn-shanghai.aliyuncs.com/robin/models/" + name},
            std::nullopt,
            std::nullopt,
            "not stated (the repository has none)",
            "Yang et al., \"GAN Prior Embedded Network for Blind Face Restoration in the Wild\", CVPR 2021",
            "the authors, yangxy/GPEN's README.md at 2c73670",
            {enables}};
}

const std::string kRestoreFormerCitation =
    "Wang et al., \"RestoreFormer: High-Quality Blind Face Restoration from Undegraded Key-Value Pairs\", CVPR 2022";
const std::string kRestoreFormerRelease = "wzhouxiff/RestoreFormerPlusPlus/releases/download/v1.0.0";

// The repository carries the files; nobody publishes their hashes, but a commit's files don't change.
KnownFile hsemotion(const std::string& name) {
    return {name,
            {"https://github.com/HSE-asavchenko/face-emotion-recognition/raw/d0ac879dee1735d00d07d6b5aa630fe4556058a1/"
             "models/affectnet_emotions/" +
             name},
            std::nullopt,
            std::nullopt,
            "Apache-2.0 (the repository's); trained on AffectNet: no commercial use",
            "Savchenko, \"Facial expression and attributes recognition based on multi-task learning of lightweight "
            "neural networks\", SISY 2021",
            "the author, github.com/HSE-asavchenko/face-emotion-recognition at d0ac879",
            {fmt::format("emotion:model={},net=hsemotion", name.substr(0, name.rfind('.')))}};
}

}  // namespace

std::span<const KnownFile> built_in_files() {
    static const std::vector<KnownFile> files = {
        // dlib-models on GitHub has another network under this name (sha256 be467b1a... unpacked): it is no mirror.
        {"mmod_human_face_detector.dat",
         {dlib_net("mmod_human_face_detector.dat")},
         "4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
         729940,
         "CC0-1.0",
         kDlibCitation,
         kDlibSource,
         {"align", "identity:find=mmod", "landmarks:find=mmod", "emotion:find=mmod", "verification:find=mmod"}},
        {"shape_predictor_5_face_landmarks.dat",
         {dlib_net("shape_predictor_5_face_landmarks.dat"), dlib_models("shape_predictor_5_face_landmarks.dat")},
         "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
         9150489,
         "CC0-1.0",
         kDlibCitation,
         kDlibSource,
         {"align"}},
        {"shape_predictor_68_face_landmarks.dat",
         {dlib_net("shape_predictor_68_face_landmarks.dat"), dlib_models("shape_predictor_68_face_landmarks.dat")},
         "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f",
         99693937,
         "trained on iBUG 300-W: no commercial use",
         "Sagonas et al., \"300 faces in-the-wild challenge: database and results\", Image and Vision Computing 47, "
         "2016",
         kDlibSource,
         {"identity:net=dlib", "identity:align=points,net=mobilefacenet", "landmarks:net=dlib", "emotion:frame=points",
          "verification", "align:alignment=quad"}},
        {"dlib_face_recognition_resnet_model_v1.dat",
         {dlib_net("dlib_face_recognition_resnet_model_v1.dat"),
          dlib_models("dlib_face_recognition_resnet_model_v1.dat")},
         "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
         22466066,
         "CC0-1.0",
         kDlibCitation,
         kDlibSource,
         {"identity:net=dlib", "verification"}},
        {"face_expression_model.bin",
         {face_api("face_expression_model.bin")},
         "9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d",
         329468,
         "MIT",
         kFaceApiCitation,
         kFaceApiSource,
         {"emotion:net=face-api"}},
        {"face_expression_model-weights_manifest.json",
         {face_api("face_expression_model-weights_manifest.json")},
         "5b349c17c7836da506e03422cd6461c74085d8bb2713ad4114647dc5d28174c8",
         6980,
         "MIT",
         kFaceApiCitation,
         kFaceApiSource,
         {"emotion:net=face-api"}},
        // The repository's file holds the authors' own numbers (github.com/utlive/niqe d80aead modelparameters.mat).
        {"niqe_pris_params.npz",
         {"https://raw.githubusercontent.com/XPixelGroup/BasicSR/8d56e3a045f9fb3e1d8872f92ee4a4f07f886b0a/basicsr/"
          "metrics/"
          "niqe_pris_params.npz"},
         "2a7c182a68c9e7f1b2e2e5ec723279d6f65d912b6fcaf37eb2bf03d7367c4296",
         11850,
         "Apache-2.0 (the repository's)",
         "Mittal, Soundararajan and Bovik, \"Making a 'completely blind' image quality analyzer\", IEEE Signal "
         "Processing "
         "Letters 20, 2013",
         "BasicSR, github.com/XPixelGroup/BasicSR",
         {"niqe"}},
        torchvision("alexnet-owt-7be5be79.pth", "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
                    244408911, "Krizhevsky, \"One weird trick for parallelizing convolutional neural networks\", 2014",
                    {"lpips:net=alex"}),
        torchvision("vgg16-397923af.pth", "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0", 553433881,
                    "Simonyan and Zisserman, \"Very Deep Convolutional Networks for Large-Scale Image Recognition\", "
                    "ICLR 2015",
                    {"lpips:net=vgg", "dists"}),
        torchvision("squeezenet1_1-b8a52dc0.pth", "b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b",
                    4958839, "Iandola et al., \"SqueezeNet: AlexNet-level accuracy with 50x fewer parameters\", 2016",
                    {"lpips:net=squeeze"}),
        lpips_heads("0.1", "alex", "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0", 6009),
        lpips_heads("0.1", "vgg", "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868", 7289),
        lpips_heads("0.1", "squeeze", "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76", 10811),
        lpips_heads("0.0", "alex", "18720f55913d0af89042f13faa7e536a6ce1444a0914e6db9461355ece1e8cd5", 5455),
        lpips_heads("0.0", "vgg", "b9e4236260c3dd988fc79d2a48d645d885afcbb21f9fd595e6744cf7419b582c", 6735),
        lpips_heads("0.0", "squeeze", "c27abd3a0145541baa50990817df58d3759c3f8154949f42af3b59b4e042d0bf", 10057),
        {"dists_weights.pt",
         {"https://raw.githubusercontent.com/dingkeyan93/DISTS/1267d8cb626c98706db3697422701c56a85ebf2e/DISTS_pytorch/"
          "weights.pt"},
         "f5e65c96230b7f6ca995691647d482237e4cab8a50c5c4a5784f219ef0748218",
         12288,
         "MIT",
         "Ding et al., \"Image Quality Assessment: Unifying Structure and Texture Similarity\", IEEE TPAMI 44, 2022",
         "dingkeyan93/DISTS, DISTS_pytorch/weights.pt",
         {"dists"}},
        {"pt_inception-2015-12-05-6726825d.pth",
         {"https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth",
          "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/"
          "weights-inception-2015-12-05-6726825d.pth"},
         "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
         95628359,
         "Apache-2.0",
         "Szegedy et al., \"Rethinking the Inception Architecture for Computer Vision\", CVPR 2016; Heusel et al., "
         "\"GANs Trained by a Two Time-Scale Update Rule\", NeurIPS 2017",
         "TensorFlow's graph inception-2015-12-05 as mseitzer/pytorch-fid converted it; clean-fid's TorchScript file "
         "was made of the same graph",
         {"fid", "kid", "pr", "fid_infinity"}},
        vspbfr("style_encoder_decoder.pt"),
        vspbfr("code_diffuser.pt"),
        vspbfr("restoration_net.pt"),
        compact_128("style_encoder_decoder.safetensors",
                    "0fe9c4219755ecb198324821f4ecb9cadd2367e516b45add7eb18cadd256c2c1", 6402556),
        compact_128("code_diffuser.safetensors", "536a641884aaa0e088199097d0501e45e1fbc575be3c5d8dfd6f50d6e51ed4cd",
                    1331440),
        compact_128("restoration_net.safetensors", "9014373c01829f00e510b798b0eda41c3e235122762919fcb972717d721b1999",
                    3855654),
        restorer(
            "codeformer.pth", "sczhou/CodeFormer/releases/download/v0.1.0", "S-Lab License 1.0: no commercial use",
            "Zhou et al., \"Towards Robust Blind Face Restoration with Codebook Lookup Transformer\", NeurIPS 2022",
            "the authors, sczhou/CodeFormer, release v0.1.0", "codeformer"),
        psfrgan("psfrgan_epoch15_net_G.pth"),
        psfrgan("parse_multi_iter_90000.pth"),
        gfpgan("GFPGANv1.3.pth", "v1.3.0", "1.3"),
        gfpgan("GFPGANv1.4.pth", "v1.3.0", "1.4"),
        gfpgan("GFPGANCleanv1-NoCE-C2.pth", "v0.2.0", "1.2"),
        gfpgan("GFPGANv1.pth", "v0.1.0", "1"),
        gpen("GPEN-BFR-512.pth", "gpen:size=512"),
        gpen("GPEN-BFR-256.pth", "gpen:size=256"),
        restorer("RestoreFormer.ckpt", kRestoreFormerRelease, "Apache-2.0 (the repository's)", kRestoreFormerCitation,
                 "the authors, wzhouxiff/RestoreFormerPlusPlus, release v1.0.0", "restoreformer:archive=authors"),
        restorer("RestoreFormer.pth", "TencentARC/GFPGAN/releases/download/v1.3.4", "Apache-2.0 (GFPGAN's)",
                 kRestoreFormerCitation, "GFPGAN's release v1.3.4: the same network under other keys",
                 "restoreformer:archive=gfpgan"),
        restorer("RestoreFormer++.ckpt", kRestoreFormerRelease, "Apache-2.0 (the repository's)",
                 "Wang et al., \"RestoreFormer++: Towards Real-World Blind Face Restoration from Undegraded Key-Value "
                 "Pairs\", IEEE TPAMI, 2023",
                 "the authors, wzhouxiff/RestoreFormerPlusPlus, release v1.0.0", "restoreformer_pp"),
        difface("swinir_restoration512_L1.pth"),
        difface("iddpm_ffhq512_ema500000.pth"),
        {"resnet18_110.pth",
         {"https://drive.google.com/uc?id=1m387vGTQ4GW4I4PQfBsCC-Y9aEp6zjvy&export=download&name=resnet18_110.pth"},
         std::nullopt,
         std::nullopt,
         "not stated (VQFR: Apache-2.0; ronghuaiyang/arcface-pytorch names none)",
         kArcFaceCitation,
         "ronghuaiyang/arcface-pytorch; VQFR's README links a folder with it (metric_weights), the address is "
         "VBench-2.0's",
         {"identity:input=vqfr,net=arcface-r18"}},
        {"arcface_resnet18.pth",
         {"https://github.com/TencentARC/GFPGAN/releases/download/v0.1.0/arcface_resnet18.pth"},
         std::nullopt,
         std::nullopt,
         "Apache-2.0 (GFPGAN's)",
         kArcFaceCitation,
         "GFPGAN's release v0.1.0; RestoreFormer takes it from there",
         {"identity:input=restoreformer,net=arcface-r18"}},
        {"model_ir_se50.pth",
         {"https://huggingface.co/Fubei/splatviz_inversion_checkpoints/resolve/main/model_ir_se50.pth"},
         std::nullopt,
         std::nullopt,
         "MIT (TreB1eN/InsightFace_Pytorch)",
         kArcFaceCitation,
         "TreB1eN/InsightFace_Pytorch; pSp's and e4e's READMEs link it on Google Drive, the address is a copy",
         {"identity:net=irse50"}},
        {"mobilefacenet.pt",
         {"https://github.com/foamliu/MobileFaceNet/releases/download/v1.0/mobilefacenet.pt"},
         "90a00ba1d8b0b688af3deb731ed53dca582e6106805d1bc3cfdef55f570493f4",
         4135271,
         "Apache-2.0",
         "Chen et al., \"MobileFaceNets: Efficient CNNs for Accurate Real-Time Face Verification on Mobile Devices\", "
         "arXiv 1804.07573, 2018",
         "foamliu/MobileFaceNet, release v1.0",
         {"identity:net=mobilefacenet"}},
        {"alignment_WFLW_4HG.pth",
         {"https://github.com/xinntao/facexlib/releases/download/v0.1.0/alignment_WFLW_4HG.pth"},
         std::nullopt,
         std::nullopt,
         "Apache-2.0 (protossw512/AdaptiveWingLoss); WFLW itself: no commercial use",
         "Wang et al., \"Adaptive Wing Loss for Robust Face Alignment via Heatmap Regression\", ICCV 2019",
         "facexlib's release v0.1.0, of which VQFR has it",
         {"lmd"}},
        // face_alignment checks these by the ten digits of the SHA-256 that their names carry.
        {"2DFAN4-cd938726ad.zip",
         {"https://www.adrianbulat.com/downloads/python-fan/2DFAN4-cd938726ad.zip"},
         std::nullopt,
         std::nullopt,
         "BSD-3-Clause (face_alignment)",
         kFanCitation,
         "face_alignment 1.3.0 to 1.4.1: TorchScript; its SHA-256 begins with cd938726ad",
         {"landmarks:archive=torchscript,net=fan68"}},
        {"2DFAN4-11f355bf06.pth.tar",
         {"https://www.adrianbulat.com/downloads/python-fan/2DFAN4-11f355bf06.pth.tar"},
         std::nullopt,
         std::nullopt,
         "BSD-3-Clause (face_alignment)",
         kFanCitation,
         "face_alignment up to 1.2.0, and from 1.5.0 on: a state_dict; its SHA-256 begins with 11f355bf06",
         {"landmarks:archive=state-dict,net=fan68"}},
        hsemotion("enet_b0_8_best_vgaf.pt"),
        hsemotion("enet_b0_8_best_afew.pt"),
        hsemotion("enet_b0_7.pt"),
    };
    return files;
}

}  // namespace bfr
