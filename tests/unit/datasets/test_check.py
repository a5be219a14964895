import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from datasets.cards import load_card
from datasets.check import check_dataset, find_splits
from datasets.dataset_commands import app
from datasets.yolo import DatasetError

runner = CliRunner()


def write_picture(path: Path, seed: int, suffix: str = ".jpg") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), np.uint8)
    picture = cv2.resize(coarse, (96, 64), interpolation=cv2.INTER_CUBIC)
    path.write_bytes(cv2.imencode(suffix, picture)[1].tobytes())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clean data set: three pictures to learn from, one to judge on."""
    for seed, name in enumerate(
        ("train/images/a", "train/images/b", "train/images/c", "test/images/d")
    ):
        write_picture(tmp_path / f"{name}.jpg", seed)
    (tmp_path / "train/labels").mkdir()
    (tmp_path / "train/labels/a.txt").write_text("0 0.5 0.5 0.5 0.25\n1 0.1 0.1 0.2 0.2\n")
    (tmp_path / "train/labels/b.txt").write_text("\n")
    return tmp_path


def problems(folder: Path) -> list[tuple[str, str]]:
    report = check_dataset(folder, ["train", "test"], 2)
    return [(one.path.name, one.what) for one in report.to_mend]


def test_a_clean_data_set_has_no_problem(folder: Path) -> None:
    assert problems(folder) == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("2 0.5 0.5 0.1 0.1", "unknown class (object 1)"),
        ("-1 0.5 0.5 0.1 0.1", "unknown class (object 1)"),
        ("0 0.5 0.5 0 0.1", "empty box (object 1)"),
        ("0 0.95 0.5 0.2 0.1", "box outside (object 1)"),
    ],
)
def test_bad_labels_are_reported(folder: Path, line: str, what: str) -> None:
    (folder / "train/labels/c.txt").write_text(line)
    assert problems(folder) == [("c.txt", what)]


def test_an_unreadable_label_is_reported_and_the_rest_still_checked(folder: Path) -> None:
    (folder / "train/labels/a.txt").write_text("?")
    (folder / "train/labels/c.txt").write_text("7 0.5 0.5 0.1 0.1")
    assert [name for name, _ in problems(folder)] == ["a.txt", "c.txt"]


def test_a_label_without_a_picture_is_reported(folder: Path) -> None:
    (folder / "train/labels/x.txt").write_text("")
    assert problems(folder) == [("x.txt", "has no picture")]


@pytest.mark.parametrize("damage", [b"", b"not a picture"])
def test_a_broken_picture_is_reported(folder: Path, damage: bytes) -> None:
    (folder / "train/images/a.jpg").write_bytes(damage)
    assert problems(folder) == [("a.jpg", "cannot be decoded, or is truncated")]


def test_a_truncated_jpeg_is_reported(folder: Path) -> None:
    path = folder / "train/images/a.jpg"
    path.write_bytes(path.read_bytes()[:-200])
    assert problems(folder) == [("a.jpg", "cannot be decoded, or is truncated")]


def test_the_same_picture_in_two_splits_is_reported(folder: Path) -> None:
    picture = cv2.imread(str(folder / "train/images/b.jpg"))
    assert picture is not None
    again = cv2.resize(picture, (120, 80))
    cv2.imwrite(str(folder / "test/images/e.png"), again)
    assert [(name, what.split("/")[-1]) for name, what in problems(folder)] == [("e.png", "b.jpg")]


def test_a_missing_split_is_reported(folder: Path) -> None:
    found = check_dataset(folder, ["train", "validation"], 2).to_mend
    assert [one.what for one in found] == ["holds no pictures"]


def test_the_same_file_twice_in_a_split_is_told_and_across_splits_refused(folder: Path) -> None:
    data = (folder / "train/images/b.jpg").read_bytes()
    (folder / "train/images/z.jpg").write_bytes(data)
    assert problems(folder) == []
    found = [one for one in check_dataset(folder, ["train"], 2).issues if one.kind == "duplicate"]
    assert [(one.path.name, one.what) for one in found] == [
        ("z.jpg", "is the same file as train/images/b.jpg")
    ]
    (folder / "test/images/y.jpg").write_bytes(data)
    assert problems(folder) == [("y.jpg", "is the same file as train/images/b.jpg")]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        (b"caf\xe9.jpg", "its name is not UTF-8"),
        ("a\u200bb.jpg".encode(), "its name holds invisible characters"),
        (b" e .jpg", "its name begins or ends with a blank"),
        (b"a.png", "shares its label with a.jpg"),
    ],
)
def test_names_that_other_tools_trip_over_are_reported(
    folder: Path, name: bytes, what: str
) -> None:
    data = (folder / "train/images/c.jpg").read_bytes()
    (folder / "train/images/c.jpg").unlink()
    Path(os.fsdecode(os.fsencode(folder / "train/images") + b"/" + name)).write_bytes(data)
    assert [one.what for one in check_dataset(folder, ["train"], 2).to_mend] == [what]


def test_drift_and_empty_labels_are_told_and_no_more(folder: Path) -> None:
    (folder / "test/labels").mkdir()
    (folder / "test/labels/d.txt").write_text("1 0.5 0.5 0.2 0.2\n" * 9 + "0 0.5 0.5 0.2 0.2")
    report = check_dataset(folder, ["train", "test"], 2)
    assert report.to_mend == ()
    assert [(one.kind, one.what) for one in report.issues] == [
        ("empty", "2 of 3 pictures have no object"),
        ("drift", "class 0 drifts: 50% of the objects in train, 10% in test"),
    ]
    assert report.splits["test"].objects == {0: 1, 1: 9}


def test_a_place_on_both_sides_is_reported(folder: Path) -> None:
    for split, name in (("train", "1_RS_1_a_1"), ("train", "2_RS_2_a_1"), ("test", "3_RS_1_a_2")):
        write_picture(folder / f"{split}/images/{name}.jpg", seed=hash(name) % 1000)
    for old in ("train/images/a", "train/images/b", "train/images/c", "test/images/d"):
        (folder / f"{old}.jpg").unlink()
    (folder / "train/labels/a.txt").unlink()
    (folder / "train/labels/b.txt").unlink()
    found = check_dataset(folder, ["train", "test"], 2, load_card("road_damage")).to_mend
    assert [(one.path.name, one.what) for one in found] == [
        ("3_RS_1_a_2.jpg", "shows RS_1, which is in train too")
    ]


def test_splits_are_found(folder: Path, tmp_path: Path) -> None:
    assert find_splits(folder) == ["test", "train"]
    assert find_splits(folder / "train") == [""]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="holds no dataset"):
        find_splits(tmp_path / "empty")


def test_the_command_tells_and_exits_with_one_only_if_something_must_be_mended(
    folder: Path,
) -> None:
    clean = runner.invoke(app, ["dataset", "check", str(folder)])
    assert clean.exit_code == 0
    assert "0 to mend, 2 to know." in clean.output
    (folder / "train/images/a.jpg").write_bytes(b"no picture")
    broken = runner.invoke(app, ["dataset", "check", str(folder), "--format", "jsonl"])
    assert broken.exit_code == 1
    issues = [json.loads(line) for line in broken.stdout.splitlines()]
    assert {
        "kind": "broken",
        "must_mend": True,
        "split": "train",
        "path": str(folder / "train/images/a.jpg"),
        "what": "cannot be decoded, or is truncated",
    } in issues


def test_cards_and_folders_are_shown(folder: Path) -> None:
    assert "road_damage" in runner.invoke(app, ["dataset", "show"]).output
    assert "DF_251" in runner.invoke(app, ["dataset", "show", "road_damage"]).output
    assert "class 1" in runner.invoke(app, ["dataset", "show", str(folder)]).output
