"""The published restorers' own networks, from check-outs of their repositories: wzhouxiff/RestoreFormerPlusPlus
(59d250f), sczhou/CodeFormer (b33cc7d), chaofengc/PSFRGAN (ab853cd), zsyOAOA/DifFace (5c9ab80), yangxy/GPEN (2c73670),
TencentARC/GFPGAN (7552a77) and XPixelGroup/BasicSR (8d56e3a), in one folder under these names. Needs torch and numpy; for
DifFace timm and einops."""
import importlib.util
import os
import sys
import types


def stub(name, **members):
    module = types.ModuleType(name)
    module.__path__ = []
    module.__dict__.update(members)
    sys.modules[name] = module


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def gfpgan(repositories, original):
    """GFPGANv1 or GFPGANv1Clean; what BasicSR computes in CUDA, by its own plain function and by PyTorch's."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    def fused_leaky_relu(x, bias):
        return F.leaky_relu(x + bias.view([1, -1] + [1] * (x.ndim - 2)), 0.2) * 2 ** 0.5

    class FusedLeakyReLU(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.bias = nn.Parameter(torch.zeros(channels))

        def forward(self, x):
            return fused_leaky_relu(x, self.bias)

    for name in ("basicsr", "basicsr.archs", "basicsr.ops", "basicsr.utils", "gfpgan", "gfpgan.archs"):
        stub(name)
    stub("basicsr.utils.registry", ARCH_REGISTRY=types.SimpleNamespace(register=lambda *_: lambda x: x))
    stub("basicsr.archs.arch_util", default_init_weights=lambda *a, **k: None)
    stub("basicsr.ops.fused_act", FusedLeakyReLU=FusedLeakyReLU, fused_leaky_relu=fused_leaky_relu)
    folder = os.path.join(repositories, "BasicSR/basicsr")
    source = open(os.path.join(folder, "ops/upfirdn2d/upfirdn2d.py")).read()
    native = {"torch": torch, "F": F}
    exec(compile(source[source.index("def upfirdn2d_native"):], "upfirdn2d.py", "exec"), native)
    stub("basicsr.ops.upfirdn2d", upfirdn2d=lambda x, kernel, up=1, down=1, pad=(0, 0): native["upfirdn2d_native"](
        x, kernel, up, up, down, down, *pad, *pad))
    load("basicsr.archs.stylegan2_arch", os.path.join(folder, "archs/stylegan2_arch.py"))
    archs = os.path.join(repositories, "GFPGAN/gfpgan/archs")
    load("gfpgan.archs.stylegan2_clean_arch", os.path.join(archs, "stylegan2_clean_arch.py"))
    kind = "GFPGANv1" if original else "GFPGANv1Clean"
    file = "gfpganv1_arch" if original else "gfpganv1_clean_arch"
    return getattr(load("gfpgan.archs." + file, os.path.join(archs, file + ".py")), kind)(
        out_size=512, num_style_feat=512, channel_multiplier=1 if original else 2, fix_decoder=False, num_mlp=8,
        input_is_latent=True, different_w=True, narrow=1, sft_half=True)


def authors_net(name, repositories, gpen=(512, 2, 1)):
    """(networks, restore): the parts by their names here, and what one face, (1, 3, H, W) in [-1, 1], makes of them.
    gpen: size, channel multiplier, narrow. A process takes one name: the repositories' packages have equal names."""
    import torch
    if name == "codeformer":
        class Registry:
            def register(self, *_):
                return lambda x: x
        stub("basicsr")
        stub("basicsr.archs")
        stub("basicsr.utils", get_root_logger=lambda *a, **k: None)
        stub("basicsr.utils.registry", ARCH_REGISTRY=Registry())
        folder = os.path.join(repositories, "CodeFormer/basicsr/archs")
        load("basicsr.archs.vqgan_arch", os.path.join(folder, "vqgan_arch.py"))
        net = load("basicsr.archs.codeformer_arch", os.path.join(folder, "codeformer_arch.py")).CodeFormer(
            dim_embd=512, codebook_size=1024, n_head=8, n_layers=9, connect_list=["32", "64", "128", "256"]).eval()
        return {"net": net}, lambda face, w=0.5: net(face, w=w, adain=True)[0]
    if name.startswith("gfpgan"):
        net = gfpgan(repositories, name == "gfpgan_v1").eval()
        return {"net": net}, lambda face: net(face, return_rgb=False, randomize_noise=False)[0]
    if name == "gpen":
        sys.path.insert(0, os.path.join(repositories, "GPEN/face_model"))
        import gpen_model  # its operations compute plainly where no CUDA device is present
        size, multiplier, narrow = gpen
        net = gpen_model.FullGenerator(size, 512, 8, multiplier, narrow=narrow).eval()
        return {"net": net}, lambda face: net(face)[0]
    if name == "psfrgan":
        folder = os.path.join(repositories, "PSFRGAN/models")
        stub("utils")
        stub("utils.utils")
        stub("models")
        stub("models.loss", PCPFeat=None)
        load("models.blocks", os.path.join(folder, "blocks.py"))
        load("models.psfrnet", os.path.join(folder, "psfrnet.py"))
        sys.modules["models"].psfrnet = sys.modules["models.psfrnet"]
        sys.modules["utils"].utils = sys.modules["utils.utils"]
        networks = load("models.networks", os.path.join(folder, "networks.py"))
        options = types.SimpleNamespace(gpu_ids=[], Pnorm="bn", Gnorm="spade", Gin_size=512, Gout_size=512)
        parser = networks.define_P(options).eval()
        net = networks.define_G(options, use_norm="spectral_norm").eval()

        def restore(face):
            parts = parser(face)[0]
            return net(face, (parts == parts.max(dim=1, keepdim=True)[0]).float())

        return {"net": net, "parser": parser}, restore
    if name == "difface_swinir":
        sys.path.insert(0, os.path.join(repositories, "DifFace"))
        try:
            import timm.models.layers
        except ImportError:  # moved in timm 1
            import timm.layers
            sys.modules["timm.models.layers"] = timm.layers
        from models.swinir import SwinIR
        # configs/sample/iddpm_ffhq512_swinir.yaml
        net = SwinIR(img_size=64, patch_size=1, in_chans=3, embed_dim=180, depths=[6] * 8, num_heads=[6] * 8,
                     window_size=8, mlp_ratio=2, sf=8, img_range=1.0, upsampler="nearest+conv",
                     resi_connection="1conv", unshuffle=True, unshuffle_scale=8).eval()
        return {"net": net}, lambda face: net((face + 1) / 2)
    if name == "difface_unet":
        sys.path.insert(0, os.path.join(repositories, "DifFace"))
        from models.unet import UNetModel
        net = UNetModel(
            image_size=512, in_channels=3, model_channels=32, out_channels=6, attention_resolutions=[32, 16, 8],
            dropout=0, channel_mult=[1, 2, 4, 8, 8, 16, 16], num_res_blocks=[1, 2, 2, 2, 2, 3, 4],
            conv_resample=True, dims=2, use_fp16=False, num_head_channels=64, use_scale_shift_norm=True,
            resblock_updown=False, use_new_attention_order=False).eval()
        return {"net": net}, lambda face: net(face, torch.tensor([396]))
    stub("RestoreFormer", distributed=None)
    stub("RestoreFormer.distributed")
    arch = load("vqvae_arch", os.path.join(
        repositories, "RestoreFormerPlusPlus/RestoreFormer/modules/vqvae/vqvae_arch.py"))
    plus = name == "restoreformer_pp"
    # the class's defaults, as the authors' inference has them
    net = arch.VQVAEGANMultiHeadTransformer(head_size=4 if plus else 8, ex_multi_scale_num=int(plus)).eval()
    return {"net": net}, lambda face: net(face)[0]
