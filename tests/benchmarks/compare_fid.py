#!/usr/bin/env python3
"""bfr's FID beside pytorch-fid's, on this machine: Inception's features a picture, and the distance, with their ratios.

    compare_fid.py BENCH_FID [--threads N] [--batch N] [--side PIXELS]

Inception's weights are hashed (95 MB, in a temporary folder): both sides read the same file, and their features are compared.
The sides take turns, each with the same threads; the least time of each counts. Needs torch, torchvision, pytorch_fid, scipy.
"""
import argparse
import json
import os
import subprocess
import tempfile
import time

import numpy as np


def hashed(name, shape, lo, hi):
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    u = ((z >> np.uint64(40)).astype(np.float64) * 2.0**-24).astype(np.float32)
    return (np.float32(lo) + np.float32(hi - lo) * u).reshape(shape)


def fill(key, shape):
    if key.endswith("num_batches_tracked"):
        return None
    if len(shape) > 1:
        bound = (6 / np.prod(shape[1:])) ** 0.5
        return hashed(key, shape, -bound, bound)
    if key.endswith("bn.weight") or key.endswith("running_var"):
        return hashed(key, shape, 0.8, 1.2)
    return hashed(key, shape, -0.1, 0.1)


def least(repeats, work):
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--side", type=int, default=512)
    arguments = parser.parse_args()
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[variable] = str(arguments.threads)
    import torch
    import torchvision
    from pytorch_fid import fid_score, inception
    torch.set_num_threads(arguments.threads)

    def ours(*words):
        return json.loads(subprocess.run([arguments.bench, *map(str, words)], check=True, capture_output=True,
                                         text=True).stdout)

    with tempfile.TemporaryDirectory() as folder:
        def path(name):
            return os.path.join(folder, name)

        # FID's blocks have torchvision's keys
        plain = torchvision.models.inception_v3(num_classes=1008, aux_logits=False, weights=None, init_weights=False)
        state = {key: torch.from_numpy(fill(key, tuple(value.shape))) if value.dim() else value
                 for key, value in plain.state_dict().items()}
        torch.save(state, path("inception.pth"))
        inception.load_state_dict_from_url = lambda *args, **kwargs: state
        net = inception.InceptionV3([3]).eval()

        shape = (arguments.batch, arguments.side, arguments.side, 3)
        rgb = np.minimum(hashed("pictures", (shape[0], shape[1] // 8, shape[2] // 8, 3), 0, 256), 255).astype(np.uint8)
        rgb = rgb.repeat(8, 1).repeat(8, 2)
        rgb.tofile(path("rgb"))
        batch = torch.from_numpy(rgb).permute(0, 3, 1, 2).float() / 255
        words = ("inception", path("inception.pth"), path("rgb"), rgb.shape[2], rgb.shape[1], arguments.threads,
                 arguments.batch, path("features"))
        theirs, mine = float("inf"), float("inf")
        for _ in range(2):
            with torch.no_grad():
                seconds, features = least(2, lambda: net(batch)[0].flatten(1).numpy())
            theirs = min(theirs, seconds)
            mine = min(mine, ours(*words)["seconds"])
        found = np.fromfile(path("features"), np.float32).reshape(features.shape)
        scale = 1000 / arguments.batch
        print(f"{arguments.threads} threads, {arguments.batch} pictures of {arguments.side}x{arguments.side} at once")
        print(f"{'Inception, ms a picture':32}{mine * scale:10.1f}{theirs * scale:10.1f}   {theirs / mine:.2f} times as fast; "
              f"features differ by {np.abs(found - features).max() / np.abs(features).max():.1e} of the largest")

        for rows in (400, 3000):
            rng = np.random.default_rng(rows)
            sets = []
            for name in "ab":  # correlated, of falling variance, as features are
                values = rng.standard_normal((rows, 2048)) * np.exp(-np.arange(2048) / 300)
                values = (values @ np.linalg.qr(np.random.default_rng(7).standard_normal((2048, 2048)))[0]).astype(np.float32)
                values += 0.01 * (name == "b")
                values.tofile(path(name))
                sets.append((values.astype(np.float64).mean(0), np.cov(values, rowvar=False)))
            result = ours("distance", path("a"), path("b"), 2048, arguments.threads)
            try:
                seconds, value = least(1, lambda: fid_score.calculate_frechet_distance(*sets[0], *sets[1]))
                said = f"values differ by {abs(value - result['value']) / value:.1e}"
            except (ValueError, TypeError) as error:  # "Imaginary component"
                seconds, said = float("nan"), f"pytorch-fid failed: {error}"
            print(f"{f'distance of {rows} and {rows}, s':32}{result['seconds']:10.3f}{seconds:10.3f}   "
                  f"{seconds / result['seconds']:.1f} times as fast; {said}")


if __name__ == "__main__":
    main()
