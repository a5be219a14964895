import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from models.descriptions import ReaderDescription, TrackletsDescription
from models.errors import ModelInvalid, ModelNotFound
from models.registry import load_described

DESCRIBED: dict[str, Any] = {
    "model": "plate_reader",
    "version": "1.0.0",
    "charset": "京A1",
    "colors": ["blue"],
    "threshold": 0.5,
    "temperature": 1.0,
}


def write(root: Path, **changes: Any) -> Path:
    folder = root / "plate_reader"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"weights")
    (folder / "reader.json").write_text(json.dumps(DESCRIBED | changes), "utf-8")
    return root


def test_a_reader_is_described_by_its_file(tmp_path: Path) -> None:
    reader = load_described(ReaderDescription, "plate_reader", write(tmp_path))
    assert (reader.version, reader.about.charset) == ("1.0.0", "京A1")
    assert reader.about.colors == ("blue",)
    assert reader.digest == hashlib.sha256(b"weights").hexdigest()


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "another"},
        {"threshold": 1.5},
        {"temperature": 0},
        {"charset": ""},
        {"colors": []},
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ModelInvalid):
        load_described(ReaderDescription, "plate_reader", write(tmp_path, **changes))


@pytest.mark.parametrize("name", ["another", "../plate_reader"])
def test_a_reader_that_is_not_there_is_told_with_those_that_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelNotFound) as caught:
        load_described(ReaderDescription, name, write(tmp_path))
    assert "plate_reader" in str(caught.value.hint)


def test_a_reader_without_its_weights_is_not_there(tmp_path: Path) -> None:
    (write(tmp_path) / "plate_reader" / "model.onnx").unlink()
    with pytest.raises(ModelNotFound):
        load_described(ReaderDescription, "plate_reader", tmp_path)


def test_what_is_promoted_or_in_the_named_folder_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_described(ReaderDescription, "plate_reader").folder.parent.name == "models"
    monkeypatch.setenv("XUNJIAN_MODELS_DIR", str(write(tmp_path)))
    assert load_described(ReaderDescription, "plate_reader").version == "1.0.0"
    folder = tmp_path / "plate_reader"
    (folder / "versions").mkdir()
    write(folder / "versions", version="2.0.0")
    (folder / "promoted.json").write_text('{"folder": "plate_reader"}')
    assert load_described(ReaderDescription, "plate_reader").version == "2.0.0"


def test_thresholds_of_events_must_not_cross(tmp_path: Path) -> None:
    described = {"model": "falls", "version": "1.0.0", "classes": ["fall", "bird"]}
    folder = tmp_path / "falls"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"weights")
    for suspected, confirmed, sound in ((0.5, 0.9, True), (0.9, 0.5, False)):
        thresholds = {"suspected": suspected, "confirmed": confirmed}
        (folder / "tracklets.json").write_text(json.dumps(described | thresholds))
        if sound:
            assert load_described(TrackletsDescription, "falls", tmp_path).about.confirmed == 0.9
        else:
            with pytest.raises(ModelInvalid, match="confirmed"):
                load_described(TrackletsDescription, "falls", tmp_path)
