"""The change network's wrapper: whatever the size of the pictures, one map without seams."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from inference.sites.change import ChangeNet
from models.errors import ModelInvalid

_STRUCTURES = ("shed", "room")


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """Says that a cell appeared as surely as it became brighter, and was removed as it darkened."""
    pictures = [
        helper.make_tensor_value_info(name, TensorProto.UINT8, ["n", "h", "w", 3])
        for name in ("before", "after")
    ]
    answers = [
        helper.make_tensor_value_info("change", TensorProto.FLOAT, ["n", 3, "r", "c"]),
        helper.make_tensor_value_info("structure", TensorProto.FLOAT, ["n", 2, "r", "c"]),
    ]
    nodes = []
    for name in ("before", "after"):
        nodes += [
            helper.make_node("Cast", [name], [f"{name}_f"], to=TensorProto.FLOAT),
            helper.make_node("Transpose", [f"{name}_f"], [f"{name}_t"], perm=[0, 3, 1, 2]),
            helper.make_node("ReduceMean", [f"{name}_t"], [f"{name}_m"], axes=[1], keepdims=1),
            helper.make_node(
                "AveragePool", [f"{name}_m"], [f"{name}_p"], kernel_shape=[4, 4], strides=[4, 4]
            ),
        ]
    nodes += [
        helper.make_node("Sub", ["after_p", "before_p"], ["up"]),
        helper.make_node("Sub", ["before_p", "after_p"], ["down"]),
        helper.make_node("Sub", ["up", "up"], ["none"]),
        helper.make_node("Concat", ["none", "up", "down"], ["raw"], axis=1),
        helper.make_node("Clip", ["raw", "low", "high"], ["clipped"]),
        helper.make_node("Div", ["clipped", "high"], ["change"]),
        helper.make_node("Concat", ["up", "down"], ["structure"], axis=1),
    ]
    bounds = [
        helper.make_tensor(name, TensorProto.FLOAT, [], [value])
        for name, value in (("low", 0.0), ("high", 255.0))
    ]
    graph = helper.make_graph(nodes, "brighter", pictures, answers, bounds)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path = tmp_path / "model.onnx"
    onnx.save(model, path)
    return path


def _noise(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(64, 64), (30, 50), (540, 960), (333, 641), (520, 514)])
def test_a_map_does_not_depend_on_tiles(network: Path, size: tuple[int, int]) -> None:
    before, after = _noise(*size, seed=1), _noise(*size, seed=2)
    change = ChangeNet(network, _STRUCTURES).compare(before, after)
    rows, columns = -(-size[0] // 4), -(-size[1] // 4)
    assert change.appeared.shape == change.removed.shape == (rows, columns)
    assert change.structure.shape == (2, rows, columns)
    whole = size[0] // 4, size[1] // 4
    mean = (after.astype(np.float64) - before).mean(axis=2)[: whole[0] * 4, : whole[1] * 4]
    cells = mean.reshape(whole[0], 4, whole[1], 4).mean(axis=(1, 3))
    place = np.s_[: whole[0], : whole[1]]
    np.testing.assert_allclose(change.appeared[place], cells.clip(0) / 255, atol=1e-5)
    np.testing.assert_allclose(change.removed[place], (-cells).clip(0) / 255, atol=1e-5)


def test_large_pictures_are_compared_smaller_and_answered_at_their_size(network: Path) -> None:
    before = np.zeros((1080, 1920, 3), np.uint8)
    after = before.copy()
    after[400:600, 800:1000] = 255
    change = ChangeNet(network, _STRUCTURES).compare(before, after)
    assert change.appeared.shape == (270, 480)
    rows, columns = np.nonzero(change.appeared > 0.5)
    assert (rows.min(), rows.max() + 1) == pytest.approx((100, 150), abs=1)
    assert (columns.min(), columns.max() + 1) == pytest.approx((200, 250), abs=1)


def test_pictures_of_two_sizes_are_refused(network: Path) -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        ChangeNet(network, _STRUCTURES).compare(_noise(64, 64, 1), _noise(64, 96, 1))


def test_a_network_of_other_types_is_refused(network: Path) -> None:
    with pytest.raises(ModelInvalid, match="2 types"):
        ChangeNet(network, ("shed",))


def test_what_is_no_change_network_is_refused(network: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(network.read_bytes()[:100])
    with pytest.raises(ModelInvalid, match="does not load"):
        ChangeNet(damaged, _STRUCTURES)
    model = onnx.load(network)
    for one in (model.graph.input[0], model.graph.node[0]):
        if one.name == "before":
            one.name = "earlier"
        else:
            one.input[0] = "earlier"
    onnx.save(model, damaged)
    with pytest.raises(ModelInvalid, match="not those of a change network"):
        ChangeNet(damaged, _STRUCTURES)
