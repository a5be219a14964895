import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from models.errors import ModelInvalid, ModelNotFound
from models.registry import load_reader

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
    reader = load_reader("plate_reader", write(tmp_path))
    assert (reader.version, reader.charset, reader.colors) == ("1.0.0", "京A1", ("blue",))
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
        load_reader("plate_reader", write(tmp_path, **changes))


@pytest.mark.parametrize("name", ["another", "../plate_reader"])
def test_a_reader_that_is_not_there_is_told_with_those_that_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelNotFound) as caught:
        load_reader(name, write(tmp_path))
    assert "plate_reader" in str(caught.value.hint)


def test_a_reader_without_its_weights_is_not_there(tmp_path: Path) -> None:
    (write(tmp_path) / "plate_reader" / "model.onnx").unlink()
    with pytest.raises(ModelNotFound):
        load_reader("plate_reader", tmp_path)
