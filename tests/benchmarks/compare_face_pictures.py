"""compare_face_pictures.py BFR REPOSITORIES FACE FOLDER: the published restorers' pictures beside this program's, from an
8-bit face to 8 bits: before the network, the network, and after it.

BFR: the program. REPOSITORIES: as authors_nets.py has it. FACE: a square picture. FOLDER: for files of weights and
pictures; it is made. Weights are drawn, GFP-GAN's noise is the file's, DifFace is its estimator alone (start=0). Prints the
largest difference, in levels, and the share of values that differ. Fails where one is over 1 level, or more than one in a
thousand differs. What Python needs: torch, numpy, Pillow; for DifFace timm and einops. Faces of another size than the
network's are compared for PSFRGAN and DifFace, whose resizing needs no OpenCV.
"""
import argparse
import contextlib
import os
import shutil
import subprocess
import sys

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from authors_nets import authors_net


def rounded(rgb):  # basicsr's tensor2img
    return ((rgb[0].clamp(-1, 1) + 1) / 2 * 255).permute(1, 2, 0).numpy().round().astype(np.uint8)


def gpen_levels(rgb):
    return (np.clip((rgb[0] * 0.5 + 0.5).permute(1, 2, 0).numpy(), 0, 1) * 255.0).astype(np.uint8)


def psfrgan_levels(rgb):
    return np.clip((rgb[0].permute(1, 2, 0).numpy() + 1) / 2 * 255, 0, 255).astype(np.uint8)


def scaled(face):  # (1, 3, H, W) in [-1, 1]
    return ((torch.from_numpy(face.astype(np.float32)) / 255 - 0.5) / 0.5).permute(2, 0, 1)[None].contiguous()


def bicubic(face, side):
    return np.asarray(Image.fromarray(face).resize((side, side), Image.BICUBIC))


def difface_estimate(restore, face):
    rgb01 = (torch.from_numpy(face.astype(np.float32)) / 255).permute(2, 0, 1)[None]
    side = rgb01.shape[-1]

    def resized(x, to):
        return x if x.shape[-1] == to else F.interpolate(x, size=(to, to), mode="bicubic", antialias=True)

    rgb01 = resized(restore(resized(rgb01, 512) * 2 - 1).clamp(0, 1), side).clamp(0, 1)
    return np.rint(rgb01[0].permute(1, 2, 0).numpy() * np.float32(255)).astype(np.uint8)


def plain(levels):
    return lambda restore, face: levels(restore(scaled(face)))


# row: network's name, method, side of the face, where in its file the network lies (key:prefix), picture
ROWS = {
    "codeformer": ("codeformer", "codeformer:w=0.5", 512, "params_ema:", plain(rounded)),
    "restoreformer": ("restoreformer", "restoreformer", 512, "state_dict:vqvae.", plain(rounded)),
    "restoreformer_pp": ("restoreformer_pp", "restoreformer_pp", 512, "state_dict:vqvae.", plain(rounded)),
    "gpen-512": ("gpen", "gpen", 512, "", plain(gpen_levels)),
    "gpen-256": ("gpen", "gpen", 256, "", plain(gpen_levels)),
    "gfpgan": ("gfpgan", "gfpgan:noise=stored", 512, "params_ema:", plain(rounded)),
    "gfpgan-1": ("gfpgan_v1", "gfpgan:noise=stored,version=1", 512, "params_ema:", plain(rounded)),
    "psfrgan": ("psfrgan", "psfrgan", 512, "", plain(psfrgan_levels)),
    "psfrgan-300": ("psfrgan", "psfrgan", 300, "",
                    lambda restore, face: psfrgan_levels(restore(scaled(bicubic(face, 512))))),
    "difface": ("difface_swinir", "difface:start=0", 512, "state_dict:module.", difface_estimate),
    "difface-300": ("difface_swinir", "difface:start=0", 300, "state_dict:module.", difface_estimate),
}
OPTIONS = {"net": "file", "parser": "parser"}


def draw(net):
    """What training begins with at 0 would hide what reads it."""
    torch.manual_seed(7)
    for key, value in net.named_parameters():
        if value.numel() == 1 or key.endswith("noise.weight"):
            value.fill_(0.3)
        elif key.endswith("bias") and value.std() < 1e-6:
            value += 0.1 * torch.randn_like(value)
    for module in net.modules():  # the estimates of spectral normalisation, which training leaves near the true ones
        if hasattr(module, "weight_u"):
            matrix = module.weight_orig.flatten(1)
            for _ in range(5):
                module.weight_v.copy_(F.normalize(matrix.t() @ module.weight_u, dim=0))
                module.weight_u.copy_(F.normalize(matrix @ module.weight_v, dim=0))


def published(net, path):
    *above, prefix = path.split(":")
    state = {prefix + key: value for key, value in net.state_dict().items()}
    return {above[0]: state} if above else state


def compare(arguments, row):
    name, method, side, path, picture = ROWS[row]
    torch.manual_seed(1)
    torch.set_grad_enabled(False)
    with contextlib.redirect_stdout(None):
        nets, restore = authors_net(name, arguments.repositories, gpen=(256, 1, 0.5) if side == 256 else (512, 2, 1))
    folder = os.path.join(arguments.folder, row)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, "in"))
    options = []
    for part, net in nets.items():
        draw(net)
        file = os.path.join(folder, part + ".pth")
        torch.save(published(net, "" if part == "parser" else path), file)
        options.append(f"{'swinir' if name == 'difface_swinir' else OPTIONS[part]}={file}")
    face = bicubic(np.asarray(Image.open(arguments.face).convert("RGB")), side)
    Image.fromarray(face).save(os.path.join(folder, "in", "face.png"))
    theirs = picture(restore, face)
    subprocess.run([arguments.bfr, "restore", "--in", os.path.join(folder, "in"), "--out", os.path.join(folder, "out"),
                    "--method", method + ("," if ":" in method else ":") + ",".join(options)],
                   check=True, capture_output=True)
    ours = np.asarray(Image.open(os.path.join(folder, "out", "face.png")))
    apart = np.abs(ours.astype(int) - theirs)
    share = (apart > 0).mean()
    print(f"{row:18}{theirs.shape[1]:4}x{theirs.shape[0]:<4}{theirs.std():12.1f}{apart.max():10}{share:16.6f}", flush=True)
    shutil.rmtree(folder)
    return apart.max() <= 1 and share < 1e-3 and theirs.std() > 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("bfr", "repositories", "face", "folder"):
        parser.add_argument(name)
    parser.add_argument("--row", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.row:
        sys.exit(0 if compare(arguments, arguments.row) else 1)
    print(f"{'':18}{'picture':9}{'deviation':>12}{'largest':>10}{'share apart':>16}", flush=True)
    # a process each: the repositories' packages have equal names
    failed = [row for row in ROWS
              if subprocess.run([sys.executable, *sys.argv, "--row", row]).returncode]
    if failed:
        sys.exit("not equal: " + ", ".join(failed))


if __name__ == "__main__":
    main()
