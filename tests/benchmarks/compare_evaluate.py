#!/usr/bin/env python3
"""An evaluation of several methods (PSNR, SSIM, LPIPS-alex, identity, landmarks) by bfr, and by the chain of scripts.

    compare_evaluate.py BFR --vqfr DIR --restoreformer DIR --shared DIR [--methods 5] [--pairs 100] [--threads 2] [--work DIR]

The options are those of compare_presets.py, which it builds on. The scripts are BasicSR's PSNR and SSIM, lpips_2dirs, and VQFR's
calculate_cos_dist and calculate_landmark_distance, each over each method's folder, as users run them: the references are read and
sent through the networks again for every method. The loops alone are timed, not the scripts' start. Networks are the same files on
both sides: AlexNet's real trunk, ArcFace's and FAN's filled by hash.
"""
import argparse
import glob
import io
import json
import os
import shutil
import subprocess
import sys
import time

import cv2
import numpy as np
import torch
from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import compare_presets as presets


def make_folders(shared, work, methods, pairs):
    """References, and what "methods" of other strengths made of them."""
    faces = sorted(glob.glob(f"{shared}/faces/london/*/*.jpg"))
    for folder in ["reference"] + [f"method{m}" for m in range(methods)]:
        shutil.rmtree(f"{work}/{folder}", ignore_errors=True)
        os.makedirs(f"{work}/{folder}")
    for i in range(pairs):
        face = Image.open(faces[i % len(faces)]).convert("RGB").resize((675, 675), Image.BOX).crop((82, 100, 594, 612))
        face.save(f"{work}/reference/{i:03}.png")
        for m in range(methods):
            small = face.resize((256 >> (m % 3), 256 >> (m % 3)), Image.BICUBIC)
            buffer = io.BytesIO()
            small.save(buffer, "JPEG", quality=40 + 10 * m)
            Image.open(buffer).resize((512, 512), Image.BICUBIC).save(f"{work}/method{m}/{i:03}.png")


def scripts(options, work):
    """Seconds of each script over all methods, and the means of the first one."""
    import lpips

    psnr = sys.modules["vqfr.metrics.psnr_ssim"]
    alex = lpips.LPIPS(net="alex", verbose=False)
    landmark_net = sys.modules["vqfr.archs"].init_alignment_model()
    identity_net = torch.nn.DataParallel(sys.modules["arcface.models.resnet"].resnet_face18(False))
    identity_net.load_state_dict(torch.load(f"{work}/resnet18.pth"))
    identity_net.eval()

    def psnr_and_ssim(a, b):
        a, b = cv2.imread(a), cv2.imread(b)
        return [psnr.calculate_psnr(a, b, 0), psnr.calculate_ssim(a, b, 0)]

    def lpips_alex(a, b):
        a, b = (lpips.im2tensor(lpips.load_image(path)) for path in (a, b))
        return [float(alex(b, a))]

    def cosine(a, b):
        def load(path):
            gray = cv2.resize(cv2.imread(path, 0), (128, 128), interpolation=cv2.INTER_LINEAR)
            return torch.from_numpy((gray[None].astype(np.float32) - 127.5) / 127.5)
        x, y = identity_net(torch.stack([load(b), load(a)])).data.numpy()
        return [float(np.degrees(np.arccos(np.dot(x, y) / (np.linalg.norm(x) * np.linalg.norm(y)))))]

    def landmarks(a, b):
        p, q = (landmark_net.get_landmarks(cv2.imread(path)) for path in (a, b))
        return [float(np.sqrt(((p - q) ** 2).sum(1)).mean())]

    seconds, means = {}, []
    references = sorted(glob.glob(f"{work}/reference/*"))
    for call in (psnr_and_ssim, lpips_alex, cosine, landmarks):
        start = time.perf_counter()
        for m in range(options.methods):
            found = [call(path.replace("/reference/", f"/method{m}/"), path) for path in references]
            if m == 0:
                means += list(np.mean(found, axis=0))
        seconds[call.__name__] = time.perf_counter() - start
        print(f"  {call.__name__}: {seconds[call.__name__]:.1f} s", file=sys.stderr)
    return seconds, means


def bfr(options, work):
    shared = options.shared
    specs = ["psnr", "ssim",
             f'lpips:net=alex,trunk="{shared}/weights/alexnet-features.safetensors",heads="{shared}/weights/lpips-v0.1-alex.pth"',
             f'identity:net=arcface-r18,weights="{work}/resnet18.pth"', f'lmd:weights="{work}/fan.pth"']
    words = [options.bfr, "evaluate", "--reference", f"{work}/reference", "--out", f"{work}/out", "--no-images", "--jobs",
             str(options.threads)]
    for m in range(options.methods):
        words += ["--restored", f"{m}={work}/method{m}"]
    for spec in specs:
        words += ["--metric", spec]
    shutil.rmtree(f"{work}/out", ignore_errors=True)
    start = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    report = json.load(open(f"{work}/out/report.json"))
    return seconds, [report["rows"][0]["values"][unit["label"]]["mean"] for unit in report["units"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bfr")
    for name in ("vqfr", "restoreformer", "shared"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--methods", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--salt", default="b/")
    parser.add_argument("--work", default="compare-evaluate")
    options = parser.parse_args()
    for name in ("bfr", "vqfr", "restoreformer", "shared", "work"):
        setattr(options, name, os.path.abspath(getattr(options, name)))
    work = options.work
    make_folders(options.shared, work, options.methods, options.pairs)
    presets.on_the_cpu()
    torch.set_num_threads(options.threads)
    presets.write_networks(options, work)
    os.chdir(work)
    presets.trunks(work, options.shared)
    presets.prepare_vqfr(options.vqfr)
    presets.prepare_restoreformer(options.restoreformer)
    ours, values = bfr(options, work)
    with torch.no_grad():
        theirs, expected = scripts(options, work)
    total = sum(theirs.values())
    print(f"{options.methods} methods x {options.pairs} pairs, {options.threads} threads")
    print(f"scripts {total:.1f} s ({', '.join(f'{name} {s:.1f}' for name, s in theirs.items())}), bfr {ours:.1f} s: "
          f"{total / ours:.1f} times")
    for name, a, b in zip(("PSNR", "SSIM", "LPIPS-alex", "identity", "landmarks"), values, expected):
        print(f"  {name:<11} bfr {a:.6f}  scripts {b:.6f}  {abs(a / b - 1):.1e}")


if __name__ == "__main__":
    main()
