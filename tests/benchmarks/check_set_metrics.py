#!/usr/bin/env python3
"""fid, kid and pr of two folders by the original tools and by bfr: value, ours, relative difference.

    check_set_metrics.py BFR FOLDER_A FOLDER_B [--n N]

The first N pictures of each folder by name, which must have one size (pytorch-fid stacks them). Inception's weights are hashed
(compare_fid.py), the same file for every tool. Needs torch, torchvision, pytorch_fid, clean-fid, torch_fidelity, torchmetrics.
"""
import argparse
import json
import os
import shutil
import subprocess
import tempfile

import numpy as np
from compare_fid import fill


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("bfr", "a", "b"):
        parser.add_argument(name)
    parser.add_argument("--n", type=int, default=40)
    arguments = parser.parse_args()
    import torch
    import torch_fidelity
    import torchvision
    from cleanfid import fid as clean_fid
    from PIL import Image
    from pytorch_fid import fid_score, inception
    from torchmetrics.image.fid import FrechetInceptionDistance

    with tempfile.TemporaryDirectory() as folder:
        weights = os.path.join(folder, "inception.pth")
        plain = torchvision.models.inception_v3(num_classes=1008, aux_logits=False, weights=None, init_weights=False)
        state = {key: torch.from_numpy(fill(key, tuple(value.shape))) if value.dim() else value
                 for key, value in plain.state_dict().items()}
        torch.save(state, weights)
        inception.load_state_dict_from_url = lambda *args, **kwargs: state
        a, b = os.path.join(folder, "a"), os.path.join(folder, "b")
        for there, here in ((arguments.a, a), (arguments.b, b)):
            os.mkdir(here)
            for i, name in enumerate(sorted(os.listdir(there))[:arguments.n]):
                shutil.copy(os.path.join(there, name), os.path.join(here, f"{i:05}{os.path.splitext(name)[1]}"))

        def pictures(where):
            return [np.array(Image.open(os.path.join(where, name)).convert("RGB")) for name in sorted(os.listdir(where))]

        size = min(10, arguments.n // 2)
        theirs = {"fid": fid_score.calculate_fid_given_paths([a, b], 8, "cpu", 2048, num_workers=0)}

        # scipy's root of a singular product is not exact: the same features, the trace by singular values
        net = inception.InceptionV3([3]).eval()
        rows = [fid_score.get_activations([os.path.join(where, name) for name in sorted(os.listdir(where))], net, 8, 2048, "cpu", 0)
                for where in (a, b)]
        centred = [(one - one.mean(0)) / (len(one) - 1) ** 0.5 for one in rows]
        exact = (np.square(rows[0].mean(0) - rows[1].mean(0)).sum() + sum(np.square(one).sum() for one in centred)
                 - 2 * np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum())

        net = inception.InceptionV3([3], resize_input=False, normalize_input=False).eval()
        with torch.no_grad():
            features = [np.concatenate([net((torch.from_numpy(clean_fid.build_resizer("clean")(one)).permute(2, 0, 1)[None]
                                             - 128) / 128)[0].flatten(1).numpy() for one in pictures(where)])
                        for where in (a, b)]
        theirs["fid:convention=clean"] = clean_fid.fid_from_feats(*features)
        theirs["kid:convention=clean,subsets=3"] = clean_fid.kernel_distance(*features, num_subsets=3)

        both = torch_fidelity.calculate_metrics(
            input1=a, input2=b, cuda=False, fid=True, kid=True, prc=True, kid_subset_size=size, kid_subsets=20, verbose=False,
            feature_extractor="inception-v3-compat", feature_extractor_weights_path=weights, save_cpu_ram=True)
        theirs["fid:convention=torch-fidelity"] = both["frechet_inception_distance"]
        theirs[f"kid:subset_size={size},subsets=20"] = both["kernel_inception_distance_mean"]
        theirs[f"kid:subset_size={size},subsets=20.deviation"] = both["kernel_inception_distance_std"]
        theirs["pr.precision"], theirs["pr.recall"] = both["precision"], both["recall"]

        metric = FrechetInceptionDistance(feature=2048, feature_extractor_weights_path=weights)
        for where, real in ((a, False), (b, True)):
            for one in pictures(where):
                metric.update(torch.from_numpy(one).permute(2, 0, 1)[None], real=real)
        theirs["fid:convention=torchmetrics"] = float(metric.compute())

        specs = sorted({name.removesuffix(".deviation").removesuffix(".precision").removesuffix(".recall") for name in theirs})
        words = [arguments.bfr, "evaluate", "--restored", a, "--reference", b, "--out", os.path.join(folder, "out"), "--no-images"]
        for spec in specs:
            words += ["--metric", spec + ("," if ":" in spec else ":") + "weights=" + weights]
        subprocess.run(words, check=True, capture_output=True)
        with open(os.path.join(folder, "out", "report.json")) as file:
            row = json.load(file)["rows"][0]["set_values"]
        ours = {name.replace(",weights=" + weights, "").replace(":weights=" + weights, ""): value["value"]
                for name, value in row.items()}
        print(f"{arguments.n} and {arguments.n} pictures\n\n| value | the tool | bfr | relative difference |\n|---|--:|--:|--:|")
        lines = [("fid", "its features, exact root", exact)] + [(name, "", value) for name, value in theirs.items()]
        for name, said, value in lines:
            print(f"| `{name}` {said} | {value:.9g} | {ours[name]:.9g} | {abs(ours[name] - value) / max(abs(value), 1e-12):.1e} |")


if __name__ == "__main__":
    main()
