"""Brings datasets of other tools into Xunjian's layout, and takes them out again.

Reading and writing the formats is `supervision`'s work (https://supervision.roboflow.com); pictures
are copied byte for byte. Xunjian's layout is YOLO's (`datasets.yolo`) with the names of the classes
in `data.yaml`, which Ultralytics' and most other tools read too.
"""

import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import yaml

from datasets.check import find_splits
from datasets.yolo import DatasetError, picture_files

Format = Literal["yolo", "coco", "voc"]
FORMATS: tuple[Format, ...] = get_args(Format)
NAMES = "data.yaml"
_COCO_FILE = "annotations.json"


def import_split(
    source: Path,
    form: Format,
    target: Path,
    split: str,
    *,
    annotations: Path | None = None,
    classes: Sequence[str] | None = None,
    renamed: Mapping[str, str] | None = None,
) -> dict[str, int]:
    """Import pictures with boxes as one split of a dataset.

    Args:
        source: Folder of the pictures; for YOLO, the folder that holds images/ and labels/.
        form: How they are labelled.
        target: The dataset's folder; made if absent, changed only when all is read.
        split: Name of the split, e.g. `train`.
        annotations: COCO: the JSON file, by default `annotations.json` among the pictures. VOC: the
            folder of the XML files, by default the pictures' own. YOLO: the file that names the
            classes, by default `data.yaml`.
        classes: Names of the classes, in the order that their ids shall have; by default those of
            the dataset where the folder holds one, else those of the source.
        renamed: New names of the source's classes, by old name.

    Returns:
        How many objects of each class were imported.

    Raises:
        DatasetError: If the split is there already, a file cannot be read, or the source has a
            class that is not among `classes`.
    """
    if (target / split).exists():
        raise DatasetError(
            f"{target / split} is there already", hint="Choose another --split, or delete it."
        )
    known = list(classes or class_names(target) or [])
    with _told(source):
        dataset = _read(source, form, annotations)
    names = [(renamed or {}).get(name, name) for name in dataset.classes]
    known = known or list(dict.fromkeys(names))
    used = {names[index] for one in dataset.annotations.values() for index in one.class_id.tolist()}
    if missing := sorted(used - set(known)):
        raise DatasetError(
            f"{source} has the class {missing[0]!r}, which is not one of {', '.join(known)}",
            hint=f"Say what it is: --class {missing[0]}=NAME.",
        )
    ids = np.array([known.index(name) if name in known else -1 for name in names], np.int64)
    for one in dataset.annotations.values():
        one.class_id = ids[one.class_id]
        one.mask = None
    dataset.classes = known
    with _aside(target / split) as written, _told(source):
        dataset.as_yolo(str(written / "images"), str(written / "labels"), show_progress=True)
    _write_names(target, known)
    counts = np.bincount(
        np.concatenate(
            [np.zeros(0, np.int64), *[a.class_id for a in dataset.annotations.values()]]
        ),
        minlength=len(known),
    )
    return dict(zip(known, counts.tolist(), strict=True))


def export_dataset(
    source: Path, form: Format, target: Path, classes: Sequence[str] | None = None
) -> list[str]:
    """Write every split of a dataset in another format.

    COCO: `SPLIT/images` and `SPLIT/annotations.json`. VOC: `SPLIT/images` and `SPLIT/annotations`.

    Args:
        source: The dataset's folder.
        form: The format to write.
        target: Folder to write to; must not exist.
        classes: Names of the classes in the order of their ids; by default those in `data.yaml`.

    Returns:
        The splits written.

    Raises:
        DatasetError: If the target exists, the names are unknown, or a file cannot be read.
    """
    if target.exists():
        raise DatasetError(f"{target} is there already", hint="Choose another --out.")
    names = list(classes or class_names(source) or [])
    if not names:
        raise DatasetError(
            f"the names of {source}'s classes are unknown",
            hint="Give a dataset card (--card), or write them into data.yaml.",
        )
    splits = find_splits(source)
    with _aside(target) as written:
        for split in splits:
            folder = written / split
            folder.mkdir(exist_ok=True)
            names_file = written / ".names.yaml"
            names_file.write_text(yaml.safe_dump({"nc": len(names), "names": names}), "utf-8")
            with _told(source / split):
                _write(_read(source / split, "yolo", names_file), form, folder)
            names_file.unlink()
        if form == "yolo":
            _write_names(written, names)
    return splits


def class_names(folder: Path) -> tuple[str, ...] | None:
    """The names in a dataset's `data.yaml`, in the order of the ids; None without that file.

    Raises:
        DatasetError: If the file is not what it must be.
    """
    path = folder / NAMES
    if not path.is_file():
        return None
    try:
        names = yaml.safe_load(path.read_text("utf-8"))["names"]
        ordered = [names[index] for index in range(len(names))]
    except (yaml.YAMLError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"{path} does not name the classes", hint="It holds `names:` and a list of names."
        ) from error
    return tuple(str(name) for name in ordered)


def _write_names(folder: Path, names: Sequence[str]) -> None:
    (folder / NAMES).write_text(
        yaml.safe_dump({"names": list(names)}, allow_unicode=True, sort_keys=False), "utf-8"
    )


def _read(source: Path, form: Format, annotations: Path | None) -> Any:
    from supervision import DetectionDataset

    images = source / "images" if form == "yolo" else source
    if not picture_files(images):
        raise DatasetError(f"{images} holds no pictures")
    if form == "coco":
        file = annotations or source / _COCO_FILE
        return DetectionDataset.from_coco(str(images), str(_there(file)), show_progress=True)
    if form == "voc":
        folder = annotations or source
        return DetectionDataset.from_pascal_voc(
            str(images), str(_there(folder)), show_progress=True
        )
    file = annotations or source / NAMES
    if annotations is None and not file.is_file():
        file = source.parent / NAMES
    return DetectionDataset.from_yolo(
        str(images), str(source / "labels"), str(_there(file)), show_progress=True
    )


def _write(dataset: Any, form: Format, folder: Path) -> None:
    if form == "coco":
        dataset.as_coco(str(folder / "images"), str(folder / _COCO_FILE), show_progress=True)
    elif form == "voc":
        dataset.as_pascal_voc(
            str(folder / "images"), str(folder / "annotations"), show_progress=True
        )
    else:
        dataset.as_yolo(str(folder / "images"), str(folder / "labels"), show_progress=True)


def _there(path: Path) -> Path:
    if not path.exists():
        raise DatasetError(f"{path} is missing", hint="Say where it is: --annotations.")
    return path


@contextlib.contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """A folder beside the target that takes its place if the block ends well, else is removed."""
    written = target.with_name(f".{target.name}.part")
    shutil.rmtree(written, ignore_errors=True)
    written.mkdir(parents=True)
    try:
        yield written
        written.rename(target)
    finally:
        shutil.rmtree(written, ignore_errors=True)


@contextlib.contextmanager
def _told(where: Path) -> Iterator[None]:
    """Turn whatever the library raises about a file into our error."""
    try:
        yield
    except DatasetError:
        raise
    except Exception as error:
        raise DatasetError(
            f"{where} cannot be read: {type(error).__name__}: {error}",
            hint="Is the format the right one? xunjian dataset check looks at the files.",
        ) from error
