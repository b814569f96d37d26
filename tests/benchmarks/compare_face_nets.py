"""compare_face_nets.py BENCH REPOSITORIES: the published restorers' own networks beside this program's, one 512x512 face.

BENCH: bench_face_nets. REPOSITORIES: as authors_nets.py has it. Weights are drawn on both sides. The sides take turns,
each a process of its own, and the least time of each counts: wall time, and the processor's, which other programs on the
machine hardly change. What Python needs: torch, numpy; for DifFace timm and einops.
"""
import argparse
import json
import os
import subprocess
import sys
import time

from authors_nets import authors_net

NAMES = ("restoreformer", "restoreformer_pp", "codeformer", "psfrgan", "gpen", "gfpgan", "gfpgan_v1", "difface_swinir", "difface_unet")


def authors(arguments):
    """Seconds of one face by the authors' module, wall and processor."""
    import torch
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    face = torch.rand(1, 3, 512, 512) * 2 - 1
    restore = authors_net(arguments.authors, arguments.repositories)[1]
    best = {"wall": float("inf"), "processor": float("inf")}
    with torch.no_grad():
        for _ in range(arguments.calls):
            start = time.perf_counter(), time.process_time()
            restore(face)
            took = time.perf_counter() - start[0], time.process_time() - start[1]
            best = {key: min(best[key], value) for key, value in zip(best, took)}
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("bench", "repositories"):
        parser.add_argument(name)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--calls", type=int, default=3)
    parser.add_argument("--only", default="", help="networks whose names begin so")
    parser.add_argument("--authors", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.authors:
        print("\n" + json.dumps({arguments.authors: authors(arguments)}))
        return
    print(f"{arguments.threads} threads, best of {arguments.repeats} runs of {arguments.calls} calls")
    print(f"{'':20}{'authors ms':>12}{'bfr ms':>12}{'ratio':>8}{'processor':>12}{'bfr':>12}{'ratio':>8}")
    for name in (name for name in NAMES if name.startswith(arguments.only)):
        theirs = [sys.executable, __file__, arguments.bench, arguments.repositories, "--authors", name,
                  f"--threads={arguments.threads}", f"--calls={arguments.calls}"]
        ours = [arguments.bench, "--only", name, "--threads", str(arguments.threads), "--repeats",
                str(arguments.calls), "--json"]
        best = [{"wall": float("inf"), "processor": float("inf")} for _ in range(2)]
        for _ in range(arguments.repeats):
            for side, command in enumerate((theirs, ours)):
                output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                for key, seconds in json.loads(output.splitlines()[-1])[name].items():
                    best[side][key] = min(best[side][key], seconds)
        line = "".join(f"{1e3 * best[0][key]:12.1f}{1e3 * best[1][key]:12.1f}{best[0][key] / best[1][key]:8.2f}"
                       for key in best[0])
        print(f"{name:20}{line}", flush=True)


if __name__ == "__main__":
    main()
