"""Writes steps.json: reference values of the degradations' steps, computed with numpy and OpenCV from the published
formulas on pictures of hashed numbers. Run: python make_steps.py (numpy, opencv-python-headless; Python for the grid).
"""

import json
import math
import random
from pathlib import Path

import cv2
import numpy as np

MASK = (1 << 64) - 1
EVERY = 97  # of the flattened floats


def hash_fill(name, count, lo, hi):
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & MASK
    i = np.arange(1, count + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + i * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    unit = ((z >> np.uint64(40)).astype(np.float64) * 2.0**-24).astype(np.float32)
    return np.float32(lo) + np.float32(hi - lo) * unit


def gaussian(size, sx, sy, t):
    r = (size - 1) / 2
    x, y = np.meshgrid(np.arange(size) - r, np.arange(size) - r)
    u = np.array([[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]])
    inv = np.linalg.inv(u @ np.diag([sx**2, sy**2]) @ u.T)
    k = np.exp(-0.5 * (inv[0, 0] * x * x + 2 * inv[0, 1] * x * y + inv[1, 1] * y * y))
    return k / k.sum()


INTER = {"bilinear": cv2.INTER_LINEAR, "area": cv2.INTER_AREA, "bicubic": cv2.INTER_CUBIC, "nearest": cv2.INTER_NEAREST}


def to_8bit(x):
    return np.clip(np.rint(x * np.float32(255)), 0, 255).astype(np.uint8)


def apply(clean8, steps, noise_name):
    """The picture, the reference (None: unchanged), and each step's floats."""
    h, w = clean8.shape[:2]
    clean = clean8.astype(np.float32) / np.float32(255)
    x, reference, kept, seen, noises = clean, None, None, [], 0
    for s in steps:
        start = clean if reference is None else reference
        kind = s["step"]
        if kind == "blur":
            x = cv2.filter2D(x, -1, gaussian(s["size"], s["sigma_x"], s["sigma_y"], s["rotation"]))
        elif kind == "haze":
            x = x * np.float32(s["alpha"]) + np.float32(1 - s["alpha"])
        elif kind == "downsample":
            x = cv2.resize(x, (s["width"], s["height"]), interpolation=INTER[s.get("interpolation", "bilinear")])
        elif kind == "noise":
            shape = x.shape[:2] if s.get("gray") else x.shape
            z = hash_fill(f"{noise_name}/{noises}", int(np.prod(shape)), -1.7320508, 1.7320508).reshape(shape)
            noises += 1
            if s.get("gray"):
                z = z[:, :, None]
            x = np.clip(x + z * np.float32(s["sigma"]) / np.float32(255), 0, 1).astype(np.float32)
        elif kind == "jpeg":
            _, file = cv2.imencode(".jpg", to_8bit(x), [cv2.IMWRITE_JPEG_QUALITY, s["quality"]])
            x = cv2.imdecode(file, 1).astype(np.float32) / np.float32(255)
        elif kind == "enlarge":
            inter = INTER[s.get("interpolation", "bilinear")]
            if s.get("levels"):  # VFRxBenchmark c7788eb: (x * 255).round(), resized, written by cv2.imwrite
                levels = cv2.resize(np.clip((x * np.float32(255)).round(), 0, 255), (w, h), interpolation=inter)
                x = np.clip(np.rint(levels), 0, 255).astype(np.float32) / np.float32(255)
            else:
                x = cv2.resize(x, (w, h), interpolation=inter)
        elif kind == "translate":  # RestoreFormerPlusPlus 59d250f: padded symmetrically, then cut out at an offset
            most = max(abs(s["right"]), abs(s["down"]), 1)
            def moved(picture):
                pad = np.pad(picture, ((most, most), (most, most), (0, 0)), mode="symmetric")
                return pad[most - s["down"]:most - s["down"] + h, most - s["right"]:most - s["right"] + w]
            reference, x = moved(start), moved(x)
        elif kind == "aside":
            kept, x = x, start
        elif kind == "uneven":  # RestoreFormerPlusPlus 59d250f: lqs[0] * mask + lqs[1] * (1 - mask)
            mask = np.zeros_like(start)
            mask[s["top"]:s["top"] + s["side"], s["left"]:s["left"] + s["side"]] = 1
            x = kept * mask + x * (1 - mask)
        elif kind == "gray":
            x = np.tile(cv2.cvtColor(x, cv2.COLOR_BGR2GRAY)[:, :, None], [1, 1, 3])
            if s["reference"]:
                reference = np.tile(cv2.cvtColor(start, cv2.COLOR_BGR2GRAY)[:, :, None], [1, 1, 3])
        seen.append(x)
    return x, reference, seen


def picture(name, width, height):
    return np.rint(hash_fill(name, width * height * 3, 0, 255)).astype(np.uint8).reshape(height, width, 3)


def blur(size, sx, sy=None, t=0.0):
    return {"step": "blur", "kernel": "iso" if sy is None else "aniso", "size": size, "sigma_x": sx,
            "sigma_y": sx if sy is None else sy, "rotation": t}


def noise(sigma, layer=0, **more):
    return {"step": "noise", "sigma": sigma, "rule": "z*sigma/255", "draw": "degrade/noise", "layer": layer, **more}


def down(w, h, scale, **more):
    return {"step": "downsample", "scale": scale, "width": int(w // scale), "height": int(h // scale), **more}


def jpeg(drawn):
    return {"step": "jpeg", "drawn": drawn, "quality": int(drawn)}


ENLARGE = {"step": "enlarge"}
W, H = 96, 80
CASES = {
    "moved": [{"step": "translate", "right": 7, "down": -32}, {"step": "gray", "reference": True}],
    "moved_far": [{"step": "translate", "right": -95, "down": 79}],
    "uneven": [{"step": "translate", "right": -3, "down": 11}, blur(41, 2.5, 6.25, -1.1), {"step": "haze", "alpha": 0.8},
               down(W, H, 2.7), noise(9.5), jpeg(83.2), ENLARGE, {"step": "aside"}, blur(39, 0.7), down(W, H, 1.3),
               noise(17.25, 1), jpeg(61.9), ENLARGE, {"step": "uneven", "left": 20, "top": 9, "side": 48},
               {"step": "gray", "reference": True}],
    "levels": [down(W, H, 4, interpolation="nearest"), jpeg(45.5), {"step": "enlarge", "levels": True}],
    "area_bicubic": [down(W, H, 2.3, interpolation="area"), noise(12, gray=True), {"step": "enlarge", "interpolation": "bicubic"}],
    "bicubic_nearest": [blur(7, 1.5), down(W, H, 3.1, interpolation="bicubic"), noise(3),
                        {"step": "enlarge", "interpolation": "nearest"}],
    "nearest_area": [down(W, H, 1.9, interpolation="nearest"), {"step": "enlarge", "interpolation": "area"}],
    "grown": [down(W, H, 0.61, interpolation="bicubic"), noise(8, gray=True), ENLARGE],
}

cases = {}
for name, steps in CASES.items():
    clean = picture("degradations/" + name, W, H)
    x, reference, seen = apply(clean, steps, "degradations/noise/" + name)
    floats = {}
    for i, (step, after) in enumerate(zip(steps, seen)):
        if step["step"] == "jpeg":
            break  # what follows depends on libjpeg's last level; `final` has it
        if step["step"] != "aside":
            floats[i] = [float(f"{v:.9g}") for v in after.flatten()[::EVERY]]
    cases[name] = {"steps": steps, "floats": floats, "final": to_8bit(x).flatten()[::EVERY].tolist(),
                   "reference": None if reference is None else to_8bit(reference).flatten()[::EVERY].tolist()}

# DifFace 5c9ab80 scripts/prepare_testing_restoration.py: what the loops give the i-th picture.
random.seed(10000)
grid, sigma_y = [], ""
for qf in [30, 40, 50, 60, 70]:
    for sf in range(4, 41, 4):
        for nf in [1, 5, 10, 15, 20]:
            for sigma_x in [4, 8, 12, 16]:
                for theta in [x * math.pi for x in [0, 0.25, 0.5, 0.75]]:
                    drawn = random.choice([4, 8, 12, 16])
                    sigma_y += str(drawn // 4 - 1)
                    if len(sigma_y) % 271 in (1, 2):
                        grid.append({"index": len(sigma_y) - 1, "quality": qf, "scale": sf, "noise": nf,
                                     "sigma_x": sigma_x, "sigma_y": drawn, "rotation": theta})

out = {"opencv": cv2.__version__, "numpy": np.__version__, "width": W, "height": H, "every": EVERY,
       "notes": ["Pictures: hash fill degradations/CASE, 0..255, rounded; BGR. Noise number k of a case: hash fill "
                 "degradations/noise/CASE/k, +-1.7320508.",
                 "floats: after step i, every `every`-th number; steps after a JPEG are in `final` alone.",
                 "sigma_y: the grid's, as digits 0..3 of 4, 8, 12, 16, in DifFace's order."],
       "cases": cases, "difface_test": {"points": grid, "sigma_y": sigma_y}}
Path(__file__).with_name("steps.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
