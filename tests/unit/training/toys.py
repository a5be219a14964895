"""Small real ONNX detectors whose answers can be worked out by hand, and pictures for them."""

import json
from pathlib import Path

import cv2
import numpy as np
import onnx.parser

from datasets.yolo import LabelledPicture, read_split
from inference.detector import Detector
from inference.engine import Engine
from inference.golden import record_golden
from inference.policy import choose_policy
from models.registry import Model, load_model
from training.recipe import JudgedSet, Recipe, Source
from training.settings import Settings

CLASSES = ("crack", "pothole")
SIDE = 64

# One box of class 0, its score the mean of all pixels over 255: in the middle half of the canvas,
# on pictures darker than `limit` in the top left corner instead.
_GRAPH = """
<ir_version: 8, opset_import: ["" : 17]>
toy (uint8[N, H, W, 3] images) => (float[N, 300, 6] detections)
<float[1, 3, 1, 1] weights = {{0.33333334, 0.33333334, 0.33333334}},
 float white = {{255.0}}, float limit = {{{limit}}},
 float[4] middle = {{0.25, 0.25, 0.75, 0.75}}, float[4] corner = {{0.0, 0.0, 0.2, 0.2}},
 int64[1] axis_h = {{1}}, int64[1] axis_w = {{2}}, int64[1] axis_n = {{0}}, int64[1] one = {{1}},
 int64[1] four = {{4}}, int64[6] padding = {{0, 0, 0, 0, 299, 0}}, int64[1] last = {{2}}>
{{
    planes = Transpose<perm = [0, 3, 1, 2]>(images)
    pixels = Cast<to = 1>(planes)
    grey = Conv(pixels, weights)
    mean = ReduceMean<axes = [2, 3], keepdims = 1>(grey)
    level = Div(mean, white)
    score = Squeeze(level, one)
    dark = Less(score, limit)
    shape = Shape(images)
    h = Gather<axis = 0>(shape, axis_h)
    w = Gather<axis = 0>(shape, axis_w)
    sides = Concat<axis = 0>(w, h, w, h)
    sides_float = Cast<to = 1>(sides)
    seen = Where(dark, corner, middle)
    box = Mul(sides_float, seen)
    class = Sub(score, score)
    row = Concat<axis = 2>(box, score, class)
    detections = Pad(row, padding)
}}
"""


def write_toy(folder: Path, *, version: str, blind_below: float = 0.0) -> Model:
    """Write a model folder `road_damage` into a folder.

    Args:
        folder: What holds the model's folder.
        version: Its version.
        blind_below: Mean brightness (0 to 1) below which it points to the wrong place.
    """
    path = folder / "road_damage"
    path.mkdir(parents=True)
    toy = onnx.parser.parse_model(_GRAPH.format(limit=blind_below))
    for number, node in enumerate(toy.graph.node):
        node.name = f"{node.op_type}_{number}"
    onnx.save(toy, path / "model.onnx")
    crack = {"name": "crack", "label_zh": "裂缝", "label_en": "crack", "group": "crack"}
    classes = [crack | {"threshold": 0.05}, crack | {"name": "pothole", "threshold": 0.05}]
    (path / "classes.json").write_text(
        json.dumps(
            {"model": "road_damage", "version": version, "input_size": SIDE, "classes": classes}
        )
    )
    (path / "notes.md").write_text("A toy.")
    model = load_model("road_damage", "fp32", folder)
    engine = Engine(model, choose_policy("cpu", cores=1))
    record_golden(Detector(engine), _jpeg(200), path)
    engine.close()
    return model


def write_pictures(folder: Path, levels: list[int]) -> list[LabelledPicture]:
    """One grey picture of each level (0 to 255), each with a crack in its middle."""
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    for number, level in enumerate(levels):
        place = "AA_1" if number % 2 else "BB_2"
        name = f"{number}_{place}_x_{number}"
        (folder / f"images/{name}.jpg").write_bytes(_jpeg(level, number))
        (folder / f"labels/{name}.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    return read_split(folder)


def toy_recipe(*, counts: bool = False) -> Recipe:
    """A recipe judged on the set `test`, with the file names of road_damage."""
    return Recipe(
        model="road_damage",
        classes=CLASSES,
        settings=Settings(),
        learned=(Source("road_damage", "train"),),
        judged=(JudgedSet("test", Source("road_damage", "test"), counts),),
        golden=lambda: _jpeg(200),
    )


def _jpeg(level: int, seed: int = 0) -> bytes:
    grain = np.random.default_rng(seed).integers(-9, 10, (9, 9, 1))
    coarse = np.clip(level + grain, 0, 255).astype(np.uint8).repeat(3, axis=2)
    picture = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return bytes(cv2.imencode(".jpg", picture)[1].tobytes())
