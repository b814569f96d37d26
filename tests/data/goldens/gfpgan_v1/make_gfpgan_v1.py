#!/usr/bin/env python3
"""Writes gfpgan_v1.layout.json and gfpgan_v1.safetensors: what the authors' GFPGANv1 (the paper's architecture) makes of
hash-filled weights, for tests/nets/gan_prior_test.cpp. A small one: 64 pixels, narrow 1/16, 48 numbers a code.

    make_gfpgan_v1.py REPOSITORIES FOLDER

REPOSITORIES: a folder with check-outs of TencentARC/GFPGAN (7552a77) and XPixelGroup/BasicSR (8d56e3a), named GFPGAN and
BasicSR. Needs torch and numpy alone: the FIR is the repository's own upfirdn2d_native, the activation what its CUDA
kernel computes. Noise comes from the stored buffers (randomize_noise=False).
"""
import copy
import importlib.util
import json
import os
import re
import struct
import sys
import types

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SALT = "v1/"
ROOT3 = 3 ** 0.5


def hash_fill(name, shape, lo, hi):
    """The goldens' hash fill (tests/support/support.h) in numpy."""
    seed = 0xCBF29CE484222325
    for c in name.encode():
        seed = ((seed ^ c) * 0x100000001B3) % 2**64
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    unit = ((z >> np.uint64(40)).astype(np.float64) * 2.0**-24).astype(np.float32)
    lo, hi = np.float32(lo), np.float32(hi)
    return torch.from_numpy((lo + (hi - lo) * unit).reshape(shape))


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


class FusedLeakyReLU(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return fused_leaky_relu(x, self.bias)


def fused_leaky_relu(x, bias):
    return F.leaky_relu(x + bias.view([1, -1] + [1] * (x.ndim - 2)), 0.2) * 2 ** 0.5


def authors_module(folder):
    class Registry:
        def register(self, *_):
            return lambda x: x
    for name in ("basicsr", "basicsr.archs", "basicsr.ops", "basicsr.utils"):
        stub(name)
    stub("basicsr.utils.registry", ARCH_REGISTRY=Registry())
    stub("basicsr.ops.fused_act", FusedLeakyReLU=FusedLeakyReLU, fused_leaky_relu=fused_leaky_relu)
    stub("basicsr.ops.upfirdn2d_ext")
    source = open(os.path.join(folder, "BasicSR/basicsr/ops/upfirdn2d/upfirdn2d.py")).read()
    native = {"torch": torch, "F": F}
    exec(compile(source[source.index("def upfirdn2d_native"):], "upfirdn2d.py", "exec"), native)

    def upfirdn2d(x, kernel, up=1, down=1, pad=(0, 0)):
        return native["upfirdn2d_native"](x, kernel, up, up, down, down, pad[0], pad[1], pad[0], pad[1])

    stub("basicsr.ops.upfirdn2d", upfirdn2d=upfirdn2d)
    load("basicsr.archs.stylegan2_arch", os.path.join(folder, "BasicSR/basicsr/archs/stylegan2_arch.py"))
    return load("gfpganv1_arch", os.path.join(folder, "GFPGAN/gfpgan/archs/gfpganv1_arch.py"))


RULES = [(r"noises\.noise", -ROOT3, ROOT3), (r"style_conv(1|s\.\d+)\.weight$", 0.1, 0.3),
         (r"modulation\.bias", 0.8, 1.2), (r"condition_scale\.\d\.2\.bias", 0.8, 1.2),
         (r"style_mlp\.\d\.weight", -100 * ROOT3, 100 * ROOT3), (r"style_mlp\.\d\.bias", -20.0, 20.0),
         (r"modulation\.weight|condition_(scale|shift)\.\d\.2\.weight|to_rgb.*modulated_conv\.weight",
          -0.5 * ROOT3, 0.5 * ROOT3), (r"bias$", -0.1, 0.1), (r"weight$", -ROOT3, ROOT3)]


def fill(net):
    layout = []
    for key, value in net.state_dict().items():
        lo, hi = next((lo, hi) for rule, lo, hi in RULES if re.search(rule, key))
        lo, hi = float(np.float32(lo)), float(np.float32(hi))
        value.copy_(hash_fill(SALT + key, tuple(value.shape), lo, hi))
        layout.append({"key": key, "shape": list(value.shape), "lo": lo, "hi": hi})
    return layout


def save(path, tensors, metadata):
    header, body = {"__metadata__": metadata}, b""
    for name, array in tensors.items():
        data = np.ascontiguousarray(array, np.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    open(path, "wb").write(struct.pack("<Q", len(head)) + head + body)


def main():
    repositories, folder = sys.argv[1:]
    net = authors_module(repositories).GFPGANv1(
        out_size=64, num_style_feat=48, channel_multiplier=1, fix_decoder=True, num_mlp=8, input_is_latent=True,
        different_w=True, narrow=1 / 16, sft_half=True).eval()
    layout = fill(net)
    inputs = {name: {"name": f"{SALT}gfpgan_v1.{name}", "shape": [1, 3, side, side], "lo": -1.0, "hi": 1.0}
              for name, side in (("fine", 64), ("coarse", 8))}
    fine, coarse = (hash_fill(i["name"], i["shape"], -1, 1) for i in inputs.values())
    x = (fine + coarse.repeat_interleave(8, 2).repeat_interleave(8, 3)) * 0.5

    def forward(net, x):
        kept = {}
        for name, module in (("style", net.final_linear), ("scale_8", net.condition_scale[0]),
                             ("shift_8", net.condition_shift[0])):
            module.register_forward_hook(lambda _, __, result, name=name: kept.__setitem__(name, result.clone()))
        with torch.no_grad():
            image, rgbs = net(x, return_rgb=True, randomize_noise=False)
        return {"image": image, "rgb_16": rgbs[1], "style": kept["style"].view(1, -1, 48), "scale_8": kept["scale_8"],
                "shift_8": kept["shift_8"]}

    outputs, exact = forward(net, x), forward(copy.deepcopy(net).double(), x.double())
    rounding = {k: float(f"{float((exact[k] - v).abs().max() / exact[k].abs().max()):.2e}") for k, v in outputs.items()}
    tensors, shapes = {}, {}
    for name, value in outputs.items():
        flat, step = value.numpy(), max(1, -(-value.numel() // 6000)) | 1
        shapes[name] = {"shape": list(flat.shape), "step": step}
        tensors[name] = flat.reshape(-1)[::step] if step > 1 else flat
        print(f"{name} {list(flat.shape)} step {step}: deviation {flat.std():.4g}, largest {abs(flat).max():.4g}, "
              f"float32 against float64 {rounding[name]:.2g}")
    json.dump({"salt": SALT, "entries": layout}, open(os.path.join(folder, "gfpgan_v1.layout.json"), "w"),
              separators=(",", ":"))
    save(os.path.join(folder, "gfpgan_v1.safetensors"), tensors, {
        "salt": SALT, "inputs": json.dumps(inputs), "outputs": json.dumps(shapes),
        "float32_vs_float64": json.dumps(rounding),
        "network": "GFPGANv1(64, 48, channel_multiplier=1, num_mlp=8, input_is_latent=True, different_w=True, "
                   "narrow=1/16, sft_half=True), randomize_noise=False",
        "source": "github.com/TencentARC/GFPGAN@7552a7791caad982045a7bbe5634bbf1cd5c8679:gfpgan/archs/gfpganv1_arch.py, "
                  "github.com/XPixelGroup/BasicSR@8d56e3a045f9fb3e1d8872f92ee4a4f07f886b0a:basicsr/archs/"
                  "stylegan2_arch.py",
        "notes": "The input is (fine + coarse with every value repeated 8x8) * 0.5; made by make_gfpgan_v1.py."})


if __name__ == "__main__":
    main()
