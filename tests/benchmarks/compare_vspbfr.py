#!/usr/bin/env python3
"""bfr's VSPBFR networks beside the authors', the same weights, on this machine: milliseconds a stage, and the ratio.

    compare_vspbfr.py BENCH_VSPBFR CHECKOUT FILES [--tools DIR] [--threads N] [--repeats N]

CHECKOUT: of LonglongaaaGo/VSPBFR. FILES: the folder of the three published files. DIR: of vspbfr_official.py, which
imports the checkout's modules on a CPU (default ../shared/tools). The sides take turns, each a process of its own,
and the least time of each counts. What Python needs: torch, numpy.
"""
import argparse
import json
import os
import subprocess
import sys
import time
from types import SimpleNamespace

STAGES = ("style encoder", "code diffuser, 4 steps", "feature bank", "restoration net")


def authors(arguments):
    """Seconds of each stage by the authors' modules, one face."""
    import torch
    sys.path.insert(0, arguments.tools)
    import vspbfr_official
    torch.set_num_threads(arguments.threads)
    code = vspbfr_official.load(arguments.checkout)
    import e4e.models.stylegan2.model
    import models.RestoreNet
    for module in (e4e.models.stylegan2.model, models.RestoreNet):  # noise as the authors draw it
        module.NoiseInjection.forward = lambda self, image, noise=None: image + self.weight * torch.randn(
            image.shape[0], 1, *image.shape[2:])

    def read(name):
        path = os.path.join(arguments.files, name)
        try:
            return torch.load(path, map_location="cpu", weights_only=False)
        except TypeError:  # before 1.13
            return torch.load(path, map_location="cpu")

    def below(state, prefix):
        return {key[len(prefix):]: value for key, value in state.items() if key.startswith(prefix)}

    style = read("style_encoder_decoder.pt")["state_dict"]
    encoder = code.Encoder4Editing(50, "ir_se", SimpleNamespace(stylegan_size=1024, input_channel=3)).eval()
    encoder.load_state_dict(below(style, "encoder."))
    bank = code.Generator(1024, 512, 8, channel_multiplier=2).eval()
    bank.load_state_dict(below(style, "decoder."))
    diffuser = code.Code_diffuser(timesteps=4).eval()
    diffuser.load_state_dict(read("code_diffuser.pt")["att_mapper"])
    net = code.Restoration_net(512, 512, 8, channel_multiplier=2).eval()
    net.load_state_dict(read("restoration_net.pt")["g_ema"])

    torch.manual_seed(1)
    small, face = torch.rand(1, 3, 256, 256) * 2 - 1, torch.rand(1, 3, 512, 512) * 2 - 1
    codes, z = torch.randn(1, 18, 512), torch.randn(1, 512)
    with torch.no_grad():
        features = bank([codes], input_is_latent=True, return_features=True)[1]
        work = (
            lambda: encoder(small),
            lambda: [diffuser(codes, codes, torch.full((1,), t)) for t in (3, 2, 1, 0)],
            lambda: bank([codes], input_is_latent=True, return_features=True),
            lambda: net(face, features, codes, [z]),
        )
        result = {}
        for stage, call in zip(STAGES, work):
            result[stage] = float("inf")
            for _ in range(2):
                start = time.perf_counter()
                call()
                result[stage] = min(result[stage], time.perf_counter() - start)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("bench", "checkout", "files"):
        parser.add_argument(name)
    parser.add_argument("--tools", default="../shared/tools")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--authors", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.authors:
        print(json.dumps(authors(arguments)))
        return
    options = [f"--threads={arguments.threads}", f"--tools={arguments.tools}", "--authors"]
    sides = (
        [sys.executable, __file__, arguments.bench, arguments.checkout, arguments.files, *options],
        [arguments.bench, "--files", arguments.files, "--threads", str(arguments.threads), "--repeats", "2", "--json"],
    )
    best = [{stage: float("inf") for stage in STAGES} for _ in sides]
    for _ in range(arguments.repeats):
        for side, command in enumerate(sides):
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            for stage, seconds in json.loads(output.splitlines()[-1]).items():
                best[side][stage] = min(best[side][stage], seconds)
    for each in best:
        each["all"] = sum(each.values())
    print(f"{arguments.threads} threads, best of {arguments.repeats} runs of 2 calls\n{'':26}{'authors ms':>12}{'bfr ms':>12}{'ratio':>8}")
    for stage in (*STAGES, "all"):
        theirs, ours = (each[stage] for each in best)
        print(f"{stage:26}{1e3 * theirs:12.1f}{1e3 * ours:12.1f}{theirs / ours:8.2f}")


if __name__ == "__main__":
    main()
