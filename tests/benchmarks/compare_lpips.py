#!/usr/bin/env python3
"""bfr's LPIPS and DISTS beside the authors' packages: one 512x512 pair, the same number of threads, in one run.

    pip install lpips DISTS_pytorch torchvision
    compare_lpips.py BENCH_LPIPS [THREADS [ROUNDS]]

Networks of random weights on both sides: speed doesn't depend on them. "known": the reference's features are at hand, as
for every method after the first; the packages compute them each time. Wall-clock time (the least of the rounds, five by default, taken in turns,
so that a busy machine disturbs both alike), and CPU time (threads that wait for each other count as busy).
"""
import json
import os
import subprocess
import sys
import time
import warnings

import torch

warnings.filterwarnings("ignore")


def ours(program, name, threads):
    out = subprocess.run([program, "--benchmark_format=json", f"--benchmark_filter=^{name}/", "--benchmark_min_time=0.2"], check=True,
                         capture_output=True, text=True, env={**os.environ, "BFR_BENCH_THREADS": str(threads)}).stdout
    return {one["name"].split("/")[1]: (one["real_time"], one["cpu_time"]) for one in json.loads(out)["benchmarks"]}


def package(name):
    if name == "dists":
        from DISTS_pytorch import DISTS_pt
        vgg16 = DISTS_pt.models.vgg16
        DISTS_pt.models.vgg16 = lambda **_: vgg16(weights=None)
        return DISTS_pt.DISTS(load_weights=False).eval()
    import lpips
    return lpips.LPIPS(net=name, pretrained=False, pnet_rand=True, verbose=False).eval()


def theirs(net, pictures):
    net(*pictures)
    times = []
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        net(*pictures)
        times.append((1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)))
    return min(t[0] for t in times), min(t[1] for t in times)


def least(values):
    return tuple(min(v[i] for v in values) for i in (0, 1))


def main():
    program, threads = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    pictures = [torch.rand(1, 3, 512, 512) for _ in range(2)]
    print(f"512x512, {threads} threads, torch {torch.__version__}; wall ms (CPU ms)")
    print(f"{'':<10}{'package':>18}{'bfr, a pair':>18}{'bfr, known':>18}{'ratio':>8}{'known':>8}{'CPU':>8}{'known':>8}")
    for name in ("alex", "squeeze", "vgg", "dists"):
        net = package(name)
        package_times, fresh, known = [], [], []
        for _ in range(rounds):
            package_times.append(theirs(net, pictures))
            times = ours(program, name, threads)
            fresh.append(times["fresh"]), known.append(times["known"])
        p, f, k = least(package_times), least(fresh), least(known)
        text = "".join(f"{f'{one[0]:.1f} ({one[1]:.0f})':>18}" for one in (p, f, k))
        ratios = "".join(f"{value:8.2f}" for value in (p[0] / f[0], p[0] / k[0], p[1] / f[1], p[1] / k[1]))
        print(f"{name:<10}{text}{ratios}", flush=True)


if __name__ == "__main__":
    main()
