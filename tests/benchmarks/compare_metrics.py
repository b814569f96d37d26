#!/usr/bin/env python3
"""bfr's metrics beside the tools': time of one 512x512 pair, and values for the tests.

    pip install scikit-image pyiqa opencv-python-headless
    compare_metrics.py BENCH_METRICS        times bench_metrics and the tools on this machine, and prints both
        --basicsr DIR       a checkout of github.com/XPixelGroup/BasicSR, for its NIQE; bfr needs niqe_pris_params.npz in $BFR_WEIGHTS
    compare_metrics.py --goldens FILE       writes the values that tests/metrics/parity_test.cpp compares with

bfr scores a picture on one thread, and as many pictures at once as it has threads: its time with two threads is half of that
with one. pyiqa's is measured with one thread and with two.
"""
import argparse
import importlib.util
import json
import os
import subprocess
import time

import numpy as np
import skimage
from skimage.metrics import peak_signal_noise_ratio, structural_similarity


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
    """RGB; hashed in BGR order, as the C++ test fills its pictures."""
    level = hash_fill(name + "/level", 3, 60, 190)[::-1]
    values = level[None, None] + hash_fill(name, width * height * 3, -60, 60).reshape(height, width, 3)
    return values.astype(np.uint8)[..., ::-1]


def pair(width, height):
    a, other = picture("a", width, height), picture("b", width, height)
    return a, ((3 * a.astype(np.int32) + other) // 4).astype(np.uint8)


def gaussian(a, b):
    return structural_similarity(a, b, data_range=255, channel_axis=2, gaussian_weights=True, sigma=1.5,
                                 use_sample_covariance=False)


CALLS = {
    "psnr:convention=skimage": lambda a, b: peak_signal_noise_ratio(a, b, data_range=255),
    "ssim:convention=skimage": lambda a, b: structural_similarity(a, b, data_range=255, channel_axis=2),
    "ssim:convention=skimage,window=gaussian": gaussian,
    "ssim": gaussian,  # BasicSR's formula, which this is
}


def write_goldens(path):
    pairs = []
    for width, height in [(97, 64), (33, 128), (11, 11)]:
        a, b = pair(width, height)
        pairs.append({"width": width, "height": height, "values": {spec: float(call(a, b)) for spec, call in CALLS.items()}})
    with open(path, "w") as file:
        json.dump({"tool": f"scikit-image {skimage.__version__}, numpy {np.__version__}", "pairs": pairs}, file, indent=1)
        file.write("\n")


def median_ms(call, runs=7):
    call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2] * 1e3


def pyiqa_calls(a, b):
    import pyiqa
    import torch

    ta, tb = (torch.from_numpy(x.copy()).permute(2, 0, 1)[None].float() / 255 for x in (a, b))
    names = {"psnr:convention=pyiqa": "psnr", "ssim:convention=pyiqa": "ssim", "ssim:convention=pyiqa,space=rgb": "ssimc",
             "ms_ssim": "ms_ssim", "vif": "vif", "fsim": "fsim", "gmsd": "gmsd"}
    calls = {}
    for spec, name in names.items():
        metric = pyiqa.create_metric(name, device="cpu")
        calls[spec] = lambda metric=metric: metric(tb, ta)
    return calls, torch.set_num_threads


def basicsr_niqe(checkout):
    """Imported by the script that makes the goldens."""
    folder = os.path.join(os.path.dirname(__file__), "../data/goldens/metrics/make_pyiqa.py")
    spec = importlib.util.spec_from_file_location("make_pyiqa", folder)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.basicsr_niqe(checkout)


def compare(program, checkout):
    out = subprocess.run([program, "--benchmark_format=json", "--benchmark_repetitions=3", "--benchmark_report_aggregates_only=true",
                          "--benchmark_filter=^score/"], check=True, capture_output=True, text=True).stdout
    ours = {}
    for one in json.loads(out)["benchmarks"]:
        if one["name"].endswith("_median") and not one.get("error_occurred"):
            ours[one["run_name"]] = one["real_time"] * {"ns": 1e-6, "us": 1e-3, "ms": 1}[one["time_unit"]]
    a, b = pair(512, 512)
    print(f"{'512x512, ms':<42}{'bfr':>9}{'reference known':>17}  {'tool':<30}{'ms':>8}{'ratio':>8}")

    def row(spec, tool, theirs, threads=1):
        fresh, known = ours[f"score/{spec}/fresh"] / threads, ours[f"score/{spec}/known"] / threads
        print(f"{spec:<42}{fresh:9.2f}{known:17.2f}  {tool:<30}{theirs:8.1f}{theirs / fresh:8.1f}")

    for spec, call in CALLS.items():
        row(spec, "scikit-image", median_ms(lambda: call(a, b)))
    calls, set_threads = pyiqa_calls(a, b)
    for threads in (1, 2):
        set_threads(threads)
        for spec, call in calls.items():
            row(spec, f"pyiqa, threads={threads}", median_ms(call), threads)
    if checkout:
        niqe = basicsr_niqe(checkout)
        for threads in (1, 2):
            set_threads(threads)
            row("niqe", f"BasicSR, threads={threads}", median_ms(lambda: niqe.calculate_niqe(b[..., ::-1].copy(), 0), 3), threads)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench_metrics", nargs="?")
    parser.add_argument("--goldens")
    parser.add_argument("--basicsr")
    options = parser.parse_args()
    if options.goldens:
        write_goldens(options.goldens)
    elif options.bench_metrics:
        compare(options.bench_metrics, options.basicsr)
    else:
        parser.error("give the benchmark program or --goldens FILE")


if __name__ == "__main__":
    main()
