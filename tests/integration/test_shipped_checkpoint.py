"""`xunjian inspect checkpoint_vehicle` with the models that ship."""

import json
import os
from pathlib import Path
from typing import Any

import cv2
import pytest
from typer.testing import CliRunner

from datasets.synthesis.checkpoint import golden_frame
from inference.commands import app
from inference.inspections import get_inspection
from inference.policy import choose_policy
from models.registry import load_model
from training.judging import shipped_variants
from training.plates.pool import noted_plates

REPOSITORY = Path(__file__).parents[2]
DATA = Path(os.environ.get("XUNJIAN_DATA", REPOSITORY.parent / "shared/data"))
PHOTOS = DATA / "checkpoint_vehicle" / "plates_easypr"
GOLDEN = load_model("street", "fp32").folder / "golden.jpg"


def inspect(*arguments: object) -> list[dict[str, Any]]:
    result = CliRunner().invoke(
        app, ["inspect", "checkpoint_vehicle", *map(str, arguments), "--format", "jsonl"]
    )
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("variant", shipped_variants(None, "street"))
def test_the_golden_pictures_are_answered(variant: Any) -> None:
    inspection = get_inspection("checkpoint_vehicle", choose_policy("cpu"), variant=variant)
    inspection.check_golden()
    assert [model.name for model in inspection.used] == ["street", "plate_reader"]


def test_a_rendered_checkpoint_is_seen_and_read(tmp_path: Path) -> None:
    frame = golden_frame()
    (tmp_path / "gate.jpg").write_bytes(frame.picture.jpeg)
    (record,) = inspect(tmp_path / "gate.jpg", "--annotate", tmp_path / "seen")
    assert {one["class"] for one in record["detections"]} == {one.class_name for one in frame.truth}
    plates = {one["text"]: one for one in record["detections"] if one["class"] == "plate"}
    truth = {one.text: one for one in frame.truth if one.class_name == "plate"}
    assert set(plates) == set(truth)
    for text, plate in plates.items():
        assert list(plate) == ["class", "score", "box", "text", "text_score", "color", "polygon"]
        assert plate["color"] == truth[text].color
        assert 0 < plate["text_score"] <= 1
        for found, true in zip(plate["polygon"], truth[text].polygon or (), strict=True):
            assert found == pytest.approx(true, abs=6)
    annotated = cv2.imread(str(tmp_path / "seen" / "gate.jpg"))
    assert annotated is not None
    assert annotated.shape == frame.picture.image.shape


def test_what_is_no_plate_has_no_text() -> None:
    (record,) = inspect(GOLDEN)
    others = [one for one in record["detections"] if one["class"] != "plate"]
    assert others
    assert all(list(one) == ["class", "score", "box"] for one in others)


@pytest.mark.skipif(not PHOTOS.is_dir(), reason=f"the photos of plates are not at {PHOTOS}")
def test_plates_of_photos_never_seen_are_found_and_read() -> None:
    noted = noted_plates(PHOTOS, held_out=True)[::2]
    photos = sorted({plate.photo for plate in noted})
    texts = {
        Path(record["source"]): [one.get("text") for one in record["detections"]]
        for record in inspect(*photos)
    }
    read = [plate.text in texts[plate.photo] for plate in noted]
    assert sum(read) >= 0.85 * len(read)
