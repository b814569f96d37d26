"""Small TorchScript modules and what PyTorch gives for them: python3 export.py, by each version of PyTorch.

Writes *-VERSION.pt and expected-VERSION.json beside this file; the modules that are wrong in some way (throws.pt ...) come
from whichever version runs with --odd.
"""
import json
import pathlib
import sys
from typing import List

import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
VERSION = ".".join(torch.__version__.split("+")[0].split(".")[:2])
WIDTH, HEIGHT = 13, 10


class Restorer(torch.nn.Module):
    """[-1, 1] to [-1, 1]; batch normalisation and dropout, which differ between training and use."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv2d(3, 4, 3, padding=1)
        self.norm = torch.nn.BatchNorm2d(4)
        self.drop = torch.nn.Dropout(0.5)
        self.last = torch.nn.Conv2d(4, 3, 3, padding=1)

    def forward(self, x):
        return torch.tanh(x + self.last(self.drop(F.leaky_relu(self.norm(self.first(x)), 0.2))))


class Metric(torch.nn.Module):
    """Not symmetric, so that a swapped order shows."""

    def __init__(self):
        super().__init__()
        self.features = torch.nn.Conv2d(3, 5, 3)

    def forward(self, restored, reference):
        return (self.features(restored) - 0.5 * self.features(reference)).pow(2).mean()


class Parts(torch.nn.Module):
    def forward(self, x):
        return 1 - x, [x, x * 0.5]


class Named(torch.nn.Module):
    def forward(self, x):
        return {"image": 1 - x, "other": x}


class Throws(torch.nn.Module):
    def forward(self, x):
        if bool(x.mean() > 0.5):
            raise ValueError("no luck with bright pictures")
        return x


class Mismatch(torch.nn.Module):
    def forward(self, x):
        return x + torch.zeros(1, 3, 5, 7)


class NotFinite(torch.nn.Module):
    def forward(self, x):
        return x / (x - x)


class Whole(torch.nn.Module):
    def forward(self, x):
        return (x * 255).to(torch.uint8)


class Gray(torch.nn.Module):
    def forward(self, x):
        return x.mean(1, keepdim=True)


class Counts(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x):
        self.seen += 1
        return x * 0.5 + self.seen * 0.01


class CountsAside(torch.nn.Module):
    """A tensor that is neither parameter nor buffer, in a list."""

    def __init__(self):
        super().__init__()
        self.seen = [torch.zeros(1)]

    def forward(self, x):
        self.seen[0].add_(1)
        return x * 0.5 + self.seen[0] * 0.01


class Rebinds(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x):
        self.seen = self.seen + 1
        return x * 0.5 + self.seen * 0.01


class Inner(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.turn = 0

    def forward(self, x):
        if bool(x.mean() > 0.1):
            self.turn += 1
        return x + 0.01 * self.turn


class CountsInside(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()

    def forward(self, x):
        return self.inner(x) * 0.5


class Remembers(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.past = torch.jit.annotate(List[float], [0.0])

    def forward(self, x):
        self.past.append(float(x.mean()))
        return x * 0.5 + self.past[-2] * 0.01


@torch.jit.script
class Box:
    def __init__(self, x: torch.Tensor):
        self.x = x


class LocalState(torch.nn.Module):
    """Writes to what lives no longer than the call, and to itself in training alone: nothing to object to."""

    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x):
        if self.training:
            self.seen = self.seen + 1
        box = Box(x)
        box.x = 1 - x
        kept = [box.x]
        kept.append(x)
        return kept[0]


class Draws(torch.nn.Module):
    def forward(self, x):
        return x + 0.1 * torch.randn_like(x)


class TwoNeeded(torch.nn.Module):
    def forward(self, x, weight: float):
        return x * weight


def save(module, name):
    torch.jit.script(module.eval()).save(str(HERE / f"{name}.pt"))


def main():
    torch.manual_seed(5)
    restorer, metric = Restorer(), Metric()
    with torch.no_grad():
        restorer.norm.running_mean.uniform_(-0.3, 0.3)
        restorer.norm.running_var.uniform_(0.5, 1.5)
    levels = torch.randint(0, 256, (2, 3, HEIGHT, WIDTH))
    x = levels.float() / 255
    if "--odd" in sys.argv:
        for name, module in {"parts": Parts(), "named": Named(), "throws": Throws(), "mismatch": Mismatch(),
                             "not-finite": NotFinite(), "whole": Whole(), "gray": Gray(), "counts": Counts(),
                             "counts-aside": CountsAside(), "rebinds": Rebinds(), "counts-inside": CountsInside(),
                             "remembers": Remembers(), "local-state": LocalState(),
                             "draws": Draws(), "two-needed": TwoNeeded()}.items():
            save(module, name)
        torch.save(restorer.state_dict(), HERE / "state-dict.pt")
        return
    save(restorer, f"restorer-{VERSION}")
    example = x[:1] * 2 - 1
    traced = torch.jit.trace(metric.eval(), (x[:1], x[1:]))
    traced.save(str(HERE / f"metric-{VERSION}.pt"))
    with torch.no_grad():
        expected = {"torch": torch.__version__, "width": WIDTH, "height": HEIGHT,
                    "levels_rgb": levels.flatten().tolist(),  # two pictures, each three planes
                    "restored": restorer(example).flatten().tolist(),
                    "metric": metric(x[:1], x[1:]).item(), "metric_swapped": metric(x[1:], x[:1]).item()}
    (HERE / f"expected-{VERSION}.json").write_text(json.dumps(expected) + "\n")


main()
