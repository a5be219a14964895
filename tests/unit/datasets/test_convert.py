import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from datasets.check import check_dataset
from datasets.convert import FORMATS, class_names, export_dataset, import_split
from datasets.dataset_commands import app
from datasets.yolo import DatasetError, read_split

runner = CliRunner()
CLASSES = ("crack", "pothole")
LABELS = {"a": "0 0.5 0.5 0.5 0.25\n1 0.15 0.2 0.2 0.2\n", "b": "", "路": "1 0.25 0.75 0.3 0.4\n"}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A dataset with one split, train."""
    folder = tmp_path / "mine/train"
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    for seed, (name, label) in enumerate(LABELS.items()):
        coarse = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), np.uint8)
        picture = cv2.resize(coarse, (320, 200), interpolation=cv2.INTER_CUBIC)
        data = cv2.imencode(".jpg", picture)[1].tobytes()
        (folder / f"images/{name}.jpg").write_bytes(data)
        (folder / f"labels/{name}.txt").write_text(label)
    return folder.parent


@pytest.mark.parametrize("form", FORMATS)
def test_there_and_back_changes_no_picture_and_hardly_a_box(
    dataset: Path, tmp_path: Path, form: str
) -> None:
    export_dataset(dataset, form, tmp_path / "out", CLASSES)  # type: ignore[arg-type]
    split = tmp_path / "out/train"
    places = {
        "yolo": (split, tmp_path / "out/data.yaml"),
        "coco": (split / "images", split / "annotations.json"),
        "voc": (split / "images", split / "annotations"),
    }
    source, annotations = places[form]
    counts = import_split(
        source,
        form,  # type: ignore[arg-type]
        tmp_path / "back",
        "train",
        annotations=annotations,
        classes=CLASSES,
    )
    assert counts == {"crack": 1, "pothole": 2}
    assert class_names(tmp_path / "back") == CLASSES
    assert check_dataset(tmp_path / "back", ["train"], 2).to_mend == ()
    for before, after in zip(
        read_split(dataset / "train"), read_split(tmp_path / "back/train"), strict=True
    ):
        assert before.path.name == after.path.name
        assert before.path.read_bytes() == after.path.read_bytes()
        order = np.argsort(after.class_ids)
        assert before.class_ids.tolist() == after.class_ids[order].tolist()
        # VOC counts in whole pixels.
        np.testing.assert_allclose(after.boxes[order], before.boxes, atol=1.5 / 200)


def coco(folder: Path, categories: list[str], category: int = 1) -> None:
    """One picture with one box of the category, as annotation tools write it."""
    folder.mkdir()
    (folder / "x.png").write_bytes(
        cv2.imencode(".png", np.zeros((100, 200, 3), np.uint8))[1].tobytes()
    )
    box = {"id": 1, "image_id": 7, "category_id": category, "bbox": [20, 10, 100, 50]}
    names = [{"id": number, "name": name} for number, name in enumerate(categories, 1)]
    (folder / "annotations.json").write_text(
        json.dumps(
            {
                "images": [{"id": 7, "file_name": "x.png", "width": 200, "height": 100}],
                "categories": names,
                "annotations": [box | {"area": 5000, "iscrowd": 0, "segmentation": []}],
            }
        )
    )


def test_classes_are_told_by_name_and_may_be_renamed(tmp_path: Path) -> None:
    coco(tmp_path / "tool", ["hole", "crack"])
    out = tmp_path / "data"
    with pytest.raises(DatasetError, match="has the class 'hole'") as raised:
        import_split(tmp_path / "tool", "coco", out, "extra", classes=CLASSES)
    assert "--class hole=NAME" in (raised.value.hint or "")
    assert not out.exists()
    given = ["dataset", "import", str(tmp_path / "tool"), "--format", "coco", "--out", str(out)]
    done = runner.invoke(
        app,
        [*given, "--split", "extra", "--card", "road_damage", "--class", "hole=pothole"],
        catch_exceptions=False,
    )
    assert done.exit_code == 0
    assert "1 pothole" in done.output
    (one,) = read_split(out / "extra")
    assert one.class_ids.tolist() == [CLASSES.index("pothole")]
    np.testing.assert_allclose(one.boxes, [[0.35, 0.35, 0.5, 0.5]], atol=0.001)


def test_a_second_split_keeps_the_names_of_the_first(tmp_path: Path) -> None:
    coco(tmp_path / "one", ["hole", "crack"])
    coco(tmp_path / "two", ["crack", "hole"], category=2)
    import_split(tmp_path / "one", "coco", tmp_path / "data", "train")
    import_split(tmp_path / "two", "coco", tmp_path / "data", "test")
    assert class_names(tmp_path / "data") == ("hole", "crack")
    for split in ("train", "test"):
        assert read_split(tmp_path / f"data/{split}")[0].class_ids.tolist() == [0]


def test_a_split_that_is_there_is_not_touched(dataset: Path, tmp_path: Path) -> None:
    coco(tmp_path / "tool", ["crack"])
    with pytest.raises(DatasetError, match="is there already"):
        import_split(tmp_path / "tool", "coco", dataset, "train")
    assert len(read_split(dataset / "train")) == len(LABELS)
    with pytest.raises(DatasetError, match="is there already"):
        export_dataset(dataset, "coco", tmp_path / "tool", CLASSES)


@pytest.mark.parametrize("damage", ["{", "[]", '{"images": 3}'])
def test_unreadable_annotations_change_nothing(tmp_path: Path, damage: str) -> None:
    coco(tmp_path / "tool", ["crack"])
    (tmp_path / "tool/annotations.json").write_text(damage)
    with pytest.raises(DatasetError, match="cannot be read"):
        import_split(tmp_path / "tool", "coco", tmp_path / "data", "train")
    assert not (tmp_path / "data/train").exists()


def test_missing_annotations_are_named(tmp_path: Path) -> None:
    coco(tmp_path / "tool", ["crack"])
    (tmp_path / "tool/annotations.json").unlink()
    with pytest.raises(DatasetError, match=r"annotations\.json is missing"):
        import_split(tmp_path / "tool", "coco", tmp_path / "data", "train")


def test_names_are_needed_to_export(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="names"):
        export_dataset(dataset, "coco", tmp_path / "out")


@pytest.mark.parametrize("command", ["show", "check", "import", "export"])
def test_help_shows_examples(command: str) -> None:
    assert f"xunjian dataset {command}" in runner.invoke(app, ["dataset", command, "--help"]).output
