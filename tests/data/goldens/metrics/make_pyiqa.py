#!/usr/bin/env python3
"""Values of pyiqa and of BasicSR's NIQE on generated pictures, for tests/metrics/classical_test.cpp.

    pip install pyiqa opencv-python-headless
    make_pyiqa.py BASICSR pyiqa.json        BASICSR: a checkout of github.com/XPixelGroup/BasicSR (8d56e3a)

NIQE's parameters are made up here (`niqe_mean`, `niqe_variances`), so that the test needs no file. VIF is pyiqa's own code
run in double precision: in single precision the sums behind its covariances round by up to 1e-4 of the value.
"""
import importlib
import json
import os
import sys
import tempfile
import types

import numpy as np
import pyiqa
import scipy.io
import torch
import pyiqa.archs.vif_arch as vif_arch

SIZES = [(230, 200), (97, 64), (192, 96), (40, 33), (17, 12)]


def hash_fill(name, count, lo, hi):
    """The goldens' hash fill (tests/support/support.h) in numpy."""
    seed = 0xCBF29CE484222325
    for c in name.encode():
        seed = ((seed ^ c) * 0x100000001B3) % 2**64
    z = np.uint64(seed) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    unit = ((z >> np.uint64(40)).astype(np.float64) * 2.0**-24).astype(np.float32)
    return np.float32(lo) + (np.float32(hi) - np.float32(lo)) * unit


def picture(name, width, height):
    """BGR: tiles of 16 pixels, a ramp and grain, in whole numbers."""
    tiles = hash_fill(name + "/tiles", (height // 16 + 1) * (width // 16 + 1) * 3, 0, 256).astype(np.int64)
    tiles = tiles.reshape(height // 16 + 1, width // 16 + 1, 3).repeat(16, 0).repeat(16, 1)[:height, :width]
    grain = hash_fill(name + "/grain", height * width * 3, 0, 256).astype(np.int64).reshape(height, width, 3)
    y, x, c = np.ogrid[:height, :width, :3]
    return ((3 * tiles + 3 * ((x + 2 * y + 40 * c) % 256) + 2 * grain) // 8).astype(np.uint8)


def pair(width, height):
    a, other = picture("a", width, height), picture("b", width, height)
    return a, ((3 * a.astype(np.int64) + other) // 4).astype(np.uint8)


def tensor(bgr):
    return torch.from_numpy(bgr[..., ::-1].copy()).permute(2, 0, 1)[None].float() / 255


def vif_in_double(restored, reference):
    luma = {id(t): vif_arch.to_y_channel(t, 255).double() for t in (restored, reference)}
    single, to_y = torch.Tensor.float, vif_arch.to_y_channel
    torch.Tensor.float, vif_arch.to_y_channel = torch.Tensor.double, lambda t, _: luma[id(t)]
    try:
        return vif_arch.VIF()(restored, reference)
    finally:
        torch.Tensor.float, vif_arch.to_y_channel = single, to_y


def basicsr_niqe(checkout):
    """Its module without the package's own imports, which need an old torchvision."""
    for name in ("basicsr", "basicsr.utils", "basicsr.metrics"):
        module = types.ModuleType(name)
        module.__path__ = [os.path.join(checkout, *name.split("."))]
        sys.modules[name] = module
    registry = types.ModuleType("basicsr.utils.registry")
    registry.METRIC_REGISTRY = types.SimpleNamespace(register=lambda: lambda f: f)
    sys.modules["basicsr.utils.registry"] = registry
    sys.modules["basicsr.utils"].bgr2ycbcr = importlib.import_module("basicsr.utils.color_util").bgr2ycbcr
    return importlib.import_module("basicsr.metrics.niqe")


def main():
    checkout, out = sys.argv[1:]
    torch.set_num_threads(1)
    mean, variances = 0.1 * np.arange(1, 37), 1 + 0.05 * np.arange(36)
    covariance = np.diag(variances)
    mat = os.path.join(tempfile.mkdtemp(), "niqe.mat")
    scipy.io.savemat(mat, {"mu_prisparam": mean[None], "cov_prisparam": covariance})
    niqe = pyiqa.create_metric("niqe", device="cpu", pretrained_model_path=mat)
    module = basicsr_niqe(checkout)
    window = np.load(os.path.join(checkout, "basicsr/metrics/niqe_pris_params.npz"))["gaussian_window"]

    def niqe_of_basicsr(bgr):
        luma = module.to_y_channel(bgr.astype(np.float32)).squeeze().round()
        return module.niqe(luma, mean[None], covariance, window)

    full = {k: pyiqa.create_metric(k, device="cpu") for k in ("fsim", "gmsd")}
    luma_only = pyiqa.create_metric("fsim", device="cpu", chromatic=False)
    calls = {
        "vif": lambda r, g, bgr: vif_in_double(r, g),
        "fsim": lambda r, g, bgr: full["fsim"](r, g),
        "fsim:chroma=false": lambda r, g, bgr: luma_only(r, g),
        "gmsd": lambda r, g, bgr: full["gmsd"](r, g),
        "niqe": lambda r, g, bgr: niqe_of_basicsr(bgr),
        "niqe:convention=pyiqa": lambda r, g, bgr: niqe(r),
    }
    pairs = []
    for width, height in SIZES:
        reference, restored = pair(width, height)
        values = {}
        for spec, call in calls.items():
            try:
                value = float(call(tensor(restored), tensor(reference), restored))
                values[spec] = value if np.isfinite(value) else None
            except Exception:  # the tool has no value for pictures of that size
                values[spec] = None
        pairs.append({"width": width, "height": height, "values": values})
    with open(out, "w") as file:
        json.dump({"tool": f"pyiqa {pyiqa.__version__}, torch {torch.__version__}, BasicSR 8d56e3a", "niqe_mean": list(mean),
                   "niqe_variances": list(variances), "pairs": pairs}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
