#!/usr/bin/env python3
"""MS-SSIM by BFRBench's own ssim.py on generated pictures, on the CPU, for tests/metrics/classical_test.cpp.

    pip install torch pyiqa opencv-python-headless scipy      (make_pyiqa.py, whose pictures these are, imports them)
    make_bfrbench.py CHECKOUT bfrbench.json

CHECKOUT: github.com/bitzpy/Blind-Face-Restoration-Benchmark-Datasets-and-a-Baseline-Model (db27fc1). Called as its main.py
does: B, G, R in 0..1, data_range 1, use_padding=True. "single" is what the script prints, "double" the same code on
float64 pictures. Negated pictures have a negative contrast-structure: the script's value is nan, here null.
"""
import json
import os
import sys

import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_pyiqa import pair

SIZES = [(512, 512), (230, 200), (97, 64), (33, 40)]


def main():
    checkout, out = sys.argv[1:]
    sys.path.insert(0, os.path.join(checkout, "Evaluation/128size/metrics_package"))
    from ssim import MS_SSIM

    torch.set_num_threads(1)
    options = {"window_size": 11, "window_sigma": 1.5, "data_range": 1.0, "channel": 3, "use_padding": True}
    single, double = MS_SSIM(**options), MS_SSIM(**options).double()
    tensor = lambda bgr: torch.from_numpy(bgr.transpose(2, 0, 1) / 255.0)[None]
    pairs = []
    for width, height in SIZES:
        for negated in (False, True):
            reference, restored = pair(width, height)
            restored = 255 - restored if negated else restored
            with torch.no_grad():
                values = [metric(tensor(restored).to(dtype), tensor(reference).to(dtype)).item()
                          for metric, dtype in ((single, torch.float32), (double, torch.float64))]
            values = [value if value == value else None for value in values]
            pairs.append({"width": width, "height": height, "negated": negated, "single": values[0], "double": values[1]})
    with open(out, "w") as file:
        json.dump({"tool": f"BFRBench db27fc1 ssim.py, torch {torch.__version__}", "pairs": pairs}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
