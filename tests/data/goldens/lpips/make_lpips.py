#!/usr/bin/env python3
"""Writes values.json: what lpips, DISTS_pytorch and Pillow make of hash-filled networks and pictures, for
tests/metrics/lpips_test.cpp.

    pip install lpips DISTS_pytorch torchvision pillow
    make_lpips.py values.json
"""
import hashlib
import importlib.metadata
import json
import sys

import lpips
import numpy as np
import torch
from DISTS_pytorch import DISTS_pt
from PIL import Image
from torchvision import models, transforms

NETS = {"alex": models.alexnet, "vgg": models.vgg16, "squeeze": models.squeezenet1_1}


def hash_fill(name, count, lo, hi):
    """The goldens' hash fill (tests/support/support.h) in numpy."""
    seed = 0xCBF29CE484222325
    for c in name.encode():
        seed = ((seed ^ c) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    unit = ((z >> np.uint64(40)).astype(np.float64) * 2.0**-24).astype(np.float32)
    return np.float32(lo) + (np.float32(hi) - np.float32(lo)) * unit


def picture(name, width, height):
    """RGB; hashed in BGR order. Noise of every size: blocks of 16, 4 and 1 pixels."""
    values = np.full((height, width, 3), 128, np.float32)
    for block in (16, 4, 1):
        h, w = -(-height // block), -(-width // block)
        part = hash_fill(f"{name}/{block}", h * w * 3, -40, 40).reshape(h, w, 3)
        values += part.repeat(block, 0).repeat(block, 1)[:height, :width]
    return values.clip(0, 255).astype(np.uint8)[..., ::-1].copy()


def bound(weight):
    return 0.1 if weight.dim() == 1 else (6.0 / weight[0].numel())**0.5


def fill_trunk(features):
    """features: name -> parameter under torchvision's names."""
    for name, weight in features.items():
        values = hash_fill("trunk/" + name, weight.numel(), -bound(weight), bound(weight))
        weight.data.copy_(torch.from_numpy(values).reshape(weight.shape))


def of_lpips(net):
    model = NETS[net](weights=None)
    fill_trunk({"features." + name: weight for name, weight in model.features.named_parameters()})
    perceptual = {}
    for version in ("0.1", "0.0"):
        one = lpips.LPIPS(net=net, version=version, pretrained=False, pnet_rand=True, verbose=False)
        for slice_number in range(1, one.net.N_slices + 1):
            for name, module in getattr(one.net, f"slice{slice_number}").named_children():
                module.load_state_dict(model.features[int(name)].state_dict())
        for i in range(one.L):
            weight = one.lins[i].model[1].weight
            weight.data.copy_(torch.from_numpy(hash_fill(f"heads/lin{i}.model.1.weight", weight.numel(), 0, 0.5)).reshape(weight.shape))
        perceptual[version] = one.eval()
    return perceptual


def of_dists():
    class Trunk:
        def __call__(self, **_):
            model = NETS["vgg"](weights=None)
            fill_trunk({"features." + name: weight for name, weight in model.features.named_parameters()})
            return model

    DISTS_pt.models.vgg16 = Trunk()
    net = DISTS_pt.DISTS(load_weights=False)
    for name in ("alpha", "beta"):
        getattr(net, name).data.copy_(torch.from_numpy(hash_fill("dists/" + name, 1475, 0, 0.2)).reshape(1, 1475, 1, 1))
    return net.eval()


def tensor(rgb, order, value_range):
    x = torch.from_numpy(rgb.astype(np.float32) / 255).permute(2, 0, 1)[None]
    if order == "bgr":
        x = x.flip(1)
    return x * 2 - 1 if value_range == "-1..1" else x


def main():
    torch.set_grad_enabled(False)
    pairs = [("a", "b", 97, 64), ("c", "d", 31, 40), ("e", "f", 300, 270)]
    values, specs = [], []
    for net in NETS:
        models_of = of_lpips(net)
        for version, order, value_range in (("0.1", "rgb", "-1..1"), ("0.0", "rgb", "-1..1"), ("0.1", "bgr", "-1..1"), ("0.1", "bgr", "0..1")):
            specs.append((f"lpips:net={net},version={version},order={order},range={value_range}",
                          lambda a, b, m=models_of[version], o=order, r=value_range: m(tensor(a, o, r), tensor(b, o, r)).item()))
    dists = of_dists()
    for resize in ("none", "256"):
        def score(a, b, resize=resize):
            prepared = []
            for rgb in (a, b):
                image = Image.fromarray(rgb)
                if resize == "256" and min(image.size) > 256:
                    image = transforms.functional.resize(image, 256)
                prepared.append(transforms.ToTensor()(image)[None])
            return dists(*prepared).item()
        specs.append((f"dists:resize={resize}", score))
    for first, second, width, height in pairs:
        a, other = picture(first, width, height), picture(second, width, height)
        b = ((3 * a.astype(np.int32) + other) // 4).astype(np.uint8)
        values.append({"first": first, "second": second, "width": width, "height": height,
                       "values": {spec: call(a, b) for spec, call in specs}})
    resized = {"pillow_bilinear": [], "pillow_bicubic": []}
    for width, height, out_width, out_height in ((97, 64, 40, 31), (40, 30, 80, 91), (300, 270, 284, 256), (513, 700, 256, 349),
                                                 (33, 9, 33, 4), (9, 33, 5, 33), (5, 5, 1, 1)):
        for (name, cases), filter in zip(resized.items(), (Image.BILINEAR, Image.BICUBIC)):
            rgb = np.asarray(Image.fromarray(picture("resized", width, height)).resize((out_width, out_height), filter))
            cases.append({"width": width, "height": height, "out_width": out_width, "out_height": out_height,
                          "sha256": hashlib.sha256(rgb.tobytes()).hexdigest()})
    tools = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("lpips", "DISTS_pytorch", "torch", "torchvision", "pillow"))
    with open(sys.argv[1], "w") as file:
        json.dump({"tool": tools, "pairs": values, **resized}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
