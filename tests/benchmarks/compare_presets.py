#!/usr/bin/env python3
"""The presets beside the scripts that papers used, on the same real pictures: value, bfr's value, relative difference.

    pip install torch torchvision lpips pyiqa pytorch-fid opencv-python-headless
    compare_presets.py BFR --vqfr DIR --restoreformer DIR --bfrbench DIR --shared DIR [--pairs N] [--work DIR]

--vqfr: a checkout of github.com/TencentARC/VQFR (239c77a); --restoreformer: of github.com/wzhouxiff/RestoreFormerPlusPlus;
--bfrbench: of github.com/bitzpy/Blind-Face-Restoration-Benchmark-Datasets-and-a-Baseline-Model (db27fc1), optional;
--shared: faces/london (pictures), weights (LPIPS heads, AlexNet's trunk), tools/hashfill.py, goldens/nets (layouts).

bfr's side is what `bfr list presets` names, with the files of the networks filled in: an error in a preset shows here.
The authors' scripts are run as they are, on the CPU: .cuda() does nothing, imports of their packages find the single
files that are needed. Networks whose weights only their authors host are filled by hash, on both sides from the same file.
"""
import argparse
import contextlib
import glob
import importlib.util
import io
import json
import os
import re
import runpy
import subprocess
import sys
import types

import cv2
import numpy as np
import torch
import torchvision
from PIL import Image


def make_pictures(shared, folder, pairs):
    """Faces of 512x512, and the same blurred (4x), with noise, through JPEG."""
    for kind in ("reference", "restored"):
        os.makedirs(f"{folder}/{kind}", exist_ok=True)
    draw = np.random.RandomState(1)
    for path in sorted(glob.glob(f"{shared}/faces/london/neutral/*.jpg"))[:pairs]:
        name = os.path.splitext(os.path.basename(path))[0]
        face = Image.open(path).convert("RGB").resize((675, 675), Image.BOX).crop((82, 100, 594, 612))
        low = np.asarray(face.resize((128, 128), Image.BICUBIC), np.float64) + draw.normal(0, 4, (128, 128, 3))
        buffer = io.BytesIO()
        Image.fromarray(np.clip(np.rint(low), 0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=60)
        face.save(f"{folder}/reference/{name}.png")
        Image.open(buffer).convert("RGB").resize((512, 512), Image.BICUBIC).save(f"{folder}/restored/{name}.png")


def hashed(shared, part, prefix="", salt=None):
    """A state_dict by the goldens' layout of a network."""
    sys.path.insert(0, f"{shared}/tools")
    import hashfill

    layout = json.load(open(f"{shared}/goldens/nets/{part}.layout.json"))
    state = {}
    for entry in layout["entries"]:
        if entry["lo"] is None:
            continue
        values = hashfill.values((salt or layout["salt"]) + entry["key"], entry["shape"], entry["lo"], entry["hi"])
        counter = entry["key"].endswith("num_batches_tracked")
        state[prefix + entry["key"]] = torch.tensor(0) if counter else torch.from_numpy(values.copy())
    return state


def on_the_cpu():
    torch.Tensor.cuda = lambda self, *_, **__: self
    torch.nn.Module.cuda = lambda self, *_, **__: self
    module_to, tensor_to = torch.nn.Module.to, torch.Tensor.to
    is_cuda = lambda x: str(x).startswith("cuda")
    torch.nn.Module.to = lambda self, *a, **k: self if a and is_cuda(a[0]) else module_to(self, *a, **k)
    torch.Tensor.to = lambda self, *a, **k: self if a and is_cuda(a[0]) else tensor_to(self, *a, **k)
    load = torch.load
    torch.load = lambda *a, **k: load(*a, **{"weights_only": False, **k})
    if not hasattr(np, "float"):
        np.float = float


def package(name, folder=None, **members):
    module = types.ModuleType(name)
    module.__path__ = [folder] if folder else []
    for key, value in members.items():
        setattr(module, key, value)
    sys.modules[name] = module
    if "." in name:
        setattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], module)
    return module


class Registry:
    def __init__(self):
        self.known = {}

    def register(self, *_):
        def add(item):
            self.known[item.__name__] = item
            return item
        return add

    def get(self, name):
        return self.known[name]


def find(name):
    return importlib.import_module(name)


def prepare_vqfr(checkout):
    sys.modules["scipy.ndimage.filters"] = types.SimpleNamespace(convolve=__import__("scipy.ndimage").ndimage.convolve)
    archs, logger = Registry(), types.SimpleNamespace(info=lambda *_: None)
    package("vqfr", f"{checkout}/vqfr")
    utils = package("vqfr.utils", f"{checkout}/vqfr/utils", get_root_logger=lambda: logger)
    package("vqfr.utils.registry", METRIC_REGISTRY=Registry(), ARCH_REGISTRY=archs)
    utils.img2tensor = find("vqfr.utils.img_util").img2tensor
    metrics = package("vqfr.metrics", f"{checkout}/vqfr/metrics")
    psnr = find("vqfr.metrics.psnr_ssim")
    metrics.calculate_psnr, metrics.calculate_ssim = psnr.calculate_psnr, psnr.calculate_ssim
    metrics.calculate_niqe = find("vqfr.metrics.niqe").calculate_niqe
    package("vqfr.archs", f"{checkout}/vqfr/archs")
    find("vqfr.archs.awing_arch")

    def alignment_model():
        model = archs.get("FAN")()
        path = "experiments/pretrained_models/metric_weights/alignment_WFLW_4HG.pth"
        model.load_state_dict(torch.load(path)["state_dict"])
        return model.eval()
    sys.modules["vqfr.archs"].init_alignment_model = alignment_model
    # RestoreFormer's scripts import BasicSR, whose formulas these are.
    package("basicsr")
    for name in ("metrics", "losses", "utils"):
        package(f"basicsr.{name}")
    package("basicsr.metrics.psnr_ssim", calculate_psnr=psnr.calculate_psnr, calculate_ssim=psnr.calculate_ssim)
    package("basicsr.losses.basic_loss", L1Loss=None, MSELoss=None)
    package("basicsr.utils.registry", ARCH_REGISTRY=Registry())


def prepare_restoreformer(checkout):
    """Their ArcFace is ronghuaiyang/arcface-pytorch's, which VQFR's script imports by that name."""
    package("RestoreFormer", f"{checkout}/RestoreFormer")
    package("RestoreFormer.modules", f"{checkout}/RestoreFormer/modules")
    package("RestoreFormer.modules.vqvae", f"{checkout}/RestoreFormer/modules/vqvae")
    package("RestoreFormer.util", get_ckpt_path=lambda *_: "experiments/pretrained_models/lpips/vgg.pth")
    arcface = find("RestoreFormer.modules.vqvae.arcface_arch").ResNetArcFace
    for name in ("arcface", "arcface.config", "arcface.models"):
        package(name)
    package("arcface.config.config", Config=lambda: types.SimpleNamespace(backbone="resnet18", use_se=False))
    package("arcface.models.resnet", resnet_face18=lambda use_se: arcface("IRBlock", [2, 2, 2, 2], use_se))


def trunks(folder, shared):
    """torchvision's models without a download: VGG-16 by hash, AlexNet's real features."""
    from safetensors.torch import load_file

    alex = load_file(f"{shared}/weights/alexnet-features.safetensors")
    make = {name: getattr(torchvision.models, name) for name in ("vgg16", "alexnet")}

    def vgg16(*_, **__):
        model = make["vgg16"]()
        model.load_state_dict(torch.load(f"{folder}/vgg16.pth"), strict=False)
        return model

    def alexnet(*_, **__):
        model = make["alexnet"]()
        model.load_state_dict(alex, strict=False)
        return model
    torchvision.models.vgg16, torchvision.models.alexnet = vgg16, alexnet


def script(path, *arguments):
    """What it prints."""
    said, before = io.StringIO(), (sys.argv, list(sys.path))
    sys.argv = [path, *arguments]
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
            runpy.run_path(path, run_name="__main__")
    finally:
        sys.argv, sys.path[:] = before
    return said.getvalue()


def number(pattern, text):
    return float(re.search(pattern, text).group(1))


def theirs(options, work):
    restored, reference = f"{work}/restored", f"{work}/reference"
    both = ("-restored_folder", restored, "-gt_folder", reference)
    vqfr, former = f"{options.vqfr}/metric_paper", f"{options.restoreformer}/scripts/metrics"
    values = {}
    text = script(f"{vqfr}/calculate_psnr_ssim.py", *both)
    values["vqfr/PSNR"] = number(r"PSNR: ([-\d.]+)", text)
    values["vqfr/SSIM"] = number(r"SSIM: ([-\d.]+)", text)
    values["vqfr/LPIPS"] = number(r"LPIPS: ([-\d.]+)", script(f"{vqfr}/calculate_lpips.py", *both))
    values["vqfr/Deg"] = number(r"Result dist: ([-\d.]+)", script(f"{vqfr}/calculate_cos_dist.py", *both))
    values["vqfr/LMD"] = number(r"Landmark L2: ([-\d.]+)", script(f"{vqfr}/calculate_landmark_distance.py", *both))
    niqe = sys.modules["vqfr.metrics"].calculate_niqe
    pictures = [cv2.imread(path, cv2.IMREAD_UNCHANGED) for path in sorted(glob.glob(f"{restored}/*"))]
    values["vqfr/NIQE"] = float(np.mean([niqe(picture, 0, input_order="HWC", convert_to="y") for picture in pictures]))

    # It appends its own VGG-16 LPIPS to the path: where the lpips package is installed, that (AlexNet) is imported instead.
    package_lpips = sys.modules.pop("lpips", None)
    own = importlib.util.spec_from_file_location("lpips", f"{former}/../../RestoreFormer/modules/losses/lpips.py")
    sys.modules["lpips"] = importlib.util.module_from_spec(own)
    own.loader.exec_module(sys.modules["lpips"])
    text = script(f"{former}/cal_psnr_ssim.py", restored, "--gt_folder", reference, "--save_name", f"{work}/former.tsv")
    found = [float(one) for one in text.split("norm_lpips:")[1].split()]
    for name, value in zip(("PSNR", "SSIM", "LPIPS-0..1", "LPIPS-norm"), found):
        values[f"restoreformer/{name}"] = value
    sys.modules["lpips"] = package_lpips
    text = script(f"{former}/cal_identity_distance.py", restored, "--gt_folder", reference, "--save_name", f"{work}/id.txt")
    values["restoreformer/IDD"] = number(r"mean_dist: ([-\d.e]+)", text)
    values.update(pyiqa_values(options, work))
    values["difface/FID"] = pytorch_fid(work)
    if options.bfrbench:
        values.update(bfrbench_values(options, work))
    return values


def bfrbench_values(options, work):
    """Its ssim.py as its main.py calls it, whose own imports want a CUDA device; its PSNR written down from there."""
    path = f"{options.bfrbench}/Evaluation/128size/metrics_package/ssim.py"
    spec = importlib.util.spec_from_file_location("bfrbench_ssim", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["bfrbench_ssim"] = module
    spec.loader.exec_module(module)
    shared = {"window_size": 11, "window_sigma": 1.5, "data_range": 1.0, "channel": 3}
    metrics = {"SSIM": module.SSIM(**shared, use_padding=False), "MS-SSIM": module.MS_SSIM(**shared, use_padding=True),
               "PSNR": lambda a, b: -10 * torch.log10(((a - b) ** 2).mean().clamp_min(1e-8))}
    load = lambda path: torch.from_numpy(cv2.imread(path).transpose(2, 0, 1) / 255.0).float()[None]
    paths = sorted(glob.glob(f"{work}/restored/*"))
    with torch.no_grad():
        return {f"bfrbench/{name}": float(np.mean([metric(load(path), load(path.replace("/restored/", "/reference/"))).item()
                                                   for path in paths]))
                for name, metric in metrics.items()}


def pyiqa_values(options, work):
    import lpips
    import pyiqa
    import scipy.io

    parameters = np.load(f"{options.vqfr}/vqfr/metrics/niqe_pris_params.npz")
    scipy.io.savemat(f"{work}/niqe.mat", {"mu_prisparam": parameters["mu_pris_param"],
                                         "cov_prisparam": parameters["cov_pris_param"]})
    full = {"PSNR": "psnr", "SSIM": "ssim", "MS-SSIM": "ms_ssim"}
    metrics = {name: pyiqa.create_metric(metric, device="cpu") for name, metric in full.items()}
    niqe = pyiqa.create_metric("niqe", device="cpu", pretrained_model_path=f"{work}/niqe.mat")
    alex = lpips.LPIPS(net="alex", verbose=False)  # the package's, which pyiqa's is a copy of
    sums = {}
    load = lambda path: torch.from_numpy(np.asarray(Image.open(path).convert("RGB")).copy()).permute(2, 0, 1)[None] / 255
    paths = sorted(glob.glob(f"{work}/restored/*"))
    with torch.no_grad():
        for path in paths:
            a, b = load(path), load(path.replace("/restored/", "/reference/"))
            one = {name: metric(a, b) for name, metric in metrics.items()}
            one["NIQE"] = niqe(a)
            one["LPIPS"] = alex(2 * a - 1, 2 * b - 1)
            for name, value in one.items():
                sums[name] = sums.get(name, 0) + float(value)
    return {f"pyiqa/{name}": total / len(paths) for name, total in sums.items()}


def pytorch_fid(work):
    from pytorch_fid import fid_score, inception

    inception.load_state_dict_from_url = lambda *_, **__: torch.load(f"{work}/inception.pth")
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        return float(fid_score.calculate_fid_given_paths([f"{work}/restored", f"{work}/reference"], 10, "cpu", 2048, 0))


def listed(options):
    """The presets' metrics by the report's names of their values: what `bfr list presets` prints."""
    text = subprocess.run([options.bfr, "list", "presets", "all"], check=True, capture_output=True, text=True).stdout
    found = dict(re.findall(r"^(\S+/\S+)\n  what .*\n  unit +--metric (\S+)$", text, re.MULTILINE))
    if not found:
        sys.exit("bfr list presets all: nothing that this script can read")
    return found


def with_files(spec, options, work):
    """The spec with its networks' files, which change nothing but where they lie."""
    name, _, text = spec.partition(":")
    given = dict(one.split("=", 1) for one in text.split(",") if one)
    if name == "identity":
        given["weights"] = f"{work}/resnet18.pth"
    elif name == "lmd":
        given["weights"] = f"{work}/fan.pth"
    elif name == "niqe":
        given["weights"] = f"{options.vqfr}/vqfr/metrics/niqe_pris_params.npz"
    elif name == "fid":
        given["weights"] = f"{work}/inception.pth"
    elif name == "lpips":
        net = given.get("net", "alex")
        given["trunk"] = f"{work}/vgg16.pth" if net == "vgg" else f"{options.shared}/weights/alexnet-features.safetensors"
        given["heads"] = f"{options.shared}/weights/lpips-v0.1-{net}.pth"
    quoted = [f'{key}="{value}"' if key in ("weights", "trunk", "heads") else f"{key}={value}" for key, value in given.items()]
    return name + (":" + ",".join(quoted) if quoted else "")


def ours(options, work, names):
    """Means by the report's name of each value."""
    specs = listed(options)
    quoted = {name: with_files(specs[name], options, work) for name in names}
    out = f"{work}/out"
    subprocess.run(["rm", "-rf", out], check=True)
    words = [options.bfr, "evaluate", "--restored", f"{work}/restored", "--reference", f"{work}/reference", "--out", out,
             "--no-images"]
    for spec in dict.fromkeys(quoted.values()):
        words += ["--metric", spec]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    report = json.load(open(f"{out}/report.json"))
    # In the order of the command line.
    labels = dict(zip(dict.fromkeys(quoted.values()), (unit["label"] for unit in report["units"])))
    row, found = report["rows"][0], {}
    for name, spec in quoted.items():
        label = labels[spec]
        found[name] = row["set_values"][label]["value"] if label in row.get("set_values", {}) else row["values"][label]["mean"]
    return found


def write_networks(options, work):
    """Where the scripts look for them, and for bfr."""
    metric_weights = f"{work}/experiments/pretrained_models/metric_weights"
    for folder in (metric_weights, f"{work}/experiments/pretrained_models/lpips"):
        os.makedirs(folder, exist_ok=True)
    arcface = hashed(options.shared, "arcface_resnet18", "module.")
    for path in (f"{work}/resnet18.pth", f"{metric_weights}/resnet18_110.pth",
                 f"{work}/experiments/pretrained_models/arcface_resnet18.pth"):
        torch.save(arcface, path)
    # The script fails where a map's maximum is its last pixel, which some fills give: a salt for which none is.
    for path in (f"{work}/fan.pth", f"{metric_weights}/alignment_WFLW_4HG.pth"):
        torch.save({"state_dict": hashed(options.shared, "fan_awing_98", salt=options.salt)}, path)
    torch.save(hashed(options.shared, "inception_fid"), f"{work}/inception.pth")
    torch.save({k: v for k, v in hashed(options.shared, "lpips_vgg").items() if k.startswith("features.")}, f"{work}/vgg16.pth")
    torch.save(torch.load(f"{options.shared}/weights/lpips-v0.1-vgg.pth", map_location="cpu"),
               f"{work}/experiments/pretrained_models/lpips/vgg.pth")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bfr")
    for name in ("vqfr", "restoreformer", "shared"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--bfrbench")
    parser.add_argument("--salt", default="b/", help="of the landmark network's fill")
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--work", default="compare-presets")
    options = parser.parse_args()
    for name in ("bfr", "vqfr", "restoreformer", "shared", "work"):
        setattr(options, name, os.path.abspath(getattr(options, name)))
    if options.bfrbench:
        options.bfrbench = os.path.abspath(options.bfrbench)
    work = options.work
    make_pictures(options.shared, work, options.pairs)
    on_the_cpu()
    torch.set_num_threads(2)
    write_networks(options, work)
    os.chdir(work)
    trunks(work, options.shared)
    prepare_vqfr(options.vqfr)
    prepare_restoreformer(options.restoreformer)
    original = theirs(options, work)
    found = ours(options, work, original)
    print(f"| value | its script | bfr | relative difference |\n|---|---:|---:|---:|")
    for name, value in original.items():
        print(f"| {name} | {value:.6f} | {found[name]:.6f} | {abs(found[name] / value - 1):.1e} |")


if __name__ == "__main__":
    main()
