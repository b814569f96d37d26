"""Paired tests and bootstrap intervals by SciPy, for tests/reports/compare: paired_tests.json.

    python make_paired_tests.py

Made with SciPy 1.17.1 and NumPy 2.4.6. scipy.stats.wilcoxon has its defaults (zero_method="wilcox", correction=False,
method="auto"), scipy.stats.bootstrap the percentile method. SciPy has no Holm: the few lines below are his 1979 procedure.
"""
import json
import os

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(20261123)


def wilcoxon(name, differences):
    differences = [float(d) for d in differences]
    two_sided = stats.wilcoxon(differences)
    return dict(name=name, differences=differences, positive=stats.wilcoxon(differences, alternative="greater").statistic,
                statistic=two_sided.statistic, p=two_sided.pvalue)


def holm(p):
    corrected, most = [0.0] * len(p), 0.0
    for step, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        most = max(most, min(1.0, (len(p) - step) * p[i]))
        corrected[i] = most
    return dict(p=p, corrected=corrected)


def interval(statistic, data, **more):
    found = stats.bootstrap(data, statistic, n_resamples=99999, method="percentile", confidence_level=0.95, rng=rng,
                            **more).confidence_interval
    return dict(low=found.low, high=found.high)


def plain(name, values):
    return dict(name=name, values=values.tolist(), **interval(np.mean, (values,)))


def clustered(name, values, groups):
    names = sorted(set(groups))
    sums = np.array([sum(v for v, g in zip(values, groups) if g == name) for name in names])
    counts = np.array([float(groups.count(name)) for name in names])
    ratio = interval(lambda s, n, axis=-1: s.sum(axis) / n.sum(axis), (sums, counts), paired=True, vectorized=True)
    return dict(name=name, values=values.tolist(), groups=groups, **ratio)


def rounded(n, shift, decimals):
    return np.round(rng.normal(shift, 1, n), decimals)


corn = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]
group_sizes = rng.integers(1, 6, 40)
groups = [f"g{i:02}" for i, size in enumerate(group_sizes) for _ in range(size)]
values = np.concatenate([rng.normal(0, 1) + rng.normal(0, 0.5, size) for size in group_sizes])
out = dict(
    scipy=scipy.__version__,
    wilcoxon=[
        wilcoxon("Darwin's maize, SciPy's example", corn),
        wilcoxon("one", [0.25]),
        wilcoxon("five", rng.normal(0, 1, 5)),
        wilcoxon("eight, all above 0", np.abs(rng.normal(0, 1, 8))),
        wilcoxon("ten, symmetric", [1, -2, 3, -4, 5, -6, 7, -8, 9, -10.5]),
        wilcoxon("twenty", rng.normal(0.4, 1, 20)),
        wilcoxon("fifty: the most that are exact", rng.normal(0.3, 1, 50)),
        wilcoxon("fifty, far apart", rng.normal(2, 1, 50)),
        wilcoxon("fifty-one: normal", rng.normal(0.3, 1, 51)),
        wilcoxon("three hundred, far apart", rng.normal(0.7, 1, 300)),
        wilcoxon("ten with ties", np.round(rng.normal(0.3, 1.5, 10)) * 2 + 1),
        wilcoxon("thirteen with ties: the most that are exact", np.round(rng.normal(1, 2, 13)) * 2 + 1),
        wilcoxon("fourteen with ties: normal", np.round(rng.normal(1, 2, 14)) * 2 + 1),
        wilcoxon("twelve with zeros", np.concatenate([[0, 0, 0], rng.normal(0.5, 1, 9)])),
        wilcoxon("thirty with one zero", np.concatenate([[0], rng.normal(0.5, 1, 29)])),
        wilcoxon("two hundred with zeros and ties", rounded(200, 0.1, 1)),
        wilcoxon("all equal", [0.5] * 20),
        wilcoxon("0 and 1", rng.choice([-1.0, 0.0, 0.0, 1.0, 1.0], 60)),
    ],
    holm=[
        holm([0.01, 0.02, 0.03, 0.04, 0.05]),
        holm([0.05, 0.01, 0.01, 0.9, 0.001]),
        holm([0.4, 0.6]),
        holm([0.03]),
        holm([float(p) for p in rng.uniform(0, 0.2, 40) ** 2]),
    ],
    bootstrap=[
        plain("normal", rng.normal(0.2, 1, 60)),
        plain("skewed", rng.exponential(1, 40) - 1),
        clustered("groups of one to five", values, groups),
    ],
)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "paired_tests.json"), "w") as file:
    json.dump(out, file, indent=1)
    file.write("\n")
