"""make_identity.py SHARED SOURCES: values.json beside this script.

What the authors' own programs give for four pictures of goldens/nets (SHARED/goldens/nets/face*.png), with networks
filled by the goldens' hash: VQFR's angle, RestoreFormer's, pSp's cosine, VQFR's landmark distance, HSEmotion's
probabilities, and the maps of face_alignment's FAN. SOURCES holds check-outs: VQFR (239c77a), pixel2style2pixel
(5cfff38), face-alignment (608505f). Needs torch, timm, numpy, Pillow and OpenCV.
"""
import importlib.util
import json
import math
import os
import sys
import types

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

SHARED, SOURCES = sys.argv[1:3]
HERE = os.path.dirname(os.path.abspath(__file__))
NETS = os.path.join(SHARED, "goldens", "nets")
sys.path.insert(0, os.path.join(SHARED, "tools"))
import hashfill  # noqa: E402

torch.set_grad_enabled(False)
np.float = float  # VQFR's program was written for numpy before 1.24
torch.Tensor.cuda = lambda self, *a, **k: self


def module(path, name, **replaced):
    for package, members in replaced.items():
        sys.modules[package.replace("__", ".")] = types.SimpleNamespace(**members)
    spec = importlib.util.spec_from_file_location(name, os.path.join(SOURCES, path))
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


def filled(net, layout, salt="a/"):
    state = {}
    for entry in layout:
        shape = entry["shape"]
        if entry["lo"] == 0 and entry["hi"] == 0:
            state[entry["key"]] = torch.zeros(shape, dtype=torch.long)
        else:
            values = hashfill.values(salt + entry["key"], shape, entry["lo"], entry["hi"])
            state[entry["key"]] = torch.from_numpy(np.ascontiguousarray(values))
    net.load_state_dict(state)
    return net.eval()


def part(name):
    return json.load(open(os.path.join(NETS, name + ".layout.json")))["entries"]


# For a network without a layout: each tensor's range by the end of its key and its shape.
def by_rule(net):
    entries = []
    for key, tensor in net.state_dict().items():
        entry = {"key": key, "shape": list(tensor.shape), "lo": 0, "hi": 0}
        if tensor.is_floating_point():
            if key.endswith("running_var"):
                lo, hi = 0.75, 1.25
            elif key.endswith("running_mean") or key.endswith("bias"):
                lo, hi = -0.1, 0.1
            elif tensor.ndim == 1:
                lo, hi = 0.8, 1.2
            else:
                hi = math.sqrt(3 / tensor[0].numel())
                lo = -hi
            entry.update(lo=lo, hi=hi)
        entries.append(entry)
    return entries


class Registry:
    def register(self, *_):
        return lambda x: x


PICTURES = {name: os.path.join(NETS, name + ".png") for name in ("face1_ref", "face1_blur", "face2_ref", "face2_jpeg")}
PAIRS = [("face1_blur", "face1_ref"), ("face2_jpeg", "face2_ref")]
registry = {"vqfr__utils__registry": {"ARCH_REGISTRY": Registry()}}


def angle(a, b):
    return float(np.arccos(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b))))


values = {"versions": {"torch": torch.__version__, "opencv": cv2.__version__}, "pairs": []}
arch = module("VQFR/vqfr/archs/arcface_arch.py", "vqfr.archs.arcface_arch", **registry)
resnet = filled(arch.ResNetArcFace("IRBlock", [2, 2, 2, 2], False), part("arcface_resnet18"))
awing = module("VQFR/vqfr/archs/awing_arch.py", "vqfr.archs.awing_arch", **registry)
fan98 = awing.FAN(4, False, False, 98)


def marks_of(path):
    return fan98.get_landmarks(cv2.imread(path), device="cpu")


# VQFR's program fails where a point lies in its map's last pixel, which these networks like to do.
for salt in (f"{i}/" for i in range(100)):
    filled(fan98, part("fan_awing_98"), salt)
    try:
        marks = {name: marks_of(path) for name, path in PICTURES.items()}
        break
    except IndexError:
        print("not with", salt)
values["fan98_salt"] = salt
for package in ("models", "models.encoders"):
    sys.modules[package] = types.ModuleType(package)
    sys.modules[package].__path__ = []
module("pixel2style2pixel/models/encoders/helpers.py", "models.encoders.helpers")
irse = module("pixel2style2pixel/models/encoders/model_irse.py", "models.encoders.model_irse")
irse50 = filled(irse.Backbone(112, 50, "ir_se", drop_ratio=0.6), part("arcface_irse50"))


def vqfr(path):
    gray = cv2.resize(cv2.imread(path, 0), (128, 128), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    return resnet(torch.from_numpy((gray - 127.5) / 127.5)[None, None])[0].numpy()


def restoreformer(path):
    x = torch.FloatTensor(cv2.imread(path).astype(np.float32) / 255.0).permute(2, 0, 1)[None]
    gray = 0.2989 * x[:, 0] + 0.5870 * x[:, 1] + 0.1140 * x[:, 2]
    return resnet(F.interpolate(gray[:, None], (128, 128), mode="bilinear", align_corners=False))[0].numpy()


def psp(path):
    rgb = torch.from_numpy(np.asarray(Image.open(path).convert("RGB")).copy()).permute(2, 0, 1)[None].float()
    face = torch.nn.AdaptiveAvgPool2d((256, 256))(rgb / 255 * 2 - 1)
    return irse50(torch.nn.AdaptiveAvgPool2d((112, 112))(face[:, :, 35:223, 32:220]))[0].numpy()


for restored, reference in PAIRS:
    r, g = PICTURES[restored], PICTURES[reference]
    values["pairs"].append({
        "restored": restored + ".png", "reference": reference + ".png",
        "vqfr_degrees": math.degrees(angle(vqfr(r), vqfr(g))),
        "restoreformer_radians": angle(restoreformer(r), restoreformer(g)),
        "psp_cosine": float(np.dot(psp(r), psp(g))),
        "vqfr_lmd": float(np.sqrt(((marks[restored] - marks[reference]) ** 2).sum(1)).mean()),
        "points_reference": np.round(marks[reference], 6).flatten().tolist()})

import timm  # noqa: E402

emotion = timm.create_model("tf_efficientnet_b0", pretrained=False)
emotion.classifier = torch.nn.Sequential(torch.nn.Linear(1280, 8))
filled(emotion, part("hsemotion_enet_b0"))
values["emotion"] = {"box": [98, 134, 420, 456], "classes": ["anger", "contempt", "disgust", "fear", "happiness", "neutral",
                                                    "sadness", "surprise"]}
for name, path in PICTURES.items():
    face = Image.open(path).convert("RGB").crop(values["emotion"]["box"]).resize((224, 224), Image.BILINEAR)
    x = torch.from_numpy(np.asarray(face).copy()).permute(2, 0, 1)[None].float() / 255
    x = (x - torch.tensor([.485, .456, .406]).view(1, 3, 1, 1)) / torch.tensor([.229, .224, .225]).view(1, 3, 1, 1)
    values["emotion"][name + ".png"] = torch.softmax(emotion(x)[0].double(), 0).tolist()

fan = module("face-alignment/face_alignment/models/fan.py", "fan")
net68 = fan.FAN(4)
filled(net68, by_rule(net68))
x = torch.from_numpy(hashfill.values("a/fan68.x", (1, 3, 32, 32), 0, 1)).repeat_interleave(8, 2).repeat_interleave(8, 3)
maps = net68(x)[-1].flatten()
values["fan68"] = {"step": 97, "maps": [float(np.float32(v)) for v in maps[::97]]}

with open(os.path.join(HERE, "values.json"), "w") as out:
    json.dump(values, out, indent=1)
    out.write("\n")
