"""What FID's tools make of a picture before their network sees it: resizers.json.

    python make_resizers.py

Needs torch, clean-fid, torch-fidelity, torchmetrics and Pillow. Pictures are hashed (goldens' fill, name "resizers/WxH", 0 to 256,
truncated to 8 bits; rows, then columns, then RGB); of each result every STEP-th value is kept, rows, then columns, then RGB.
"""
import json
import os

import numpy as np
import PIL
import torch
import torch.nn.functional as F
import torch_fidelity
import torchmetrics
from cleanfid.resize import build_resizer
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

SIZES = [(64, 64), (37, 53), (512, 340), (299, 299), (300, 17), (1, 1), (901, 299)]
STEP = 1499


def hashed(name, count, lo, hi):
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    u = ((z >> np.uint64(40)).astype(np.float64) * 2.0**-24).astype(np.float32)
    return np.float32(lo) + (np.float32(hi) - np.float32(lo)) * u


def nchw(rgb):
    return torch.from_numpy(rgb.astype(np.float32)).permute(2, 0, 1)[None]


def pytorch_fid(rgb):  # ToTensor, then InceptionV3.forward
    x = F.interpolate(nchw(rgb) / 255, size=(299, 299), mode="bilinear", align_corners=False)
    return (2 * x - 1)[0].permute(1, 2, 0).numpy()


def clean_fid(rgb):  # the resizer, then the TorchScript network's first step
    return (build_resizer("clean")(rgb) - 128) / 128


def fidelity(rgb):
    x = interpolate_bilinear_2d_like_tensorflow1x(nchw(rgb), size=(299, 299), align_corners=False)
    return ((x - 128) / 128)[0].permute(1, 2, 0).numpy()


def metrics(rgb):  # torchmetrics.image.fid._FeatureExtractorInceptionV3 with antialias=True
    x = F.interpolate(nchw(rgb), size=(299, 299), mode="bilinear", align_corners=False, antialias=True)
    return ((x - 128) / 128)[0].permute(1, 2, 0).numpy()


TOOLS = {"torch-bilinear": pytorch_fid, "pillow-bicubic": clean_fid, "tensorflow1-bilinear": fidelity,
         "torch-bilinear-antialiased": metrics}

pictures = []
for width, height in SIZES:
    name = f"resizers/{width}x{height}"
    rgb = np.minimum(hashed(name, width * height * 3, 0, 256), 255).astype(np.uint8).reshape(height, width, 3)
    results = {resizer: [float(f"{v:.8g}") for v in np.ascontiguousarray(tool(rgb), np.float32).reshape(-1)[::STEP]]
               for resizer, tool in TOOLS.items()}
    pictures.append({"name": name, "width": width, "height": height, "results": results})
versions = {"torch": torch.__version__, "Pillow": PIL.__version__, "torch_fidelity": torch_fidelity.__version__,
            "torchmetrics": torchmetrics.__version__, "clean-fid": "0.1.35"}
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "resizers.json"), "w") as file:
    text = json.dumps({"versions": versions, "step": STEP, "pictures": pictures})
    file.write(text + "\n")
print(len(text), "bytes")
