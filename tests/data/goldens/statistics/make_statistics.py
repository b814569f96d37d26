"""Statistics of a set as BasicSR and pytorch-fid store them, of 4 features: basicsr.pth, pytorch-fid.npz.

    python make_statistics.py

As BasicSR 1.4.2's scripts/metrics/calculate_fid_stats_from_datasets.py and pytorch-fid 0.3.0's --save-stats write them. Needs torch
and numpy.
"""
import os

import numpy as np
import torch

rows = np.array([[((3 * i + 5 * j * j + i * j) % 11) / 8 for j in range(4)] for i in range(9)], np.float32)
mean, covariance = np.mean(rows, 0), np.cov(rows, rowvar=False)
here = os.path.dirname(os.path.abspath(__file__))
torch.save(dict(name="FFHQ", size=512, mean=mean, cov=covariance), os.path.join(here, "basicsr.pth"),
           _use_new_zipfile_serialization=False)
np.savez_compressed(os.path.join(here, "pytorch-fid.npz"), mu=mean.astype(np.float64), sigma=covariance)
