import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from models.errors import ModelInvalid, ModelNotFound, XunjianError
from models.registry import load_model


def _classes(**changes: Any) -> dict[str, Any]:
    crack = {
        "name": "crack",
        "label_zh": "裂缝",
        "label_en": "crack",
        "group": "pavement_crack",
        "threshold": 0.31,
    }
    pothole = crack | {"name": "pothole", "group": "pothole"}
    return {
        "model": "road_damage",
        "version": "1.0.0",
        "input_size": 832,
        "classes": [crack, pothole],
    } | changes


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "road_damage"
    folder.mkdir()
    (folder / "classes.json").write_text(json.dumps(_classes()))
    (folder / "model.onnx").write_bytes(b"full")
    return tmp_path


def test_digest_is_that_of_the_file_that_is_used(root: Path) -> None:
    model = load_model("road_damage", root=root)
    assert model.digest == hashlib.sha256(b"full").hexdigest()
    assert model.class_names == ("crack", "pothole")
    assert model.class_groups == {"crack": "pavement_crack", "pothole": "pothole"}


def test_auto_takes_int8_where_it_ships(root: Path) -> None:
    assert load_model("road_damage", root=root).variant == "fp32"
    (root / "road_damage" / "model.int8.onnx").write_bytes(b"small")
    assert load_model("road_damage", root=root).variant == "int8"
    assert load_model("road_damage", "fp32", root).path.name == "model.onnx"


def test_missing_variant_says_how_to_make_it(root: Path) -> None:
    with pytest.raises(ModelNotFound) as caught:
        load_model("road_damage", "int8", root)
    assert "xunjian export road_damage" in (caught.value.hint or "")


@pytest.mark.parametrize("name", ["unknown", "", ".", "..", "../road_damage", "/etc"])
def test_unknown_or_hostile_names_find_nothing(root: Path, name: str) -> None:
    with pytest.raises(ModelNotFound) as caught:
        load_model(name, root=root / "road_damage" if ".." in name else root)
    assert isinstance(caught.value, XunjianError)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"model": "other"}, "describes 'other'"),
        ({"input_size": 800 + 1}, "input_size"),
        ({"classes": []}, "classes"),
        ({"classes": _classes()["classes"][:1] * 2}, "repeat"),
        ({"classes": [_classes()["classes"][0] | {"threshold": 1.5}]}, "threshold"),
        ({"version": ""}, "version"),
    ],
)
def test_contradictory_classes_are_refused(root: Path, changes: dict[str, Any], says: str) -> None:
    (root / "road_damage" / "classes.json").write_text(json.dumps(_classes(**changes)))
    with pytest.raises(ModelInvalid, match=says):
        load_model("road_damage", root=root)


def test_damaged_classes_file_is_refused(root: Path) -> None:
    (root / "road_damage" / "classes.json").write_text("{")
    with pytest.raises(ModelInvalid, match=r"classes\.json"):
        load_model("road_damage", root=root)
