"""A real ONNX model that answers what can be worked out by hand."""

import json
from pathlib import Path

import onnx.parser
import pytest

from inference.policy import ExecutionPolicy, choose_policy
from models.registry import Model, load_model

# One box in the middle half of the canvas, class 0, its score the mean of all pixels over 255;
# a convolution by 1 stands where a real model has its own.
GRAPH = """
<ir_version: 8, opset_import: ["" : 17]>
toy (uint8[N, H, W, 3] images) => (float[N, 300, 6] detections)
<float[1, 3, 1, 1] weights = {0.33333334, 0.33333334, 0.33333334},
 float white = {255.0}, float[4] corners = {0.25, 0.25, 0.75, 0.75},
 int64[1] axis_h = {1}, int64[1] axis_w = {2}, int64[1] axis_n = {0}, int64[1] one = {1},
 int64[1] four = {4}, int64[3] box_shape = {1, 1, 4}, int64[6] padding = {0, 0, 0, 0, 299, 0}>
{
    planes = Transpose<perm = [0, 3, 1, 2]>(images)
    pixels = Cast<to = 1>(planes)
    grey = Conv(pixels, weights)
    mean = ReduceMean<axes = [2, 3], keepdims = 1>(grey)
    level = Div(mean, white)
    score = Squeeze(level, one)
    shape = Shape(images)
    n = Gather<axis = 0>(shape, axis_n)
    h = Gather<axis = 0>(shape, axis_h)
    w = Gather<axis = 0>(shape, axis_w)
    sides = Concat<axis = 0>(w, h, w, h)
    sides_float = Cast<to = 1>(sides)
    box = Mul(sides_float, corners)
    box_one = Reshape(box, box_shape)
    box_axes = Concat<axis = 0>(n, one, four)
    boxes = Expand(box_one, box_axes)
    class = Sub(score, score)
    row = Concat<axis = 2>(boxes, score, class)
    detections = Pad(row, padding)
}
"""


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder that holds the toy as `road_damage`."""
    root = tmp_path_factory.mktemp("models")
    folder = root / "road_damage"
    folder.mkdir()
    toy = onnx.parser.parse_model(GRAPH)
    for number, node in enumerate(toy.graph.node):
        node.name = f"{node.op_type}_{number}"
    onnx.checker.check_model(toy, full_check=True)
    onnx.save(toy, folder / "model.onnx")
    crack = {"name": "crack", "label_zh": "裂缝", "label_en": "crack", "group": "pavement_crack"}
    classes = {
        "model": "road_damage",
        "version": "0.0.1",
        "input_size": 64,
        "classes": [crack | {"threshold": 0.4}, crack | {"name": "pothole", "threshold": 0.2}],
    }
    (folder / "classes.json").write_text(json.dumps(classes))
    return root


@pytest.fixture(scope="session")
def toy(root: Path) -> Model:
    return load_model("road_damage", root=root)


@pytest.fixture(scope="session")
def policy() -> ExecutionPolicy:
    return choose_policy("cpu", cores=2)
